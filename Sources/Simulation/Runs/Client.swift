internal import EventLog
internal import Messages

/// The clients of a run: they write what was planned, until it is written.
final class Client {
    private let deployment: Deployment
    private let host: Host
    private var producer: SimulatedProducer?
    private var queue: [OutgoingRecord] = []
    private var isWriting = false
    /// What is not written yet, planned ones included.
    private(set) var missing: Int
    private var dice: Dice
    /// Committed records by topic, of topics that are replayed.
    private var seen: [Topic: [LogRecord]] = [:]
    private let replayed: Set<Topic>

    init(_ scenario: Scenario, deployment: Deployment, dice: Dice) {
        self.deployment = deployment
        self.dice = dice
        host = Host(name: "client", timeline: deployment.timeline)
        missing = scenario.records.count
        replayed = Set(scenario.replays.map(\.topic))
        for planned in scenario.records {
            deployment.timeline.after(planned.time) { [self] in
                deployment.chronicle.tell(deployment.timeline.now, "client", planned.word)
                send(planned.record)
            }
        }
        for planned in scenario.replays {
            deployment.timeline.after(planned.time) { [self] in replay(planned) }
        }
    }

    /// Notes what there is to be replayed.
    func saw(_ record: LogRecord) {
        guard let topic = deployment.names.topic(record.topic), replayed.contains(topic) else { return }
        seen[topic, default: []].append(record)
    }

    private func replay(_ planned: PlannedReplay) {
        guard let record = dice.pick(seen[planned.topic] ?? []) else { return }
        deployment.chronicle.tell(
            deployment.timeline.now, "client", "\(planned.word) \(record.topicPartition)/\(record.offset)")
        missing += 1
        send(
            OutgoingRecord(
                topic: record.topic, partition: record.partition, key: record.key, value: record.value,
                headers: record.headers))
    }

    private func send(_ record: OutgoingRecord) {
        queue.append(record)
        write()
    }

    /// One batch at a time, so that what a client sends stays in order.
    private func write() {
        guard !isWriting, !queue.isEmpty else { return }
        isWriting = true
        let records = queue
        queue = []
        let producer =
            producer
            ?? SimulatedProducer(host: host, network: deployment.network, settings: deployment.settings)
        self.producer = producer
        producer.produce(records) { [self] result in
            isWriting = false
            switch result {
            case .success:
                missing -= records.count
                write()
            case .failure(let error):
                // Nobody knows how much of it was written: a client sends it all again.
                deployment.chronicle.tell(deployment.timeline.now, "client", "writes again: \(error)")
                producer.close()
                self.producer = nil
                queue = records + queue
                host.after(200_000) { self.write() }
            }
        }
    }

    func end() { host.kill() }
}
