internal import EventLog
internal import Messages

/// Partitions whose logs are folded together, topic by topic, up to the ends that were asked before.
struct CatchUp {
    let plans: [TakeOverPlan]
    private let topics: [Topic]
    /// Partitions whose state is still to be wiped.
    private(set) var unwiped: [Int32]
    /// Which of the topics is folded.
    private var topicNumber = 0
    /// Whether the reader reads this topic.
    private(set) var isReading = false
    /// Up to where it was read.
    private var reached: [TopicPartition: Int64] = [:]
    /// Offsets that are behind, of all topics.
    private(set) var done: Int64 = 0

    init(_ plans: [TakeOverPlan], topics: [Topic]) {
        self.plans = plans
        self.topics = topics
        unwiped = plans.filter(\.isWiped).map(\.partition)
        skipEmpty()
    }

    /// The topic that is folded now; nil when all is.
    var topic: Topic? { topicNumber < topics.count ? topics[topicNumber] : nil }

    /// What is folded of it.
    var folds: [TakeOverPlan.Fold] { topic.map(folds) ?? [] }

    private func folds(of topic: Topic) -> [TakeOverPlan.Fold] {
        plans.flatMap { $0.folds.filter { $0.topic == topic } }
    }

    /// The first place that is not at its end, with its position.
    var pending: (fold: TakeOverPlan.Fold, position: Int64)? {
        folds.lazy.map { ($0, position(of: $0)) }.first { $0.1 < $0.0.end }
    }

    private func position(of fold: TakeOverPlan.Fold) -> Int64 { max(fold.from, reached[fold.place] ?? 0) }

    var left: Int64 { plans.reduce(0) { $0 + $1.left } - done }

    mutating func wiped(_ partition: Int32) { unwiped.removeAll { $0 == partition } }

    mutating func beganReading() { isReading = true }

    /// The reader was needed for something else: reading begins again where it was.
    mutating func readerTaken() { isReading = false }

    /// Where reading begins.
    var starts: [TopicPartition: StartPosition] {
        Dictionary(uniqueKeysWithValues: folds.map { ($0.place, .offset(position(of: $0))) })
    }

    /// The reader has come on.
    mutating func advance(to positions: [TopicPartition: Int64]) {
        for fold in folds {
            guard let position = positions[fold.place] else { continue }
            let before = self.position(of: fold)
            reached[fold.place] = max(before, min(position, fold.end))
            done += self.position(of: fold) - before
        }
        guard pending == nil else { return }
        topicNumber += 1
        isReading = false
        skipEmpty()
    }

    private mutating func skipEmpty() {
        while let topic, folds(of: topic).isEmpty { topicNumber += 1 }
    }
}

extension WorkerMachine {
    func beginCatchUp(_ plans: [TakeOverPlan], then: @escaping () -> WorkerAction) -> WorkerAction {
        dropVerification()
        for plan in plans where plan.isAhead {
            world.observer.note(
                .warning, "the state is ahead of the log; it is rebuilt", ["partition": String(plan.partition)])
        }
        let catchUp = CatchUp(plans, topics: folding.topics)
        takeOver.began(catchUp)
        return goOn(catchUp, then: then)
    }

    /// One piece of it.
    func goOn(_ catchUp: CatchUp, then: @escaping () -> WorkerAction) -> WorkerAction {
        if let partition = catchUp.unwiped.first { return wipe(partition, catchUp, then: then) }
        if catchUp.topic == nil { return take(takeOver.finished(), then: then) }
        if catchUp.isReading { return readOn(catchUp, then: then) }
        return .beginReading(catchUp.starts) { error in
            if let error { return self.catchUpFailed(.log(error), then: then) }
            var catchUp = catchUp
            catchUp.beganReading()
            self.takeOver.advanced(catchUp)
            return self.readOn(catchUp, then: then)
        }
    }

    private func wipe(_ partition: Int32, _ catchUp: CatchUp, then: @escaping () -> WorkerAction) -> WorkerAction {
        .wipe(partition, rows: configuration.wipeSize) { result in
            switch result {
            case .failure(let error): return self.end(error)
            case .success(let isWiped):
                var catchUp = catchUp
                if isWiped { catchUp.wiped(partition) }
                self.takeOver.advanced(catchUp)
                return then()
            }
        }
    }

    private func readOn(_ catchUp: CatchUp, then: @escaping () -> WorkerAction) -> WorkerAction {
        let began = world.now()
        // Who serves other partitions does not wait for records that may be long in coming.
        let patience = owned.isEmpty ? Duration.milliseconds(100) : .milliseconds(10)
        return .read(maxRecords: takeOver.readSize, timeout: patience) { result in
            let count: Int
            let changes: [PartitionChanges]
            var catchUp = catchUp
            do throws(WorkerFailure) {
                let (records, positions) = try result.orFailure()
                changes = try self.fold(records, positions, catchUp)
                count = records.count
                catchUp.advance(to: positions)
            } catch { return self.catchUpFailed(error, then: then) }
            return .store(changes) { error in
                if let error { return self.end(error) }
                self.takeOver.advanced(catchUp)
                self.takeOver.fitReads(
                    count, took: began.duration(to: self.world.now()), most: self.configuration.readSize)
                self.reportCatchUp(catchUp)
                return catchUp.topic == nil ? self.goOn(catchUp, then: then) : then()
            }
        }
    }

    private func fold(
        _ records: [LogRecord], _ positions: [TopicPartition: Int64], _ catchUp: CatchUp
    ) throws(WorkerFailure) -> [PartitionChanges] {
        guard let topic = catchUp.topic else { return [] }
        let now = world.now()
        let folds = Dictionary(uniqueKeysWithValues: catchUp.folds.map { ($0.place, $0) })
        var steps: [Int32: Step] = [:]
        for record in records where record.offset < folds[record.topicPartition]?.end ?? 0 {
            let step = steps[record.partition] ?? makeStep(record.partition, now: now)
            step.isReplay = true
            steps[record.partition] = step
            do throws(StateStoreError) {
                if folding.memory.isEmpty {
                    try Inbox.take(record, into: core, step: step)
                } else {
                    try core.recall(record, from: topic, in: step)
                }
            } catch { throw .store(error) }
        }
        var changes: [PartitionChanges] = []
        for fold in folds.values.sorted(by: { $0.place < $1.place }) {
            guard let position = positions[fold.place] else { continue }
            let step = steps[fold.place.partition]
            var stands = [topic.rawValue: max(fold.from, min(position, fold.end))]
            if let answered = step?.answered, !answered.isEmpty {
                let known: [String: Int64]
                do { known = try world.store.positions(partition: fold.place.partition) } catch { throw .store(error) }
                for (input, offset) in answered {
                    let name = Folding.answered(input)
                    stands[name] = max(offset, known[name] ?? 0)
                }
            }
            changes.append(
                PartitionChanges(
                    partition: fold.place.partition, changes: step?.state.changes ?? [], positions: stands))
        }
        return changes
    }

    private func catchUpFailed(_ failure: WorkerFailure, then: () -> WorkerAction) -> WorkerAction {
        guard case .log(let error) = failure, waits(for: error) else { return end(WorkerEnd(failure)) }
        let now = world.now()
        takeOver.failedToCatchUp(now)
        noteTakeOverFailure(error)
        return then()
    }
}
