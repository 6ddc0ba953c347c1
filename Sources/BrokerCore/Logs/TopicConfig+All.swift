extension TopicConfig {
    private static func acted(_ name: String, _ kind: Kind, _ value: String) -> TopicConfig {
        TopicConfig(name: name, kind: kind, defaultValue: value, hasEffect: true)
    }

    private static func shown(_ name: String, _ kind: Kind, _ value: String) -> TopicConfig {
        TopicConfig(name: name, kind: kind, defaultValue: value, hasEffect: false)
    }

    private static func int(_ least: Int64) -> Kind { .int(least...Int64(Int32.max)) }
    private static func long(_ least: Int64) -> Kind { .long(least...Int64.max) }
    private static let forever = String(Int64.max)

    /// Every setting that is accepted, by name, with Kafka's defaults.
    public static let all: [TopicConfig] = [
        acted("cleanup.policy", .list(["compact", "delete"]), "delete"),
        shown("compression.gzip.level", .int(-1...9), "-1"),
        shown("compression.lz4.level", .int(1...17), "9"),
        shown("compression.type", .choice(["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"]), "producer"),
        shown("compression.zstd.level", .int(-131_072...22), "3"),
        acted("delete.retention.ms", long(0), "86400000"),
        shown("file.delete.delay.ms", long(0), "60000"),
        shown("flush.messages", long(1), forever),
        shown("flush.ms", long(0), forever),
        shown("follower.replication.throttled.replicas", .list([]), ""),
        shown("index.interval.bytes", int(0), "4096"),
        shown("leader.replication.throttled.replicas", .list([]), ""),
        shown("local.retention.bytes", long(-2), "-2"),
        shown("local.retention.ms", long(-2), "-2"),
        shown("max.compaction.lag.ms", long(1), forever),
        acted("max.message.bytes", int(0), "1048588"),
        shown("message.downconversion.enable", .boolean, "true"),
        shown("message.format.version", .text, "3.0-IV1"),
        shown("message.timestamp.after.max.ms", long(0), forever),
        shown("message.timestamp.before.max.ms", long(0), forever),
        shown("message.timestamp.difference.max.ms", long(0), forever),
        acted("message.timestamp.type", .choice(["CreateTime", "LogAppendTime"]), "CreateTime"),
        acted("min.cleanable.dirty.ratio", .double(0...1), "0.5"),
        acted("min.compaction.lag.ms", long(0), "0"),
        acted("min.insync.replicas", int(1), "1"),
        shown("preallocate", .boolean, "false"),
        shown("remote.log.copy.disable", .boolean, "false"),
        shown("remote.log.delete.on.disable", .boolean, "false"),
        shown("remote.storage.enable", .boolean, "false"),
        acted("retention.bytes", long(Int64.min), "-1"),
        acted("retention.ms", long(-1), "604800000"),
        acted("segment.bytes", int(14), "1073741824"),
        shown("segment.index.bytes", int(4), "10485760"),
        shown("segment.jitter.ms", long(0), "0"),
        acted("segment.ms", long(1), "604800000"),
        shown("unclean.leader.election.enable", .boolean, "false"),
    ]
}
