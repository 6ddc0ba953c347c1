/// Asks to delete the records before an offset (KIP-107).
public struct DeleteRecordsRequest: ApiRequest {
    public typealias Response = DeleteRecordsResponse
    public static let apiKey = ApiKey.deleteRecords

    public var topics: [Topic]
    /// How long the broker may take, in milliseconds.
    public var timeoutMs: Int32

    public init(topics: [Topic] = [], timeoutMs: Int32 = 0) {
        self.topics = topics
        self.timeoutMs = timeoutMs
    }

    public static var blank: Self { Self() }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        try coder.array(&topics)
        try coder.int32(&timeoutMs)
        try coder.noTags()
    }
}

extension DeleteRecordsRequest {
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
        /// The first offset to keep; -1 for the high watermark.
        public var offset: Int64

        public init(partitionIndex: Int32 = 0, offset: Int64 = 0) {
            self.partitionIndex = partitionIndex
            self.offset = offset
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.int32(&partitionIndex)
            try coder.int64(&offset)
            try coder.noTags()
        }
    }
}

/// The new low watermarks.
public struct DeleteRecordsResponse: ApiResponse {
    public static let apiKey = ApiKey.deleteRecords

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

extension DeleteRecordsResponse {
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
        /// The first offset that is still there, or -1 after an error.
        public var lowWatermark: Int64
        /// What went wrong, or `.none`.
        public var errorCode: ErrorCode

        public init(partitionIndex: Int32 = 0, lowWatermark: Int64 = -1, errorCode: ErrorCode = .none) {
            self.partitionIndex = partitionIndex
            self.lowWatermark = lowWatermark
            self.errorCode = errorCode
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.int32(&partitionIndex)
            try coder.int64(&lowWatermark)
            try coder.int16(&errorCode.rawValue)
            try coder.noTags()
        }
    }
}
