internal import EventLog

extension DurableGroups {
    /// The shortest journal that says the same.
    func snapshot() -> [GroupJournalEntry] {
        var entries: [GroupJournalEntry] = []
        if freeMemberNumber > 0 { entries.append(.memberNumbersReserved(below: freeMemberNumber)) }
        for groupID in groups.keys.sorted() {
            switch groups[groupID]?.membership {
            case .empty(let generation): entries.append(.emptied(groupID: groupID, generation))
            case .stable(let generation): entries.append(.stable(groupID: groupID, generation))
            case .some(.none), nil: break
            }
        }
        return entries + offsets()
    }

    /// Where an offset stands: under a group, and under a producer as long as it is pending.
    private struct Origin: Hashable, Comparable {
        var number: Int64
        var groupID: String
        var producer: Producer?

        struct Producer: Hashable {
            var id: Int64
            var epoch: Int16
        }

        static func < (left: Origin, right: Origin) -> Bool {
            (left.number, left.groupID, left.producer?.id ?? -1)
                < (right.number, right.groupID, right.producer?.id ?? -1)
        }
    }

    /// Committed and pending offsets in the order of the entries that they came by, so that the fold of these decides
    /// as the fold of those did.
    private func offsets() -> [GroupJournalEntry] {
        var origins: [Origin: [PartitionOffset]] = [:]
        func add(_ partition: TopicPartition, _ offset: NumberedOffset, _ groupID: String, _ by: Origin.Producer?) {
            origins[Origin(number: offset.number, groupID: groupID, producer: by), default: []].append(
                PartitionOffset(partition: partition, committed: offset.committed))
        }
        for (groupID, group) in groups {
            for (partition, offset) in group.offsets { add(partition, offset, groupID, nil) }
        }
        for (producerID, transaction) in pending {
            let producer = Origin.Producer(id: producerID, epoch: transaction.producerEpoch)
            for (groupID, offsets) in transaction.groups {
                for (partition, offset) in offsets { add(partition, offset, groupID, producer) }
            }
        }
        return origins.keys.sorted().map { origin in
            let offsets = (origins[origin] ?? []).sorted { $0.partition < $1.partition }
            guard let producer = origin.producer else {
                return .offsetsCommitted(groupID: origin.groupID, offsets)
            }
            return .offsetsPending(
                groupID: origin.groupID, producerID: producer.id, producerEpoch: producer.epoch, offsets)
        }
    }
}
