internal import KafkaProtocol

extension Broker {
    /// JoinGroup. The version says what the client is ready for.
    mutating func join(_ request: JoinGroupRequest, _ caller: Caller, _ step: inout Step) {
        let join = JoinRequest(
            groupID: request.groupID, memberID: request.memberID, instanceID: request.groupInstanceID,
            clientID: caller.clientID, clientHost: caller.host, sessionTimeout: request.sessionTimeoutMs,
            rebalanceTimeout: caller.version == 0 ? request.sessionTimeoutMs : request.rebalanceTimeoutMs,
            protocolType: request.protocolType,
            protocols: request.protocols.map { GroupProtocol(name: $0.name, metadata: $0.metadata) },
            // KIP-394.
            requiresKnownMemberID: caller.version >= 4,
            // KIP-814.
            supportsSkippingAssignment: caller.version >= 9)
        run(groups.join(join, token: caller.token, now: step.now), &step)
    }

    /// SyncGroup. From version 5 on the client must say which protocol it means (KIP-559).
    mutating func sync(_ request: SyncGroupRequest, _ caller: Caller, _ step: inout Step) {
        if caller.version >= 5, request.protocolType == nil || request.protocolName == nil {
            return step.reply(
                caller.token, .syncGroup(SyncGroupResponse(errorCode: .inconsistentGroupProtocol)))
        }
        let sync = SyncRequest(
            groupID: request.groupID,
            member: MemberIdentity(
                memberID: request.memberID, instanceID: request.groupInstanceID, generation: request.generationID),
            protocolType: request.protocolType, protocolName: request.protocolName,
            assignments: request.assignments.map {
                MemberAssignment(memberID: $0.memberID, assignment: $0.assignment)
            })
        run(groups.sync(sync, token: caller.token, now: step.now), &step)
    }

    mutating func heartbeat(_ request: HeartbeatRequest, _ caller: Caller, _ step: inout Step) {
        let member = MemberIdentity(
            memberID: request.memberID, instanceID: request.groupInstanceID, generation: request.generationID)
        run(groups.heartbeat(groupID: request.groupID, member: member, token: caller.token, now: step.now), &step)
    }

    mutating func leave(_ request: LeaveGroupRequest, _ caller: Caller, _ step: inout Step) {
        let members = request.members.map { LeavingMember(memberID: $0.memberID, instanceID: $0.groupInstanceID) }
        run(groups.leave(groupID: request.groupID, members: members, token: caller.token, now: step.now), &step)
    }

    /// DeleteGroups: those that the node coordinates.
    mutating func deleteGroups(_ request: DeleteGroupsRequest, _ caller: Caller, _ step: inout Step) {
        let mine = request.groupIDs.filter { check(group: $0, at: caller.node) == .none }
        let others = request.groupIDs.filter { check(group: $0, at: caller.node) != .none }
        run(groups.delete(groupIDs: mine, token: caller.token, now: step.now), &step) { reply in
            guard case .deleteGroups(let results) = reply else { return nil }
            return .deleteGroups(
                DeleteGroupsResponse(
                    groups: results.map { .init(groupID: $0.groupID, errorCode: $0.error) }
                        + others.map { .init(groupID: $0, errorCode: .notCoordinator) }))
        }
    }

    func describeGroups(_ request: DescribeGroupsRequest, _ caller: Caller) -> DescribeGroupsResponse {
        var seen: Set<String> = []
        return DescribeGroupsResponse(
            groups: request.groupIDs.filter { seen.insert($0).inserted }.map { groupID in
                let error = check(group: groupID, at: caller.node)
                guard error == .none else { return .init(errorCode: error, groupID: groupID) }
                let group = groups.describe(groupID: groupID)
                return .init(
                    errorCode: group.error, groupID: group.groupID, groupState: group.state,
                    protocolType: group.protocolType,
                    protocolData: group.protocolName,
                    members: group.members.map { member in
                        .init(
                            memberID: member.memberID, groupInstanceID: member.instanceID, clientID: member.clientID,
                            clientHost: member.clientHost, memberMetadata: member.metadata,
                            memberAssignment: member.assignment)
                    },
                    authorizedOperations: request.includeAuthorizedOperations ? AuthorizedOperations.group : .min)
            })
    }

    func listGroups(_ request: ListGroupsRequest, _ caller: Caller) -> ListGroupsResponse {
        ListGroupsResponse(
            errorCode: groups.isLoading ? .coordinatorLoadInProgress : .none,
            groups: groups.list(states: request.statesFilter).filter {
                check(group: $0.groupID, at: caller.node) == .none
            }.map {
                .init(groupID: $0.groupID, protocolType: $0.protocolType, groupState: $0.state)
            })
    }
}
