/// Asks the leader of partitions for record batches from given offsets on, or to wait for them. Versions from 7 on may
/// be part of a fetch session (KIP-227).
public struct FetchRequest: ApiRequest {
    public typealias Response = FetchResponse
    public static let apiKey = ApiKey.fetch

    /// The cluster that the client means; nil for whichever. Since version 12.
    public var clusterID: String?
    /// -1 for a consumer.
    public var replicaID: Int32
    /// How long to wait for `minBytes`, in milliseconds.
    public var maxWaitMs: Int32
    /// How much to wait for.
    public var minBytes: Int32
    /// How much to send at most; one batch is sent in any case.
    public var maxBytes: Int32
    /// Whether to see records of open and aborted transactions.
    public var isolationLevel: IsolationLevel
    /// 0 for none, or for one yet to be made. Since version 7.
    public var sessionID: Int32
    /// -1: no session; 0: a new one; else the session's next number. Since version 7.
    public var sessionEpoch: Int32
    public var topics: [Topic]
    /// What to take out of the fetch session. Since version 7.
    public var forgottenTopics: [ForgottenTopic]
    /// Where the client is; empty if unknown. Since version 11.
    public var rackID: String

    public init(
        clusterID: String? = nil, replicaID: Int32 = -1, maxWaitMs: Int32 = 0, minBytes: Int32 = 0,
        maxBytes: Int32 = .max, isolationLevel: IsolationLevel = .readUncommitted, sessionID: Int32 = 0,
        sessionEpoch: Int32 = -1, topics: [Topic] = [], forgottenTopics: [ForgottenTopic] = [], rackID: String = ""
    ) {
        self.clusterID = clusterID
        self.replicaID = replicaID
        self.maxWaitMs = maxWaitMs
        self.minBytes = minBytes
        self.maxBytes = maxBytes
        self.isolationLevel = isolationLevel
        self.sessionID = sessionID
        self.sessionEpoch = sessionEpoch
        self.topics = topics
        self.forgottenTopics = forgottenTopics
        self.rackID = rackID
    }

    public static var blank: Self { Self() }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        try coder.int32(&replicaID)
        try coder.int32(&maxWaitMs)
        try coder.int32(&minBytes)
        try coder.int32(&maxBytes)
        try coder.int8(&isolationLevel.rawValue)
        if coder.version >= 7 {
            try coder.int32(&sessionID)
            try coder.int32(&sessionEpoch)
        }
        try coder.array(&topics)
        if coder.version >= 7 { try coder.array(&forgottenTopics) }
        if coder.version >= 11 { try coder.string(&rackID) }
        var tags = try coder.beginTags()
        if try coder.beginTag(0, in: &tags, isSet: clusterID != nil) {
            try coder.nullableString(&clusterID)
            try coder.endTag(in: &tags)
        }
        try coder.endTags(tags)
    }
}

extension FetchRequest {
    /// The part of one topic.
    public struct Topic: WireMessage {
        public var name: String
        public var partitions: [Partition]

        public init(name: String = "", partitions: [Partition] = []) {
            self.name = name
            self.partitions = partitions
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.string(&name)
            try coder.array(&partitions)
            try coder.noTags()
        }
    }

    /// The part of one partition.
    public struct Partition: WireMessage {
        public var partitionIndex: Int32
        /// The leader epoch that the client knows, or -1. Since version 9.
        public var currentLeaderEpoch: Int32
        public var fetchOffset: Int64
        /// The leader epoch of the last record that the client has, or -1. Since version 12.
        public var lastFetchedEpoch: Int32
        /// The first offset that is still there. Since version 5.
        public var logStartOffset: Int64
        /// How much to send at most for this partition.
        public var partitionMaxBytes: Int32

        public init(
            partitionIndex: Int32 = 0, currentLeaderEpoch: Int32 = -1, fetchOffset: Int64 = 0,
            lastFetchedEpoch: Int32 = -1, logStartOffset: Int64 = -1, partitionMaxBytes: Int32 = 0
        ) {
            self.partitionIndex = partitionIndex
            self.currentLeaderEpoch = currentLeaderEpoch
            self.fetchOffset = fetchOffset
            self.lastFetchedEpoch = lastFetchedEpoch
            self.logStartOffset = logStartOffset
            self.partitionMaxBytes = partitionMaxBytes
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.int32(&partitionIndex)
            if coder.version >= 9 { try coder.int32(&currentLeaderEpoch) }
            try coder.int64(&fetchOffset)
            if coder.version >= 12 { try coder.int32(&lastFetchedEpoch) }
            if coder.version >= 5 { try coder.int64(&logStartOffset) }
            try coder.int32(&partitionMaxBytes)
            try coder.noTags()
        }
    }

    /// Partitions that leave the fetch session.
    public struct ForgottenTopic: WireMessage {
        public var name: String
        public var partitions: [Int32]

        public init(name: String = "", partitions: [Int32] = []) {
            self.name = name
            self.partitions = partitions
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.string(&name)
            try coder.array(&partitions)
            try coder.noTags()
        }
    }
}
