/// Stores how far a group has read, as part of a transaction (KIP-98; the member's fields: KIP-447).
public struct TxnOffsetCommitRequest: ApiRequest {
    public typealias Response = TxnOffsetCommitResponse
    public static let apiKey = ApiKey.txnOffsetCommit

    /// The name under which the producer runs transactions.
    public var transactionalID: String
    public var groupID: String
    /// The producer's id, or -1.
    public var producerID: Int64
    /// The epoch that fences the producer's older instances, or -1.
    public var producerEpoch: Int16
    /// The group's generation; -1 for a client outside of a group. Since version 3.
    public var generationID: Int32
    /// Given by the coordinator; empty at first. Since version 3.
    public var memberID: String
    /// The member's own name if it is a static member (KIP-345). Since version 3.
    public var groupInstanceID: String?
    public var topics: [Topic]

    public init(
        transactionalID: String = "", groupID: String = "", producerID: Int64 = -1, producerEpoch: Int16 = -1,
        generationID: Int32 = -1, memberID: String = "", groupInstanceID: String? = nil, topics: [Topic] = []
    ) {
        self.transactionalID = transactionalID
        self.groupID = groupID
        self.producerID = producerID
        self.producerEpoch = producerEpoch
        self.generationID = generationID
        self.memberID = memberID
        self.groupInstanceID = groupInstanceID
        self.topics = topics
    }

    public static var blank: Self { Self() }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        try coder.string(&transactionalID)
        try coder.string(&groupID)
        try coder.int64(&producerID)
        try coder.int16(&producerEpoch)
        if coder.version >= 3 {
            try coder.int32(&generationID)
            try coder.string(&memberID)
            try coder.nullableString(&groupInstanceID)
        }
        try coder.array(&topics)
        try coder.noTags()
    }
}

extension TxnOffsetCommitRequest {
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
        /// The next offset to read; -1 for none.
        public var committedOffset: Int64
        /// The leader epoch of the record before it, or -1. Since version 2.
        public var committedLeaderEpoch: Int32
        /// What the client wants to remember with it.
        public var committedMetadata: String?

        public init(
            partitionIndex: Int32 = 0, committedOffset: Int64 = 0, committedLeaderEpoch: Int32 = -1,
            committedMetadata: String? = nil
        ) {
            self.partitionIndex = partitionIndex
            self.committedOffset = committedOffset
            self.committedLeaderEpoch = committedLeaderEpoch
            self.committedMetadata = committedMetadata
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.int32(&partitionIndex)
            try coder.int64(&committedOffset)
            if coder.version >= 2 { try coder.int32(&committedLeaderEpoch) }
            try coder.nullableString(&committedMetadata)
            try coder.noTags()
        }
    }
}

/// Which offsets are pending now.
public struct TxnOffsetCommitResponse: ApiResponse {
    public static let apiKey = ApiKey.txnOffsetCommit

    /// How long the client should hold back, in milliseconds.
    public var throttleTimeMs: Int32
    public var topics: [Topic]

    public init(throttleTimeMs: Int32 = 0, topics: [Topic] = []) {
        self.throttleTimeMs = throttleTimeMs
        self.topics = topics
    }

    public static var blank: Self { Self() }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        try coder.int32(&throttleTimeMs)
        try coder.array(&topics)
        try coder.noTags()
    }
}

extension TxnOffsetCommitResponse {
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

        public init(partitionIndex: Int32 = 0, errorCode: ErrorCode = .none) {
            self.partitionIndex = partitionIndex
            self.errorCode = errorCode
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.int32(&partitionIndex)
            try coder.int16(&errorCode.rawValue)
            try coder.noTags()
        }
    }
}
