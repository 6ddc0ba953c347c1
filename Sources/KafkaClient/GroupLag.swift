public import EventLog

/// How far a group is behind in one partition.
public struct PartitionLag: Hashable, Sendable {
    public var place: TopicPartition
    /// The group's next offset to read; nil when it never committed one.
    public var committed: Int64?
    public var watermarks: Watermarks

    public init(place: TopicPartition, committed: Int64?, watermarks: Watermarks) {
        self.place = place
        self.committed = committed
        self.watermarks = watermarks
    }

    /// Offsets between the committed position and the high watermark. Transaction markers and aborted records count,
    /// so a group that has seen everything may still show some.
    public var lag: Int64 { max(0, watermarks.high - max(committed ?? watermarks.low, watermarks.low)) }
}

/// How far groups are behind.
public enum GroupLag {
    /// Compares a group's committed offsets with the high watermarks of all partitions of the topics.
    /// The offsets are read first: nothing that the group did not commit can be taken for done.
    /// - Throws: `.unknownTopic` for a topic that does not exist.
    public static func measure(
        configuration: KafkaConfiguration, group: String, topics: [String]
    ) throws(LogError) -> [PartitionLag] {
        let reader = try KafkaLogReader(configuration: configuration, isolation: .readUncommitted)
        defer { reader.close() }
        var places: [TopicPartition] = []
        for topic in topics {
            guard let count = try reader.partitionCount(of: topic) else {
                throw LogError(.unknownTopic, "measure the lag of group \(group): there is no topic \(topic)")
            }
            for partition in 0..<max(0, count) { places.append(TopicPartition(topic: topic, partition: partition)) }
        }
        let committed = try GroupOffsets.committed(configuration: configuration, group: group, partitions: places)
        let watermarks = try reader.watermarks(places)
        return places.sorted().compactMap { place in
            watermarks[place].map { PartitionLag(place: place, committed: committed[place]?.next, watermarks: $0) }
        }
    }
}
