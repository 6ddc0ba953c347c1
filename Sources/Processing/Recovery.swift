internal import EventLog
internal import Messages

extension Worker {
    func openProducer() throws(WorkerFailure) {
        closeProducer()
        var attempt = 0
        while true {
            do throws(LogError) {
                producer = try makeProducer()
                return
            } catch {
                guard error.isRetriable else { throw .log(error) }
                if ports.isStopping() { throw .stopped }
                ports.observer.note(.warning, "no producer yet", ["error": error.description])
                ports.pause(.milliseconds(min(200 << min(attempt, 4), 3_000)))
                attempt += 1
            }
        }
    }

    private func makeProducer() throws(LogError) -> Producer {
        switch ports.producers {
        case .exactlyOnce(let make):
            let made = try make()
            do throws(LogError) { try made.initialize() } catch {
                made.close()
                throw error
            }
            return .transactional(made)
        case .atLeastOnce(let make): return .batch(try make())
        }
    }

    func closeProducer() {
        switch producer {
        case .transactional(let producer): producer.close()
        case .batch(let producer): producer.close()
        case nil: break
        }
        producer = nil
    }

    /// Takes partitions from where the log says that they stand: committed offsets first (which waits until pending
    /// transactions are decided), then the ends of the logs, then the state up to these ends, and only then new work.
    func takeOver(_ partitions: [TopicPartition]) throws(WorkerFailure) {
        var attempt = 0
        while true {
            do throws(LogError) {
                try begin(partitions)
                return
            } catch {
                guard error.isRetriable, attempt < 30 else { throw .log(error) }
                if ports.isStopping() { throw .stopped }
                ports.observer.note(.warning, "taking over partitions failed", ["error": error.description])
                ports.pause(.milliseconds(min(100 << min(attempt, 5), 2_000)))
                attempt += 1
            }
        }
    }

    private func begin(_ partitions: [TopicPartition]) throws(LogError) {
        // Taken again after a failure: what was fetched meanwhile lies ahead of where reading begins, and must go.
        if !nextOffsets.isEmpty { try ports.consumer.unassign() }
        forget()
        guard !partitions.isEmpty else {
            try ports.consumer.assign([:])
            return
        }
        let committed = try ports.consumer.committedOffsets(partitions)
        let marks = try ports.reader.watermarks(partitions)
        var positions: [TopicPartition: StartPosition] = [:]
        for place in partitions {
            guard let mark = marks[place] else { throw LogError(.unknownTopic, "no watermarks", place: place) }
            let next = committed[place] ?? mark.low
            try check(next, mark, place)
            nextOffsets[place] = next
        }
        if core.memory.isEmpty {
            try resumeFold(committed, marks)
        } else {
            do { try catchUp(assignedPartitions) } catch {
                switch error {
                case .log(let error): throw error
                case .store(let error): throw LogError(.other, error.description)
                case .stopped: return
                }
            }
        }
        for (place, next) in nextOffsets { positions[place] = .offset(next) }
        try ports.consumer.assign(positions)
        ports.observer.note(
            .info, "partitions taken over",
            ["count": String(partitions.count), "replaying": String(replayUntil.count)])
    }

    private func check(_ next: Int64, _ mark: Watermarks, _ place: TopicPartition) throws(LogError) {
        if next < mark.low {
            throw LogError(
                .offsetOutOfRange,
                "offsets \(next) to \(mark.low - 1) were trimmed away before they were processed; they are lost to this"
                    + " service. Set the group's offset to \(mark.low) by hand if that is acceptable", place: place)
        }
        if next > mark.high {
            throw LogError(
                .offsetOutOfRange,
                "the group stands at \(next), but the log ends at \(mark.high): the topic was made anew or lost records",
                place: place)
        }
    }

    /// For a core whose state is the fold of its input: where the store is behind the group, reading begins there, and
    /// records before the group's offset change the state only.
    private func resumeFold(
        _ committed: [TopicPartition: Int64], _ marks: [TopicPartition: Watermarks]
    ) throws(LogError) {
        for (place, next) in nextOffsets {
            guard let topic = configuration.names.topic(place.topic), let mark = marks[place] else { continue }
            let from = try storedPosition(topic, place, mark)
            if from < next {
                try check(from, mark, place)
                nextOffsets[place] = from
                replayUntil[place] = next
            }
        }
    }

    private func storedPosition(
        _ topic: Topic, _ place: TopicPartition, _ mark: Watermarks
    ) throws(LogError) -> Int64 {
        do {
            let stored = try ports.store.positions(partition: place.partition)[topic.rawValue] ?? 0
            if stored <= mark.high { return stored }
            ports.observer.note(
                .warning, "the state is ahead of the log; it is rebuilt", ["place": place.description])
            try ports.store.wipe(partition: place.partition)
            return 0
        } catch { throw LogError(.other, error.description) }
    }
}
