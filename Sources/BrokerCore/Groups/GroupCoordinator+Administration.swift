public import EventLog
internal import KafkaProtocol

extension GroupCoordinator {
    /// DescribeGroups, for one group. One that isn't there is described as `Dead`; version 6 and later say
    /// `groupIDNotFound` besides (KIP-1043).
    public func describe(groupID: String) -> GroupDescription {
        if isLoading(groupID) {
            return GroupDescription(
                error: .coordinatorLoadInProgress, groupID: groupID, state: "", protocolType: "", protocolName: "",
                members: [])
        }
        guard let group = groups[groupID] else {
            return GroupDescription(
                groupID: groupID, state: "Dead", protocolType: "", protocolName: "", members: [])
        }
        let isStable = group.state == .stable
        return GroupDescription(
            groupID: groupID, state: group.state.name, protocolType: group.protocolType ?? "",
            protocolName: isStable ? group.protocolName ?? "" : "",
            members: group.orderedMembers.map { member in
                MemberDescription(
                    memberID: member.id, instanceID: member.record.instanceID, clientID: member.record.clientID,
                    clientHost: member.record.clientHost,
                    metadata: isStable ? member.metadata(for: group.protocolName) : [],
                    assignment: isStable ? member.record.assignment : [])
            })
    }

    /// Whether ``list(states:)`` may leave out groups that are still being read.
    public var isLoading: Bool { loading.isUnderway }

    /// ListGroups, by group id. `states` are names of states in any case; none means all (KIP-518).
    public func list(states: [String] = []) -> [GroupListing] {
        let wanted = Set(states.map { $0.lowercased() })
        return groups.keys.sorted().compactMap { groupID in
            guard let group = groups[groupID], wanted.isEmpty || wanted.contains(group.state.name.lowercased()) else {
                return nil
            }
            return GroupListing(
                groupID: groupID, protocolType: group.protocolType ?? "", state: group.state.name)
        }
    }

    /// DeleteGroups. Answered by `.deleteGroups` at once, in the order of the request.
    public mutating func delete(groupIDs: [String], token: RequestToken, now: Int64) -> [GroupEffect] {
        var step = Step(now: now)
        let results = groupIDs.map { GroupResult(groupID: $0, error: delete($0, &step)) }
        step.reply(token, .deleteGroups(results))
        return step.effects
    }

    private mutating func delete(_ groupID: String, _ step: inout Step) -> ErrorCode {
        if isLoading(groupID) { return .coordinatorLoadInProgress }
        guard let group = groups[groupID] else { return .groupIDNotFound }
        guard group.state == .empty else { return .nonEmptyGroup }
        groups[groupID] = nil
        if durable.groups[groupID] != nil { record(.deleted(groupID: groupID), &step) }
        return .none
    }

    /// OffsetDelete (KIP-496). Answered by `.deleteOffsets` at once. Partitions that don't exist are the dispatcher's
    /// to refuse.
    public mutating func deleteOffsets(
        groupID: String, partitions: [TopicPartition], token: RequestToken, now: Int64
    ) -> [GroupEffect] {
        var step = Step(now: now)
        step.reply(token, .deleteOffsets(deleteOffsets(groupID, partitions, &step)))
        return step.effects
    }

    private mutating func deleteOffsets(
        _ groupID: String, _ partitions: [TopicPartition], _ step: inout Step
    ) -> DeleteOffsetsAnswer {
        if groupID.isEmpty { return DeleteOffsetsAnswer(error: .invalidGroupID) }
        if isLoading(groupID) { return DeleteOffsetsAnswer(error: .coordinatorLoadInProgress) }
        guard let group = groups[groupID] else { return DeleteOffsetsAnswer(error: .groupIDNotFound) }
        let isEmpty = group.state == .empty
        guard isEmpty || group.protocolType == ConsumerSubscription.protocolType else {
            return DeleteOffsetsAnswer(error: .nonEmptyGroup)
        }
        var subscribed: [String: Bool] = [:]
        for topic in Set(partitions.map(\.topic)) { subscribed[topic] = !isEmpty && group.isSubscribed(to: topic) }
        let results = partitions.map {
            PartitionResult($0, subscribed[$0.topic] == true ? .groupSubscribedToTopic : .none)
        }
        forget(results.filter { $0.error == .none }.map(\.partition), of: groupID, &step)
        return DeleteOffsetsAnswer(error: .none, partitions: results)
    }

    /// A topic is gone, and with it the offsets of its partitions, committed and pending, in all groups.
    public mutating func topicDeleted(_ topic: String, now: Int64) -> [GroupEffect] {
        var step = Step(now: now)
        for groupID in durable.groups.keys.sorted() {
            var partitions = Set(durable.groups[groupID]?.offsets.keys.filter { $0.topic == topic } ?? [])
            for transaction in durable.pending.values {
                partitions.formUnion(transaction.groups[groupID]?.keys.filter { $0.topic == topic } ?? [])
            }
            forget(partitions.sorted(), of: groupID, &step)
        }
        return step.effects
    }

    /// Forgets the offsets of groups that have had no members for long enough (KIP-211). An offset that was committed since
    /// is kept for as long from then on, and one that a transaction is about to replace stays.
    public mutating func expireOffsets(now: Int64) -> [GroupEffect] {
        var step = Step(now: now)
        for groupID in groups.keys.sorted() {
            guard let group = groups[groupID], group.state == .empty, let offsets = durable.groups[groupID]?.offsets
            else { continue }
            let expired = offsets.filter { partition, offset in
                max(group.emptySince ?? 0, offset.committed.commitTime) &+ configuration.offsetRetention <= now
                    && !durable.pending.values.contains { $0.groups[groupID]?[partition] != nil }
            }
            forget(expired.keys.sorted(), of: groupID, &step)
        }
        return step.effects
    }

    /// Forgets offsets. A group without members and offsets goes with the last of them, as in Kafka.
    private mutating func forget(_ partitions: [TopicPartition], of groupID: String, _ step: inout Step) {
        let known = Set(partitions).filter { partition in
            durable.groups[groupID]?.offsets[partition] != nil
                || durable.pending.values.contains { $0.groups[groupID]?[partition] != nil }
        }
        if known.isEmpty { return }
        record(.offsetsDeleted(groupID: groupID, known.sorted()), &step)
        // Whether it has members nobody knows yet.
        if isLoading(groupID) { return }
        let group = takeOut(groupID)
        let isUseless =
            group.state == .empty && group.pendingMembers.isEmpty && !durable.hasPending(groupID)
            && durable.groups[groupID]?.offsets.isEmpty == true
        if isUseless { record(.deleted(groupID: groupID), &step) }
        putBack(group)
    }
}
