/// The leader hands over the assignment; the other members wait for theirs.
public struct SyncGroupRequest: ApiRequest {
    public typealias Response = SyncGroupResponse
    public static let apiKey = ApiKey.syncGroup

    public var groupID: String
    /// The group's generation.
    public var generationID: Int32
    /// Given by the coordinator; empty at first.
    public var memberID: String
    /// The member's own name if it is a static member (KIP-345). Since version 3.
    public var groupInstanceID: String?
    /// What kind of group it is: `consumer`, say. Since version 5.
    public var protocolType: String?
    /// The protocol that all members can do. Since version 5.
    public var protocolName: String?
    /// From the leader only.
    public var assignments: [Assignment]

    public init(
        groupID: String = "", generationID: Int32 = 0, memberID: String = "", groupInstanceID: String? = nil,
        protocolType: String? = nil, protocolName: String? = nil, assignments: [Assignment] = []
    ) {
        self.groupID = groupID
        self.generationID = generationID
        self.memberID = memberID
        self.groupInstanceID = groupInstanceID
        self.protocolType = protocolType
        self.protocolName = protocolName
        self.assignments = assignments
    }

    public static var blank: Self { Self() }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        try coder.string(&groupID)
        try coder.int32(&generationID)
        try coder.string(&memberID)
        if coder.version >= 3 { try coder.nullableString(&groupInstanceID) }
        if coder.version >= 5 {
            try coder.nullableString(&protocolType)
            try coder.nullableString(&protocolName)
        }
        try coder.array(&assignments)
        try coder.noTags()
    }
}

extension SyncGroupRequest {
    /// What one member is to work on.
    public struct Assignment: WireMessage {
        /// Given by the coordinator; empty at first.
        public var memberID: String
        /// Means something to the group's protocol only.
        public var assignment: [UInt8]

        public init(memberID: String = "", assignment: [UInt8] = []) {
            self.memberID = memberID
            self.assignment = assignment
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.string(&memberID)
            try coder.bytes(&assignment)
            try coder.noTags()
        }
    }
}

/// What the member is to work on.
public struct SyncGroupResponse: ApiResponse {
    public static let apiKey = ApiKey.syncGroup

    /// How long the client should hold back, in milliseconds. Since version 1.
    public var throttleTimeMs: Int32
    /// What went wrong, or `.none`.
    public var errorCode: ErrorCode
    /// What kind of group it is: `consumer`, say. Since version 5.
    public var protocolType: String?
    /// The protocol that all members can do. Since version 5.
    public var protocolName: String?
    /// Means something to the group's protocol only.
    public var assignment: [UInt8]

    public init(
        throttleTimeMs: Int32 = 0, errorCode: ErrorCode = .none, protocolType: String? = nil,
        protocolName: String? = nil, assignment: [UInt8] = []
    ) {
        self.throttleTimeMs = throttleTimeMs
        self.errorCode = errorCode
        self.protocolType = protocolType
        self.protocolName = protocolName
        self.assignment = assignment
    }

    public static var blank: Self { Self() }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        if coder.version >= 1 { try coder.int32(&throttleTimeMs) }
        try coder.int16(&errorCode.rawValue)
        if coder.version >= 5 {
            try coder.nullableString(&protocolType)
            try coder.nullableString(&protocolName)
        }
        try coder.bytes(&assignment)
        try coder.noTags()
    }
}
