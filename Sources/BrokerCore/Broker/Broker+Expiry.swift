public import EventLog
internal import KafkaProtocol

extension Broker {
    /// Does whatever is due: markers that wait, transactions and groups whose time is over, old records, compaction,
    /// parked fetches. Harmless when nothing is.
    public mutating func expire(now: Int64) -> [BrokerAction] {
        var step = Step(now: now)
        expireNodes(&step)
        writeDueMarkers(&step)
        run(transactions.expire(now: now), &step)
        run(groups.expire(now: now), &step)
        if nextLogCheck <= now {
            nextLogCheck = now.clampedSum(max(1, configuration.logCheckInterval))
            for place in logs { maintain(place, &step) }
            run(groups.expireOffsets(now: now), &step)
        }
        answerFetches(&step)
        expireFetches(&step)
        note(step.actions)
        return step.actions
    }

    private mutating func maintain(_ place: TopicPartition, _ step: inout Step) {
        let effects = partitions[place]?.maintain(now: step.now) ?? []
        run(effects, on: place, &step)
        guard compacting[place] == nil, let topic = topics[place.topic],
            let task = partitions[place]?.compactionCandidate(now: step.now)
        else { return }
        compacting[place] = topic.id
        step.actions.append(.compact(place, task))
    }

    /// A compaction was run, and its result is stored.
    ///
    /// A log of a topic that was deleted meanwhile, or deleted and made anew, is not touched.
    public mutating func compacted(
        _ place: TopicPartition, _ result: CompactionResult, now: Int64
    ) -> [BrokerAction] {
        guard let topicID = compacting.removeValue(forKey: place), topics[place.topic]?.id == topicID,
            let effects = try? partitions[place]?.finish(result)
        else { return [] }
        var step = Step(now: now)
        run(effects, on: place, &step)
        answerFetches(&step)
        return step.actions
    }

    /// A compaction could not be run; nothing is stored of it. It is tried again at a later check of the logs.
    public mutating func compactionFailed(_ place: TopicPartition) { compacting[place] = nil }
}
