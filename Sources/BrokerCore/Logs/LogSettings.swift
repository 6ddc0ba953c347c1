public import KafkaProtocol

/// What a topic's settings mean for the logs of its partitions.
public struct LogSettings: Hashable, Sendable {
    /// Old records go after a time or beyond a size (`cleanup.policy`).
    public var deletesOld = true
    /// Of the records with one key the last stays (`cleanup.policy`).
    public var compacts = false
    /// Milliseconds; negative keeps for ever (`retention.ms`).
    public var retentionTime: Int64 = 604_800_000
    /// Negative is without limit (`retention.bytes`).
    public var retentionBytes: Int64 = -1
    /// The largest batch that is accepted, in bytes (`max.message.bytes`).
    public var maxBatchBytes: Int64 = 1_048_588
    public var timestampType: TimestampType = .createTime
    /// A segment takes no batch that would make it larger (`segment.bytes`).
    public var segmentBytes: Int64 = 1_073_741_824
    /// Milliseconds between a segment's first batch and its last (`segment.ms`).
    public var segmentTime: Int64 = 604_800_000
    /// Milliseconds for which a record is not compacted (`min.compaction.lag.ms`).
    public var minCompactionLag: Int64 = 0
    /// Milliseconds for which tombstones and markers stay after the first compaction (`delete.retention.ms`).
    public var deleteRetention: Int64 = 86_400_000
    /// The share of not yet compacted bytes from which compaction is worth it (`min.cleanable.dirty.ratio`).
    public var minDirtyRatio = 0.5

    /// Copies that must have what is written with `acks=all` (`min.insync.replicas`). There is one here: above 1, such
    /// writes are refused, as in a cluster that has lost brokers.
    public var minInSyncReplicas: Int64 = 1

    /// Kafka's defaults.
    public init() {}

    /// Reads a topic's settings by their names; those that are not there have their default.
    ///
    /// - Throws: The first name (in their order) that is unknown, or whose value is not valid.
    public init(configs: [String: String]) throws(TopicConfigError) {
        for (name, value) in configs.sorted(by: { $0.key < $1.key }) {
            guard let config = TopicConfig.named(name) else { throw .unknownName(name) }
            try config.validate(value)
            set(name, value.trimmed)
        }
    }

    /// Takes a value that was found valid.
    private mutating func set(_ name: String, _ value: String) {
        func number(_ known: Int64) -> Int64 { Int64(value) ?? known }
        switch name {
        case "cleanup.policy":
            let policies = value.split(separator: ",").map { String($0).trimmed }
            compacts = policies.contains("compact")
            deletesOld = policies.contains("delete")
        case "retention.ms": retentionTime = number(retentionTime)
        case "retention.bytes": retentionBytes = number(retentionBytes)
        case "max.message.bytes": maxBatchBytes = number(maxBatchBytes)
        case "message.timestamp.type": timestampType = value == "LogAppendTime" ? .logAppendTime : .createTime
        case "segment.bytes": segmentBytes = number(segmentBytes)
        case "segment.ms": segmentTime = number(segmentTime)
        case "min.compaction.lag.ms": minCompactionLag = number(minCompactionLag)
        case "delete.retention.ms": deleteRetention = number(deleteRetention)
        case "min.insync.replicas": minInSyncReplicas = number(minInSyncReplicas)
        case "min.cleanable.dirty.ratio": minDirtyRatio = Double(value) ?? minDirtyRatio
        default: break
        }
    }
}
