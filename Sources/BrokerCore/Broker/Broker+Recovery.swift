public import EventLog
public import KafkaProtocol

extension Broker {
    /// Folds an entry of the journal, before the batches are restored.
    public mutating func apply(_ entry: JournalEntry) {
        switch entry {
        case .topic(let entry): apply(entry)
        case .log(let place, let entry): partitions[place]?.apply(entry)
        case .group(let entry): groups.apply(entry)
        case .transaction(let entry): transactions.apply(entry)
        case .lead(let place, let entry): nodes.apply(entry, to: place)
        }
    }

    /// The only way in which topics change; their logs change with them.
    mutating func apply(_ entry: TopicJournalEntry) {
        switch entry {
        case .created(let name, _, _, _):
            removeLogs(of: name)
            topics.apply(entry)
            addLogs(of: name)
        case .partitionsAdded(let name, _):
            topics.apply(entry)
            addLogs(of: name)
        case .configured(let name, _):
            topics.apply(entry)
            guard let topic = topics[name] else { return }
            let settings = topic.settings
            for place in topic.places { partitions[place]?.reconfigure(settings) }
        case .deleted(let name):
            removeLogs(of: name)
            topics.apply(entry)
        }
    }

    private mutating func addLogs(of name: String) {
        guard let topic = topics[name] else { return }
        let settings = topic.settings
        for place in topic.places where partitions[place] == nil {
            partitions[place] = PartitionLog(settings: settings, now: birth)
        }
    }

    private mutating func removeLogs(of name: String) {
        for place in topics[name]?.places ?? [] {
            partitions[place] = nil
            nodes.forget(place)
            compacting[place] = nil
        }
    }

    /// Takes up a stored batch behind those taken up so far in its log.
    ///
    /// - Parameter startsSegment: Whether the batch begins a segment file.
    /// - Returns: False when the batch lies wholly below the log's start, or no topic has this log: it may go.
    public mutating func restore(_ batch: StoredBatch, in place: TopicPartition, startsSegment: Bool) -> Bool {
        partitions[place]?.restore(batch, startsSegment: startsSegment) ?? false
    }

    /// Ends recovery: transactions whose end was decided are ended, with markers that may be there already; open ones
    /// stay open; groups live on.
    public mutating func start(now: Int64) -> [BrokerAction] {
        var step = Step(now: now)
        startNodes(&step)
        groups.resume(now: now)
        forgetOffsetsOfDeletedTopics(&step)
        run(transactions.recover(now: now), &step)
        nextLogCheck = now.clampedSum(max(1, configuration.logCheckInterval))
        return step.actions
    }

    /// A deletion may have been cut short between the topic and its offsets. A topic that gets the name next must not
    /// inherit them.
    private mutating func forgetOffsetsOfDeletedTopics(_ step: inout Step) {
        for topic in groups.topicsWithOffsets where topics[topic] == nil {
            run(groups.topicDeleted(topic, now: step.now), &step)
        }
    }

    /// A journal that says the same as all that was journaled so far, to replace it.
    public func snapshot() -> [JournalEntry] {
        var entries: [JournalEntry] = topics.snapshot().map { .topic($0) }
        for place in logs {
            entries += (partitions[place]?.snapshot() ?? []).map { .log(place, $0) }
        }
        entries += nodes.snapshot().map { .lead($0.place, $0.entry) }
        entries += groups.snapshot().map { .group($0) }
        entries += transactions.snapshot().map { .transaction($0) }
        return entries
    }
}

extension GroupCoordinator {
    /// Topics of which a group has an offset, committed or pending, sorted.
    fileprivate var topicsWithOffsets: [String] {
        var found: Set<String> = []
        for group in durable.groups.values { found.formUnion(group.offsets.keys.map(\.topic)) }
        for transaction in durable.pending.values {
            for offsets in transaction.groups.values { found.formUnion(offsets.keys.map(\.topic)) }
        }
        return found.sorted()
    }
}
