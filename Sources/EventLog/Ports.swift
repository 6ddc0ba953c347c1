/// Where reading a partition begins.
public enum StartPosition: Hashable, Sendable {
    /// The earliest record that the log still has.
    case earliest
    /// The end: only what comes from now on.
    case latest
    /// This very offset. If it was trimmed away, reading fails; it is never skipped silently.
    case offset(Int64)
}

/// The first offset that a partition has, and the one that its next record will get.
public struct Watermarks: Hashable, Sendable {
    public var low: Int64
    public var high: Int64

    public init(low: Int64, high: Int64) {
        self.low = low
        self.high = high
    }
}

/// Where a group stands in a partition, and what its committer said besides.
public struct GroupOffset: Hashable, Sendable {
    /// The next offset to read.
    public var next: Int64
    /// The text that was committed with it (Kafka's offset metadata); empty where there was none.
    public var metadata: String

    public init(next: Int64, metadata: String = "") {
        self.next = next
        self.metadata = metadata
    }
}

/// What a consumer in a group came back with.
public enum PollResult: Sendable {
    /// Records in the order of their partitions' offsets, those of urgent topics first. May be empty.
    case records([LogRecord])
    /// The group gave these partitions to the caller, who must answer with `assign`.
    case assigned([TopicPartition])
    /// The group takes all partitions away. The caller must answer with `unassign`.
    /// When `lost`, others may own them already: nothing may be committed any more.
    case revoked([TopicPartition], lost: Bool)
}

/// A member of a consumer group that reads committed records. Confined to one thread; `poll` must be called
/// regularly for as long as the member lives.
public protocol GroupConsumer: AnyObject {
    /// Waits up to `timeout` for records or news of the group. Never mixes records and news in one answer.
    func poll(maxRecords: Int, timeout: Duration) throws(LogError) -> PollResult
    /// Serves the group without taking records, so that a caller busy with long work stays a member.
    /// News of the group that arrive are kept for the next `poll`; the answer tells whether there are any.
    func heartbeat() throws(LogError) -> Bool
    /// Reads these partitions, each from its position on, and no others. The first call after `.assigned` answers the
    /// group, whatever is in it: all that the group gave, some of it, or nothing yet. Later ones change what is read.
    func assign(_ positions: [TopicPartition: StartPosition]) throws(LogError)
    /// Gives everything up.
    func unassign() throws(LogError)
    /// The group's committed offsets, stable (waits for pending transactions to be decided, for at most that long);
    /// nothing where there is none.
    func committed(
        _ partitions: [TopicPartition], within timeout: Duration
    ) throws(LogError) -> [TopicPartition: GroupOffset]
    /// Commits the next offsets to read, each with the metadata of this member, and waits for the answer.
    func commit(_ offsets: [TopicPartition: Int64]) throws(LogError)
    /// Leaves the group (static members stay) and releases everything.
    func close()
}

extension GroupConsumer {
    public func committed(_ partitions: [TopicPartition]) throws(LogError) -> [TopicPartition: GroupOffset] {
        try committed(partitions, within: .seconds(30))
    }

    /// What was committed, without what was said with it.
    public func committedOffsets(_ partitions: [TopicPartition]) throws(LogError) -> [TopicPartition: Int64] {
        try committed(partitions).mapValues(\.next)
    }
}

/// What became of a transaction.
public enum TransactionResult: Sendable {
    /// Committed; the records' offsets in the order of the records.
    case committed([Int64])
    /// Surely aborted: nothing of it will ever be seen. The batch may be decided again.
    case aborted(LogError)
    /// Nobody knows whether it was committed. The producer must be replaced, state caught up from the log.
    case indeterminate(LogError)
    /// A newer instance has taken over.
    case fenced(LogError)
}

/// Writes batches. Confined to one thread.
public protocol BatchProducer: AnyObject {
    /// Writes the records and waits until each is acknowledged by all in-sync replicas.
    /// - Returns: their offsets, in the order of the records; -1 for one whose offset the log did not tell.
    func produce(_ records: [OutgoingRecord]) throws(LogError) -> [Int64]
    /// Releases everything.
    func close()
}

/// Writes batches together with the offsets that they were made of, all or nothing. Confined to one thread.
public protocol TransactionalProducer: AnyObject {
    /// Registers the transactional id: fences older producers with it and ends what they left open. Called before any
    /// transaction, and again after a failure that passes: the registration goes on.
    func initialize() throws(LogError)
    /// One whole transaction: begin, write, send the offsets as who `consumer` was when its group gave it its partitions,
    /// with that member's metadata, commit.
    func transact(
        _ records: [OutgoingRecord], offsets: [TopicPartition: Int64], of consumer: any GroupConsumer
    ) -> TransactionResult
    /// Releases everything; an open transaction is aborted.
    func close()
}

/// Reads partitions outside any group. Confined to one thread.
public protocol LogReader: AnyObject {
    /// Reads from the positions on, and forgets what was read before.
    func assign(_ positions: [TopicPartition: StartPosition]) throws(LogError)
    /// Waits up to `timeout` for records; empty when none came.
    func poll(maxRecords: Int, timeout: Duration) throws(LogError) -> [LogRecord]
    /// The offset up to which each partition has been read, records that are hidden from this reader included.
    func positions() throws(LogError) -> [TopicPartition: Int64]
    /// First and next offset of each partition, open transactions included in the latter (the high watermark).
    func watermarks(_ partitions: [TopicPartition]) throws(LogError) -> [TopicPartition: Watermarks]
    /// The same, in at most that long for all of them together.
    func watermarks(
        _ partitions: [TopicPartition], within timeout: Duration
    ) throws(LogError) -> [TopicPartition: Watermarks]
    /// How many partitions a topic has; nil when there is no such topic.
    func partitionCount(of topic: String) throws(LogError) -> Int32?
    /// The cluster's own id, when it tells one.
    func clusterID() throws(LogError) -> String?
    func close()
}
