internal import KafkaProtocol

extension GroupCoordinator {
    /// Asks all members to join anew: they learn of it by their next heartbeat, and have until the rebalance timeout.
    mutating func prepareRebalance(_ group: inout Group, _ step: inout Step) {
        if group.state == .completingRebalance { disappointSyncs(&group, &step) }
        group.awaitedSyncs = []
        group.syncDeadline = nil
        let isFirst = group.state == .empty
        group.transition(to: .preparingRebalance)
        if isFirst {
            let delay = max(0, Int64(configuration.initialRebalanceDelay))
            group.initialDelayLeft = max(0, group.rebalanceTimeout - delay)
            group.joinDeadline = step.now &+ delay
            // Whoever has only been given an id by now can join the next generation.
            if delay == 0 { return completeJoin(&group, &step) }
            schedule(step.now &+ delay)
        } else {
            waitForJoins(&group, step.now)
            completeJoinIfAllHaveJoined(&group, &step)
        }
    }

    private mutating func waitForJoins(_ group: inout Group, _ now: Int64) {
        let deadline = now &+ max(1, group.rebalanceTimeout)
        group.joinDeadline = deadline
        schedule(deadline)
    }

    private mutating func disappointSyncs(_ group: inout Group, _ step: inout Step) {
        for member in group.orderedMembers {
            group.update(member.id) {
                $0.record.assignment = []
                $0.sync = .no
            }
            guard member.sync.isParked else { continue }
            step.reply(member.sync.token, .sync(SyncAnswer(error: .rebalanceInProgress)))
            startSession(of: member.id, in: &group, step.now)
        }
    }

    mutating func completeJoinIfAllHaveJoined(_ group: inout Group, _ step: inout Step) {
        guard group.state == .preparingRebalance, group.initialDelayLeft == nil, group.allHaveJoined else { return }
        completeJoin(&group, &step)
    }

    /// The time to join is over.
    mutating func expireJoin(_ group: inout Group, _ step: inout Step) {
        guard let left = group.initialDelayLeft, group.hasNewcomer, left > 0 else {
            return completeJoin(&group, &step)
        }
        let delay = min(max(1, Int64(configuration.initialRebalanceDelay)), left)
        group.hasNewcomer = false
        group.initialDelayLeft = left - delay
        group.joinDeadline = step.now &+ delay
        schedule(step.now &+ delay)
    }

    /// Begins the next generation with those who have joined. Dynamic members who have not are removed; static ones
    /// stay until their session is over (KIP-345).
    private mutating func completeJoin(_ group: inout Group, _ step: inout Step) {
        group.joinDeadline = nil
        group.initialDelayLeft = nil
        group.hasNewcomer = false
        for member in group.orderedMembers where !member.join.isParked && !member.isStatic {
            remove(member.id, from: &group, &step)
        }
        if group.members.isEmpty { return becomeEmpty(&group, &step) }
        guard group.electJoinedLeader() else { return waitForJoins(&group, step.now) }
        group.generation = nextGeneration(of: group)
        group.protocolName = group.electedProtocol
        group.transition(to: .completingRebalance)
        noteGeneration(of: group)
        announceGeneration(&group, &step)
    }

    private func nextGeneration(of group: Group) -> Int32 {
        group.generation == .max ? group.generation : group.generation + 1
    }

    private mutating func announceGeneration(_ group: inout Group, _ step: inout Step) {
        let members = group.joinedMembers
        let deadline = step.now &+ max(1, group.rebalanceTimeout)
        for member in group.orderedMembers {
            step.reply(
                member.join.token,
                .join(
                    JoinAnswer(
                        generation: group.generation, protocolType: group.protocolType,
                        protocolName: group.protocolName, leaderID: group.leaderID ?? "", memberID: member.id,
                        members: group.isLeader(member.id) ? members : [])))
            group.update(member.id) {
                $0.join = .no
                $0.isNew = false
            }
            startSession(of: member.id, in: &group, step.now)
            group.awaitedSyncs.insert(member.id)
        }
        group.syncDeadline = deadline
        schedule(deadline)
    }

    private mutating func becomeEmpty(_ group: inout Group, _ step: inout Step) {
        group.generation = nextGeneration(of: group)
        group.protocolName = nil
        group.leaderID = nil
        group.transition(to: .empty)
        let generation = EmptyGeneration(generation: group.generation, protocolType: group.protocolType ?? "")
        group.emptySince = step.now
        record(.emptied(groupID: group.id, generation), &step)
    }

    /// After a member has gone.
    mutating func rebalanceAfterLoss(_ group: inout Group, _ step: inout Step) {
        switch group.state {
        case .empty: break
        case .stable, .completingRebalance: prepareRebalance(&group, &step)
        case .preparingRebalance: completeJoinIfAllHaveJoined(&group, &step)
        }
    }
}
