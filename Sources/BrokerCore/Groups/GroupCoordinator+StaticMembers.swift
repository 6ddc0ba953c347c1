internal import KafkaProtocol

extension GroupCoordinator {
    /// A static member is back without its member id: it gets a new one, and who still uses the old one is fenced
    /// (KIP-345).
    ///
    /// As in Kafka, a stable group is left alone as long as it would elect the same protocol. A changed subscription is
    /// no reason for a rebalance here: consumers put what they own into their metadata, so that it differs after each
    /// restart, and static membership is there to spare that rebalance. The leader sees the change (KIP-814).
    mutating func replaceStaticMember(
        _ oldMemberID: String, by memberID: String, _ request: JoinRequest, _ token: RequestToken,
        _ group: inout Group, _ step: inout Step
    ) {
        guard let old = group.members[oldMemberID] else { return }
        step.reply(old.join.token, .join(JoinAnswer(memberID: oldMemberID, error: .fencedInstanceID)))
        step.reply(old.sync.token, .sync(SyncAnswer(error: .fencedInstanceID)))
        let oldLeaderID = group.leaderID ?? ""
        group.replace(oldMemberID, by: memberID)
        group.update(memberID) {
            $0.join = .no
            $0.sync = .no
            $0.record.clientID = request.clientID
            $0.record.clientHost = request.clientHost
        }
        rejoin(memberID, request, token, &group, &step)
        startSession(of: memberID, in: &group, step.now)
        switch group.state {
        case .stable where group.electedProtocol == group.protocolName:
            // As in Kafka, in no other state: a coordinator that fails over amid a rebalance knows the old member id, and
            // fences who has the new one.
            if let record = group.members[memberID]?.record {
                self.record(.memberReplaced(groupID: group.id, oldMemberID: oldMemberID, record), &step)
            }
            group.update(memberID) { $0.join = .no }
            step.reply(token, .join(unchangedGeneration(for: memberID, request, oldLeaderID, group)))
        case .stable, .completingRebalance: prepareRebalance(&group, &step)
        case .preparingRebalance, .empty: break
        }
    }

    private func unchangedGeneration(
        for memberID: String, _ request: JoinRequest, _ oldLeaderID: String, _ group: Group
    ) -> JoinAnswer {
        var answer = JoinAnswer(
            generation: group.generation, protocolType: group.protocolType, protocolName: group.protocolName,
            leaderID: oldLeaderID, memberID: memberID)
        if request.supportsSkippingAssignment {
            answer.leaderID = group.leaderID ?? ""
            answer.skipsAssignment = group.isLeader(memberID)
            answer.members = group.isLeader(memberID) ? group.joinedMembers : []
        }
        // Before version 9 a returning leader is told that its old id leads: it then takes its assignment like a
        // follower instead of making one that nobody waits for.
        return answer
    }
}
