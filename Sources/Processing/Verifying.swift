internal import EventLog
internal import Messages

/// The served topics on their way from where each was verified last to the ends that they have now.
final class Verification {
    let ends: [TopicPartition: Int64]
    var reached: [TopicPartition: Int64] = [:]
    var stuckReads = 0
    /// Of each key the last record that was read, where that is not what the state says.
    var wrong: [TopicPartition: [[UInt8]: LogRecord]] = [:]

    init(ends: [TopicPartition: Int64]) { self.ends = ends }

    var isDone: Bool { ends.allSatisfy { reached[$0.key] ?? 0 >= $0.value } }

    /// In the order in which they were written.
    var allWrong: [LogRecord] {
        wrong.sorted { $0.key < $1.key }.flatMap { $0.value.values.sorted { $0.offset < $1.offset } }
    }
}

/// `at-least-once`: nothing fences a frozen instance, nor a late produce request. What they write to a compacted topic
/// after the one who owns the partition now is the last record of its key, and would stay for good. So the owner looks
/// now and then whether others have written to what it serves, holds that against its state, and writes again what is
/// not right.
///
/// As long as all records of a partition are its own, each lies right behind the one before, and nothing is read. Where
/// they don't join, all is read from the first gap on. How far that has come is kept with the state: neither a crash nor a
/// change of owners leaves anything out.
///
/// One who only believes to be the owner must not put right what is right. It commits its offsets before it writes, which
/// the group refuses. Should it freeze in between, the owner finds its records in turn. There is no end to that only
/// where there is no end to freezing.
extension WorkerMachine {
    /// The places of what this worker serves, as far as that needs to be verified.
    private var servedPlaces: [TopicPartition] {
        if guarantee == .exactlyOnce { return [] }
        return owned.numbers.flatMap { partition in
            core.served.map { TopicPartition(topic: configuration.names.name($0), partition: partition) }
        }
    }

    /// After partitions were taken over: what the store knows of how far others' records were looked at.
    func recallServedEnds() throws(WorkerFailure) {
        for place in servedPlaces {
            guard let topic = configuration.names.topic(place.topic) else { continue }
            if servedEnds[place] != nil { continue }
            do { servedEnds[place] = try world.store.positions(partition: place.partition)[topic.rawValue] ?? 0 } catch
            {
                throw .store(error)
            }
            verifyAt = world.now().advanced(by: configuration.verifyInterval)
        }
    }

    func forgetServed() {
        servedEnds = [:]
        verifyAt = nil
        verification = nil
    }

    /// A record of ours was written. Right behind what is known, it is known too.
    func noteServed(_ place: TopicPartition, _ offset: Int64) {
        if servedEnds[place] == offset { servedEnds[place] = offset + 1 }
    }

    /// The reader is needed for something else.
    func dropVerification() {
        if verification == nil { return }
        verification = nil
        verifyAt = world.now().advanced(by: configuration.verifyInterval)
    }

    func verifyIfDue(then: @escaping () -> WorkerAction) -> WorkerAction {
        if let verification { return readOn(verification, then: then) }
        // The reader is busy with what is more urgent.
        guard let due = verifyAt, world.now() >= due, takeOver.isEmpty else { return then() }
        verifyAt = world.now().advanced(by: configuration.verifyInterval)
        return .watermarks(servedPlaces, within: configuration.questionTime) { result in
            switch result {
            case .failure(let error): return self.giveUp(.log(error), then: then)
            case .success(let marks): return self.beginVerifying(marks, then: then)
            }
        }
    }

    private func beginVerifying(
        _ marks: [TopicPartition: Watermarks], then: @escaping () -> WorkerAction
    ) -> WorkerAction {
        var starts: [TopicPartition: StartPosition] = [:]
        for (place, mark) in marks {
            let known = servedEnds[place] ?? 0
            if known == mark.high { continue }
            // One that ends before what is known was made anew. All of it is new, then.
            let from = known > mark.high ? mark.low : max(known, mark.low)
            if from < mark.high { starts[place] = .offset(from) } else { servedEnds[place] = from }
        }
        if starts.isEmpty { return then() }
        let verification = Verification(ends: marks.filter { starts[$0.key] != nil }.mapValues(\.high))
        self.verification = verification
        return .beginReading(starts) { error in
            error.map { self.giveUp(.log($0), then: then) } ?? self.readOn(verification, then: then)
        }
    }

    /// How many reads in a row may lead nowhere, each at a wake of its own.
    private static let patience = 40

    /// Reads for as long as that leads on (over gaps, too: the topic is compacted), and not for longer than between two
    /// wakes: new work is not kept waiting.
    private func readOn(
        _ verification: Verification, until: Timestamp? = nil, then: @escaping () -> WorkerAction
    ) -> WorkerAction {
        let until = until ?? world.now().advanced(by: configuration.wakeInterval)
        return .read(maxRecords: 20_000, timeout: .milliseconds(100)) { result in
            let before = verification.reached
            do throws(WorkerFailure) {
                let (records, reached) = try result.orFailure()
                for record in records { try self.take(record, verification) }
                verification.reached.merge(reached) { $1 }
            } catch { return self.giveUp(error, then: then) }
            if verification.isDone { return self.putRight(verification, then: then) }
            let isStuck = verification.reached == before
            verification.stuckReads = isStuck ? verification.stuckReads + 1 : 0
            if verification.stuckReads > Self.patience {
                return self.giveUp(.log(LogError(.unavailable, "reading does not lead on")), then: then)
            }
            if isStuck || self.world.isStopping() || self.world.now() >= until { return then() }
            return .heartbeat { error in
                error.map { self.giveUp(.log($0), then: then) }
                    ?? self.readOn(verification, until: until, then: then)
            }
        }
    }

    private func take(_ record: LogRecord, _ verification: Verification) throws(WorkerFailure) {
        let place = record.topicPartition
        // One that lies where its key does not belong says nothing to those who look for the key.
        guard let topic = configuration.names.topic(record.topic), verification.ends[place] != nil,
            let key = record.key,
            Murmur2.partition(of: key, count: configuration.partitionCount) == record.partition
        else { return }
        let state = PartitionState(partition: record.partition, store: world.store)
        do throws(StateStoreError) {
            let isRight = try core.judge(record, from: topic, by: state) == .right
            verification.wrong[place, default: [:]][key] = isRight ? nil : record
        } catch { throw .store(error) }
    }

    func finish(_ verification: Verification, then: @escaping () -> WorkerAction) -> WorkerAction {
        guard self.verification === verification else { return then() }
        dropVerification()
        var positions: [Int32: [String: Int64]] = [:]
        for (place, position) in verification.reached {
            guard let topic = configuration.names.topic(place.topic) else { continue }
            servedEnds[place] = position
            positions[place.partition, default: [:]][topic.rawValue] = position
        }
        let changes = positions.sorted { $0.key < $1.key }.map {
            PartitionChanges(partition: $0.key, changes: [], positions: $0.value)
        }
        return .store(changes) { error in error.map { self.end($0) } ?? then() }
    }

    /// Nothing that others wait for: it comes again.
    func giveUp(_ failure: WorkerFailure, then: () -> WorkerAction) -> WorkerAction {
        guard case .log(let error) = failure else { return end(WorkerEnd(failure)) }
        dropVerification()
        world.observer.note(
            .warning, "what this service serves can't be verified", ["error": error.description])
        return then()
    }
}
