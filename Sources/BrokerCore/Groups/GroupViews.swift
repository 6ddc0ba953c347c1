public import EventLog
public import KafkaProtocol

/// OffsetFetch's result for a partition.
public struct FetchedOffset: Hashable, Sendable {
    public var partition: TopicPartition
    /// -1 where nothing is committed, or with an error.
    public var offset: Int64
    /// -1 where unknown.
    public var leaderEpoch: Int32
    public var metadata: String
    /// `unstableOffsetCommit` while a transaction that commits an offset of this partition is open, for who asks for
    /// stable offsets (KIP-447).
    public var error: ErrorCode

    public init(
        partition: TopicPartition, offset: Int64 = -1, leaderEpoch: Int32 = -1, metadata: String = "",
        error: ErrorCode = .none
    ) {
        self.partition = partition
        self.offset = offset
        self.leaderEpoch = leaderEpoch
        self.metadata = metadata
        self.error = error
    }
}

/// DescribeGroups' view of a group.
public struct GroupDescription: Hashable, Sendable {
    /// `coordinatorLoadInProgress`, or none.
    public var error = ErrorCode.none
    public var groupID: String
    /// The state's name in the protocol; `Dead` for a group that is not there.
    public var state: String
    public var protocolType: String
    /// Known while the group is stable.
    public var protocolName: String
    /// In the order in which they came.
    public var members: [MemberDescription]
}

/// DescribeGroups' view of a member.
public struct MemberDescription: Hashable, Sendable {
    public var memberID: String
    public var instanceID: String?
    public var clientID: String
    public var clientHost: String
    /// Empty unless the group is stable, as is the assignment.
    public var metadata: [UInt8]
    public var assignment: [UInt8]
}

/// A line of ListGroups.
public struct GroupListing: Hashable, Sendable {
    public var groupID: String
    public var protocolType: String
    public var state: String
}
