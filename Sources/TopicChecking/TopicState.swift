public import Messages

/// A topic as a cluster has it.
public struct TopicState: Hashable, Sendable {
    public var topic: Topic
    /// Deployment prefix included.
    public var name: String
    public var partitions: Int32
    /// Copies of the partition that has the fewest.
    public var replicationFactor: Int
    /// Whether it was ever written to.
    public var hasRecords: Bool
    /// All settings that are in effect, those that the topic has from its broker included.
    public var settings: [String: String]

    public init(
        topic: Topic, name: String, partitions: Int32, replicationFactor: Int, hasRecords: Bool = false,
        settings: [String: String]
    ) {
        self.topic = topic
        self.name = name
        self.partitions = partitions
        self.replicationFactor = replicationFactor
        self.hasRecords = hasRecords
        self.settings = settings
    }

    func number(_ setting: String) -> Int64? { settings[setting].flatMap { Int64($0) } }
}

/// The settings that a topic is made with.
public enum TopicSettings {
    /// - Parameter replicationFactor: nil leaves it to the broker.
    public static func creation(of topic: Topic, replicationFactor: Int32?) -> [String: String] {
        var settings = topic.configuration
        // What was acknowledged is in two places then, and one broker can be missing.
        if let replicationFactor, replicationFactor >= 3 { settings["min.insync.replicas"] = "2" }
        return settings
    }
}

/// Kafka's own tools, as whoever reads a finding would call them.
struct KafkaTool: Sendable {
    var bootstrapServers: String

    func set(_ setting: String, _ value: String, of topic: String) -> String {
        "kafka-configs.sh --bootstrap-server \(bootstrapServers) --alter --entity-type topics --entity-name \(topic)"
            + " --add-config \(setting)=\(value)"
    }

    func delete(_ topic: String) -> String {
        "kafka-topics.sh --bootstrap-server \(bootstrapServers) --delete --topic \(topic)"
    }
}
