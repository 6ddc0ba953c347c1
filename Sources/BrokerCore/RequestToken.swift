/// Names a request that can't be answered at once, until it is answered.
public struct RequestToken: Hashable, Sendable, Comparable {
    public var rawValue: Int64

    public init(rawValue: Int64) { self.rawValue = rawValue }

    public static func < (left: RequestToken, right: RequestToken) -> Bool { left.rawValue < right.rawValue }
}
