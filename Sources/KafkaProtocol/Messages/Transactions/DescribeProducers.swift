/// Asks which producers write to partitions (KIP-664).
public struct DescribeProducersRequest: ApiRequest {
    public typealias Response = DescribeProducersResponse
    public static let apiKey = ApiKey.describeProducers

    public var topics: [Topic]

    public init(topics: [Topic] = []) {
        self.topics = topics
    }

    public static var blank: Self { Self() }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        try coder.array(&topics)
        try coder.noTags()
    }
}

extension DescribeProducersRequest {
    /// The part of one topic.
    public struct Topic: WireMessage {
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

/// The producers that write to partitions.
public struct DescribeProducersResponse: ApiResponse {
    public static let apiKey = ApiKey.describeProducers

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

extension DescribeProducersResponse {
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
        /// What went wrong, in words.
        public var errorMessage: String?
        public var activeProducers: [Producer]

        public init(
            partitionIndex: Int32 = 0, errorCode: ErrorCode = .none, errorMessage: String? = nil,
            activeProducers: [Producer] = []
        ) {
            self.partitionIndex = partitionIndex
            self.errorCode = errorCode
            self.errorMessage = errorMessage
            self.activeProducers = activeProducers
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.int32(&partitionIndex)
            try coder.int16(&errorCode.rawValue)
            try coder.nullableString(&errorMessage)
            try coder.array(&activeProducers)
            try coder.noTags()
        }
    }

    /// A producer that the partition knows.
    public struct Producer: WireMessage {
        /// The producer's id, or -1.
        public var producerID: Int64
        /// The epoch that fences the producer's older instances, or -1.
        public var producerEpoch: Int32
        /// The sequence of its last record, or -1.
        public var lastSequence: Int32
        /// When it wrote last; -1 for unknown.
        public var lastTimestamp: Int64
        /// The epoch of the coordinator that wrote its last marker, or -1.
        public var coordinatorEpoch: Int32
        /// The first offset of its open transaction, or -1.
        public var currentTxnStartOffset: Int64

        public init(
            producerID: Int64 = -1, producerEpoch: Int32 = -1, lastSequence: Int32 = -1, lastTimestamp: Int64 = -1,
            coordinatorEpoch: Int32 = -1, currentTxnStartOffset: Int64 = -1
        ) {
            self.producerID = producerID
            self.producerEpoch = producerEpoch
            self.lastSequence = lastSequence
            self.lastTimestamp = lastTimestamp
            self.coordinatorEpoch = coordinatorEpoch
            self.currentTxnStartOffset = currentTxnStartOffset
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.int64(&producerID)
            try coder.int32(&producerEpoch)
            try coder.int32(&lastSequence)
            try coder.int64(&lastTimestamp)
            try coder.int32(&coordinatorEpoch)
            try coder.int64(&currentTxnStartOffset)
            try coder.noTags()
        }
    }
}
