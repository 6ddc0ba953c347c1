internal import KafkaProtocol

extension GroupCoordinator {
    /// SyncGroup. Answered by `.sync`: at once, or when the leader's assignment is there.
    public mutating func sync(_ request: SyncRequest, token: RequestToken, now: Int64) -> [GroupEffect] {
        var step = Step(now: now)
        if request.groupID.isEmpty {
            step.reply(token, .sync(SyncAnswer(error: .invalidGroupID)))
        } else if isLoading(request.groupID) {
            // The rebalance that this was part of is forgotten. Clients don't expect another error here (Kafka).
            step.reply(token, .sync(SyncAnswer(error: .rebalanceInProgress)))
        } else if groups[request.groupID] == nil {
            step.reply(token, .sync(SyncAnswer(error: .unknownMemberID)))
        } else {
            var group = takeOut(request.groupID)
            sync(request, token, &group, &step)
            putBack(group)
        }
        return step.effects
    }

    private func validate(_ request: SyncRequest, in group: Group) -> ErrorCode {
        let error = validate(request.member, in: group)
        if error != .none { return error }
        if let type = request.protocolType, type != group.protocolType { return .inconsistentGroupProtocol }
        if let name = request.protocolName, name != group.protocolName { return .inconsistentGroupProtocol }
        return .none
    }

    private mutating func sync(
        _ request: SyncRequest, _ token: RequestToken, _ group: inout Group, _ step: inout Step
    ) {
        let memberID = request.member.memberID
        let error = validate(request, in: group)
        guard error == .none, let member = group.members[memberID] else {
            return step.reply(token, .sync(SyncAnswer(error: error)))
        }
        switch group.state {
        case .empty: step.reply(token, .sync(SyncAnswer(error: .unknownMemberID)))
        case .preparingRebalance: step.reply(token, .sync(SyncAnswer(error: .rebalanceInProgress)))
        case .completingRebalance:
            step.reply(member.sync.token, .sync(SyncAnswer(error: .rebalanceInProgress)))
            group.update(memberID) { $0.sync = .parked(token) }
            receivedSync(from: memberID, &group)
            if group.isLeader(memberID) { stabilize(request.assignments, &group, &step) }
        case .stable:
            receivedSync(from: memberID, &group)
            step.reply(token, .sync(answer(to: member, in: group)))
            startSession(of: memberID, in: &group, step.now)
        }
    }

    private func receivedSync(from memberID: String, _ group: inout Group) {
        group.awaitedSyncs.remove(memberID)
        if group.awaitedSyncs.isEmpty { group.syncDeadline = nil }
    }

    private func answer(to member: GroupMember, in group: Group) -> SyncAnswer {
        SyncAnswer(
            protocolType: group.protocolType, protocolName: group.protocolName, assignment: member.record.assignment)
    }

    /// The leader has decided. Who is not in its decision gets nothing to do.
    private mutating func stabilize(
        _ assignments: [MemberAssignment], _ group: inout Group, _ step: inout Step
    ) {
        var byMember: [String: [UInt8]] = [:]
        for assignment in assignments { byMember[assignment.memberID] = assignment.assignment }
        for memberID in group.members.keys.sorted() {
            group.update(memberID) { $0.record.assignment = byMember[memberID] ?? [] }
        }
        group.transition(to: .stable)
        let members = group.orderedMembers
        record(
            .stable(
                groupID: group.id,
                StableGeneration(
                    generation: group.generation, protocolType: group.protocolType ?? "",
                    protocolName: group.protocolName ?? "", leaderID: group.leaderID ?? "",
                    members: members.map(\.record))), &step)
        for member in members where member.sync.isParked {
            step.reply(member.sync.token, .sync(answer(to: member, in: group)))
            group.update(member.id) { $0.sync = .no }
            startSession(of: member.id, in: &group, step.now)
        }
    }

    /// Those who have joined the generation but never asked for their assignment are removed, so that they don't hold
    /// up the others.
    mutating func expireSync(_ group: inout Group, _ step: inout Step) {
        for memberID in group.awaitedSyncs.sorted() { remove(memberID, from: &group, &step) }
        prepareRebalance(&group, &step)
    }
}
