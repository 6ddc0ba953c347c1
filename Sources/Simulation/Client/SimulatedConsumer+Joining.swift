internal import EventLog
internal import KafkaProtocol

extension SimulatedConsumer {
    /// The least time between two tries to join, in microseconds, as in librdkafka.
    static let joinInterval: Int64 = 1_000_000
    /// How much longer than the group may take for an answer it is waited for, in microseconds, as in librdkafka.
    private static let groupGrace: Int64 = 3_000_000

    /// Joins as soon as it may.
    func scheduleJoin() {
        guard phase == .waitingToJoin, joinTimer == nil else { return }
        joinTimer = host.after(nextJoinTime &- host.timeline.now) { [self] in
            joinTimer = nil
            beginJoin()
        }
    }

    private func beginJoin() {
        guard phase == .waitingToJoin, !isOverdue, !isPutOut else { return }
        nextJoinTime = host.timeline.now &+ Self.joinInterval
        attempt += 1
        enter(.joining)
        learnPartitions(of: topics) { [self] isComplete in
            if isComplete { sendJoin() } else { backToJoining() }
        }
    }

    func backToJoining(at time: Int64? = nil) {
        if let time { nextJoinTime = time }
        enter(.waitingToJoin)
        scheduleJoin()
    }

    private func sendJoin() {
        let request = JoinGroupRequest(
            groupID: group, sessionTimeoutMs: Int32(clamping: settings.sessionTimeout / 1_000),
            rebalanceTimeoutMs: Int32(clamping: settings.maxPollInterval / 1_000), memberID: identity.memberID,
            groupInstanceID: instanceID, protocolType: ConsumerProtocol.type,
            protocols: [
                JoinGroupRequest.GroupProtocol(
                    name: ConsumerProtocol.range, metadata: ConsumerProtocol.subscription(topics))
            ])
        let timeout = max(settings.maxPollInterval, settings.sessionTimeout) + Self.groupGrace
        ask(.joinGroup(request), version: 5, timeout: timeout, in: .joining) { [self] response in
            if case .joinGroup(let response) = response { take(response) } else { backToJoining() }
        }
    }

    /// Sends a request of the current attempt. The answer, nil for none, is passed on only while the attempt stands.
    private func ask(
        _ request: AnyRequest, version: Int16, timeout: Int64, in phase: Phase,
        then: @escaping (AnyResponse?) -> Void
    ) {
        let attempt = attempt
        coordinator.send(request, version: version, timeout: timeout) { [self] result in
            guard attempt == self.attempt, phase == self.phase else { return }
            noteCoordinator(result)
            if case .success(let response) = result { then(response) } else { then(nil) }
        }
    }

    private func take(_ response: JoinGroupResponse) {
        switch response.errorCode {
        case .none:
            identity = Identity(generation: response.generationID, memberID: response.memberID)
            enter(.syncing)
            if response.leader == response.memberID { assign(response.members) } else { sendSync([:]) }
        case .memberIDRequired:
            identity.memberID = response.memberID
            backToJoining(at: host.timeline.now)
        default: failJoining(response.errorCode, "join")
        }
    }

    private func failJoining(_ error: ErrorCode, _ doing: String) {
        switch error {
        case .unknownMemberID: identity.memberID = ""
        case .illegalGeneration: identity.generation = -1
        case .fencedInstanceID: return fence(doing)
        default:
            let failure = LogError(error, doing: "group \(group): \(doing)")
            if failure.code == .configuration || failure.code == .notAuthorized { tell(.failed(failure)) }
        }
        backToJoining()
    }

    // MARK: Assignment

    /// The leader decides for all.
    private func assign(_ members: [JoinGroupResponse.Member]) {
        let subscriptions = members.map {
            (memberID: $0.memberID, topics: ConsumerProtocol.topics(ofSubscription: $0.metadata))
        }
        learnPartitions(of: Set(subscriptions.flatMap(\.topics)).sorted()) { [self] _ in
            sendSync(RangeAssignment.make(subscriptions, partitionCounts).mapValues(ConsumerProtocol.assignment))
        }
    }

    private func sendSync(_ assignments: [String: [UInt8]]) {
        let request = SyncGroupRequest(
            groupID: group, generationID: identity.generation, memberID: identity.memberID,
            groupInstanceID: instanceID,
            assignments: assignments.sorted { $0.key < $1.key }
                .map { SyncGroupRequest.Assignment(memberID: $0.key, assignment: $0.value) })
        ask(
            .syncGroup(request), version: 3, timeout: settings.sessionTimeout + Self.groupGrace, in: .syncing
        ) { [self] response in
            guard case .syncGroup(let response) = response else { return backToJoining() }
            guard response.errorCode == .none else { return failJoining(response.errorCode, "sync") }
            enter(.awaitingAssign)
            startSession()
            startHeartbeats()
            given = ConsumerProtocol.places(ofAssignment: response.assignment)
            tell(.assigned(given, nil))
        }
    }

    // MARK: Partitions

    /// Asks for the partitions of topics that are not known yet, within the current attempt.
    /// - Parameter then: Is told whether all are known now.
    private func learnPartitions(of topics: [String], then: @escaping (Bool) -> Void) {
        let unknown = topics.filter { partitionCounts[$0] == nil }
        guard !unknown.isEmpty else { return then(true) }
        let (attempt, phase) = (attempt, phase)
        data.connection.send(
            .metadata(
                MetadataRequest(
                    topics: unknown.map { MetadataRequest.Topic(name: $0) }, allowAutoTopicCreation: false)),
            version: 4, timeout: settings.requestTimeout
        ) { [self] result in
            guard attempt == self.attempt, phase == self.phase else { return }
            guard case .success(.metadata(let response)) = result else {
                data.lose(.anyNode)
                return then(false)
            }
            data.knowledge.learn(response)
            for topic in response.topics where topic.errorCode == .none {
                if let name = topic.name { partitionCounts[name] = Int32(topic.partitions.count) }
            }
            let missing = unknown.filter { partitionCounts[$0] == nil && self.topics.contains($0) }
            if !missing.isEmpty, places.isEmpty {
                tell(
                    .failed(
                        LogError(.unknownTopic, "group \(group): there is no topic \(missing.joined(separator: ", "))"))
                )
            }
            then(unknown.allSatisfy { partitionCounts[$0] != nil })
        }
    }
}
