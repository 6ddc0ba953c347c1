internal import EventLog
internal import Messages

extension WorkerMachine {
    /// Folds what this service itself has written and the store does not know yet, up to the ends that the logs have
    /// now. The ends are high watermarks: a last stable offset may still wait behind someone's open transaction, and
    /// would hide what that transaction is about to commit.
    ///
    /// All ends are asked before anything is folded, those of the topics that are folded last first, and nothing beyond
    /// them is taken. What is written first is folded first (events, then the outcomes that tell of them), and others may
    /// write meanwhile: an outcome whose event is not known yet would be taken for void, and passed over for good.
    ///
    /// Inputs that are followed come last, and are folded no further than the group stands: what lies behind that is
    /// still to be handled.
    func catchUp(_ partitions: [Int32], then: @escaping (WorkerFailure?) -> WorkerAction) -> WorkerAction {
        if partitions.isEmpty { return then(nil) }
        dropVerification()
        let topics = core.memory + core.followed
        return askEnds(of: topics.reversed()[...], partitions, [:]) { result in
            do throws(WorkerFailure) {
                var ends = try result.orFailure()
                let wiped = try self.partitionsAhead(of: ends)
                for topic in self.core.followed {
                    for (place, mark) in ends[topic] ?? [:] {
                        ends[topic]?[place]?.high = min(mark.high, max(mark.low, self.nextOffsets[place] ?? 0))
                    }
                }
                return self.wipe(wiped, then: then) { self.fold(topics[...], ends, then: then) }
            } catch { return then(error) }
        }
    }

    private typealias Ends = [Topic: [TopicPartition: Watermarks]]

    private func askEnds(
        of topics: ArraySlice<Topic>, _ partitions: [Int32], _ ends: Ends,
        then: @escaping (Result<Ends, LogError>) -> WorkerAction
    ) -> WorkerAction {
        guard let topic = topics.first else { return then(.success(ends)) }
        let places = partitions.map { TopicPartition(topic: configuration.names.name(topic), partition: $0) }
        return .watermarks(places) { result in
            switch result {
            case .failure(let error): return then(.failure(error))
            case .success(let marks):
                var ends = ends
                ends[topic] = marks
                return self.askEnds(of: topics.dropFirst(), partitions, ends, then: then)
            }
        }
    }

    /// A store that knows more than the log has outlived its topic, or the log has lost records: it is no cache of this
    /// log. All of the partition goes, before any topic of it is folded.
    private func partitionsAhead(of ends: Ends) throws(WorkerFailure) -> [Int32] {
        var ahead: Set<Int32> = []
        for topic in core.memory + core.followed {
            for (place, mark) in (ends[topic] ?? [:]).sorted(by: { $0.key < $1.key }) {
                guard try stored(topic, place.partition) ?? 0 > mark.high, ahead.insert(place.partition).inserted else {
                    continue
                }
                noteStateAhead(place)
            }
        }
        return ahead.sorted()
    }

    private func fold(
        _ topics: ArraySlice<Topic>, _ ends: Ends, then: @escaping (WorkerFailure?) -> WorkerAction
    ) -> WorkerAction {
        guard let topic = topics.first else { return then(nil) }
        let goOn = { self.fold(topics.dropFirst(), ends, then: then) }
        var starts: [TopicPartition: StartPosition] = [:]
        let marks = ends[topic] ?? [:]
        do throws(WorkerFailure) {
            for (place, mark) in marks.sorted(by: { $0.key < $1.key }) {
                let position = try position(topic, place, mark)
                if core.memory.contains(topic) { memoryEnds[place] = mark.high }
                if position < mark.high { starts[place] = .offset(position) }
            }
        } catch { return then(error) }
        if starts.isEmpty { return goOn() }
        let reading = Folding(topic: topic, marks: marks, places: starts.keys.sorted(), then: then, goOn: goOn)
        return .beginReading(starts) { error in error.map { then(.log($0)) } ?? self.readOn(reading) }
    }

    /// One topic on its way to its ends.
    private final class Folding {
        let topic: Topic
        let marks: [TopicPartition: Watermarks]
        let places: [TopicPartition]
        var count = 0
        let then: (WorkerFailure?) -> WorkerAction
        let goOn: () -> WorkerAction

        init(
            topic: Topic, marks: [TopicPartition: Watermarks], places: [TopicPartition],
            then: @escaping (WorkerFailure?) -> WorkerAction, goOn: @escaping () -> WorkerAction
        ) {
            self.topic = topic
            self.marks = marks
            self.places = places
            self.then = then
            self.goOn = goOn
        }
    }

    private func readOn(_ reading: Folding) -> WorkerAction {
        .read(maxRecords: 20_000, timeout: .milliseconds(100)) { result in
            let reached: [TopicPartition: Int64]
            let changes: [PartitionChanges]
            do throws(WorkerFailure) {
                let records: [LogRecord]
                (records, reached) = try result.orFailure()
                changes = try self.recall(records, reached, reading)
                reading.count += records.count
            } catch { return reading.then(error) }
            return .store(changes) { error in
                if let error { return reading.then(.store(error)) }
                if reading.places.allSatisfy({ (reached[$0] ?? 0) >= (reading.marks[$0]?.high ?? 0) }) {
                    self.world.observer.note(
                        .info, "caught up",
                        [
                            "topic": reading.topic.rawValue, "partitions": String(reading.places.count),
                            "records": String(reading.count),
                        ])
                    return reading.goOn()
                }
                if self.world.isStopping() { return self.end(.asked) }
                return .heartbeat { error in error.map { reading.then(.log($0)) } ?? self.readOn(reading) }
            }
        }
    }

    private func position(_ topic: Topic, _ place: TopicPartition, _ mark: Watermarks) throws(WorkerFailure) -> Int64 {
        if let stored = try stored(topic, place.partition), stored >= mark.low { return stored }
        guard mark.low == 0 else {
            throw .log(
                LogError(
                    .offsetOutOfRange, "records before offset \(mark.low) are gone, and this topic is kept for ever",
                    place: place))
        }
        return 0
    }

    private func recall(
        _ records: [LogRecord], _ reached: [TopicPartition: Int64], _ reading: Folding
    ) throws(WorkerFailure) -> [PartitionChanges] {
        let now = world.now()
        var steps: [Int32: Step] = [:]
        for record in records where record.offset < reading.marks[record.topicPartition]?.high ?? 0 {
            let step = steps[record.partition] ?? makeStep(record.partition, now: now)
            step.isReplay = true
            steps[record.partition] = step
            do { try core.recall(record, from: reading.topic, in: step) } catch { throw .store(error) }
        }
        return reached.sorted { $0.key < $1.key }.map { place, position in
            PartitionChanges(
                partition: place.partition, changes: steps[place.partition]?.state.changes ?? [],
                positions: [reading.topic.rawValue: min(position, reading.marks[place]?.high ?? position)])
        }
    }
}
