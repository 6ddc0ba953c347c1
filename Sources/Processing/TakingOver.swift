internal import EventLog
internal import Messages

extension WorkerMachine {
    func openProducer(attempt: Int = 0, then: @escaping () -> WorkerAction) -> WorkerAction {
        .openProducer { error in
            guard let error else { return then() }
            guard error.isRetriable else { return self.end(WorkerEnd(error)) }
            if self.world.isStopping() { return self.end(.asked) }
            self.world.observer.note(.warning, "no producer yet", ["error": error.description])
            return .pause(.milliseconds(min(200 << min(attempt, 4), 3_000))) {
                self.openProducer(attempt: attempt + 1, then: then)
            }
        }
    }

    /// Takes partitions from where the log says that they stand: committed offsets first (which waits until pending
    /// transactions are decided), then the ends of the logs, then the state up to these ends, and only then new work.
    func takeOver(
        _ partitions: [TopicPartition], attempt: Int = 0, then: @escaping () -> WorkerAction
    ) -> WorkerAction {
        begin(partitions) { failure in
            guard let failure else { return then() }
            guard case .log(let error) = failure, error.isRetriable, attempt < 30 else {
                return self.end(WorkerEnd(failure))
            }
            if self.world.isStopping() { return self.end(.asked) }
            self.world.observer.note(.warning, "taking over partitions failed", ["error": error.description])
            return .pause(.milliseconds(min(100 << min(attempt, 5), 2_000))) {
                self.takeOver(partitions, attempt: attempt + 1, then: then)
            }
        }
    }

    private typealias Answer = (WorkerFailure?) -> WorkerAction

    private func begin(_ partitions: [TopicPartition], then: @escaping Answer) -> WorkerAction {
        let ask = {
            self.forget()
            if partitions.isEmpty { return WorkerAction.assign([:]) { then($0.map(WorkerFailure.log)) } }
            return self.askPositions(partitions, then: then)
        }
        if nextOffsets.isEmpty { return ask() }
        // Taken again after a failure: what was fetched meanwhile lies ahead of where reading begins, and must go.
        return .unassign { error in error.map { then(.log($0)) } ?? ask() }
    }

    private func askPositions(_ partitions: [TopicPartition], then: @escaping Answer) -> WorkerAction {
        .committedOffsets(partitions) { result in
            switch result {
            case .failure(let error): return then(.log(error))
            case .success(let committed):
                return .watermarks(partitions) { result in
                    let wiped: [Int32]
                    do throws(WorkerFailure) {
                        wiped = try self.setPositions(partitions, committed, try result.orFailure())
                    } catch { return then(error) }
                    return self.wipe(wiped, then: then) { self.catchUpAndAssign(partitions, then: then) }
                }
            }
        }
    }

    private func catchUpAndAssign(_ partitions: [TopicPartition], then: @escaping Answer) -> WorkerAction {
        catchUp(core.memory.isEmpty ? [] : assignedPartitions) { failure in
            failure.map(then) ?? self.assign(partitions, then: then)
        }
    }

    private func assign(_ partitions: [TopicPartition], then: @escaping Answer) -> WorkerAction {
        .assign(nextOffsets.mapValues { .offset($0) }) { error in
            if let error { return then(.log(error)) }
            do throws(WorkerFailure) { try self.recallServedEnds() } catch { return then(error) }
            self.world.observer.note(
                .info, "partitions taken over",
                ["count": String(partitions.count), "replaying": String(self.replayUntil.count)])
            return then(nil)
        }
    }

    func wipe(
        _ partitions: [Int32], then: @escaping (WorkerFailure?) -> WorkerAction, goOn: @escaping () -> WorkerAction
    ) -> WorkerAction {
        if partitions.isEmpty { return goOn() }
        return .wipe(partitions) { error in error.map { then(.store($0)) } ?? goOn() }
    }

    /// Sets where each partition goes on.
    /// - Returns: the partitions whose state is ahead of the log.
    private func setPositions(
        _ partitions: [TopicPartition], _ committed: [TopicPartition: GroupOffset],
        _ marks: [TopicPartition: Watermarks]
    ) throws(WorkerFailure) -> [Int32] {
        var wiped: [Int32] = []
        for place in partitions.sorted() {
            guard let mark = marks[place] else {
                throw .log(LogError(.unknownTopic, "no watermarks", place: place))
            }
            let next = committed[place]?.next ?? mark.low
            try check(next, mark, place)
            nextOffsets[place] = next
            guard core.memory.isEmpty, let topic = configuration.names.topic(place.topic) else { continue }
            // The state is the fold of the input: where the store is behind the group, reading begins there, and records
            // before the group's offset change the state only.
            var from = try stored(topic, place.partition) ?? 0
            if from > mark.high {
                noteStateAhead(place)
                wiped.append(place.partition)
                from = 0
            }
            if from < next {
                try check(from, mark, place)
                nextOffsets[place] = from
                replayUntil[place] = next
            }
        }
        return wiped
    }

    private func check(_ next: Int64, _ mark: Watermarks, _ place: TopicPartition) throws(WorkerFailure) {
        if next < mark.low {
            throw .log(
                LogError(
                    .offsetOutOfRange,
                    "offsets \(next) to \(mark.low - 1) were trimmed away before they were processed; they are lost to"
                        + " this service. Set the group's offset to \(mark.low) by hand if that is acceptable",
                    place: place))
        }
        if next > mark.high {
            throw .log(
                LogError(
                    .offsetOutOfRange,
                    "the group stands at \(next), but the log ends at \(mark.high): the topic was made anew or lost"
                        + " records", place: place))
        }
    }

    func stored(_ topic: Topic, _ partition: Int32) throws(WorkerFailure) -> Int64? {
        do { return try world.store.positions(partition: partition)[topic.rawValue] } catch { throw .store(error) }
    }

    func noteStateAhead(_ place: TopicPartition) {
        world.observer.note(.warning, "the state is ahead of the log; it is rebuilt", ["place": place.description])
    }
}

extension Result where Failure == LogError {
    func orFailure() throws(WorkerFailure) -> Success {
        do { return try get() } catch { throw .log(error) }
    }
}
