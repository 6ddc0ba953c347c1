internal import EventLog
internal import KafkaProtocol

/// How topics are shared out: `range` of librdkafka 2.0. For each topic the members that read it, in the order of their
/// ids, get consecutive partitions, the first ones one more where it does not come out even. Topics with as many
/// partitions and the same readers are thus shared out alike: partition p of all of them goes to the same member.
enum RangeAssignment {
    /// - Returns: For each member what it gets, sorted; also for who gets nothing.
    static func make(
        _ members: [(memberID: String, topics: [String])], _ partitionCounts: [String: Int32]
    ) -> [String: [TopicPartition]] {
        var assignment: [String: [TopicPartition]] = [:]
        for member in members { assignment[member.memberID] = [] }
        for topic in Set(members.flatMap(\.topics)).sorted() {
            let readers = members.filter { $0.topics.contains(topic) }.map(\.memberID).sorted()
            let count = partitionCounts[topic] ?? 0
            guard !readers.isEmpty else { continue }
            let (share, rest) = count.quotientAndRemainder(dividingBy: Int32(readers.count))
            var next: Int32 = 0
            for (number, reader) in readers.enumerated() {
                let size = share + (number < rest ? 1 : 0)
                assignment[reader, default: []] += (next..<(next + size)).map {
                    TopicPartition(topic: topic, partition: $0)
                }
                next += size
            }
        }
        return assignment
    }
}

/// What consumers say to each other through the coordinator, which passes it on unread: messages
/// `ConsumerProtocolSubscription` and `ConsumerProtocolAssignment`, version 0.
enum ConsumerProtocol {
    static let type = "consumer"
    static let range = "range"

    static func subscription(_ topics: [String]) -> [UInt8] {
        var writer = WireWriter()
        writer.int16(0)
        writer.array(topics, false) { $0.string($1, false) }
        writer.nullableBytes(nil, false)
        return writer.bytes
    }

    /// Nothing where it can't be read.
    static func topics(ofSubscription bytes: [UInt8]) -> [String] {
        var reader = WireReader(bytes)
        do throws(WireError) {
            _ = try reader.int16()
            return try reader.array(false) { reader throws(WireError) in try reader.string(false) }
        } catch {
            return []
        }
    }

    /// - Parameter places: Sorted.
    static func assignment(_ places: [TopicPartition]) -> [UInt8] {
        var writer = WireWriter()
        writer.int16(0)
        writer.array(places.byTopic(), false) { writer, topic in
            writer.string(topic.topic, false)
            writer.array(topic.partitions, false) { $0.int32($1) }
        }
        writer.nullableBytes(nil, false)
        return writer.bytes
    }

    /// Sorted; nothing where it can't be read, as for who is not in the leader's decision.
    static func places(ofAssignment bytes: [UInt8]) -> [TopicPartition] {
        var reader = WireReader(bytes)
        do throws(WireError) {
            _ = try reader.int16()
            let topics = try reader.array(false) { reader throws(WireError) in
                (
                    name: try reader.string(false),
                    partitions: try reader.array(false) { reader throws(WireError) in try reader.int32() }
                )
            }
            return topics.flatMap { topic in
                topic.partitions.map { TopicPartition(topic: topic.name, partition: $0) }
            }.sorted()
        } catch {
            return []
        }
    }
}
