/// What an operator can set about transactions. Times in milliseconds.
public struct TransactionCoordinatorConfiguration: Hashable, Sendable {
    /// `transaction.max.timeout.ms` (default 900,000): longer ones are refused.
    public var maximumTimeout: Int32
    /// `transactional.id.expiration.ms` (default 7 days): ids that rest for longer are forgotten.
    public var idExpiration: Int64

    public init(maximumTimeout: Int32 = 900_000, idExpiration: Int64 = 7 * 24 * 3600 * 1000) {
        self.maximumTimeout = maximumTimeout
        self.idExpiration = idExpiration
    }
}
