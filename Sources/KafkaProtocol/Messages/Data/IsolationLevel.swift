/// Which records a reader is to see (KIP-98). Others may come over the wire.
public struct IsolationLevel: RawRepresentable, Hashable, Sendable {
    public var rawValue: Int8

    public init(rawValue: Int8) { self.rawValue = rawValue }

    /// All of them.
    public static let readUncommitted = IsolationLevel(rawValue: 0)
    /// Those before the last stable offset, without those of aborted transactions.
    public static let readCommitted = IsolationLevel(rawValue: 1)
}
