internal import EventLog
internal import Messages

/// What it takes to take one partition over: where its inputs go on, and what is folded before. Decided from what the
/// group, the log and the store say.
struct TakeOverPlan {
    /// A piece of a topic that is folded into the state.
    struct Fold {
        let topic: Topic
        let place: TopicPartition
        let from: Int64
        /// Nothing from here on is folded.
        let end: Int64
    }

    let partition: Int32
    /// The next offset of each input.
    let next: [TopicPartition: Int64]
    /// In the order in which they are folded.
    let folds: [Fold]
    /// The ends of the topics that this service itself writes its memory to.
    let memoryEnds: [TopicPartition: Int64]
    /// Inputs of which it is not known yet whether records are missing: what is folded may tell.
    let doubtful: [TopicPartition: Evidence]
    /// Where the group stands, for inputs whose committed offset does not say so, or is not ours.
    let restated: [TopicPartition: Int64]
    /// The same for inputs whose committed offset names another revision of the declaration than this instance goes by.
    let outdated: [TopicPartition: Int64]
    /// Whether what the store has of the partition must go before anything is folded.
    let isWiped: Bool
    /// Whether the store knows more than the log has.
    let isAhead: Bool
    /// How often the partition could not be taken over.
    let attempt: Int

    /// How many offsets are to be folded.
    var left: Int64 { folds.reduce(0) { $0 + max(0, $1.end - $1.from) } }
}

/// What is folded: decided once from what the core says of itself.
struct Folding {
    /// The topics in the order in which they are folded.
    let topics: [Topic]
    /// Those of them that the service writes itself. Empty where the state is the fold of the inputs.
    let memory: [Topic]
    /// All that is asked for the ends of, in the order in which they are asked.
    let questions: [Topic]
    let names: DeploymentNames
    let group: ConsumerGroup

    init(_ core: any ServiceCore, _ names: DeploymentNames) {
        group = core.group
        memory = core.memory
        topics = memory.isEmpty ? core.group.inputs : memory + core.followed
        questions = core.group.inputs + memory.reversed()
        self.names = names
    }

    /// - Parameters:
    ///   - stored: what the store stands for, topic to next offset; empty for a partition that it does not know.
    ///   - revision: of the declaration that this instance decides by; nil where it decides by none.
    /// - Throws: `.offsetOutOfRange` naming every place of the partition whose records are gone.
    func plan(
        _ partition: Int32, of inquiry: Inquiry, stored: [String: Int64], revision: Int64?
    ) -> Result<TakeOverPlan, PlanProblem> {
        var problem = PlanProblem()
        let places = topics.map { ($0, TopicPartition(topic: names.name($0), partition: partition)) }
        let isAhead = places.contains { topic, place in
            stored[topic.rawValue].map { $0 > inquiry.marks[place]?.high ?? $0 } ?? false
        }
        // A store that knows more than the log has outlived its topic, or the log has lost records: it is no cache of
        // this log. One that knows no position may hold what a wipe that was cut short has left.
        let isWiped = isAhead || stored.isEmpty
        let starts = starts(
            partition, of: inquiry, stored: isWiped ? [:] : stored, revision: revision, &problem)
        let next = starts.next
        var folds: [TakeOverPlan.Fold] = []
        var memoryEnds: [TopicPartition: Int64] = [:]
        for (topic, place) in places {
            guard let mark = inquiry.marks[place] else { continue }
            let isMemory = memory.contains(topic)
            if isMemory { memoryEnds[place] = mark.high }
            // An input is folded no further than the group stands: what lies behind that is still to be handled.
            let end = isMemory ? mark.high : min(mark.high, max(mark.low, next[place] ?? 0))
            let known = isWiped ? nil : stored[topic.rawValue]
            var from = known ?? 0
            if from < mark.low, isMemory || from < end {
                problem.check(kept: mark, place)
                from = mark.low
            }
            if from < end { folds.append(.init(topic: topic, place: place, from: from, end: end)) }
        }
        if !problem.isEmpty { return .failure(problem) }
        return .success(
            TakeOverPlan(
                partition: partition, next: next, folds: folds, memoryEnds: memoryEnds,
                doubtful: starts.doubtful, restated: starts.restated, outdated: starts.outdated, isWiped: isWiped,
                isAhead: isAhead,
                attempt: inquiry.attempt))
    }
}

/// Why partitions can't be taken over: the log has not what it must have. Every place that is to blame, so that a human
/// who mends one does not meet the next at the next start.
struct PlanProblem: Error {
    private(set) var texts: [String] = []
    private(set) var place: TopicPartition?
    /// What a human can do about all of it.
    private(set) var remedy: String?

    var isEmpty: Bool { texts.isEmpty }

    mutating func add(_ text: String, _ place: TopicPartition) {
        texts.append("\(place): \(text)")
        self.place = texts.count == 1 ? place : nil
    }

    mutating func merge(_ other: PlanProblem) {
        place = isEmpty ? other.place : nil
        texts += other.texts
        remedy = remedy ?? other.remedy
    }

    /// A topic that is folded from its beginning must have it.
    mutating func check(kept mark: Watermarks, _ place: TopicPartition) {
        if mark.low > 0 { add("records before offset \(mark.low) are gone, and this topic is kept for ever", place) }
    }

    mutating func suggest(_ text: String) { remedy = remedy ?? text }

    var error: LogError {
        let text = texts.joined(separator: "; ") + (remedy.map { ". " + $0 } ?? "")
        return LogError(.offsetOutOfRange, text, place: place)
    }
}
