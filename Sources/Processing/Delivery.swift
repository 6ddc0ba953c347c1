internal import EventLog
internal import Messages

/// A batch on its way to Kafka and then to the store.
final class Delivery {
    var batch: Batch
    /// What it was decided from, to decide it anew on the state as it is then. Nil for what became due by itself: it is
    /// given up, and comes again.
    let records: [LogRecord]?
    var attempt = 0
    let then: () -> WorkerAction

    init(_ batch: Batch, of records: [LogRecord]?, then: @escaping () -> WorkerAction) {
        self.batch = batch
        self.records = records
        self.then = then
    }
}

extension WorkerMachine {
    /// Writes a batch to Kafka, then to the store.
    func deliver(
        _ batch: Batch, of records: [LogRecord]? = nil, then: @escaping () -> WorkerAction
    ) -> WorkerAction {
        write(Delivery(batch, of: records, then: then))
    }

    private func write(_ delivery: Delivery) -> WorkerAction {
        let began = world.now()
        return write(delivery.batch) { outcome in
            self.took(.kafka, since: began)
            switch outcome {
            case .written(let offsets): return self.store(delivery, offsets)
            case .failed(let error, let producerIsSound):
                return self.failed(delivery, error, producerIsSound: producerIsSound)
            case .logMoved: return self.logMoved(delivery)
            }
        }
    }

    private func failed(_ delivery: Delivery, _ error: LogError, producerIsSound: Bool) -> WorkerAction {
        world.observer.count(.aborted, topic: core.group.inputs[0], by: 1)
        world.observer.note(
            .warning, "batch not written", ["error": error.description, "attempt": String(delivery.attempt)])
        guard error.isRetriable || error.code == .other || error.code == .unknownTopic, delivery.attempt < 100 else {
            return end(WorkerEnd(error))
        }
        if world.isStopping() { return end(.asked) }
        let pause = Duration.milliseconds(min(50 << min(delivery.attempt, 6), 2_000))
        delivery.attempt += 1
        return .pause(pause) {
            if producerIsSound, error.code != .rejoin { return self.decideAgain(delivery) }
            // Nobody knows what the log has now: begin again from what it tells.
            let beginAgain = { self.takeOver(self.nextOffsets.keys.sorted(), then: delivery.then) }
            return producerIsSound ? beginAgain() : self.openProducer(then: beginAgain)
        }
    }

    /// Someone else has written to what the state is rebuilt from: what was decided may be wrong, or what was written may
    /// not be the first that tells of it.
    private func logMoved(_ delivery: Delivery) -> WorkerAction {
        world.observer.count(.retried, topic: core.group.inputs[0], by: 1)
        delivery.attempt += 1
        if delivery.attempt > 5 { return takeOver(nextOffsets.keys.sorted(), then: delivery.then) }
        return catchUp(assignedPartitions) { error in
            error.map { self.end(WorkerEnd($0)) } ?? self.decideAgain(delivery)
        }
    }

    private func decideAgain(_ delivery: Delivery) -> WorkerAction {
        guard let records = delivery.records else { return delivery.then() }
        do { delivery.batch = try decide(records) } catch { return end(error) }
        return write(delivery)
    }

    /// The last step: the store follows the log.
    private func store(_ delivery: Delivery, _ offsets: [Int64]) -> WorkerAction {
        let batch = delivery.batch
        let positions = positions(of: batch, offsets)
        let changes = batch.steps.map {
            PartitionChanges(
                partition: $0.partition, changes: $0.state.changes, positions: positions[$0.partition] ?? [:])
        }
        let began = world.now()
        return .store(changes) { error in
            if let error { return self.end(error) }
            self.took(.store, since: began)
            for (place, next) in batch.consumed {
                self.nextOffsets[place] = max(next, self.nextOffsets[place] ?? 0)
                if let until = self.replayUntil[place], next >= until { self.replayUntil[place] = nil }
            }
            for (topic, count) in batch.records { self.world.observer.count(.consumed, topic: topic, by: count) }
            return delivery.then()
        }
    }

    /// What the store stands for once it has the batch.
    private func positions(of batch: Batch, _ offsets: [Int64]) -> [Int32: [String: Int64]] {
        var positions: [Int32: [String: Int64]] = [:]
        for (place, next) in batch.consumed {
            if let topic = configuration.names.topic(place.topic),
                core.memory.isEmpty || core.followed.contains(topic)
            {
                positions[place.partition, default: [:]][topic.rawValue] = next
            }
        }
        if !core.memory.isEmpty, offsets.count == batch.outputs.count {
            let memory = Set(core.memory)
            for (output, offset) in zip(batch.outputs, offsets) where offset >= 0 {
                if let topic = configuration.names.topic(output.topic), memory.contains(topic) {
                    // Not always written in the order in which they were decided.
                    let known = positions[output.partition]?[topic.rawValue] ?? 0
                    positions[output.partition, default: [:]][topic.rawValue] = max(known, offset + 1)
                }
            }
        }
        for (place, end) in servedEnds {
            if let topic = configuration.names.topic(place.topic) {
                positions[place.partition, default: [:]][topic.rawValue] = end
            }
        }
        return positions
    }
}
