/// Asks for the state of transactions (KIP-664).
public struct DescribeTransactionsRequest: ApiRequest {
    public typealias Response = DescribeTransactionsResponse
    public static let apiKey = ApiKey.describeTransactions

    public var transactionalIDs: [String]

    public init(transactionalIDs: [String] = []) {
        self.transactionalIDs = transactionalIDs
    }

    public static var blank: Self { Self() }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        try coder.array(&transactionalIDs)
        try coder.noTags()
    }
}

/// The state of transactions.
public struct DescribeTransactionsResponse: ApiResponse {
    public static let apiKey = ApiKey.describeTransactions

    /// How long the client should hold back, in milliseconds.
    public var throttleTimeMs: Int32
    public var transactions: [Transaction]

    public init(throttleTimeMs: Int32 = 0, transactions: [Transaction] = []) {
        self.throttleTimeMs = throttleTimeMs
        self.transactions = transactions
    }

    public static var blank: Self { Self() }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        try coder.int32(&throttleTimeMs)
        try coder.array(&transactions)
        try coder.noTags()
    }
}

extension DescribeTransactionsResponse {
    /// The part of one transaction.
    public struct Transaction: WireMessage {
        /// What went wrong, or `.none`.
        public var errorCode: ErrorCode
        /// The name under which the producer runs transactions.
        public var transactionalID: String
        /// `Empty`, `Ongoing`, `PrepareCommit`, `PrepareAbort`, `CompleteCommit` or `CompleteAbort`, say.
        public var state: String
        /// How long the broker may take, in milliseconds.
        public var timeoutMs: Int32
        /// When it began, in milliseconds since 1970; -1 if it has not.
        public var startTimeMs: Int64
        /// The producer's id, or -1.
        public var producerID: Int64
        /// The epoch that fences the producer's older instances, or -1.
        public var producerEpoch: Int16
        public var topics: [Topic]

        public init(
            errorCode: ErrorCode = .none, transactionalID: String = "", state: String = "", timeoutMs: Int32 = 0,
            startTimeMs: Int64 = -1, producerID: Int64 = -1, producerEpoch: Int16 = -1, topics: [Topic] = []
        ) {
            self.errorCode = errorCode
            self.transactionalID = transactionalID
            self.state = state
            self.timeoutMs = timeoutMs
            self.startTimeMs = startTimeMs
            self.producerID = producerID
            self.producerEpoch = producerEpoch
            self.topics = topics
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.int16(&errorCode.rawValue)
            try coder.string(&transactionalID)
            try coder.string(&state)
            try coder.int32(&timeoutMs)
            try coder.int64(&startTimeMs)
            try coder.int64(&producerID)
            try coder.int16(&producerEpoch)
            try coder.array(&topics)
            try coder.noTags()
        }
    }

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
