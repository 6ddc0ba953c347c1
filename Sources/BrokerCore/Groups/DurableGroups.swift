internal import EventLog

/// What the journal says about consumer groups: the fold of its entries, and nothing else.
struct DurableGroups: Sendable {
    struct Group: Sendable {
        var membership = Membership.none
        var offsets: [TopicPartition: NumberedOffset] = [:]
    }

    enum Membership: Sendable {
        /// No generation was ever complete: a group that only keeps offsets.
        case none
        case empty(EmptyGeneration)
        case stable(StableGeneration)
    }

    /// An offset with the place of its entry in the journal. When a transaction commits an offset that was written
    /// before the one that is there now, the newer one stays (Kafka compares the places in `__consumer_offsets`).
    struct NumberedOffset: Sendable {
        var number: Int64
        var committed: CommittedOffset
    }

    struct PendingTransaction: Sendable {
        var producerEpoch: Int16
        var groups: [String: [TopicPartition: NumberedOffset]] = [:]
    }

    private(set) var groups: [String: Group] = [:]
    /// By producer id.
    private(set) var pending: [Int64: PendingTransaction] = [:]
    /// Member ids with numbers from here on were never given out.
    private(set) var freeMemberNumber: Int64 = 0
    private var entries: Int64 = 0

    mutating func apply(_ entry: GroupJournalEntry) {
        entries += 1
        switch entry {
        case .memberNumbersReserved(let limit): freeMemberNumber = max(freeMemberNumber, limit)
        case .stable(let groupID, let stable): groups[groupID, default: Group()].membership = .stable(stable)
        case .memberReplaced(let groupID, let oldMemberID, let record): replace(oldMemberID, record, groupID)
        case .emptied(let groupID, let generation): groups[groupID, default: Group()].membership = .empty(generation)
        case .deleted(let groupID): delete(groupID)
        case .offsetsCommitted(let groupID, let offsets):
            for offset in offsets {
                groups[groupID, default: Group()].offsets[offset.partition] = NumberedOffset(
                    number: entries, committed: offset.committed)
            }
        case .offsetsPending(let groupID, let producerID, let producerEpoch, let offsets):
            suspend(offsets, groupID, producerID, producerEpoch)
        case .transactionEnded(let groupID, let producerID, let result): end(producerID, groupID, result)
        case .offsetsDeleted(let groupID, let partitions): delete(partitions, groupID)
        }
    }

    private mutating func replace(_ oldMemberID: String, _ record: MemberRecord, _ groupID: String) {
        guard case .stable(var stable) = groups[groupID]?.membership,
            let index = stable.members.firstIndex(where: { $0.memberID == oldMemberID })
        else { return }
        stable.members[index] = record
        if stable.leaderID == oldMemberID { stable.leaderID = record.memberID }
        groups[groupID]?.membership = .stable(stable)
    }

    private mutating func delete(_ groupID: String) {
        groups[groupID] = nil
        for producerID in pending.keys.sorted() { drop(groupID, of: producerID) }
    }

    private mutating func suspend(
        _ offsets: [PartitionOffset], _ groupID: String, _ producerID: Int64, _ producerEpoch: Int16
    ) {
        if groups[groupID] == nil { groups[groupID] = Group() }
        pending[producerID, default: PendingTransaction(producerEpoch: producerEpoch)].producerEpoch = producerEpoch
        for offset in offsets {
            pending[producerID]?.groups[groupID, default: [:]][offset.partition] = NumberedOffset(
                number: entries, committed: offset.committed)
        }
    }

    private mutating func end(_ producerID: Int64, _ groupID: String, _ result: TransactionEnding) {
        guard let offsets = pending[producerID]?.groups[groupID] else { return }
        drop(groupID, of: producerID)
        switch result {
        case .commit:
            for (partition, offset) in offsets {
                let newest = groups[groupID]?.offsets[partition]?.number ?? -1
                if newest < offset.number { groups[groupID]?.offsets[partition] = offset }
            }
        case .abort: dropIfBlank(groupID)
        }
    }

    private mutating func delete(_ partitions: [TopicPartition], _ groupID: String) {
        for partition in partitions {
            groups[groupID]?.offsets[partition] = nil
            for producerID in pending.keys.sorted() {
                pending[producerID]?.groups[groupID]?[partition] = nil
                if pending[producerID]?.groups[groupID]?.isEmpty == true { drop(groupID, of: producerID) }
            }
        }
        dropIfBlank(groupID)
    }

    private mutating func drop(_ groupID: String, of producerID: Int64) {
        pending[producerID]?.groups[groupID] = nil
        if pending[producerID]?.groups.isEmpty == true { pending[producerID] = nil }
    }

    /// A group without generations and offsets was never there.
    private mutating func dropIfBlank(_ groupID: String) {
        guard let group = groups[groupID], case .none = group.membership, group.offsets.isEmpty, !hasPending(groupID)
        else { return }
        groups[groupID] = nil
    }

    func hasPending(_ groupID: String) -> Bool { pending.values.contains { $0.groups[groupID] != nil } }
}
