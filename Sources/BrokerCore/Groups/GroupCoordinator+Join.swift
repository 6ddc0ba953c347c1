internal import KafkaProtocol

extension GroupCoordinator {
    /// How long a new member may wait for its first generation, in milliseconds (Kafka's constant): nobody would notice
    /// otherwise that its client is gone.
    static let newMemberTimeout: Int64 = 5 * 60 * 1000

    /// JoinGroup. Answered by `.join`: at once, or once all members have joined or the rebalance timeout is over.
    public mutating func join(_ request: JoinRequest, token: RequestToken, now: Int64) -> [GroupEffect] {
        var step = Step(now: now)
        let allowed = configuration.minimumSessionTimeout...configuration.maximumSessionTimeout
        if request.groupID.isEmpty {
            refuse(request, token, .invalidGroupID, &step)
        } else if isLoading(request.groupID) {
            refuse(request, token, .coordinatorLoadInProgress, &step)
        } else if !allowed.contains(request.sessionTimeout) {
            refuse(request, token, .invalidSessionTimeout, &step)
        } else if groups[request.groupID] == nil, !request.memberID.isEmpty {
            refuse(request, token, .unknownMemberID, &step)
        } else {
            var group = takeOut(request.groupID)
            join(request, token, &group, &step)
            completeJoinIfAllHaveJoined(&group, &step)
            putBack(group)
        }
        return step.effects
    }

    private func refuse(_ request: JoinRequest, _ token: RequestToken, _ error: ErrorCode, _ step: inout Step) {
        step.reply(token, .join(JoinAnswer(memberID: request.memberID, error: error)))
    }

    private mutating func join(
        _ request: JoinRequest, _ token: RequestToken, _ group: inout Group, _ step: inout Step
    ) {
        guard hasRoom(for: request.memberID, in: group) else {
            group.pendingMembers[request.memberID] = nil
            step.reply(token, .join(JoinAnswer(memberID: "", error: .groupMaxSizeReached)))
            return
        }
        guard group.supports(request.protocolType, request.protocols) else {
            return refuse(request, token, .inconsistentGroupProtocol, &step)
        }
        if !request.memberID.isEmpty {
            joinKnown(request, token, &group, &step)
        } else if let instanceID = request.instanceID {
            let memberID = makeMemberID(instanceID, &step)
            if let oldMemberID = group.staticMembers[instanceID] {
                replaceStaticMember(oldMemberID, by: memberID, request, token, &group, &step)
            } else {
                addMember(memberID, request, token, &group, &step)
            }
        } else if request.requiresKnownMemberID {
            let memberID = makeMemberID(request.clientID, &step)
            let deadline = step.now &+ Int64(request.sessionTimeout)
            group.pendingMembers[memberID] = deadline
            schedule(deadline)
            step.reply(token, .join(JoinAnswer(memberID: memberID, error: .memberIDRequired)))
        } else {
            addMember(makeMemberID(request.clientID, &step), request, token, &group, &step)
        }
    }

    /// `group.max.size`. While a rebalance is on, those who have joined count: so the last to come back are left out if
    /// the limit was lowered.
    private func hasRoom(for memberID: String, in group: Group) -> Bool {
        switch group.state {
        case .empty: true
        case .preparingRebalance:
            group.members[memberID]?.join.isParked == true || group.joinedCount < configuration.maximumGroupSize
        case .completingRebalance, .stable:
            group.members[memberID] != nil || group.members.count < configuration.maximumGroupSize
        }
    }

    private mutating func joinKnown(
        _ request: JoinRequest, _ token: RequestToken, _ group: inout Group, _ step: inout Step
    ) {
        let memberID = request.memberID
        if request.instanceID == nil, group.pendingMembers[memberID] != nil {
            return addMember(memberID, request, token, &group, &step)
        }
        let error = validate(memberID, request.instanceID, in: group)
        guard error == .none, let member = group.members[memberID] else {
            return refuse(request, token, error, &step)
        }
        let isUnchanged = member.record.protocols == request.protocols
        switch group.state {
        case .empty: refuse(request, token, .unknownMemberID, &step)
        case .completingRebalance where isUnchanged:
            // The answer to its JoinGroup was lost, presumably.
            step.reply(token, .join(currentGeneration(for: memberID, in: group)))
        case .stable where isUnchanged && !group.isLeader(memberID):
            step.reply(token, .join(currentGeneration(for: memberID, in: group)))
        case .preparingRebalance, .completingRebalance, .stable:
            rejoin(memberID, request, token, &group, &step)
            if group.state != .preparingRebalance { prepareRebalance(&group, &step) }
        }
    }

    /// The answer to who asks for a generation that is already there.
    private func currentGeneration(for memberID: String, in group: Group) -> JoinAnswer {
        JoinAnswer(
            generation: group.generation, protocolType: group.protocolType, protocolName: group.protocolName,
            leaderID: group.leaderID ?? "", memberID: memberID,
            members: group.isLeader(memberID) ? group.joinedMembers : [])
    }

    /// Parks the join of a member of the group.
    mutating func rejoin(
        _ memberID: String, _ request: JoinRequest, _ token: RequestToken, _ group: inout Group, _ step: inout Step
    ) {
        step.reply(
            group.members[memberID]?.join.token, .join(JoinAnswer(memberID: memberID, error: .rebalanceInProgress)))
        group.setTerms(of: memberID, request)
        group.update(memberID) { $0.join = .parked(token) }
    }

    private mutating func addMember(
        _ memberID: String, _ request: JoinRequest, _ token: RequestToken, _ group: inout Group, _ step: inout Step
    ) {
        if group.members.isEmpty { group.protocolType = request.protocolType }
        if group.state == .preparingRebalance, group.generation == 0 { group.hasNewcomer = true }
        group.add(
            MemberRecord(
                memberID: memberID, instanceID: request.instanceID, clientID: request.clientID,
                clientHost: request.clientHost, sessionTimeout: request.sessionTimeout,
                rebalanceTimeout: request.rebalanceTimeout, protocols: request.protocols, assignment: []))
        let deadline = step.now &+ Self.newMemberTimeout
        group.update(memberID) {
            $0.join = .parked(token)
            $0.sessionDeadline = deadline
        }
        schedule(deadline)
        if group.state != .preparingRebalance { prepareRebalance(&group, &step) }
    }

    /// Member numbers are reserved in blocks, so that not every new member costs an entry; after a restart the rest of
    /// a block is not used.
    private static let memberNumberBlock: Int64 = 1024

    /// A name that nobody else has or ever had: the client's or instance's, and a number.
    private mutating func makeMemberID(_ name: String, _ step: inout Step) -> String {
        if nextMemberNumber >= durable.freeMemberNumber {
            record(.memberNumbersReserved(below: nextMemberNumber &+ Self.memberNumberBlock), &step)
        }
        let number = String(nextMemberNumber, radix: 16)
        nextMemberNumber &+= 1
        // Older versions of the protocol count strings in sixteen bits: a name as long as that leaves no room.
        let prefix = name.utf8.count <= 1024 ? name : String(decoding: name.utf8.prefix(1024), as: UTF8.self)
        return "\(prefix)-\(String(repeating: "0", count: max(0, 16 - number.count)))\(number)"
    }
}
