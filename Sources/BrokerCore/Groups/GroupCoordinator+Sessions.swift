internal import KafkaProtocol

extension GroupCoordinator {
    /// Heartbeat. Answered by `.heartbeat` at once.
    public mutating func heartbeat(
        groupID: String, member: MemberIdentity, token: RequestToken, now: Int64
    ) -> [GroupEffect] {
        [.reply(token, .heartbeat(heartbeat(groupID, member, now)))]
    }

    private mutating func heartbeat(_ groupID: String, _ member: MemberIdentity, _ now: Int64) -> ErrorCode {
        if groupID.isEmpty { return .invalidGroupID }
        // Blindly: nobody knows its members yet (Kafka).
        if isLoading(groupID) { return .none }
        var group = takeOut(groupID)
        defer { putBack(group) }
        let error = validate(member, in: group)
        if error != .none { return error }
        startSession(of: member.memberID, in: &group, now)
        return group.state == .preparingRebalance ? .rebalanceInProgress : .none
    }

    /// LeaveGroup, one member or several (KIP-345). Answered by `.leave` at once.
    public mutating func leave(
        groupID: String, members: [LeavingMember], token: RequestToken, now: Int64
    ) -> [GroupEffect] {
        var step = Step(now: now)
        if groupID.isEmpty || isLoading(groupID) {
            let error: ErrorCode = groupID.isEmpty ? .invalidGroupID : .coordinatorLoadInProgress
            step.reply(token, .leave(LeaveAnswer(error: error, members: [])))
            return step.effects
        }
        var group = takeOut(groupID)
        let left = members.map { LeftMember(member: $0, error: leave($0, &group, &step)) }
        putBack(group)
        step.reply(token, .leave(LeaveAnswer(error: .none, members: left)))
        return step.effects
    }

    private mutating func leave(_ leaving: LeavingMember, _ group: inout Group, _ step: inout Step) -> ErrorCode {
        var memberID = leaving.memberID
        if memberID.isEmpty {
            guard let current = leaving.instanceID.flatMap({ group.staticMembers[$0] }) else {
                return .unknownMemberID
            }
            memberID = current
        } else if group.pendingMembers.removeValue(forKey: memberID) != nil {
            completeJoinIfAllHaveJoined(&group, &step)
            return .none
        } else {
            let error = validate(memberID, leaving.instanceID, in: group)
            if error != .none { return error }
        }
        remove(memberID, from: &group, &step)
        rebalanceAfterLoss(&group, &step)
        return .none
    }

    /// The client that waits is gone: nothing is sent to it any more. What it asked for stands, as in Kafka: a member
    /// that has joined is in the next generation, and is missed there when its session ends.
    public mutating func cancel(_ token: RequestToken) {
        for (groupID, group) in groups {
            guard let member = group.members.values.first(where: { $0.join.token == token || $0.sync.token == token })
            else { continue }
            groups[groupID]?.update(member.id) {
                if $0.join.token == token { $0.join = .parked(nil) }
                if $0.sync.token == token { $0.sync = .parked(nil) }
            }
            return
        }
    }

    /// Does what is due: ends sessions, rebalances, and waits for assignments. Harmless when nothing is.
    public mutating func expire(now: Int64) -> [GroupEffect] {
        guard let nextDeadline, nextDeadline <= now else { return [] }
        var step = Step(now: now)
        loadDueShards(now)
        for groupID in groups.keys.sorted() {
            var group = takeOut(groupID)
            expire(&group, &step)
            putBack(group)
        }
        setNextDeadline((groups.values.compactMap(\.nextDeadline) + [loading.nextDeadline].compactMap { $0 }).min())
        return step.effects
    }

    private mutating func expire(_ group: inout Group, _ step: inout Step) {
        for memberID in group.pendingMembers.filter({ $0.value <= step.now }).keys.sorted() {
            group.pendingMembers[memberID] = nil
            completeJoinIfAllHaveJoined(&group, &step)
        }
        for member in group.orderedMembers {
            // What has just happened to the others may have changed this one.
            guard let deadline = group.members[member.id]?.sessionDeadline, deadline <= step.now else { continue }
            expireSession(of: member.id, &group, &step)
        }
        if let deadline = group.joinDeadline, deadline <= step.now { expireJoin(&group, &step) }
        if let deadline = group.syncDeadline, deadline <= step.now { expireSync(&group, &step) }
    }

    private mutating func expireSession(of memberID: String, _ group: inout Group, _ step: inout Step) {
        guard let member = group.members[memberID] else { return }
        if !member.isNew, member.join.isParked || member.sync.isParked {
            // It waits for us. Its session starts anew with the answer.
            group.update(memberID) { $0.sessionDeadline = nil }
        } else {
            remove(memberID, from: &group, &step)
            rebalanceAfterLoss(&group, &step)
        }
    }
}

extension Group {
    /// The first of the group's deadlines.
    fileprivate var nextDeadline: Int64? {
        var deadlines = members.values.compactMap(\.sessionDeadline) + pendingMembers.values
        if let joinDeadline { deadlines.append(joinDeadline) }
        if let syncDeadline { deadlines.append(syncDeadline) }
        return deadlines.min()
    }
}
