/// Asks the leader of partitions to append record batches. With `acks` 0 there is no response at all.
///
/// Versions 0 to 2 carry message sets older than record batches; they are here because librdkafka before 2.8.1 compresses
/// only if a broker lists version 0.
public struct ProduceRequest: ApiRequest {
    public typealias Response = ProduceResponse
    public static let apiKey = ApiKey.produce

    /// The transaction that the batches belong to; nil for none. Since version 3.
    public var transactionalID: String?
    /// 0: send no response; 1: answer once the leader has it; -1: once all in-sync replicas have it.
    public var acks: Int16
    /// How long the broker may take, in milliseconds.
    public var timeoutMs: Int32
    public var topics: [Topic]

    public init(transactionalID: String? = nil, acks: Int16 = -1, timeoutMs: Int32 = 0, topics: [Topic] = []) {
        self.transactionalID = transactionalID
        self.acks = acks
        self.timeoutMs = timeoutMs
        self.topics = topics
    }

    public static var blank: Self { Self() }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        if coder.version >= 3 { try coder.nullableString(&transactionalID) }
        try coder.int16(&acks)
        try coder.int32(&timeoutMs)
        try coder.array(&topics)
        try coder.noTags()
    }
}

extension ProduceRequest {
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
        /// Record batches, one after the other, as they are.
        public var records: [UInt8]?

        public init(partitionIndex: Int32 = 0, records: [UInt8]? = nil) {
            self.partitionIndex = partitionIndex
            self.records = records
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.int32(&partitionIndex)
            try coder.nullableBytes(&records)
            try coder.noTags()
        }
    }
}

/// Where the batches went, partition by partition.
public struct ProduceResponse: ApiResponse {
    public static let apiKey = ApiKey.produce

    public var topics: [Topic]
    /// How long the client should hold back, in milliseconds. Since version 1.
    public var throttleTimeMs: Int32

    public init(topics: [Topic] = [], throttleTimeMs: Int32 = 0) {
        self.topics = topics
        self.throttleTimeMs = throttleTimeMs
    }

    public static var blank: Self { Self() }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        try coder.array(&topics)
        if coder.version >= 1 { try coder.int32(&throttleTimeMs) }
        try coder.noTags()
    }
}

extension ProduceResponse {
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
        /// The offset of the first record.
        public var baseOffset: Int64
        /// The broker's time of the append, or -1 if the topic keeps the producer's times. Since version 2.
        public var logAppendTimeMs: Int64
        /// The first offset that is still there. Since version 5.
        public var logStartOffset: Int64
        /// Since version 8.
        public var recordErrors: [RecordError]
        /// What went wrong, in words. Since version 8.
        public var errorMessage: String?

        public init(
            partitionIndex: Int32 = 0, errorCode: ErrorCode = .none, baseOffset: Int64 = -1,
            logAppendTimeMs: Int64 = -1, logStartOffset: Int64 = -1, recordErrors: [RecordError] = [],
            errorMessage: String? = nil
        ) {
            self.partitionIndex = partitionIndex
            self.errorCode = errorCode
            self.baseOffset = baseOffset
            self.logAppendTimeMs = logAppendTimeMs
            self.logStartOffset = logStartOffset
            self.recordErrors = recordErrors
            self.errorMessage = errorMessage
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.int32(&partitionIndex)
            try coder.int16(&errorCode.rawValue)
            try coder.int64(&baseOffset)
            if coder.version >= 2 { try coder.int64(&logAppendTimeMs) }
            if coder.version >= 5 { try coder.int64(&logStartOffset) }
            if coder.version >= 8 {
                try coder.array(&recordErrors)
                try coder.nullableString(&errorMessage)
            }
            try coder.noTags()
        }
    }

    /// A record for which its batch was refused (KIP-467).
    public struct RecordError: WireMessage {
        /// The place of the record in its batch.
        public var batchIndex: Int32
        /// What is wrong with it, in words.
        public var message: String?

        public init(batchIndex: Int32 = 0, message: String? = nil) {
            self.batchIndex = batchIndex
            self.message = message
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.int32(&batchIndex)
            try coder.nullableString(&message)
            try coder.noTags()
        }
    }
}
