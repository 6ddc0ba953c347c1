import EventLog
import KafkaClient
import TestProcesses

/// A worker of a group, as an application has it: it reads records, writes one for each, and commits both in one
/// transaction. Confined to one thread.
final class Pipeline {
    let trial: Trial
    let name: String
    private var assigned: [TopicPartition] = []

    init(_ trial: Trial, name: String) {
        self.trial = trial
        self.name = name
    }

    static let group = "pipeline"

    private var configuration: KafkaConfiguration {
        KafkaConfiguration(
            bootstrapServers: trial.bootstrapServers,
            properties: [
                "reconnect.backoff.max.ms": "200", "metadata.max.age.ms": "5000",
                // The check reads batches that are not packed.
                "compression.type": "none",
            ], clientID: name)
    }

    /// Goes on until everything is there.
    func work(until isDone: () -> Bool) throws {
        while !isDone() { try live(until: isDone) }
    }

    /// One life of the worker: whatever is in doubt ends it.
    private func live(until isDone: () -> Bool) throws {
        let producer = try KafkaTransactionalProducer(configuration: configuration, transactionalID: name)
        defer { producer.close() }
        let isReady = poll(for: .seconds(90), every: .milliseconds(20)) { (try? producer.initialize()) != nil }
        guard isReady else { throw Failure("\(name) can't be initialised") }
        let consumer = try KafkaGroupConsumer(
            configuration: configuration, group: Self.group, topics: [trial.topics.source], instanceID: name,
            sessionTimeout: .seconds(6))
        defer { consumer.close() }
        assigned = []
        while !isDone() {
            do throws(LogError) {
                switch try consumer.poll(maxRecords: 20, timeout: .milliseconds(50)) {
                case .assigned(let places): try begin(consumer, places)
                case .revoked:
                    try consumer.unassign()
                    assigned = []
                case .records(let records):
                    guard !records.isEmpty else { continue }
                    trial.step()
                    switch transact(records, producer, consumer) {
                    case .committed: break
                    case .aborted: try begin(consumer, assigned)
                    case .indeterminate, .fenced: return
                    }
                }
            } catch {
                // The broker is away, or the group moves: a new life finds out.
                if error.code == .configuration { throw error }
                if case .fenced = error.code { return }
                if !assigned.isEmpty { return }
            }
        }
    }

    private func begin(_ consumer: KafkaGroupConsumer, _ places: [TopicPartition]) throws(LogError) {
        let committed = try consumer.committedOffsets(places)
        var positions: [TopicPartition: StartPosition] = [:]
        for place in places { positions[place] = committed[place].map { .offset($0) } ?? .earliest }
        try consumer.assign(positions)
        assigned = places
    }

    private func transact(
        _ records: [LogRecord], _ producer: KafkaTransactionalProducer, _ consumer: KafkaGroupConsumer
    ) -> EventLog.TransactionResult {
        let outgoing = records.map {
            OutgoingRecord(
                topic: trial.topics.target, partition: $0.partition, key: nil, value: $0.value, headers: [])
        }
        var offsets: [TopicPartition: Int64] = [:]
        for record in records {
            offsets[record.topicPartition] = max(offsets[record.topicPartition] ?? 0, record.offset + 1)
        }
        return producer.transact(outgoing, offsets: offsets, of: consumer)
    }
}
