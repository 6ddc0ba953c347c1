public import EventLog
internal import KafkaProtocol

/// A whole Kafka broker but for bytes, sockets and files: requests in, actions out, one at a time.
///
/// A value without I/O. Requests come with a token and the time (`now`, milliseconds since 1970, which never goes back by
/// more than a clock's correction) and yield actions, to be done in the order given. Every token is answered exactly
/// once, at once or by a later call, unless ``disconnected(_:now:)`` took it back.
///
/// What may never happen: that a client is told of something that is not journaled or stored. Journal entries and
/// batches therefore come before the answers of the same step, and markers before the entry that ends their transaction.
///
/// To recover: a new broker, ``apply(_:)`` for every entry of the journal, ``restore(_:in:startsSegment:)`` for every
/// stored batch of each of ``logs`` in the order of offsets, ``start(now:)``.
public struct Broker: Sendable {
    public let configuration: BrokerConfiguration
    var nodes: Nodes
    /// What nodes tell that tell old metadata, and until when.
    var staleViews: [Int32: (until: Int64, nodes: Nodes)] = [:]
    var topics = TopicRegistry()
    var partitions: [TopicPartition: PartitionLog] = [:]
    var groups: GroupCoordinator
    var transactions: TransactionCoordinator
    var fetches = FetchQueue()
    /// Transactions whose end is decided and not written everywhere.
    var markers = MarkerQueue()
    /// What clients have met since this broker was started.
    public var encounters: BrokerEncounters {
        var all = seen
        all += transactions.encounters
        all += groups.encounters
        return all
    }
    var seen = BrokerEncounters()
    /// Logs that are being compacted, and the topic that each was of when that began.
    var compacting: [TopicPartition: WireUUID] = [:]
    var nextLogCheck: Int64
    /// When recovery began: what is restored counts from here.
    let birth: Int64
    /// How many topic ids were made.
    var topicNumber: UInt64 = 0

    /// - Parameter now: Milliseconds since 1970.
    public init(configuration: BrokerConfiguration, now: Int64) {
        self.configuration = configuration
        nodes = Nodes(count: configuration.nodeCount)
        groups = GroupCoordinator(configuration: configuration.groups)
        transactions = TransactionCoordinator(configuration: configuration.transactions)
        birth = now
        nextLogCheck = now.clampedSum(max(1, configuration.logCheckInterval))
    }

    /// The logs that there are, sorted. After the journal was applied: those that there should be. One that is not found
    /// on disk is empty; others that are found there are orphans, to be removed.
    public var logs: [TopicPartition] { partitions.keys.sorted() }

    /// When ``expire(now:)`` is to be called at the latest, in milliseconds since 1970. It may be too early.
    public var nextDeadline: Int64? {
        var deadline = nextLogCheck
        if let due = groups.nextDeadline { deadline = min(deadline, due) }
        if let due = transactions.nextDeadline { deadline = min(deadline, due) }
        if let due = fetches.nextDeadline { deadline = min(deadline, due) }
        if let due = markers.nextDeadline { deadline = min(deadline, due) }
        if let due = nodes.nextDeadline { deadline = min(deadline, due) }
        return deadline
    }

    /// The client of a request that is not yet answered is gone: nothing is sent to it any more.
    public mutating func disconnected(_ token: RequestToken, now: Int64) {
        if !fetches.remove(token) { groups.cancel(token) }
    }
}
