/// Tells the coordinator that a member lives.
public struct HeartbeatRequest: ApiRequest {
    public typealias Response = HeartbeatResponse
    public static let apiKey = ApiKey.heartbeat

    public var groupID: String
    /// The group's generation.
    public var generationID: Int32
    /// Given by the coordinator; empty at first.
    public var memberID: String
    /// The member's own name if it is a static member (KIP-345). Since version 3.
    public var groupInstanceID: String?

    public init(groupID: String = "", generationID: Int32 = 0, memberID: String = "", groupInstanceID: String? = nil) {
        self.groupID = groupID
        self.generationID = generationID
        self.memberID = memberID
        self.groupInstanceID = groupInstanceID
    }

    public static var blank: Self { Self() }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        try coder.string(&groupID)
        try coder.int32(&generationID)
        try coder.string(&memberID)
        if coder.version >= 3 { try coder.nullableString(&groupInstanceID) }
        try coder.noTags()
    }
}

/// Whether the member still belongs to the generation.
public struct HeartbeatResponse: ApiResponse {
    public static let apiKey = ApiKey.heartbeat

    /// How long the client should hold back, in milliseconds. Since version 1.
    public var throttleTimeMs: Int32
    /// What went wrong, or `.none`.
    public var errorCode: ErrorCode

    public init(throttleTimeMs: Int32 = 0, errorCode: ErrorCode = .none) {
        self.throttleTimeMs = throttleTimeMs
        self.errorCode = errorCode
    }

    public static var blank: Self { Self() }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        if coder.version >= 1 { try coder.int32(&throttleTimeMs) }
        try coder.int16(&errorCode.rawValue)
        try coder.noTags()
    }
}
