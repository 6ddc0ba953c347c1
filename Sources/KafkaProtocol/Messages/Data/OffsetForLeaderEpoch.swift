/// Asks where a leader epoch ends in the leader's log (KIP-101, KIP-320).
public struct OffsetForLeaderEpochRequest: ApiRequest {
    public typealias Response = OffsetForLeaderEpochResponse
    public static let apiKey = ApiKey.offsetForLeaderEpoch

    /// -1 for a consumer, -2 for unknown. Since version 3.
    public var replicaID: Int32
    public var topics: [Topic]

    public init(replicaID: Int32 = -2, topics: [Topic] = []) {
        self.replicaID = replicaID
        self.topics = topics
    }

    public static var blank: Self { Self() }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        if coder.version >= 3 { try coder.int32(&replicaID) }
        try coder.array(&topics)
        try coder.noTags()
    }
}

extension OffsetForLeaderEpochRequest {
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
        /// The leader epoch that the client knows, or -1. Since version 2.
        public var currentLeaderEpoch: Int32
        /// The leader epoch asked about.
        public var leaderEpoch: Int32

        public init(partitionIndex: Int32 = 0, currentLeaderEpoch: Int32 = -1, leaderEpoch: Int32 = 0) {
            self.partitionIndex = partitionIndex
            self.currentLeaderEpoch = currentLeaderEpoch
            self.leaderEpoch = leaderEpoch
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.int32(&partitionIndex)
            if coder.version >= 2 { try coder.int32(&currentLeaderEpoch) }
            try coder.int32(&leaderEpoch)
            try coder.noTags()
        }
    }
}

/// Where the leader epochs end.
public struct OffsetForLeaderEpochResponse: ApiResponse {
    public static let apiKey = ApiKey.offsetForLeaderEpoch

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

extension OffsetForLeaderEpochResponse {
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
        /// What went wrong, or `.none`.
        public var errorCode: ErrorCode
        public var partitionIndex: Int32
        /// The epoch itself or the largest one before it, or -1. Since version 1.
        public var leaderEpoch: Int32
        /// The offset after its last one, or -1.
        public var endOffset: Int64

        public init(
            errorCode: ErrorCode = .none, partitionIndex: Int32 = 0, leaderEpoch: Int32 = -1, endOffset: Int64 = -1
        ) {
            self.errorCode = errorCode
            self.partitionIndex = partitionIndex
            self.leaderEpoch = leaderEpoch
            self.endOffset = endOffset
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.int16(&errorCode.rawValue)
            try coder.int32(&partitionIndex)
            if coder.version >= 1 { try coder.int32(&leaderEpoch) }
            try coder.int64(&endOffset)
            try coder.noTags()
        }
    }
}
