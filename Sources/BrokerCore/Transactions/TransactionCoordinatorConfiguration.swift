/// What an operator can set about transactions. Times in milliseconds.
public struct TransactionCoordinatorConfiguration: Hashable, Sendable {
    /// `transaction.max.timeout.ms` (default 900,000): longer ones are refused.
    public var maximumTimeout: Int32
    /// `transactional.id.expiration.ms` (default 7 days): ids that rest for longer are forgotten.
    public var idExpiration: Int64

    /// `transaction.abort.timed.out.transaction.cleanup.interval.ms` (default 1,000; Kafka's is 10,000): how often open
    /// transactions that take too long are looked for.
    public var abortInterval: Int64
    /// How long a coordinator reads after a fail-over and a restart, before it answers (default 0).
    public var loadTime: Int64

    public init(
        maximumTimeout: Int32 = 900_000, idExpiration: Int64 = 7 * 24 * 3600 * 1000, abortInterval: Int64 = 1000,
        loadTime: Int64 = 0
    ) {
        self.maximumTimeout = maximumTimeout
        self.idExpiration = idExpiration
        self.abortInterval = abortInterval
        self.loadTime = loadTime
    }
}
