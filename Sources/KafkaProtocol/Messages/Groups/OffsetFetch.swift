/// Asks how far groups have read. Before version 8 it asks about exactly one group (KIP-709).
public struct OffsetFetchRequest: ApiRequest {
    public typealias Response = OffsetFetchResponse
    public static let apiKey = ApiKey.offsetFetch

    public var groups: [Group]
    /// Whether to answer with an error while a transaction has offsets pending (KIP-447). Since version 7.
    public var requireStable: Bool

    public init(groups: [Group] = [], requireStable: Bool = false) {
        self.groups = groups
        self.requireStable = requireStable
    }

    public static var blank: Self { Self() }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        if coder.version >= 8 {
            try coder.array(&groups)
        } else {
            var group = groups.first ?? .blank
            try coder.string(&group.groupID)
            try coder.array(&group.topics, nullableSince: 2)
            groups = [group]
        }
        if coder.version >= 7 { try coder.bool(&requireStable) }
        try coder.noTags()
    }
}

extension OffsetFetchRequest {
    /// The part of one topic.
    public struct Topic: WireMessage {
        public var name: String
        public var partitionIndexes: [Int32]

        public init(name: String = "", partitionIndexes: [Int32] = []) {
            self.name = name
            self.partitionIndexes = partitionIndexes
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.string(&name)
            try coder.array(&partitionIndexes)
            try coder.noTags()
        }
    }

    /// The part of one group.
    public struct Group: WireMessage {
        public var groupID: String
        /// Nil for all that the group has offsets of. Version 1 can't say so.
        public var topics: [Topic]?

        public init(groupID: String = "", topics: [Topic]? = nil) {
            self.groupID = groupID
            self.topics = topics
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.string(&groupID)
            try coder.nullableArray(&topics)
            try coder.noTags()
        }
    }
}

/// How far groups have read. Before version 8 there is one group, without its id.
public struct OffsetFetchResponse: ApiResponse {
    public static let apiKey = ApiKey.offsetFetch

    /// How long the client should hold back, in milliseconds. Since version 3.
    public var throttleTimeMs: Int32
    public var groups: [Group]

    public init(throttleTimeMs: Int32 = 0, groups: [Group] = []) {
        self.throttleTimeMs = throttleTimeMs
        self.groups = groups
    }

    public static var blank: Self { Self() }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        if coder.version >= 3 { try coder.int32(&throttleTimeMs) }
        if coder.version >= 8 {
            try coder.array(&groups)
        } else {
            var group = groups.first ?? .blank
            try coder.array(&group.topics)
            if coder.version >= 2 { try coder.int16(&group.errorCode.rawValue) }
            groups = [group]
        }
        try coder.noTags()
    }
}

extension OffsetFetchResponse {
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
        /// The leader epoch of the record before it, or -1. Since version 5.
        public var committedLeaderEpoch: Int32
        /// What the client had remembered with it.
        public var metadata: String?
        /// What went wrong, or `.none`.
        public var errorCode: ErrorCode

        public init(
            partitionIndex: Int32 = 0, committedOffset: Int64 = -1, committedLeaderEpoch: Int32 = -1,
            metadata: String? = "", errorCode: ErrorCode = .none
        ) {
            self.partitionIndex = partitionIndex
            self.committedOffset = committedOffset
            self.committedLeaderEpoch = committedLeaderEpoch
            self.metadata = metadata
            self.errorCode = errorCode
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.int32(&partitionIndex)
            try coder.int64(&committedOffset)
            if coder.version >= 5 { try coder.int32(&committedLeaderEpoch) }
            try coder.nullableString(&metadata)
            try coder.int16(&errorCode.rawValue)
            try coder.noTags()
        }
    }

    /// The part of one group.
    public struct Group: WireMessage {
        public var groupID: String
        public var topics: [Topic]
        /// What went wrong with the whole group, or `.none`. Since version 2; version 1 has the partitions' errors only.
        public var errorCode: ErrorCode

        public init(groupID: String = "", topics: [Topic] = [], errorCode: ErrorCode = .none) {
            self.groupID = groupID
            self.topics = topics
            self.errorCode = errorCode
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.string(&groupID)
            try coder.array(&topics)
            try coder.int16(&errorCode.rawValue)
            try coder.noTags()
        }
    }
}
