package import EventLog
import KafkaProtocol

/// What consumers of all clients put into the group protocol's opaque bytes, version 0.
package enum ConsumerProtocol {
    package static func subscription(_ topics: [String]) -> [UInt8] {
        var writer = WireWriter()
        writer.int16(0)
        writer.count(topics.count, false)
        for topic in topics { writer.string(topic, false) }
        writer.nullableBytes(nil, false)
        return writer.bytes
    }

    package static func assignment(_ places: [TopicPartition]) -> [UInt8] {
        let topics = Dictionary(grouping: places, by: \.topic).sorted { $0.key < $1.key }
        var writer = WireWriter()
        writer.int16(0)
        writer.count(topics.count, false)
        for (topic, places) in topics {
            writer.string(topic, false)
            writer.count(places.count, false)
            for place in places.sorted() { writer.int32(place.partition) }
        }
        writer.nullableBytes(nil, false)
        return writer.bytes
    }

    /// The places that an assignment gives; none where it is empty.
    package static func places(_ assignment: [UInt8]) throws -> [TopicPartition] {
        guard !assignment.isEmpty else { return [] }
        var reader = WireReader(assignment)
        _ = try reader.int16()
        var places: [TopicPartition] = []
        for _ in 0..<(try reader.count(false)) {
            let topic = try reader.string(false)
            for _ in 0..<(try reader.count(false)) {
                places.append(TopicPartition(topic: topic, partition: try reader.int32()))
            }
        }
        return places
    }
}
