/// Record batches, partition by partition. In a fetch session only partitions with news are in it (KIP-227).
public struct FetchResponse: ApiResponse {
    public static let apiKey = ApiKey.fetch

    /// How long the client should hold back, in milliseconds.
    public var throttleTimeMs: Int32
    /// An error of the whole: of the fetch session, say. Since version 7.
    public var errorCode: ErrorCode
    /// 0 for none, or for one yet to be made. Since version 7.
    public var sessionID: Int32
    public var topics: [Topic]

    public init(throttleTimeMs: Int32 = 0, errorCode: ErrorCode = .none, sessionID: Int32 = 0, topics: [Topic] = []) {
        self.throttleTimeMs = throttleTimeMs
        self.errorCode = errorCode
        self.sessionID = sessionID
        self.topics = topics
    }

    public static var blank: Self { Self() }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        try coder.int32(&throttleTimeMs)
        if coder.version >= 7 {
            try coder.int16(&errorCode.rawValue)
            try coder.int32(&sessionID)
        }
        try coder.array(&topics)
        try coder.noTags()
    }
}

extension FetchResponse {
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
        /// What went wrong, or `.none`.
        public var errorCode: ErrorCode
        /// The offset after the last one that all in-sync replicas have.
        public var highWatermark: Int64
        /// The first offset of the oldest open transaction, or else the high watermark.
        public var lastStableOffset: Int64
        /// The first offset that is still there. Since version 5.
        public var logStartOffset: Int64
        /// Since version 12.
        public var divergingEpoch: EpochEndOffset?
        /// Since version 12.
        public var currentLeader: LeaderIDAndEpoch?
        /// For a reader of committed records: what it must skip.
        public var abortedTransactions: [AbortedTransaction]?
        /// Where to fetch from instead, or -1. Since version 11.
        public var preferredReadReplica: Int32
        /// Record batches, one after the other, as they are.
        public var records: [UInt8]?

        public init(
            partitionIndex: Int32 = 0, errorCode: ErrorCode = .none, highWatermark: Int64 = -1,
            lastStableOffset: Int64 = -1, logStartOffset: Int64 = -1, divergingEpoch: EpochEndOffset? = nil,
            currentLeader: LeaderIDAndEpoch? = nil, abortedTransactions: [AbortedTransaction]? = nil,
            preferredReadReplica: Int32 = -1, records: [UInt8]? = []
        ) {
            self.partitionIndex = partitionIndex
            self.errorCode = errorCode
            self.highWatermark = highWatermark
            self.lastStableOffset = lastStableOffset
            self.logStartOffset = logStartOffset
            self.divergingEpoch = divergingEpoch
            self.currentLeader = currentLeader
            self.abortedTransactions = abortedTransactions
            self.preferredReadReplica = preferredReadReplica
            self.records = records
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.int32(&partitionIndex)
            try coder.int16(&errorCode.rawValue)
            try coder.int64(&highWatermark)
            try coder.int64(&lastStableOffset)
            if coder.version >= 5 { try coder.int64(&logStartOffset) }
            try coder.nullableArray(&abortedTransactions)
            if coder.version >= 11 { try coder.int32(&preferredReadReplica) }
            try coder.nullableBytes(&records)
            var tags = try coder.beginTags()
            if try coder.beginTag(0, in: &tags, isSet: divergingEpoch != nil) {
                try coder.structure(&divergingEpoch)
                try coder.endTag(in: &tags)
            }
            if try coder.beginTag(1, in: &tags, isSet: currentLeader != nil) {
                try coder.structure(&currentLeader)
                try coder.endTag(in: &tags)
            }
            try coder.endTags(tags)
        }
    }

    /// Where a leader epoch ends.
    public struct EpochEndOffset: WireMessage {
        public var epoch: Int32
        /// The offset after the last one, or -1.
        public var endOffset: Int64

        public init(epoch: Int32 = -1, endOffset: Int64 = -1) {
            self.epoch = epoch
            self.endOffset = endOffset
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.int32(&epoch)
            try coder.int64(&endOffset)
            try coder.noTags()
        }
    }

    /// Who leads, and since which epoch.
    public struct LeaderIDAndEpoch: WireMessage {
        /// The leader, or -1 for none.
        public var leaderID: Int32
        /// The leader epoch, or -1.
        public var leaderEpoch: Int32

        public init(leaderID: Int32 = -1, leaderEpoch: Int32 = -1) {
            self.leaderID = leaderID
            self.leaderEpoch = leaderEpoch
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.int32(&leaderID)
            try coder.int32(&leaderEpoch)
            try coder.noTags()
        }
    }

    /// A transaction whose records a reader of committed records must skip.
    public struct AbortedTransaction: WireMessage {
        /// The producer's id, or -1.
        public var producerID: Int64
        /// The transaction's first offset.
        public var firstOffset: Int64

        public init(producerID: Int64 = -1, firstOffset: Int64 = 0) {
            self.producerID = producerID
            self.firstOffset = firstOffset
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.int64(&producerID)
            try coder.int64(&firstOffset)
            try coder.noTags()
        }
    }
}
