internal import EventLog
internal import Messages

/// What became of a batch in Kafka.
enum Written {
    /// With the offset of each output, in their order.
    case written([Int64])
    case failed(LogError, producerIsSound: Bool)
    /// What was written does not join what this worker knows of the log: others have written in between.
    case logMoved
}

extension WorkerMachine {
    func write(_ batch: Batch, then: @escaping (Written) -> WorkerAction) -> WorkerAction {
        switch guarantee {
        // Offsets alone, too: committed without a transaction, they would be fenced by nothing once their connection has
        // lost them, and could put the group back behind what later transactions have committed.
        case .exactlyOnce: return transact(batch.outputs, offsets: batch.offsets, then: then)
        case .atLeastOnce:
            return checkBook(batch, orElse: then) {
                batch.outputs.isEmpty
                    ? self.commit(batch.offsets, [], then: then) : self.writeBook(batch, then: then)
            }
        }
    }

    /// `at-least-once`: what was decided without a word in the book was decided on the book as well (a refusal, or that
    /// there is nothing to do), and no offset tells whether it was on all of it. So its end is asked.
    ///
    /// What led to a record that was decided had been written before the record was: with the end asked after that, it
    /// is all known. What someone else writes after the question may as well have come after the decision.
    private func checkBook(
        _ batch: Batch, orElse: @escaping (Written) -> WorkerAction, then: @escaping () -> WorkerAction
    ) -> WorkerAction {
        guard let book = core.book.map({ configuration.names.name($0) }) else { return then() }
        let written = Set(batch.outputs.filter { $0.topic == book }.map(\.partition))
        let places = batch.parts.map(\.step.partition).filter { !written.contains($0) }
            .map { TopicPartition(topic: book, partition: $0) }
        if places.isEmpty { return then() }
        return .watermarks(places, within: configuration.questionTime) { result in
            switch result {
            case .failure(let error): return orElse(.failed(error, producerIsSound: true))
            case .success(let marks):
                guard places.allSatisfy({ marks[$0]?.high == self.owned.memoryEnds[$0] }) else {
                    return orElse(.logMoved)
                }
                return then()
            }
        }
    }

    func transact(
        _ outputs: [OutgoingRecord], offsets: [TopicPartition: Int64], then: @escaping (Written) -> WorkerAction
    ) -> WorkerAction {
        .transact(outputs, offsets: offsets) { result in
            switch result {
            case .committed(let offsets): return then(.written(offsets))
            case .aborted(let error): return then(.failed(error, producerIsSound: true))
            case .indeterminate(let error):
                // No state of the world makes this one right: a human must.
                if error.code == .notAuthorized { return self.end(WorkerEnd(error)) }
                // What is retried here is the whole state of the world, not the call.
                let doubt = LogError(.unavailable, error.description, cause: error.cause)
                return then(.failed(doubt, producerIsSound: false))
            case .fenced(let error): return self.end(WorkerEnd(error))
            }
        }
    }

    func commit(
        _ offsets: [TopicPartition: Int64], _ written: [Int64], then: @escaping (Written) -> WorkerAction
    ) -> WorkerAction {
        .commit(offsets) { error in then(error.map { .failed($0, producerIsSound: true) } ?? .written(written)) }
    }

    /// Without transactions nothing fences a frozen instance. So the book is written first, and the offsets that come
    /// back are compared with the end that was known when the batch was decided: if they don't join, someone else has
    /// written there, and nothing more of this batch goes out.
    ///
    /// The same holds for all other topics that the state is rebuilt from: of what tells differently of one command the
    /// first counts. Where offsets don't join, the state must not be advanced past what stands in between.
    private func writeBook(_ batch: Batch, then: @escaping (Written) -> WorkerAction) -> WorkerAction {
        let outputs = batch.outputs
        let book = core.book.map { configuration.names.name($0) }
        let inBook = outputs.indices.filter { outputs[$0].topic == book }
        let others = outputs.indices.filter { outputs[$0].topic != book }
        let memory = Set(core.memory.map(configuration.names.name)).union(book.map { [$0] } ?? [])
        let nothing = [Int64](repeating: -1, count: outputs.count)
        let calls = (core.isBookChained ? Self.links(inBook, of: outputs) : [inBook]) + [others]
        return produce(outputs, calls[...], joining: memory, nothing, orElse: then) { written in
            self.commit(batch.offsets, written, then: then)
        }
    }

    /// The first record of each key, then the second of those that have one, and so on.
    private static func links(_ inBook: [Int], of outputs: [OutgoingRecord]) -> [[Int]] {
        var links: [[Int]] = []
        var count: [[UInt8]?: Int] = [:]
        for index in inBook {
            let link = count[outputs[index].key, default: 0]
            count[outputs[index].key] = link + 1
            if link == links.count { links.append([]) }
            links[link].append(index)
        }
        return links
    }

    /// Writes one after the other, each when what is before it has joined.
    private func produce(
        _ outputs: [OutgoingRecord], _ calls: ArraySlice<[Int]>, joining memory: Set<String>, _ before: [Int64],
        orElse: @escaping (Written) -> WorkerAction, then: @escaping ([Int64]) -> WorkerAction
    ) -> WorkerAction {
        guard let call = calls.first else { return then(before) }
        return produce(outputs, call, joining: memory, before, orElse: orElse) { written in
            self.produce(outputs, calls.dropFirst(), joining: memory, written, orElse: orElse, then: then)
        }
    }

    /// Writes some of the outputs, and goes on with where they and those before them went.
    /// - Parameter orElse: goes on where they can't be written, or don't join.
    private func produce(
        _ outputs: [OutgoingRecord], _ some: [Int], joining memory: Set<String>, _ before: [Int64],
        orElse: @escaping (Written) -> WorkerAction, then: @escaping ([Int64]) -> WorkerAction
    ) -> WorkerAction {
        if some.isEmpty { return then(before) }
        return .produce(some.map { outputs[$0] }) { result in
            switch result {
            case .failure(let error): return orElse(.failed(error, producerIsSound: false))
            case .success(let offsets):
                var written = before
                for (index, offset) in zip(some, offsets) {
                    written[index] = offset
                    self.noteServed(outputs[index].topicPartition, offset)
                    guard memory.contains(outputs[index].topic) else { continue }
                    guard self.owned.joins(outputs[index].topicPartition, offset) else { return orElse(.logMoved) }
                }
                return then(written)
            }
        }
    }
}
