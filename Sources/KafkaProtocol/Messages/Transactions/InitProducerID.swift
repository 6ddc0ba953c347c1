/// Asks for a producer id, and fences older producers with the same transactional id (KIP-98, KIP-360).
public struct InitProducerIDRequest: ApiRequest {
    public typealias Response = InitProducerIDResponse
    public static let apiKey = ApiKey.initProducerID

    /// The name under which the producer runs transactions; nil if it is only idempotent.
    public var transactionalID: String?
    /// After how long the coordinator aborts an open transaction, in milliseconds.
    public var transactionTimeoutMs: Int32
    /// The id that the producer has, or -1. Since version 3.
    public var producerID: Int64
    /// The epoch that the producer has, or -1. Since version 3.
    public var producerEpoch: Int16

    public init(
        transactionalID: String? = nil, transactionTimeoutMs: Int32 = 0, producerID: Int64 = -1,
        producerEpoch: Int16 = -1
    ) {
        self.transactionalID = transactionalID
        self.transactionTimeoutMs = transactionTimeoutMs
        self.producerID = producerID
        self.producerEpoch = producerEpoch
    }

    public static var blank: Self { Self() }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        try coder.nullableString(&transactionalID)
        try coder.int32(&transactionTimeoutMs)
        if coder.version >= 3 {
            try coder.int64(&producerID)
            try coder.int16(&producerEpoch)
        }
        try coder.noTags()
    }
}

/// The producer's id and epoch.
public struct InitProducerIDResponse: ApiResponse {
    public static let apiKey = ApiKey.initProducerID

    /// How long the client should hold back, in milliseconds.
    public var throttleTimeMs: Int32
    /// What went wrong, or `.none`.
    public var errorCode: ErrorCode
    /// The producer's id, or -1.
    public var producerID: Int64
    /// The epoch that fences the producer's older instances, or -1.
    public var producerEpoch: Int16

    public init(
        throttleTimeMs: Int32 = 0, errorCode: ErrorCode = .none, producerID: Int64 = -1, producerEpoch: Int16 = -1
    ) {
        self.throttleTimeMs = throttleTimeMs
        self.errorCode = errorCode
        self.producerID = producerID
        self.producerEpoch = producerEpoch
    }

    public static var blank: Self { Self() }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        try coder.int32(&throttleTimeMs)
        try coder.int16(&errorCode.rawValue)
        try coder.int64(&producerID)
        try coder.int16(&producerEpoch)
        try coder.noTags()
    }
}
