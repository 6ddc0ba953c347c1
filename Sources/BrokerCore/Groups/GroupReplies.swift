public import EventLog
public import KafkaProtocol

/// What the group coordinator wants done, in this order.
public enum GroupEffect: Hashable, Sendable {
    case journal(GroupJournalEntry)
    case reply(RequestToken, GroupReply)
}

/// An answer, by the request that it answers.
public enum GroupReply: Hashable, Sendable {
    case join(JoinAnswer)
    case sync(SyncAnswer)
    case heartbeat(ErrorCode)
    case leave(LeaveAnswer)
    /// For OffsetCommit and TxnOffsetCommit: a result for each partition, in the order of the request.
    case commit([PartitionResult])
    case deleteOffsets(DeleteOffsetsAnswer)
    case deleteGroups([GroupResult])
}

/// JoinGroup's answer.
public struct JoinAnswer: Hashable, Sendable {
    public var error: ErrorCode
    /// -1 with an error.
    public var generation: Int32
    public var protocolType: String?
    public var protocolName: String?
    /// Empty with an error.
    public var leaderID: String
    public var memberID: String
    /// KIP-814: the leader keeps the assignment as it is.
    public var skipsAssignment: Bool
    /// Given to the leader alone.
    public var members: [JoinedMember]

    /// A refusal.
    public init(memberID: String, error: ErrorCode) {
        self.init(error: error, generation: -1, leaderID: "", memberID: memberID)
    }

    public init(
        error: ErrorCode = .none, generation: Int32, protocolType: String? = nil, protocolName: String? = nil,
        leaderID: String, memberID: String, skipsAssignment: Bool = false, members: [JoinedMember] = []
    ) {
        self.error = error
        self.generation = generation
        self.protocolType = protocolType
        self.protocolName = protocolName
        self.leaderID = leaderID
        self.memberID = memberID
        self.skipsAssignment = skipsAssignment
        self.members = members
    }
}

/// A member, as the leader sees it.
public struct JoinedMember: Hashable, Sendable {
    public var memberID: String
    public var instanceID: String?
    public var metadata: [UInt8]

    public init(memberID: String, instanceID: String?, metadata: [UInt8]) {
        self.memberID = memberID
        self.instanceID = instanceID
        self.metadata = metadata
    }
}

/// SyncGroup's answer.
public struct SyncAnswer: Hashable, Sendable {
    public var error: ErrorCode
    public var protocolType: String?
    public var protocolName: String?
    public var assignment: [UInt8]

    public init(
        error: ErrorCode = .none, protocolType: String? = nil, protocolName: String? = nil, assignment: [UInt8] = []
    ) {
        self.error = error
        self.protocolType = protocolType
        self.protocolName = protocolName
        self.assignment = assignment
    }
}

/// LeaveGroup's answer.
public struct LeaveAnswer: Hashable, Sendable {
    /// Of the request as a whole.
    public var error: ErrorCode
    /// In the order of the request.
    public var members: [LeftMember]

    public init(error: ErrorCode, members: [LeftMember]) {
        self.error = error
        self.members = members
    }

    /// What versions 0 to 2 say, which let one member leave.
    public var errorOfFirst: ErrorCode { error == .none ? members.first?.error ?? .none : error }
}

/// Whether one of LeaveGroup's members has left.
public struct LeftMember: Hashable, Sendable {
    public var member: LeavingMember
    public var error: ErrorCode

    public init(member: LeavingMember, error: ErrorCode) {
        self.member = member
        self.error = error
    }
}

/// OffsetDelete's answer: an error of the whole, or a result for each partition, in the order of the request.
public struct DeleteOffsetsAnswer: Hashable, Sendable {
    public var error: ErrorCode
    public var partitions: [PartitionResult]

    public init(error: ErrorCode, partitions: [PartitionResult] = []) {
        self.error = error
        self.partitions = partitions
    }
}

/// One of DeleteGroups' results.
public struct GroupResult: Hashable, Sendable {
    public var groupID: String
    public var error: ErrorCode

    public init(groupID: String, error: ErrorCode) {
        self.groupID = groupID
        self.error = error
    }
}

/// What became of a request as far as one partition goes.
public struct PartitionResult: Hashable, Sendable {
    public var partition: TopicPartition
    public var error: ErrorCode

    public init(_ partition: TopicPartition, _ error: ErrorCode) {
        self.partition = partition
        self.error = error
    }
}
