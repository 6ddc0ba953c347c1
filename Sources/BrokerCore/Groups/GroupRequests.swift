public import EventLog

/// A protocol that a member supports (for consumers: an assignor), with the member's metadata for it (its subscription).
public struct GroupProtocol: Hashable, Sendable {
    public var name: String
    public var metadata: [UInt8]

    public init(name: String, metadata: [UInt8]) {
        self.name = name
        self.metadata = metadata
    }
}

/// JoinGroup. Times in milliseconds.
public struct JoinRequest: Hashable, Sendable {
    public var groupID: String
    /// Empty for who has no member id yet.
    public var memberID: String
    /// KIP-345: the name of a static member.
    public var instanceID: String?
    public var clientID: String
    public var clientHost: String
    public var sessionTimeout: Int32
    /// Version 0 has none: the session timeout then.
    public var rebalanceTimeout: Int32
    public var protocolType: String
    /// In the member's order of preference.
    public var protocols: [GroupProtocol]
    /// KIP-394, version 4 and later: a new dynamic member is given its id first and joins with it then.
    public var requiresKnownMemberID: Bool
    /// KIP-814, version 9 and later: a returning static leader may be told to skip the assignment.
    public var supportsSkippingAssignment: Bool

    public init(
        groupID: String, memberID: String, instanceID: String? = nil, clientID: String, clientHost: String,
        sessionTimeout: Int32, rebalanceTimeout: Int32, protocolType: String, protocols: [GroupProtocol],
        requiresKnownMemberID: Bool, supportsSkippingAssignment: Bool
    ) {
        self.groupID = groupID
        self.memberID = memberID
        self.instanceID = instanceID
        self.clientID = clientID
        self.clientHost = clientHost
        self.sessionTimeout = sessionTimeout
        self.rebalanceTimeout = rebalanceTimeout
        self.protocolType = protocolType
        self.protocols = protocols
        self.requiresKnownMemberID = requiresKnownMemberID
        self.supportsSkippingAssignment = supportsSkippingAssignment
    }
}

/// Who speaks, as Heartbeat, SyncGroup and the offset commits say it.
public struct MemberIdentity: Hashable, Sendable {
    public var memberID: String
    public var instanceID: String?
    /// -1 for who uses the group for its offsets only.
    public var generation: Int32

    public init(memberID: String, instanceID: String? = nil, generation: Int32) {
        self.memberID = memberID
        self.instanceID = instanceID
        self.generation = generation
    }
}

/// SyncGroup.
public struct SyncRequest: Hashable, Sendable {
    public var groupID: String
    public var member: MemberIdentity
    /// Version 5 and later (KIP-559): checked where given.
    public var protocolType: String?
    public var protocolName: String?
    /// The leader's decision; empty from everybody else.
    public var assignments: [MemberAssignment]

    public init(
        groupID: String, member: MemberIdentity, protocolType: String? = nil, protocolName: String? = nil,
        assignments: [MemberAssignment] = []
    ) {
        self.groupID = groupID
        self.member = member
        self.protocolType = protocolType
        self.protocolName = protocolName
        self.assignments = assignments
    }
}

/// What the leader assigns to a member.
public struct MemberAssignment: Hashable, Sendable {
    public var memberID: String
    public var assignment: [UInt8]

    public init(memberID: String, assignment: [UInt8]) {
        self.memberID = memberID
        self.assignment = assignment
    }
}

/// One who leaves: by member id, or by instance id alone (an operator removes a static member).
public struct LeavingMember: Hashable, Sendable {
    /// Empty for who is named by the instance id.
    public var memberID: String
    public var instanceID: String?

    public init(memberID: String, instanceID: String? = nil) {
        self.memberID = memberID
        self.instanceID = instanceID
    }
}

/// An offset to be committed.
public struct OffsetToCommit: Hashable, Sendable {
    public var partition: TopicPartition
    public var offset: Int64
    /// -1 where the client gives none.
    public var leaderEpoch: Int32
    public var metadata: String?

    public init(partition: TopicPartition, offset: Int64, leaderEpoch: Int32 = -1, metadata: String? = nil) {
        self.partition = partition
        self.offset = offset
        self.leaderEpoch = leaderEpoch
        self.metadata = metadata
    }
}

/// OffsetCommit. Partitions of unknown topics are the dispatcher's to refuse.
public struct OffsetCommitRequest: Hashable, Sendable {
    public var groupID: String
    public var member: MemberIdentity
    public var offsets: [OffsetToCommit]

    public init(groupID: String, member: MemberIdentity, offsets: [OffsetToCommit]) {
        self.groupID = groupID
        self.member = member
        self.offsets = offsets
    }
}

/// TxnOffsetCommit. Below version 3 there is no member: generation -1 and an empty member id then.
public struct TransactionalOffsetCommitRequest: Hashable, Sendable {
    public var groupID: String
    public var producerID: Int64
    public var producerEpoch: Int16
    public var member: MemberIdentity
    public var offsets: [OffsetToCommit]

    public init(
        groupID: String, producerID: Int64, producerEpoch: Int16, member: MemberIdentity, offsets: [OffsetToCommit]
    ) {
        self.groupID = groupID
        self.producerID = producerID
        self.producerEpoch = producerEpoch
        self.member = member
        self.offsets = offsets
    }
}
