internal import EventLog
internal import Messages

extension Worker {
    /// Folds what this service itself has written and the store does not know yet, up to the ends that the logs have
    /// now. The ends are high watermarks: a last stable offset may still wait behind someone's open transaction, and
    /// would hide what that transaction is about to commit.
    ///
    /// All ends are asked before anything is folded, those of the topics that are folded last first, and nothing beyond
    /// them is taken. What is written first is folded first (events, then the outcomes that tell of them), and others may
    /// write meanwhile: an outcome whose event is not known yet would be taken for void, and passed over for good.
    func catchUp(_ partitions: [Int32]) throws(WorkerFailure) {
        var ends: [Topic: [TopicPartition: Watermarks]] = [:]
        for topic in core.memory.reversed() {
            let places = partitions.map { TopicPartition(topic: configuration.names.name(topic), partition: $0) }
            ends[topic] = try kafka { () throws(LogError) in try ports.reader.watermarks(places) }
        }
        for topic in core.memory { try forgetWhatIsAhead(of: topic, ends[topic] ?? [:]) }
        for topic in core.memory { try catchUp(topic, ends[topic] ?? [:]) }
    }

    /// A store that knows more than the log has outlived its topic, or the log has lost records: it is no cache of this
    /// log. All of the partition goes, before any topic of it is folded.
    private func forgetWhatIsAhead(
        of topic: Topic, _ marks: [TopicPartition: Watermarks]
    ) throws(WorkerFailure) {
        do throws(StateStoreError) {
            for (place, mark) in marks.sorted(by: { $0.key < $1.key }) {
                let stored = try ports.store.positions(partition: place.partition)[topic.rawValue] ?? 0
                guard stored > mark.high else { continue }
                ports.observer.note(
                    .warning, "the state is ahead of the log; it is rebuilt", ["place": place.description])
                try ports.store.wipe(partition: place.partition)
            }
        } catch { throw .store(error) }
    }

    private func catchUp(_ topic: Topic, _ marks: [TopicPartition: Watermarks]) throws(WorkerFailure) {
        var starts: [TopicPartition: StartPosition] = [:]
        for (place, mark) in marks.sorted(by: { $0.key < $1.key }) {
            let position = try position(topic, place, mark)
            memoryEnds[place] = mark.high
            if position < mark.high { starts[place] = .offset(position) }
        }
        guard !starts.isEmpty else { return }
        try kafka { () throws(LogError) in try ports.reader.assign(starts) }
        var folded = 0
        while true {
            let records = try kafka { () throws(LogError) in
                try ports.reader.poll(maxRecords: 20_000, timeout: .milliseconds(100))
            }
            let reached = try kafka { () throws(LogError) in try ports.reader.positions() }
            try fold(records, topic, reached, marks)
            folded += records.count
            if starts.keys.allSatisfy({ (reached[$0] ?? 0) >= (marks[$0]?.high ?? 0) }) { break }
            if ports.isStopping() { throw .stopped }
            _ = try kafka { () throws(LogError) in try ports.consumer.heartbeat() }
        }
        ports.observer.note(
            .info, "caught up",
            ["topic": topic.rawValue, "partitions": String(starts.count), "records": String(folded)])
    }

    private func position(_ topic: Topic, _ place: TopicPartition, _ mark: Watermarks) throws(WorkerFailure) -> Int64 {
        do throws(StateStoreError) {
            let stored = try ports.store.positions(partition: place.partition)[topic.rawValue]
            if let stored, stored >= mark.low { return stored }
        } catch { throw .store(error) }
        guard mark.low == 0 else {
            throw .log(
                LogError(
                    .offsetOutOfRange, "records before offset \(mark.low) are gone, and this topic is kept for ever",
                    place: place))
        }
        return 0
    }

    private func fold(
        _ records: [LogRecord], _ topic: Topic, _ reached: [TopicPartition: Int64],
        _ marks: [TopicPartition: Watermarks]
    ) throws(WorkerFailure) {
        let now = ports.now()
        var steps: [Int32: Step] = [:]
        for record in records where record.offset < marks[record.topicPartition]?.high ?? 0 {
            let step = steps[record.partition] ?? makeStep(record.partition, now: now)
            step.isReplay = true
            steps[record.partition] = step
            do { try core.recall(record, from: topic, in: step) } catch { throw .store(error) }
        }
        let changes = reached.map { place, position in
            PartitionChanges(
                partition: place.partition, changes: steps[place.partition]?.state.changes ?? [],
                positions: [topic.rawValue: min(position, marks[place]?.high ?? position)])
        }
        do { try ports.store.commit(changes) } catch { throw .store(error) }
    }
}
