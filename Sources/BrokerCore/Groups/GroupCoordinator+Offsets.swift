public import EventLog
internal import KafkaProtocol

extension GroupCoordinator {
    /// OffsetCommit. Answered by `.commit` at once.
    public mutating func commit(
        _ request: OffsetCommitRequest, token: RequestToken, now: Int64
    ) -> [GroupEffect] {
        var step = Step(now: now)
        let error = beginCommit(request, now)
        let (accepted, results) = sort(request.offsets, error, now)
        if !accepted.isEmpty { commit(accepted, to: request.groupID, &step) }
        step.reply(token, .commit(results))
        return step.effects
    }

    /// Whether the commit is allowed; it is a sign of life of the member then.
    private mutating func beginCommit(_ request: OffsetCommitRequest, _ now: Int64) -> ErrorCode {
        if isLoading(request.groupID) { return .coordinatorLoadInProgress }
        if groups[request.groupID] == nil, request.member.generation >= 0 { return .illegalGeneration }
        var group = takeOut(request.groupID)
        defer { putBack(group) }
        let error = validateCommit(request.member, in: group)
        if error != .none { return error }
        switch group.state {
        case .empty: return .none
        case .preparingRebalance, .stable:
            startSession(of: request.member.memberID, in: &group, now)
            return .none
        // The member has its generation, but not yet its assignment: these offsets belong to an older one.
        case .completingRebalance: return .rebalanceInProgress
        }
    }

    /// Who uses a group for its offsets only (generation -1) may while there are no members.
    private func validateCommit(_ member: MemberIdentity, in group: Group) -> ErrorCode {
        if member.generation < 0, group.state == .empty { return .none }
        if isAnonymous(member) { return group.state == .empty ? .none : .unknownMemberID }
        return validate(member, in: group)
    }

    private func isAnonymous(_ member: MemberIdentity) -> Bool {
        member.generation < 0 && member.memberID.isEmpty && member.instanceID == nil
    }

    /// Which offsets can be stored, and what is to be said of each.
    private func sort(
        _ offsets: [OffsetToCommit], _ error: ErrorCode, _ now: Int64
    ) -> (accepted: [PartitionOffset], results: [PartitionResult]) {
        var accepted: [PartitionOffset] = []
        let results = offsets.map { offset in
            if error != .none { return PartitionResult(offset.partition, error) }
            let metadata = offset.metadata ?? ""
            if metadata.utf16.count > configuration.maximumOffsetMetadata {
                return PartitionResult(offset.partition, .offsetMetadataTooLarge)
            }
            accepted.append(
                PartitionOffset(
                    partition: offset.partition,
                    committed: CommittedOffset(
                        offset: offset.offset, leaderEpoch: offset.leaderEpoch, metadata: metadata, commitTime: now)))
            return PartitionResult(offset.partition, .none)
        }
        return (accepted, results)
    }

    private mutating func commit(_ offsets: [PartitionOffset], to groupID: String, _ step: inout Step) {
        record(.offsetsCommitted(groupID: groupID, offsets), &step)
        keepGroup(groupID)
    }

    /// The journal knows the group now: so must we.
    private mutating func keepGroup(_ groupID: String) {
        if groups[groupID] == nil { groups[groupID] = Group(id: groupID) }
    }

    // MARK: Transactions

    /// TxnOffsetCommit (KIP-447). Answered by `.commit` at once; the offsets count when the transaction is committed.
    ///
    /// Whether the producer may (`TransactionCoordinator.mayCommitOffsets`) is to be asked before, unless it has offsets
    /// of an open transaction here.
    public mutating func commitTransactional(
        _ request: TransactionalOffsetCommitRequest, token: RequestToken, now: Int64
    ) -> [GroupEffect] {
        var step = Step(now: now)
        let (accepted, results) = sort(request.offsets, validate(request), now)
        if !accepted.isEmpty {
            record(
                .offsetsPending(
                    groupID: request.groupID, producerID: request.producerID, producerEpoch: request.producerEpoch,
                    accepted), &step)
            keepGroup(request.groupID)
        }
        step.reply(token, .commit(results))
        return step.effects
    }

    private func validate(_ request: TransactionalOffsetCommitRequest) -> ErrorCode {
        if request.groupID.isEmpty { return .invalidGroupID }
        if isLoading(request.groupID) { return .coordinatorLoadInProgress }
        if let open = durable.pending[request.producerID], open.producerEpoch > request.producerEpoch {
            return .invalidProducerEpoch
        }
        let group = groups[request.groupID] ?? Group(id: request.groupID)
        if request.member.generation < 0, group.state == .empty { return .none }
        // Clients older than KIP-447 don't say who they are: their transactional id alone fences them.
        return isAnonymous(request.member) ? .none : validate(request.member, in: group)
    }

    /// Whether the group has offsets of a transaction of the producer that are neither committed nor dropped.
    public func hasOpenTransaction(of producerID: Int64, groupID: String) -> Bool {
        durable.pending[producerID]?.groups[groupID] != nil
    }

    /// The marker of the producer's transaction has come: what it committed in the group counts, or is dropped. To be
    /// called before the transaction coordinator hears of it, and any number of times.
    public mutating func endTransaction(
        producerID: Int64, groupID: String, _ result: TransactionEnding, now: Int64
    ) -> [GroupEffect] {
        guard hasOpenTransaction(of: producerID, groupID: groupID) else { return [] }
        var step = Step(now: now)
        record(.transactionEnded(groupID: groupID, producerID: producerID, result), &step)
        // A group that had nothing but these offsets may be gone.
        if !isLoading(groupID) { putBack(takeOut(groupID)) }
        return step.effects
    }

    // MARK: Reading

    /// OffsetFetch: of some partitions, or all that have an offset. `requireStable` (KIP-447) hides the offsets that an
    /// open transaction is about to replace.
    public func fetchOffsets(
        groupID: String, partitions: [TopicPartition]? = nil, requireStable: Bool
    ) -> [FetchedOffset] {
        let offsets = durable.groups[groupID]?.offsets ?? [:]
        var unstable: Set<TopicPartition> = []
        if requireStable {
            for transaction in durable.pending.values {
                unstable.formUnion(transaction.groups[groupID].map { Set($0.keys) } ?? [])
            }
        }
        return (partitions ?? offsets.keys.sorted()).map { partition in
            if unstable.contains(partition) {
                return FetchedOffset(partition: partition, error: .unstableOffsetCommit)
            }
            guard let committed = offsets[partition]?.committed else { return FetchedOffset(partition: partition) }
            return FetchedOffset(
                partition: partition, offset: committed.offset, leaderEpoch: committed.leaderEpoch,
                metadata: committed.metadata)
        }
    }
}
