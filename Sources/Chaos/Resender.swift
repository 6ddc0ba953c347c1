import ChaosPlanning
import EventLog
import Foundation
import KafkaClient
import LoadGenerating
import Messages
import Synchronization

/// Writes records of a topic again, with the same key, value and headers, in another order: what clients and retries
/// and restored backups do. On threads of its own, because the broker may be away.
final class Resender: Sendable {
    private let kafka: KafkaConfiguration
    private let names: DeploymentNames
    private let sent = Mutex<(times: Int, records: Int, underWay: Int)>((0, 0, 0))

    /// All that a service reads and that is not a book: a book has one writer.
    private static let topics: [Topic] = [.customerCommands, .processCommands, .documentClaims]

    init(bootstrapServers: String, names: DeploymentNames) {
        kafka = KafkaConfiguration(
            bootstrapServers: bootstrapServers, properties: ["message.timeout.ms": "20000"], clientID: "chaos")
        self.names = names
    }

    /// How often it was done, and with how many records in all.
    var counts: (times: Int, records: Int) { sent.withLock { ($0.times, $0.records) } }
    var isIdle: Bool { sent.withLock { $0.underWay == 0 } }

    func start(_ resending: Resending) {
        sent.withLock { $0.underWay += 1 }
        let thread = Thread { [self] in
            let count = (try? resend(resending)) ?? 0
            sent.withLock { sent in
                sent.underWay -= 1
                sent.times += count > 0 ? 1 : 0
                sent.records += count
            }
        }
        thread.stackSize = 4 << 20
        thread.start()
    }

    private func resend(_ resending: Resending) throws -> Int {
        var dice = SeededGenerator(seed: UInt64(resending.seed))
        let topic = names.name(dice.pick(Self.topics) ?? .customerCommands)
        let reader = try KafkaLogReader(configuration: kafka, timeout: .seconds(10))
        defer { reader.close() }
        guard let count = try reader.partitionCount(of: topic) else { return 0 }
        let places = (0..<count).map { TopicPartition(topic: topic, partition: $0) }
        var starts: [TopicPartition: StartPosition] = [:]
        let marks = try reader.watermarks(places)
        for place in places {
            guard let mark = marks[place] else { continue }
            starts[place] = .offset(mark.low + Int64(dice.below(Int(mark.high - mark.low) + 1)))
        }
        try reader.assign(starts)
        var records: [LogRecord] = []
        let deadline = ContinuousClock.now + .seconds(5)
        while records.count < resending.records, ContinuousClock.now < deadline {
            records += try reader.poll(maxRecords: resending.records - records.count, timeout: .milliseconds(200))
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
