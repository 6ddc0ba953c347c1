/// Makes a group's offsets part of the ongoing transaction (KIP-98).
public struct AddOffsetsToTxnRequest: ApiRequest {
    public typealias Response = AddOffsetsToTxnResponse
    public static let apiKey = ApiKey.addOffsetsToTxn

    /// The name under which the producer runs transactions.
    public var transactionalID: String
    /// The producer's id, or -1.
    public var producerID: Int64
    /// The epoch that fences the producer's older instances, or -1.
    public var producerEpoch: Int16
    public var groupID: String

    public init(transactionalID: String = "", producerID: Int64 = -1, producerEpoch: Int16 = -1, groupID: String = "") {
        self.transactionalID = transactionalID
        self.producerID = producerID
        self.producerEpoch = producerEpoch
        self.groupID = groupID
    }

    public static var blank: Self { Self() }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        try coder.string(&transactionalID)
        try coder.int64(&producerID)
        try coder.int16(&producerEpoch)
        try coder.string(&groupID)
        try coder.noTags()
    }
}

/// Whether the offsets are part of the transaction now.
public struct AddOffsetsToTxnResponse: ApiResponse {
    public static let apiKey = ApiKey.addOffsetsToTxn

    /// How long the client should hold back, in milliseconds.
    public var throttleTimeMs: Int32
    /// What went wrong, or `.none`.
    public var errorCode: ErrorCode

    public init(throttleTimeMs: Int32 = 0, errorCode: ErrorCode = .none) {
        self.throttleTimeMs = throttleTimeMs
        self.errorCode = errorCode
    }

    public static var blank: Self { Self() }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        try coder.int32(&throttleTimeMs)
        try coder.int16(&errorCode.rawValue)
        try coder.noTags()
    }
}
