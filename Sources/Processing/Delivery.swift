internal import EventLog
internal import Messages

extension WorkerMachine {
    /// Writes a batch to Kafka, then to the store. A batch that is not written goes no further: its partitions are taken
    /// over again, from what the log says then, and its records are read again. So nothing that was written, in whole or
    /// in part, is decided on a state that does not know it.
    func deliver(_ batch: Batch, then: @escaping () -> WorkerAction) -> WorkerAction {
        let began = world.now()
        world.observer.proving()
        return write(batch) { outcome in
            self.took(.kafka, since: began)
            switch outcome {
            case .written(let offsets): return self.store(batch, offsets, then: then)
            case .failed(let error, let producerIsSound):
                return self.failed(error, producerIsSound: producerIsSound, of: batch)
            case .logMoved:
                // Someone else has written to what the state is rebuilt from: what was decided may be wrong, or what was
                // written may not be the first that tells of it.
                self.world.observer.count(.retried, topic: self.core.group.inputs[0], by: 1)
                return self.takeOverAgain(due: self.world.now())
            }
        }
    }

    /// What passes is waited for, however long it takes: between two tries the member answers its group.
    func failed(_ error: LogError, producerIsSound: Bool, of batch: Batch?) -> WorkerAction {
        world.observer.count(.aborted, topic: core.group.inputs[0], by: 1)
        var details = ["error": error.description, "attempt": String(failures)]
        if error.code == .recordTooLarge {
            let topics = error.place.map { [$0.topic] } ?? Set(batch?.outputs.map(\.topic) ?? []).sorted()
            details["remedy"] =
                "raise max.message.bytes of \(topics.joined(separator: " or ")); `soleholder topics check` tells what it"
                + " must be. The service goes on by itself then"
        }
        world.observer.note(.warning, "batch not written", details)
        trouble = error.description
        guard waits(for: error) else { return end(WorkerEnd(error)) }
        failures += 1
        if !producerIsSound { producer.isOpen = false }
        return takeOverAgain(
            due: world.now().advanced(by: .milliseconds(min(50 << min(failures - 1, 7), 5_000))))
    }

    /// Whether an error passes, or is mended by someone who need not touch this service.
    func waits(for error: LogError) -> Bool {
        switch error.code {
        case .unreachable, .unavailable, .rejoin, .unknownTopic, .recordTooLarge: true
        case .other: failures < 100
        case .fenced, .offsetOutOfRange, .notAuthorized, .configuration: false
        }
    }

    /// The last step: the store follows the log.
    private func store(_ batch: Batch, _ offsets: [Int64], then: @escaping () -> WorkerAction) -> WorkerAction {
        let positions = positions(of: batch, offsets)
        let changes = batch.parts.map {
            PartitionChanges(
                partition: $0.step.partition, changes: $0.step.state.changes,
                positions: positions[$0.step.partition] ?? [:])
        }
        let began = world.now()
        return .store(changes) { error in
            if let error { return self.end(error) }
            self.took(.store, since: began)
            self.owned.advance(to: batch.offsets)
            self.proved()
            for (topic, count) in batch.records { self.world.observer.count(.consumed, topic: topic, by: count) }
            return then()
        }
    }

    /// What the store stands for once it has the batch.
    private func positions(of batch: Batch, _ offsets: [Int64]) -> [Int32: [String: Int64]] {
        var positions: [Int32: [String: Int64]] = [:]
        // An unchanged offset says nothing of the state.
        for (place, next) in batch.offsets where next > owned.next[place] ?? 0 {
            if let topic = configuration.names.topic(place.topic) {
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
