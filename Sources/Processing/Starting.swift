internal import EventLog
internal import Messages

extension Folding {
    /// What the store calls the highest offset of an input that the output answers.
    static func answered(_ input: Topic) -> String { "answered " + input.rawValue }

    /// Where the inputs of a partition begin.
    struct Starts {
        var next: [TopicPartition: Int64] = [:]
        var doubtful: [TopicPartition: Evidence] = [:]
        var restated: [TopicPartition: Int64] = [:]
        var outdated: [TopicPartition: Int64] = [:]
    }

    /// - Parameters:
    ///   - stored: what the store stands for; empty where it can't be trusted.
    ///   - revision: of the declaration that this instance decides by; nil where it decides by none.
    func starts(
        _ partition: Int32, of inquiry: Inquiry, stored: [String: Int64], revision: Int64?,
        _ problem: inout PlanProblem
    ) -> Starts {
        var starts = Starts()
        for place in inquiry.places where place.partition == partition {
            guard let mark = inquiry.marks[place], let topic = names.topic(place.topic) else {
                problem.add("the log did not tell the ends", place)
                continue
            }
            let evidence = Evidence(
                committed: inquiry.committed?[place], marks: mark, stored: stored[topic.rawValue],
                answered: stored[Self.answered(topic)], hasWorked: inquiry.hasWorked ?? false,
                isFolded: memory.isEmpty, isSentAgain: topic.isSentAgain)
            switch evidence.startingPoint {
            case .committed(let offset):
                starts.next[place] = offset
                let mark = evidence.committed?.metadata ?? ""
                if let revision, OffsetMark.revision(in: mark) != revision { starts.outdated[place] = offset }
            case .known(let offset), .everything(let offset):
                starts.next[place] = offset
                starts.restated[place] = offset
            case .missing where !memory.isEmpty:
                starts.next[place] = mark.low
                starts.restated[place] = mark.low
                starts.doubtful[place] = evidence
            case .missing(let offsets): problem.add(missing: offsets, evidence, place, self)
            case .beyondEnd(let offset): problem.add(beyondEnd: offset, evidence, place, self)
            }
        }
        return starts
    }

    /// Whether it matters if the group has ever worked: records are gone that no offset of ours lies behind.
    func mustAskForTraces(_ inquiry: Inquiry) -> Bool {
        guard !memory.isEmpty, inquiry.hasWorked == nil else { return false }
        return inquiry.places.contains { place in
            guard let mark = inquiry.marks[place], mark.low > 0 else { return false }
            let committed = inquiry.committed?[place].flatMap { OffsetMark.isOurs($0.metadata) ? $0.next : nil }
            return committed.map { $0 < mark.low } ?? true
        }
    }

    /// Where a group's work shows, in whichever partition.
    func traces(_ partitionCount: Int32) -> [TopicPartition] {
        memory.flatMap { topic in
            (0..<partitionCount).map { TopicPartition(topic: names.name(topic), partition: $0) }
        }
    }

    /// The command that sets a group's offsets.
    fileprivate func command(_ topic: String, to offset: String) -> String {
        let contractName = names.topic(topic)?.rawValue ?? topic
        let prefix = names.prefix.isEmpty ? "" : " --topic-prefix \(names.prefix)"
        return "`soleholder offsets set --group \(group.rawValue) --topic \(contractName) --to \(offset)\(prefix)`"
    }
}

extension Evidence {
    /// What the group's offset says.
    fileprivate var said: String {
        guard let committed else {
            return hasWorked
                ? "the group has no offset there though it has worked: it expired, or was deleted"
                : "the group has no offset there"
        }
        if OffsetMark.isOurs(committed.metadata) { return "the group stands at \(committed.next)" }
        return "the group's offset \(committed.next) was committed by somebody else"
    }
}

extension PlanProblem {
    mutating func add(
        missing offsets: Range<Int64>, _ evidence: Evidence, _ place: TopicPartition, _ folding: Folding
    ) {
        add(
            "offsets \(offsets.lowerBound) to \(offsets.upperBound - 1) were trimmed away, and nothing shows that they were"
                + " processed (\(evidence.said))", place)
        suggest(
            "They are lost to this service. If that is acceptable, stop all its instances (static members are remembered"
                + " until their session's end) and run \(folding.command(place.topic, to: "earliest")), for each topic"
                + " named here")
    }

    mutating func add(
        beyondEnd offset: Int64, _ evidence: Evidence, _ place: TopicPartition, _ folding: Folding
    ) {
        add(
            "offset \(offset) was reached before, but the log ends at \(evidence.marks.high) (\(evidence.said)): the topic"
                + " was made anew, or lost records", place)
        suggest(
            "If it is meant to be so, stop all instances and run \(folding.command(place.topic, to: "earliest")), for each"
                + " topic named here")
    }
}

extension WorkerMachine {
    /// Asks whether the group has ever worked.
    func askForTraces(_ then: @escaping (Result<Bool, LogError>) -> WorkerAction) -> WorkerAction {
        .watermarks(folding.traces(configuration.partitionCount), within: configuration.questionTime) { result in
            then(result.map { marks in marks.values.contains { $0.high > 0 } })
        }
    }

    /// What was folded may show that what is gone was answered.
    func resolveDoubts(_ plans: [TakeOverPlan]) throws(WorkerFailure) {
        var problem = PlanProblem()
        for plan in plans where !plan.doubtful.isEmpty {
            let stored: [String: Int64]
            do { stored = try world.store.positions(partition: plan.partition) } catch { throw .store(error) }
            for (place, doubt) in plan.doubtful.sorted(by: { $0.key < $1.key }) {
                guard let topic = configuration.names.topic(place.topic) else { continue }
                var evidence = doubt
                evidence.answered = stored[Folding.answered(topic)]
                switch evidence.startingPoint {
                case .missing(let offsets): problem.add(missing: offsets, evidence, place, folding)
                case .beyondEnd(let offset): problem.add(beyondEnd: offset, evidence, place, folding)
                case .committed, .known, .everything: break
                }
            }
        }
        if !problem.isEmpty { throw .log(problem.error) }
    }

    /// Tells the store and the group where the partitions stand that were taken over: the store, so that it knows where
    /// there is no offset any more; the group, where its offset is not ours, or there is none, or where it says that the
    /// partition is decided by another revision of the declaration.
    func tellStarts(_ plans: [TakeOverPlan], then: @escaping () -> WorkerAction) -> WorkerAction {
        let changes = plans.map { plan in
            PartitionChanges(
                partition: plan.partition, changes: [],
                positions: Dictionary(
                    uniqueKeysWithValues: plan.next.compactMap { place, offset in
                        configuration.names.topic(place.topic).map { ($0.rawValue, offset) }
                    }))
        }
        var restated: [TopicPartition: Int64] = [:]
        for plan in plans { restated.merge(plan.restated.merging(plan.outdated) { $1 }) { $1 } }
        return .store(changes) { error in
            if let error { return self.end(error) }
            return restated.isEmpty ? then() : self.commitAlone(restated, then: then)
        }
    }

    /// A group that begins anew, or goes on from somewhere else than its offsets say, is worth a line in the log.
    func noteStarts(_ plans: [TakeOverPlan], of inquiry: Inquiry) {
        var texts: [String] = []
        var isNews = false
        for plan in plans {
            for (place, offset) in plan.restated.sorted(by: { $0.key < $1.key }) {
                let committed = inquiry.committed?[place]
                isNews =
                    isNews || committed != nil || offset > 0
                    || plan.memoryEnds.values.contains { $0 > 0 }
                let said = committed.map { "offset \($0.next) is not ours" } ?? "no offset"
                texts.append("\(place): \(said), from \(offset)")
            }
        }
        if texts.isEmpty { return }
        let shown = texts.prefix(10) + (texts.count > 10 ? ["and \(texts.count - 10) more"] : [])
        world.observer.note(
            isNews ? .warning : .info,
            isNews
                ? "the group's offsets expired, were deleted, or were committed by somebody else; work goes on from what"
                    + " this instance knows, and what was done already is done again without harm"
                : "the group begins", ["places": shown.joined(separator: "; ")])
    }
}
