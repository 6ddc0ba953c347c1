/// Names a request that waits for its answer, from its arrival until `.reply` with this token.
///
/// Whoever hands requests to the core makes the tokens up and never uses one twice.
public struct RequestToken: Hashable, Sendable, Comparable {
    public var rawValue: Int64

    public init(rawValue: Int64) { self.rawValue = rawValue }

    public static func < (left: RequestToken, right: RequestToken) -> Bool { left.rawValue < right.rawValue }
}
