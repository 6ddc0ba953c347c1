internal import EventLog
internal import Messages

/// What was decided, and is not yet written. At least one partition's part, and each part with an offset of its own
/// partition: there is no batch that nothing fences.
struct Batch {
    /// One partition's part.
    struct Part {
        let step: Step
        /// The next offset to commit of each input that records were taken from; an unchanged one where none was.
        var offsets: FencingOffsets
    }

    private(set) var parts: [Part]
    /// How many records came from where.
    let records: [Topic: Int]
    let outputs: [OutgoingRecord]
    /// The parts' offsets.
    let offsets: [TopicPartition: Int64]

    /// - Returns: nil without a part.
    init?(_ parts: [Part], records: [Topic: Int] = [:]) {
        if parts.isEmpty { return nil }
        self.parts = parts
        self.records = records
        outputs = parts.flatMap(\.step.outputs)
        offsets = parts.reduce(into: [:]) { $0.merge($1.offsets.all) { $1 } }
    }
}

extension WorkerMachine {
    /// - Parameter knowsDeclaration: whether what is declared was looked at just now.
    func process(
        _ records: [LogRecord], knowsDeclaration: Bool = false, then: @escaping () -> WorkerAction
    ) -> WorkerAction {
        let began = world.now()
        let decided: Batch?
        do { decided = try decide(records, knowsDeclaration) } catch { return end(error) }
        guard let batch = decided else { return then() }
        // Nothing of it is kept: it is decided again, or by another process.
        if batch.parts.contains(where: \.step.asksForDeclaration) { return lookBeforeDeciding(records, then: then) }
        took(.decide, since: began)
        return deliver(batch) {
            self.world.observer.batch(records: records.count, outputs: batch.outputs.count)
            return then()
        }
    }

    func took(_ phase: BatchPhase, since began: Timestamp) {
        world.observer.took(phase, seconds: Double(world.now().microseconds - began.microseconds) / 1_000_000)
    }

    /// Decides a batch on the committed state. Deciding it again gives the same ids.
    private func decide(_ records: [LogRecord], _ knowsDeclaration: Bool) throws(StateStoreError) -> Batch? {
        let now = world.now()
        var parts: [Int32: Batch.Part] = [:]
        var counts: [Topic: Int] = [:]
        for record in records {
            let place = record.topicPartition
            guard let next = owned.next[place], record.offset >= next else { continue }
            if let topic = configuration.names.topic(place.topic) { counts[topic, default: 0] += 1 }
            var part =
                parts[record.partition]
                ?? Batch.Part(
                    step: makeStep(record.partition, now: now, knowsDeclaration: knowsDeclaration),
                    offsets: FencingOffsets(place, record.offset + 1))
            part.offsets.set(place, record.offset + 1)
            parts[record.partition] = part
            try Inbox.take(record, into: core, step: part.step)
        }
        return Batch(parts.sorted { $0.key < $1.key }.map(\.value), records: counts)
    }
}

extension Timestamp {
    func duration(to later: Timestamp) -> Duration { .microseconds(later.microseconds - microseconds) }
}
