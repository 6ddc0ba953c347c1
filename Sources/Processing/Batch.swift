internal import EventLog
internal import Messages

/// What was decided, and is not yet written.
final class Batch {
    var steps: [Step] = []
    /// The next offset to commit of each input that the batch took new records from.
    var offsets: [TopicPartition: Int64] = [:]
    /// The next offset to take of each input, replayed records included.
    var consumed: [TopicPartition: Int64] = [:]
    var records: [Topic: Int] = [:]

    var outputs: [OutgoingRecord] { steps.flatMap(\.outputs) }
}

extension WorkerMachine {
    func process(_ records: [LogRecord], then: @escaping () -> WorkerAction) -> WorkerAction {
        let began = world.now()
        let batch: Batch
        do { batch = try decide(records) } catch { return end(error) }
        took(.decide, since: began)
        let outputs = batch.steps.reduce(0) { $0 + $1.outputs.count }
        return deliver(batch, of: records) {
            self.world.observer.batch(records: records.count, outputs: outputs)
            return then()
        }
    }

    func took(_ phase: BatchPhase, since began: Timestamp) {
        world.observer.took(phase, seconds: Double(world.now().microseconds - began.microseconds) / 1_000_000)
    }

    /// Decides a batch on the committed state. Deciding it again gives the same ids.
    func decide(_ records: [LogRecord]) throws(StateStoreError) -> Batch {
        let now = world.now()
        let batch = Batch()
        var steps: [Int32: Step] = [:]
        var replays: [Int32: Step] = [:]
        for record in records {
            let place = record.topicPartition
            guard let next = nextOffsets[place], record.offset >= next else { continue }
            let isReplay = replayUntil[place].map { record.offset < $0 } ?? false
            batch.consumed[place] = record.offset + 1
            // The group stands behind its replayed records already; it must not be put back.
            if !isReplay { batch.offsets[place] = record.offset + 1 }
            if let topic = configuration.names.topic(place.topic) { batch.records[topic, default: 0] += 1 }
            let step: Step
            if let known = isReplay ? replays[record.partition] : steps[record.partition] {
                step = known
            } else {
                step = makeStep(record.partition, now: now)
                // A replayed record comes before all others of its partition: the state goes on from there.
                if !isReplay, let before = replays[record.partition] { step.state = before.state }
                step.isReplay = isReplay
                if isReplay { replays[record.partition] = step } else { steps[record.partition] = step }
            }
            try Inbox.take(record, into: core, step: step)
        }
        for partition in Set(steps.keys).union(replays.keys).sorted() {
            if let step = steps[partition] ?? replays[partition] { batch.steps.append(step) }
        }
        return batch
    }
}
