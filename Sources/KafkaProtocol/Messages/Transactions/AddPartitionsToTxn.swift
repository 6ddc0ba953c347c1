/// Makes partitions part of the ongoing transaction, which begins with the first (KIP-98).
public struct AddPartitionsToTxnRequest: ApiRequest {
    public typealias Response = AddPartitionsToTxnResponse
    public static let apiKey = ApiKey.addPartitionsToTxn

    /// The name under which the producer runs transactions.
    public var transactionalID: String
    /// The producer's id, or -1.
    public var producerID: Int64
    /// The epoch that fences the producer's older instances, or -1.
    public var producerEpoch: Int16
    public var topics: [Topic]

    public init(transactionalID: String = "", producerID: Int64 = -1, producerEpoch: Int16 = -1, topics: [Topic] = []) {
        self.transactionalID = transactionalID
        self.producerID = producerID
        self.producerEpoch = producerEpoch
        self.topics = topics
    }

    public static var blank: Self { Self() }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        try coder.string(&transactionalID)
        try coder.int64(&producerID)
        try coder.int16(&producerEpoch)
        try coder.array(&topics)
        try coder.noTags()
    }
}

extension AddPartitionsToTxnRequest {
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

/// Which partitions are part of the transaction now.
public struct AddPartitionsToTxnResponse: ApiResponse {
    public static let apiKey = ApiKey.addPartitionsToTxn

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

extension AddPartitionsToTxnResponse {
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
