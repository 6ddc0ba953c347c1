public import EventLog

/// What must outlive the broker about consumer groups. The groups are rebuilt by folding all entries in order; what is
/// not here (who waits for whom, session timers) starts anew.
public enum GroupJournalEntry: Hashable, Sendable {
    /// Member ids carry numbers; all below this one may be in use.
    case memberNumbersReserved(below: Int64)
    /// The leader's assignment is there.
    case stable(groupID: String, StableGeneration)
    /// A static member came back under a new member id (KIP-345), with what it said when it joined.
    case memberReplaced(groupID: String, oldMemberID: String, MemberRecord)
    /// The last member is gone.
    case emptied(groupID: String, EmptyGeneration)
    /// The group is gone, with its offsets.
    case deleted(groupID: String)
    case offsetsCommitted(groupID: String, [PartitionOffset])
    /// Offsets that count once the producer's transaction is committed.
    case offsetsPending(groupID: String, producerID: Int64, producerEpoch: Int16, [PartitionOffset])
    /// What is pending for the producer in the group counts now, or is dropped.
    case transactionEnded(groupID: String, producerID: Int64, TransactionEnding)
    /// Committed and pending ones.
    case offsetsDeleted(groupID: String, [TopicPartition])
}

/// A generation in which all members know their assignments.
public struct StableGeneration: Hashable, Sendable {
    public var generation: Int32
    public var protocolType: String
    public var protocolName: String
    public var leaderID: String
    /// In the order in which they came.
    public var members: [MemberRecord]
}

/// A generation without members.
public struct EmptyGeneration: Hashable, Sendable {
    public var generation: Int32
    public var protocolType: String
}

/// What is known about a member. Times in milliseconds.
public struct MemberRecord: Hashable, Sendable {
    public var memberID: String
    public var instanceID: String?
    public var clientID: String
    public var clientHost: String
    public var sessionTimeout: Int32
    public var rebalanceTimeout: Int32
    /// In the member's order of preference.
    public var protocols: [GroupProtocol]
    public var assignment: [UInt8]
}

/// A committed offset.
public struct CommittedOffset: Hashable, Sendable {
    public var offset: Int64
    /// -1 where the client gave none.
    public var leaderEpoch: Int32
    public var metadata: String
    /// Milliseconds since 1970.
    public var commitTime: Int64
}

/// A partition with its committed offset.
public struct PartitionOffset: Hashable, Sendable {
    public var partition: TopicPartition
    public var committed: CommittedOffset
}
