/// What a configuration belongs to. Others may come over the wire.
public struct ConfigResourceType: RawRepresentable, Hashable, Sendable {
    public var rawValue: Int8

    public init(rawValue: Int8) { self.rawValue = rawValue }

    public static let unknown = ConfigResourceType(rawValue: 0)
    public static let topic = ConfigResourceType(rawValue: 2)
    public static let broker = ConfigResourceType(rawValue: 4)
}

/// Where the value of a configuration comes from (KIP-226). Others may come over the wire.
public struct ConfigSource: RawRepresentable, Hashable, Sendable {
    public var rawValue: Int8

    public init(rawValue: Int8) { self.rawValue = rawValue }

    public static let unknown = ConfigSource(rawValue: 0)
    public static let topicConfig = ConfigSource(rawValue: 1)
    public static let dynamicBrokerConfig = ConfigSource(rawValue: 2)
    public static let dynamicDefaultBrokerConfig = ConfigSource(rawValue: 3)
    public static let staticBrokerConfig = ConfigSource(rawValue: 4)
    public static let defaultConfig = ConfigSource(rawValue: 5)
}

/// What kind of value a configuration has (KIP-569). Others may come over the wire.
public struct ConfigType: RawRepresentable, Hashable, Sendable {
    public var rawValue: Int8

    public init(rawValue: Int8) { self.rawValue = rawValue }

    public static let unknown = ConfigType(rawValue: 0)
    public static let boolean = ConfigType(rawValue: 1)
    public static let string = ConfigType(rawValue: 2)
    public static let int = ConfigType(rawValue: 3)
    public static let short = ConfigType(rawValue: 4)
    public static let long = ConfigType(rawValue: 5)
    public static let double = ConfigType(rawValue: 6)
    public static let list = ConfigType(rawValue: 7)
    public static let `class` = ConfigType(rawValue: 8)
    public static let password = ConfigType(rawValue: 9)
}

/// What to do with a key of a configuration (KIP-339). Others may come over the wire.
public struct ConfigOperation: RawRepresentable, Hashable, Sendable {
    public var rawValue: Int8

    public init(rawValue: Int8) { self.rawValue = rawValue }

    public static let set = ConfigOperation(rawValue: 0)
    /// Back to the default.
    public static let delete = ConfigOperation(rawValue: 1)
    /// Adds to a list.
    public static let append = ConfigOperation(rawValue: 2)
    /// Takes from a list.
    public static let subtract = ConfigOperation(rawValue: 3)
}
