/// Stores how far a group has read.
public struct OffsetCommitRequest: ApiRequest {
    public typealias Response = OffsetCommitResponse
    public static let apiKey = ApiKey.offsetCommit

    public var groupID: String
    /// The group's generation; -1 for a client outside of a group.
    public var generationID: Int32
    /// Given by the coordinator; empty at first.
    public var memberID: String
    /// The member's own name if it is a static member (KIP-345). Since version 7.
    public var groupInstanceID: String?
    /// How long to keep the offset; -1 for the broker's own choice. Up to version 4.
    public var retentionTimeMs: Int64
    public var topics: [Topic]

    public init(
        groupID: String = "", generationID: Int32 = -1, memberID: String = "", groupInstanceID: String? = nil,
        retentionTimeMs: Int64 = -1, topics: [Topic] = []
    ) {
        self.groupID = groupID
        self.generationID = generationID
        self.memberID = memberID
        self.groupInstanceID = groupInstanceID
        self.retentionTimeMs = retentionTimeMs
        self.topics = topics
    }

    public static var blank: Self { Self() }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        try coder.string(&groupID)
        try coder.int32(&generationID)
        try coder.string(&memberID)
        if coder.version >= 7 { try coder.nullableString(&groupInstanceID) }
        if coder.version <= 4 { try coder.int64(&retentionTimeMs) }
        try coder.array(&topics)
        try coder.noTags()
    }
}

extension OffsetCommitRequest {
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
        /// The leader epoch of the record before it, or -1. Since version 6.
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
            if coder.version >= 6 { try coder.int32(&committedLeaderEpoch) }
            try coder.nullableString(&committedMetadata)
            try coder.noTags()
        }
    }
}

/// Which offsets were stored.
public struct OffsetCommitResponse: ApiResponse {
    public static let apiKey = ApiKey.offsetCommit

    /// How long the client should hold back, in milliseconds. Since version 3.
    public var throttleTimeMs: Int32
    public var topics: [Topic]

    public init(throttleTimeMs: Int32 = 0, topics: [Topic] = []) {
        self.throttleTimeMs = throttleTimeMs
        self.topics = topics
    }

    public static var blank: Self { Self() }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        if coder.version >= 3 { try coder.int32(&throttleTimeMs) }
        try coder.array(&topics)
        try coder.noTags()
    }
}

extension OffsetCommitResponse {
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
