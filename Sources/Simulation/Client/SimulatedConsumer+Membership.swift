internal import EventLog
internal import KafkaProtocol

extension SimulatedConsumer {
    /// Where a member stands with its group.
    ///
    ///     waitingToJoin -> joining -> syncing -> awaitingAssign -> steady -> awaitingUnassign -> waitingToJoin
    ///
    /// From `joining` and `syncing` it may be thrown back to `waitingToJoin`; a member that was given nothing goes there
    /// from `steady` too, as there is nothing to revoke. `ended` (closed, or fenced) can come at any time.
    enum Phase: Hashable {
        case waitingToJoin
        case joining
        case syncing
        /// The group has given partitions, and the caller has not taken them yet.
        case awaitingAssign
        case steady
        /// The group takes the partitions away, and the caller has not given them up yet.
        case awaitingUnassign
        case ended

        func mayBecome(_ next: Phase) -> Bool {
            switch (self, next) {
            case (.ended, _): false
            case (_, .ended): true
            case (.waitingToJoin, .joining), (.joining, .syncing), (.syncing, .awaitingAssign),
                (.awaitingAssign, .steady), (.steady, .awaitingUnassign), (.awaitingUnassign, .waitingToJoin):
                true
            case (.joining, .waitingToJoin), (.syncing, .waitingToJoin), (.steady, .waitingToJoin): true
            case (.waitingToJoin, _), (.joining, _), (.syncing, _), (.awaitingAssign, _), (.steady, _),
                (.awaitingUnassign, _):
                false
            }
        }

        var sendsHeartbeats: Bool {
            switch self {
            case .awaitingAssign, .steady, .awaitingUnassign: true
            case .waitingToJoin, .joining, .syncing, .ended: false
            }
        }
    }

    func enter(_ next: Phase) {
        assert(phase.mayBecome(next), "group \(group): \(phase) can't become \(next)")
        phase = next
    }

    func endMembership() {
        if phase != .ended { enter(.ended) }
        attempt += 1
    }

    // MARK: Heartbeats

    func startHeartbeats() {
        isHeartbeatUnderway = false
        if let heartbeatTimer { host.cancel(heartbeatTimer) }
        heartbeatTimer = host.after(settings.heartbeatInterval) { [self] in beat() }
    }

    private func beat() {
        guard phase.sendsHeartbeats else {
            heartbeatTimer = nil
            return
        }
        heartbeatTimer = host.after(settings.heartbeatInterval) { [self] in beat() }
        if isPutOut { return }
        if phase == .steady {
            // Without a word of the coordinator for so long, the group has gone on without this member.
            if host.timeline.now >= sessionDeadline { identity.memberID = "" }
            if !identity.isComplete { return revoke(lost: true) }
        }
        if identity.isComplete, !isHeartbeatUnderway { sendHeartbeat() }
    }

    private func sendHeartbeat() {
        isHeartbeatUnderway = true
        let (sender, attempt) = (identity, attempt)
        coordinator.send(
            .heartbeat(
                HeartbeatRequest(
                    groupID: group, generationID: sender.generation, memberID: sender.memberID,
                    groupInstanceID: instanceID)),
            version: 3, timeout: settings.sessionTimeout
        ) { [self] result in
            guard attempt == self.attempt else { return }
            isHeartbeatUnderway = false
            noteCoordinator(result)
            // Who it was meant for is no more.
            guard sender == identity, phase.sendsHeartbeats else { return }
            if case .success(.heartbeat(let response)) = result { take(heartbeat: response.errorCode) }
        }
    }

    private func take(heartbeat error: ErrorCode) {
        switch error {
        case .none: startSession()
        case .rebalanceInProgress:
            startSession()
            if phase == .steady { revoke(lost: false) }
        case .unknownMemberID:
            identity.memberID = ""
            if phase == .steady { revoke(lost: true) }
        case .illegalGeneration:
            identity.generation = -1
            if phase == .steady { revoke(lost: true) }
        case .fencedInstanceID: fence("heartbeat")
        default: break
        }
    }

    func startSession() { sessionDeadline = host.timeline.now &+ settings.sessionTimeout }

    // MARK: The end of an assignment

    private func revoke(lost: Bool) {
        guard !given.isEmpty else {
            enter(.waitingToJoin)
            return scheduleJoin()
        }
        enter(.awaitingUnassign)
        pauseFetching()
        tell(.revoked(given, lost: lost))
    }

    /// The caller has given up what it had.
    func answerRevocation() {
        guard phase == .awaitingUnassign else { return }
        enter(.waitingToJoin)
        given = []
        nextJoinTime = host.timeline.now
        scheduleJoin()
    }

    /// The group knows this static member's name under another member id. That is a newer instance; or it is this very
    /// one: it has joined again, and the answer was lost. The group tells who has the name now.
    func fence(_ doing: String) {
        isPutOut = true
        let request = DescribeGroupsRequest(groupIDs: [group])
        coordinator.send(.describeGroups(request), version: 5, timeout: settings.requestTimeout) { [self] result in
            guard phase != .ended else { return }
            guard case .success(.describeGroups(let response)) = result, let told = response.groups.first,
                told.errorCode == .none
            else {
                host.after(settings.retryBackoff) { if self.phase != .ended { self.fence(doing) } }
                return
            }
            isPutOut = false
            let holder = told.members.first { $0.groupInstanceID == instanceID }
            if let holder, holder.clientID != host.name { return end(asReplaced: doing) }
            identity = Identity()
            switch phase {
            case .steady: revoke(lost: true)
            case .joining, .syncing: backToJoining()
            case .waitingToJoin: scheduleJoin()
            // It joins when the caller has answered, as who is not known to the group.
            case .awaitingAssign, .awaitingUnassign, .ended: break
            }
        }
    }

    private func end(asReplaced doing: String) {
        let error = LogError(
            .fenced, "group \(group): \(doing): another instance has taken over as \(instanceID ?? "nobody")",
            cause: "FENCED_INSTANCE_ID")
        let hadPartitions = phase == .steady && !given.isEmpty
        endMembership()
        fenced = error
        pauseFetching()
        events.append(.failed(error))
        if hadPartitions { events.append(.revoked(given, lost: true)) }
        answerPoll()
    }

    /// The caller has not polled for too long. A static member does not leave (KIP-345): it may be back.
    func leaveOverdue() {
        guard phase != .ended else { return }
        if instanceID == nil, !identity.memberID.isEmpty { leave {} }
        identity.memberID = ""
        switch phase {
        case .steady: revoke(lost: true)
        case .joining, .syncing:
            attempt += 1
            enter(.waitingToJoin)
        case .waitingToJoin, .awaitingAssign, .awaitingUnassign, .ended: break
        }
    }

    func leave(then: @escaping () -> Void) {
        coordinator.send(
            .leaveGroup(
                LeaveGroupRequest(
                    groupID: group,
                    members: [LeaveGroupRequest.Member(memberID: identity.memberID, groupInstanceID: instanceID)])),
            version: 1, timeout: settings.requestTimeout
        ) { _ in then() }
    }
}
