/// What is coordinated. Others may come over the wire.
public struct CoordinatorType: RawRepresentable, Hashable, Sendable {
    public var rawValue: Int8

    public init(rawValue: Int8) { self.rawValue = rawValue }

    /// The key is a group's id.
    public static let group = CoordinatorType(rawValue: 0)
    /// The key is a transactional id.
    public static let transaction = CoordinatorType(rawValue: 1)
}
