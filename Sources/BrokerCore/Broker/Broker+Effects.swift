internal import EventLog
internal import KafkaProtocol

extension Broker {
    /// One call: its time, what is to be done so far, and where there is news for parked fetches.
    struct Step {
        let now: Int64
        var actions: [BrokerAction] = []
        var touched: Set<TopicPartition> = []

        init(now: Int64) { self.now = now }

        mutating func journal(_ entry: JournalEntry) { actions.append(.journal(entry)) }

        mutating func reply(_ token: RequestToken, _ response: AnyResponse?, reads: [LogRead] = []) {
            actions.append(.reply(BrokerReply(token: token, response: response, reads: reads)))
        }
    }

    /// Who asks, and how.
    struct Caller {
        var token: RequestToken
        var version: Int16
        var clientID: String
        var host: String
        /// The node that is asked.
        var node: Int32
    }

    /// Journals a change of topics, and makes it.
    mutating func record(_ entry: TopicJournalEntry, _ step: inout Step) {
        apply(entry)
        step.journal(.topic(entry))
    }

    /// There may be something new to read, or an error to tell, at a place.
    func touch(_ place: TopicPartition, _ step: inout Step) {
        if !fetches.isEmpty { step.touched.insert(place) }
    }

    /// Does what the group coordinator wants. `answer` makes the responses that need to know the request.
    mutating func run(
        _ effects: [GroupEffect], _ step: inout Step, answer: (GroupReply) -> AnyResponse? = { _ in nil }
    ) {
        for effect in effects {
            switch effect {
            case .journal(let entry): step.journal(.group(entry))
            case .reply(let token, let reply): step.reply(token, answer(reply) ?? reply.response)
            }
        }
    }

    /// Does what the transaction coordinator wants. `answer` makes the response.
    mutating func run(
        _ effects: [TransactionEffect], _ step: inout Step, answer: (TransactionReply) -> AnyResponse? = { _ in nil }
    ) {
        for effect in effects {
            switch effect {
            case .journal(let entry): step.journal(.transaction(entry))
            case .reply(let token, let reply): step.reply(token, answer(reply))
            case .writeMarkers(let end): begin(end, &step)
            }
        }
    }

    /// Does what a log wants.
    func run(_ effects: [PartitionLogEffect], on place: TopicPartition, _ step: inout Step) {
        for effect in effects {
            switch effect {
            case .journal(let entry): step.journal(.log(place, entry))
            case .deleteBatches(let offset): step.actions.append(.deleteBatches(place, below: offset))
            }
        }
        if !effects.isEmpty { touch(place, &step) }
    }
}

extension GroupReply {
    /// The response, for those that need to know no more than this.
    fileprivate var response: AnyResponse {
        switch self {
        case .join(let answer): .joinGroup(JoinGroupResponse(answer))
        case .sync(let answer):
            .syncGroup(
                SyncGroupResponse(
                    errorCode: answer.error, protocolType: answer.protocolType, protocolName: answer.protocolName,
                    assignment: answer.assignment))
        case .heartbeat(let error): .heartbeat(HeartbeatResponse(errorCode: error))
        case .leave(let answer): .leaveGroup(LeaveGroupResponse(answer))
        case .commit(let results): .offsetCommit(OffsetCommitResponse(results))
        case .deleteOffsets(let answer): .offsetDelete(OffsetDeleteResponse(answer))
        case .deleteGroups(let results):
            .deleteGroups(
                DeleteGroupsResponse(groups: results.map { .init(groupID: $0.groupID, errorCode: $0.error) }))
        }
    }
}

extension JoinGroupResponse {
    fileprivate init(_ answer: JoinAnswer) {
        self.init(
            errorCode: answer.error, generationID: answer.generation, protocolType: answer.protocolType,
            protocolName: answer.protocolName, leader: answer.leaderID, skipAssignment: answer.skipsAssignment,
            memberID: answer.memberID,
            members: answer.members.map {
                .init(memberID: $0.memberID, groupInstanceID: $0.instanceID, metadata: $0.metadata)
            })
    }
}

extension LeaveGroupResponse {
    fileprivate init(_ answer: LeaveAnswer) {
        self.init(
            errorCode: answer.error,
            members: answer.members.map {
                .init(
                    memberID: $0.member.memberID, groupInstanceID: $0.member.instanceID, errorCode: $0.error)
            })
    }
}
