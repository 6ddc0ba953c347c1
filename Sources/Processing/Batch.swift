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

extension Worker {
    func process(_ records: [LogRecord]) throws(WorkerFailure) {
        let batch = try timed(.decide) { () throws(WorkerFailure) in try decide(records) }
        let outputs = batch.steps.reduce(0) { $0 + $1.outputs.count }
        try deliver(batch) { () throws(WorkerFailure) in try self.decide(records) }
        ports.observer.batch(records: records.count, outputs: outputs)
    }

    private func timed<Value>(
        _ phase: BatchPhase, _ body: () throws(WorkerFailure) -> Value
    ) throws(WorkerFailure) -> Value {
        let began = ports.now()
        let value = try body()
        ports.observer.took(phase, seconds: Double(ports.now().microseconds - began.microseconds) / 1_000_000)
        return value
    }

    /// Decides a batch on the committed state. Deciding it again gives the same ids.
    private func decide(_ records: [LogRecord]) throws(WorkerFailure) -> Batch {
        let now = ports.now()
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
            do { try Inbox.take(record, into: core, step: step) } catch { throw .store(error) }
        }
        for partition in Set(steps.keys).union(replays.keys).sorted() {
            if let step = steps[partition] ?? replays[partition] { batch.steps.append(step) }
        }
        return batch
    }

    /// Writes a batch to Kafka, then to the store.
    /// - Parameter decideAgain: makes the batch anew on the state as it is then; nil gives it up (it will come again).
    func deliver(_ first: Batch, decideAgain: () throws(WorkerFailure) -> Batch?) throws(WorkerFailure) {
        var batch = first
        var attempt = 0
        while true {
            switch try timed(.kafka, { () throws(WorkerFailure) in try write(batch) }) {
            case .written(let offsets):
                try timed(.store) { () throws(WorkerFailure) in try commitState(batch, offsets) }
                return
            case .failed(let error, let producerIsSound):
                ports.observer.count(.aborted, topic: core.group.inputs[0], by: 1)
                ports.observer.note(
                    .warning, "batch not written", ["error": error.description, "attempt": String(attempt)])
                guard error.isRetriable || error.code == .other || error.code == .unknownTopic, attempt < 100 else {
                    throw .log(error)
                }
                if ports.isStopping() { throw .stopped }
                ports.pause(.milliseconds(min(50 << min(attempt, 6), 2_000)))
                attempt += 1
                if producerIsSound, error.code != .rejoin {
                    guard let again = try decideAgain() else { return }
                    batch = again
                } else {
                    // Nobody knows what the log has now: begin again from what it tells.
                    if !producerIsSound { try openProducer() }
                    try takeOver(Array(nextOffsets.keys))
                    return
                }
            case .logMoved:
                // Someone else has written to what the state is rebuilt from: what was decided may be wrong, or what
                // was written may not be the first that tells of it.
                ports.observer.count(.retried, topic: core.group.inputs[0], by: 1)
                attempt += 1
                if attempt > 5 {
                    try takeOver(Array(nextOffsets.keys))
                    return
                }
                try catchUp(assignedPartitions)
                guard let again = try decideAgain() else { return }
                batch = again
            }
        }
    }

    private enum Written {
        /// With the offset of each output, in their order.
        case written([Int64])
        case failed(LogError, producerIsSound: Bool)
        /// What was written does not join what this worker knows of the log: others have written in between.
        case logMoved
    }

    private func write(_ batch: Batch) throws(WorkerFailure) -> Written {
        let outputs = batch.outputs
        if batch.offsets.isEmpty { return .written([]) }
        guard !outputs.isEmpty else { return commitOffsets(batch, []) }
        switch producer {
        case .transactional(let producer):
            switch producer.transact(outputs, offsets: batch.offsets, of: ports.consumer) {
            case .committed(let offsets): return .written(offsets)
            case .aborted(let error): return .failed(error, producerIsSound: true)
            case .indeterminate(let error):
                // No state of the world makes this one right: a human must.
                if error.code == .notAuthorized { throw .log(error) }
                // What is retried here is the whole state of the world, not the call.
                return .failed(LogError(.unavailable, error.description, cause: error.cause), producerIsSound: false)
            case .fenced(let error): throw .log(error)
            }
        case .batch(let producer): return writeAtLeastOnce(batch, outputs, producer)
        case nil: return .failed(LogError(.unavailable, "there is no producer"), producerIsSound: false)
        }
    }

    private func commitOffsets(_ batch: Batch, _ written: [Int64]) -> Written {
        do {
            try ports.consumer.commit(batch.offsets)
            return .written(written)
        } catch { return .failed(error, producerIsSound: true) }
    }

    /// Without transactions nothing fences a frozen instance. So the book is written first, and the offsets that come
    /// back are compared with the end that was known when the batch was decided: if they don't join, someone else has
    /// written there, and nothing more of this batch goes out.
    ///
    /// The same holds for all other topics that the state is rebuilt from: of what tells differently of one command the
    /// first counts. Where offsets don't join, the state must not be advanced past what stands in between.
    private func writeAtLeastOnce(
        _ batch: Batch, _ outputs: [OutgoingRecord], _ producer: any BatchProducer
    ) -> Written {
        let book = core.book.map { configuration.names.name($0) }
        let inBook = outputs.indices.filter { outputs[$0].topic == book }
        let others = outputs.indices.filter { outputs[$0].topic != book }
        var written = [Int64](repeating: -1, count: outputs.count)
        do {
            if !inBook.isEmpty {
                for (index, offset) in zip(inBook, try producer.produce(inBook.map { outputs[$0] })) {
                    written[index] = offset
                    guard joins(outputs[index].topicPartition, offset) else { return .logMoved }
                }
            }
            if !others.isEmpty {
                let memory = Set(core.memory.map(configuration.names.name))
                for (index, offset) in zip(others, try producer.produce(others.map { outputs[$0] })) {
                    written[index] = offset
                    guard memory.contains(outputs[index].topic) else { continue }
                    guard joins(outputs[index].topicPartition, offset) else { return .logMoved }
                }
            }
        } catch { return .failed(error, producerIsSound: false) }
        return commitOffsets(batch, written)
    }

    /// Whether a record of ours lies right behind what is known of its partition; it is known then, too.
    private func joins(_ place: TopicPartition, _ offset: Int64) -> Bool {
        guard let end = memoryEnds[place], offset == end else { return false }
        memoryEnds[place] = end + 1
        return true
    }

    /// The last step: the store follows the log.
    private func commitState(_ batch: Batch, _ offsets: [Int64]) throws(WorkerFailure) {
        var positions: [Int32: [String: Int64]] = [:]
        if core.memory.isEmpty {
            for (place, next) in batch.consumed {
                if let topic = configuration.names.topic(place.topic) {
                    positions[place.partition, default: [:]][topic.rawValue] = next
                }
            }
        } else if offsets.count == batch.outputs.count {
            let memory = Set(core.memory)
            for (output, offset) in zip(batch.outputs, offsets) where offset >= 0 {
                if let topic = configuration.names.topic(output.topic), memory.contains(topic) {
                    positions[output.partition, default: [:]][topic.rawValue] = offset + 1
                }
            }
        }
        let changes = batch.steps.map {
            PartitionChanges(
                partition: $0.partition, changes: $0.state.changes, positions: positions[$0.partition] ?? [:])
        }
        do { try ports.store.commit(changes) } catch { throw .store(error) }
        for (place, next) in batch.consumed {
            nextOffsets[place] = max(next, nextOffsets[place] ?? 0)
            if let until = replayUntil[place], next >= until { replayUntil[place] = nil }
        }
        for (topic, count) in batch.records { ports.observer.count(.consumed, topic: topic, by: count) }
    }
}
