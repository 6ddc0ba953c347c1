/// Asks which transactions the broker coordinates (KIP-664; the duration: KIP-994).
public struct ListTransactionsRequest: ApiRequest {
    public typealias Response = ListTransactionsResponse
    public static let apiKey = ApiKey.listTransactions

    /// Only transactions in these states; empty for all.
    public var stateFilters: [String]
    /// Only transactions of these producers; empty for all.
    public var producerIDFilters: [Int64]
    /// Only transactions that have run for longer; -1 for all. Since version 1.
    public var durationFilterMs: Int64

    public init(stateFilters: [String] = [], producerIDFilters: [Int64] = [], durationFilterMs: Int64 = -1) {
        self.stateFilters = stateFilters
        self.producerIDFilters = producerIDFilters
        self.durationFilterMs = durationFilterMs
    }

    public static var blank: Self { Self() }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        try coder.array(&stateFilters)
        try coder.array(&producerIDFilters)
        if coder.version >= 1 { try coder.int64(&durationFilterMs) }
        try coder.noTags()
    }
}

/// The transactions that the broker coordinates.
public struct ListTransactionsResponse: ApiResponse {
    public static let apiKey = ApiKey.listTransactions

    /// How long the client should hold back, in milliseconds.
    public var throttleTimeMs: Int32
    /// What went wrong, or `.none`.
    public var errorCode: ErrorCode
    /// States asked for that do not exist.
    public var unknownStateFilters: [String]
    public var transactions: [Transaction]

    public init(
        throttleTimeMs: Int32 = 0, errorCode: ErrorCode = .none, unknownStateFilters: [String] = [],
        transactions: [Transaction] = []
    ) {
        self.throttleTimeMs = throttleTimeMs
        self.errorCode = errorCode
        self.unknownStateFilters = unknownStateFilters
        self.transactions = transactions
    }

    public static var blank: Self { Self() }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        try coder.int32(&throttleTimeMs)
        try coder.int16(&errorCode.rawValue)
        try coder.array(&unknownStateFilters)
        try coder.array(&transactions)
        try coder.noTags()
    }
}

extension ListTransactionsResponse {
    /// The part of one transaction.
    public struct Transaction: WireMessage {
        /// The name under which the producer runs transactions.
        public var transactionalID: String
        /// The producer's id, or -1.
        public var producerID: Int64
        /// `Empty`, `Ongoing`, `PrepareCommit`, `PrepareAbort`, `CompleteCommit` or `CompleteAbort`, say.
        public var state: String

        public init(transactionalID: String = "", producerID: Int64 = -1, state: String = "") {
            self.transactionalID = transactionalID
            self.producerID = producerID
            self.state = state
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.string(&transactionalID)
            try coder.int64(&producerID)
            try coder.string(&state)
            try coder.noTags()
        }
    }
}
