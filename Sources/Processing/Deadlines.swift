internal import EventLog
internal import Messages

/// Where a partition's inputs ended when that was asked.
struct InputEnds {
    let asked: Timestamp
    /// What has not been read so far.
    private(set) var left: [TopicPartition: Int64]
    /// Behind a record that is known to be unread: before that there is no use in looking again.
    var unread: [TopicPartition: Int64] = [:]

    init(asked: Timestamp, ends: [TopicPartition: Int64]) {
        self.asked = asked
        left = ends
    }

    mutating func note(_ next: [TopicPartition: Int64]) { left = left.filter { next[$0.key] ?? 0 < $0.value } }

    mutating func passed(_ place: TopicPartition) { left[place] = nil }

    /// What may be no more than marks of transactions, which nobody is given.
    func open(_ next: [TopicPartition: Int64]) -> [TopicPartition: Int64] {
        left.filter { unread[$0.key] ?? 0 <= next[$0.key] ?? 0 }
    }
}

/// A deadline is over when nobody has answered by then: a clock alone can't tell. After an outage, or under a load, answers
/// lie unread that were given in time; without a look at them everything that is on its way would be sent again, and called
/// a case for a human.
///
/// So when a deadline has passed by the clock, it is asked where the inputs end, and the deadline is judged when all of
/// that was read. What was answered before the question is known then.
extension WorkerMachine {
    func judgeDeadlines(then: @escaping () -> WorkerAction) -> WorkerAction {
        let now = world.now()
        var overdue: [Int32] = []
        do {
            for partition in owned.numbers {
                let state = PartitionState(partition: partition, store: world.store)
                if try core.isOverdue(by: now, in: state) { overdue.append(partition) }
            }
        } catch { return end(error) }
        inputEnds = inputEnds.filter { overdue.contains($0.key) }
        let new = overdue.filter { inputEnds[$0] == nil }
        if new.isEmpty { return lookAhead(then: then) }
        let places = new.flatMap { partition in
            core.group.inputs.map { TopicPartition(topic: configuration.names.name($0), partition: partition) }
        }
        return .watermarks(places, within: configuration.questionTime) { result in
            switch result {
            // Nothing that others wait for: it comes again.
            case .failure(let error):
                self.world.observer.note(.warning, "deadlines can't be judged", ["error": error.description])
                return then()
            case .success(let marks):
                for partition in new {
                    let ends = marks.filter { $0.key.partition == partition }.mapValues(\.high)
                    self.inputEnds[partition] = InputEnds(asked: now, ends: ends)
                }
                return self.lookAhead(then: then)
            }
        }
    }

    /// Ends lie behind marks of transactions, which are not given to anybody: where nothing else is left, a look ahead of
    /// what was taken tells.
    private func lookAhead(then: @escaping () -> WorkerAction) -> WorkerAction {
        for partition in inputEnds.keys { inputEnds[partition]?.note(owned.next) }
        let open = inputEnds.values.reduce(into: [:]) { $0.merge($1.open(owned.next)) { $1 } }
        // The reader is busy with what others wait for.
        if open.isEmpty || !takeOver.isEmpty || verification != nil { return judge(then: then) }
        let starts = owned.next.filter { open[$0.key] != nil }.mapValues { StartPosition.offset($0) }
        return .beginReading(starts) { error in
            if error != nil { return then() }
            return self.look(open, reads: 3, then: then)
        }
    }

    private func look(
        _ open: [TopicPartition: Int64], reads: Int, then: @escaping () -> WorkerAction
    ) -> WorkerAction {
        .read(maxRecords: 200, timeout: .milliseconds(50)) { result in
            guard case .success(let (records, positions)) = result else { return then() }
            var open = open
            for record in records {
                guard let end = open[record.topicPartition], record.offset < end else { continue }
                self.inputEnds[record.partition]?.unread[record.topicPartition] = record.offset + 1
                open[record.topicPartition] = nil
            }
            for (place, end) in open where positions[place] ?? 0 >= end {
                self.inputEnds[place.partition]?.passed(place)
                open[place] = nil
            }
            if open.isEmpty || reads <= 1 { return self.judge(then: then) }
            return self.look(open, reads: reads - 1, then: then)
        }
    }

    /// Judges what can be judged.
    private func judge(then: @escaping () -> WorkerAction) -> WorkerAction {
        var steps: [Step] = []
        do {
            for (partition, ends) in inputEnds.sorted(by: { $0.key < $1.key }) where ends.left.isEmpty {
                inputEnds[partition] = nil
                let step = makeStep(partition, now: world.now())
                try core.judgeDeadlines(through: ends.asked, in: step)
                steps.append(step)
            }
        } catch { return end(error) }
        return deliver(steps, then: then)
    }
}
