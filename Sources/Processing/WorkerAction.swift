public import EventLog
public import Messages

/// What the runtime wants done next, and how it goes on with the answer. Carried out by threads and blocking calls in the
/// services (`Worker`), and in virtual time, with whatever can go wrong, by the simulator.
///
/// Each continuation is called once, or never: whoever drops an action has stopped the world between two steps, which is
/// what a crash is.
public enum WorkerAction {
    /// Close the producer, if there is one, and make a new one: in `exactly-once` registered under its transactional id.
    /// After a failure that passes the next one of these goes on with it.
    case openProducer(then: (LogError?) -> WorkerAction)
    /// Wait up to `timeout` for records, or for news of the group.
    case poll(maxRecords: Int, timeout: Duration, then: (Result<PollResult, LogError>) -> WorkerAction)
    /// Serve the group without taking records.
    case heartbeat(then: (LogError?) -> WorkerAction)
    /// Read these partitions, of those that the group assigned, each from its position on, and no others. The first one
    /// answers the group, whatever is in it.
    case assign([TopicPartition: StartPosition], then: (LogError?) -> WorkerAction)
    /// Give everything up.
    case unassign(then: (LogError?) -> WorkerAction)
    /// The group's committed offsets, stable.
    case committedOffsets(
        [TopicPartition], within: Duration, then: (Result<[TopicPartition: GroupOffset], LogError>) -> WorkerAction)
    /// Commit the next offsets to read.
    case commit([TopicPartition: Int64], then: (LogError?) -> WorkerAction)
    /// One whole transaction: `exactly-once` alone.
    case transact(
        [OutgoingRecord], offsets: [TopicPartition: Int64], then: (TransactionResult) -> WorkerAction)
    /// Write, and wait until all is acknowledged: `at-least-once` alone.
    case produce([OutgoingRecord], then: (Result<[Int64], LogError>) -> WorkerAction)
    /// First and next offsets, open transactions included in the latter.
    case watermarks(
        [TopicPartition], within: Duration, then: (Result<[TopicPartition: Watermarks], LogError>) -> WorkerAction)
    /// Read from these positions on, outside the group, and forget what was read before.
    case beginReading([TopicPartition: StartPosition], then: (LogError?) -> WorkerAction)
    /// Read on, and tell how far that is for each partition.
    case read(
        maxRecords: Int, timeout: Duration,
        then: (Result<(records: [LogRecord], positions: [TopicPartition: Int64]), LogError>) -> WorkerAction)
    /// Put the changes into the local store in one durable step.
    case store([PartitionChanges], then: (StateStoreError?) -> WorkerAction)
    /// Forget some of what the local store has of a partition, at most so many rows, its positions first.
    /// - Returns: whether nothing is left.
    case wipe(Int32, rows: Int, then: (Result<Bool, StateStoreError>) -> WorkerAction)
    /// Wait before something is tried again.
    case pause(Duration, then: () -> WorkerAction)
    /// Close everything: nothing is in hand.
    case end(WorkerEnd)
}

/// What a worker sees of its world at any moment without asking for an action.
public struct WorkerSurroundings {
    /// Read while a batch is decided; written by actions alone.
    public var store: any PartitionStateStore
    public var observer: any ProcessingObserver
    public var now: () -> Timestamp
    /// Whether the service is asked to stop.
    public var isStopping: () -> Bool

    public init(
        store: any PartitionStateStore, observer: any ProcessingObserver, now: @escaping () -> Timestamp,
        isStopping: @escaping () -> Bool
    ) {
        self.store = store
        self.observer = observer
        self.now = now
        self.isStopping = isStopping
    }
}
