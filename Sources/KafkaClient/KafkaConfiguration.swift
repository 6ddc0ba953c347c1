public import EventLog

/// A line that librdkafka or this wrapper wants an operator to see. Never holds keys, values or headers.
public struct KafkaLogLine: Hashable, Sendable {
    /// Syslog severity: 0 emergency to 7 debug.
    public var level: Int32
    /// A short upper-case word for the kind of line, a bounded set.
    public var facility: String
    public var message: String

    public init(level: Int32, facility: String, message: String) {
        self.level = level
        self.facility = facility
        self.message = message
    }
}

/// How to reach a cluster, and what its user wants to be different from this package's defaults.
///
/// Values are applied in this order, later ones win: librdkafka's defaults, this package's defaults for the kind of
/// client, `properties`, then what a guarantee rests on (`ProtectedProperties`) and what this wrapper needs to work.
public struct KafkaConfiguration: Sendable {
    /// `host:port` pairs, separated by commas. When empty, `bootstrap.servers` is taken from `properties`.
    public var bootstrapServers: String
    /// Any librdkafka properties. Those of other kinds of clients are ignored by a client.
    public var properties: [String: String]
    /// How the client calls itself towards the broker, whose logs and quotas use it.
    public var clientID: String
    /// Takes log lines, from any thread. It must be quick, and must not call back into the client.
    public var log: @Sendable (KafkaLogLine) -> Void

    public init(
        bootstrapServers: String, properties: [String: String] = [:], clientID: String = "soleholder",
        log: @escaping @Sendable (KafkaLogLine) -> Void = { _ in }
    ) {
        self.bootstrapServers = bootstrapServers
        self.properties = properties
        self.clientID = clientID
        self.log = log
    }

    /// Refuses properties that are unknown, have values that can't be read, or that a guarantee rests on.
    /// - Throws: `LogError(.configuration)` naming the property.
    public func validate() throws(LogError) {
        try ProtectedProperties.check(properties)
        try ConfigurationHandle.tryOut(properties)
        if bootstrapServers.isEmpty, properties["bootstrap.servers"] == nil, properties["metadata.broker.list"] == nil {
            throw LogError(.configuration, "no bootstrap servers are given")
        }
    }
}
