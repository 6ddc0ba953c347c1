/// Asks for the earliest or latest offset of partitions, or for the first offset at or after a time.
public struct ListOffsetsRequest: ApiRequest {
    public typealias Response = ListOffsetsResponse
    public static let apiKey = ApiKey.listOffsets

    /// -1 for a consumer.
    public var replicaID: Int32
    /// Whether to see records of open and aborted transactions. Since version 2.
    public var isolationLevel: IsolationLevel
    public var topics: [Topic]

    public init(replicaID: Int32 = -1, isolationLevel: IsolationLevel = .readUncommitted, topics: [Topic] = []) {
        self.replicaID = replicaID
        self.isolationLevel = isolationLevel
        self.topics = topics
    }

    public static var blank: Self { Self() }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        try coder.int32(&replicaID)
        if coder.version >= 2 { try coder.int8(&isolationLevel.rawValue) }
        try coder.array(&topics)
        try coder.noTags()
    }
}

extension ListOffsetsRequest {
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
        /// The leader epoch that the client knows, or -1. Since version 4.
        public var currentLeaderEpoch: Int32
        /// Milliseconds since 1970; -1 for the latest offset, -2 for the earliest, -3 for the one with the largest
        /// time (KIP-734).
        public var timestamp: Int64

        public init(partitionIndex: Int32 = 0, currentLeaderEpoch: Int32 = -1, timestamp: Int64 = 0) {
            self.partitionIndex = partitionIndex
            self.currentLeaderEpoch = currentLeaderEpoch
            self.timestamp = timestamp
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.int32(&partitionIndex)
            if coder.version >= 4 { try coder.int32(&currentLeaderEpoch) }
            try coder.int64(&timestamp)
            try coder.noTags()
        }
    }
}

/// The offsets asked for, partition by partition.
public struct ListOffsetsResponse: ApiResponse {
    public static let apiKey = ApiKey.listOffsets

    /// How long the client should hold back, in milliseconds. Since version 2.
    public var throttleTimeMs: Int32
    public var topics: [Topic]

    public init(throttleTimeMs: Int32 = 0, topics: [Topic] = []) {
        self.throttleTimeMs = throttleTimeMs
        self.topics = topics
    }

    public static var blank: Self { Self() }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        if coder.version >= 2 { try coder.int32(&throttleTimeMs) }
        try coder.array(&topics)
        try coder.noTags()
    }
}

extension ListOffsetsResponse {
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
        /// The time of the record at the offset, in milliseconds since 1970, or -1.
        public var timestamp: Int64
        /// The offset, or -1 for none.
        public var offset: Int64
        /// The leader epoch, or -1. Since version 4.
        public var leaderEpoch: Int32

        public init(
            partitionIndex: Int32 = 0, errorCode: ErrorCode = .none, timestamp: Int64 = -1, offset: Int64 = -1,
            leaderEpoch: Int32 = -1
        ) {
            self.partitionIndex = partitionIndex
            self.errorCode = errorCode
            self.timestamp = timestamp
            self.offset = offset
            self.leaderEpoch = leaderEpoch
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.int32(&partitionIndex)
            try coder.int16(&errorCode.rawValue)
            try coder.int64(&timestamp)
            try coder.int64(&offset)
            if coder.version >= 4 { try coder.int32(&leaderEpoch) }
            try coder.noTags()
        }
    }
}
