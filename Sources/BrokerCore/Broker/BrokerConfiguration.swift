/// What an operator can set about the broker. Times in milliseconds.
public struct BrokerConfiguration: Hashable, Sendable {
    /// The id of the cluster that this broker is.
    public var clusterID: String
    /// Where clients are told to connect (`advertised.listeners`): the first node; others have the ports behind this one.
    public var host: String
    public var port: Int32
    /// How many nodes there are, with the ids from 1 on.
    public var nodeCount: Int32
    /// For how long a dead node is taken for alive (`broker.session.timeout.ms`).
    public var nodeSessionTimeout: Int64
    /// Partitions of topics for which nobody says how many (`num.partitions`).
    public var defaultPartitions: Int32
    /// Whether asking for a topic's metadata may make it (`auto.create.topics.enable`).
    public var autoCreateTopics: Bool
    /// Partitions that a topic can have, and that one request can make.
    public var maximumPartitions: Int32
    /// Partitions that all topics can have together.
    public var maximumTotalPartitions: Int
    /// Bytes of batches in one answer to Fetch (`fetch.max.bytes`); one batch is sent in any case.
    public var maximumFetchBytes: Int32
    /// How often logs are looked through for what may go (`log.retention.check.interval.ms`).
    public var logCheckInterval: Int64
    /// Most milliseconds from the decision on a transaction's end to each of its markers, which come at times of their own.
    /// Above 0 clients meet CONCURRENT_TRANSACTIONS, UNSTABLE_OFFSET_COMMIT and a last stable offset that lags, as they do
    /// on a cluster.
    public var markerDelay: Int64
    public var groups: GroupCoordinatorConfiguration
    public var transactions: TransactionCoordinatorConfiguration

    public init(
        clusterID: String = "dev-broker", host: String = "localhost", port: Int32 = 9092, nodeCount: Int32 = 1,
        nodeSessionTimeout: Int64 = 9_000, defaultPartitions: Int32 = 1, autoCreateTopics: Bool = true,
        maximumPartitions: Int32 = 10_000, maximumTotalPartitions: Int = 100_000,
        maximumFetchBytes: Int32 = 57_671_680, logCheckInterval: Int64 = 300_000, markerDelay: Int64 = 0,
        groups: GroupCoordinatorConfiguration = GroupCoordinatorConfiguration(),
        transactions: TransactionCoordinatorConfiguration = TransactionCoordinatorConfiguration()
    ) {
        self.clusterID = clusterID
        self.host = host
        self.port = port
        self.nodeCount = nodeCount
        self.nodeSessionTimeout = nodeSessionTimeout
        self.defaultPartitions = defaultPartitions
        self.autoCreateTopics = autoCreateTopics
        self.maximumPartitions = maximumPartitions
        self.maximumTotalPartitions = maximumTotalPartitions
        self.maximumFetchBytes = maximumFetchBytes
        self.logCheckInterval = logCheckInterval
        self.markerDelay = markerDelay
        self.groups = groups
        self.transactions = transactions
    }
}
