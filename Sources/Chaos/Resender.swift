import ChaosPlanning
import EventLog
import Foundation
import KafkaClient
import LoadGenerating
import Messages

/// Writes records of a topic again, with the same key, value and headers, in another order: what clients and retries
/// and restored backups do. On threads of its own, because the broker may be away.
final class Resender: Sendable {
    private let kafka: KafkaConfiguration
    private let names: DeploymentNames
    let work = SideWork()

    /// All that a service reads, its own books and outcomes included. Not `unique-index`: it is compacted, so that an
    /// old entry written again at its end would stand for the key for good, and no reader could tell.
    private static let topics: [Topic] = [
        .customerCommands, .processCommands, .uniqueClaims, .customerEvents, .commandOutcomes, .processOutcomes,
        .registrationRequests, .registrationEvents, .uniqueVerdicts,
    ]

    init(bootstrapServers: String, names: DeploymentNames) {
        kafka = KafkaConfiguration(
            bootstrapServers: bootstrapServers, properties: ["message.timeout.ms": "20000"], clientID: "chaos")
        self.names = names
    }

    func start(_ resending: Resending) { work.start { [self] in try resend(resending) } }

    private func resend(_ resending: Resending) throws -> Int {
        var dice = SeededGenerator(seed: UInt64(resending.seed))
        let reader = try KafkaLogReader(configuration: kafka, timeout: .seconds(10))
        defer { reader.close() }
        var topics = Self.topics
        dice.shuffle(&topics)
        // Some topics are empty in many campaigns, such as the outcomes of refused process commands.
        for topic in topics {
            let starts = try starts(in: names.name(topic), reader, &dice)
            guard !starts.isEmpty else { continue }
            try reader.assign(starts)
            return try resend(from: reader, atMost: resending.records, &dice)
        }
        return 0
    }

    /// A place somewhere in each partition that has records.
    private func starts(
        in topic: String, _ reader: KafkaLogReader, _ dice: inout SeededGenerator
    ) throws -> [TopicPartition: StartPosition] {
        guard let count = try reader.partitionCount(of: topic) else { return [:] }
        let marks = try reader.watermarks((0..<count).map { TopicPartition(topic: topic, partition: $0) })
        var starts: [TopicPartition: StartPosition] = [:]
        for (place, mark) in marks.sorted(by: { $0.key < $1.key }) where mark.high > mark.low {
            starts[place] = .offset(mark.low + Int64(dice.below(Int(mark.high - mark.low))))
        }
        return starts
    }

    private func resend(
        from reader: KafkaLogReader, atMost limit: Int, _ dice: inout SeededGenerator
    ) throws -> Int {
        var records: [LogRecord] = []
        let deadline = ContinuousClock.now + .seconds(5)
        while records.count < limit, ContinuousClock.now < deadline {
            records += try reader.poll(maxRecords: limit - records.count, timeout: .milliseconds(200))
        }
        dice.shuffle(&records)
        let producer = try KafkaProducer(configuration: kafka)
        defer { producer.close() }
        for record in records {
            try producer.send(
                OutgoingRecord(
                    topic: record.topic, partition: record.partition, key: record.key, value: record.value,
                    headers: record.headers))
        }
        _ = producer.flush(timeout: .seconds(20))
        return producer.deliveredCount
    }
}
