/// Asks to become or stay a member of a group, and waits until the group has gathered.
public struct JoinGroupRequest: ApiRequest {
    public typealias Response = JoinGroupResponse
    public static let apiKey = ApiKey.joinGroup

    public var groupID: String
    /// After how long a silence the member is taken out, in milliseconds.
    public var sessionTimeoutMs: Int32
    /// How long members may take to join, in milliseconds. Since version 1; before, it is `sessionTimeoutMs`.
    public var rebalanceTimeoutMs: Int32
    /// Given by the coordinator; empty at first.
    public var memberID: String
    /// The member's own name if it is a static member (KIP-345). Since version 5.
    public var groupInstanceID: String?
    /// What kind of group it is: `consumer`, say.
    public var protocolType: String
    /// What the member can do, most liked first.
    public var protocols: [GroupProtocol]
    /// Why, in words (KIP-800). Since version 8.
    public var reason: String?

    public init(
        groupID: String = "", sessionTimeoutMs: Int32 = 0, rebalanceTimeoutMs: Int32 = -1, memberID: String = "",
        groupInstanceID: String? = nil, protocolType: String = "", protocols: [GroupProtocol] = [],
        reason: String? = nil
    ) {
        self.groupID = groupID
        self.sessionTimeoutMs = sessionTimeoutMs
        self.rebalanceTimeoutMs = rebalanceTimeoutMs
        self.memberID = memberID
        self.groupInstanceID = groupInstanceID
        self.protocolType = protocolType
        self.protocols = protocols
        self.reason = reason
    }

    public static var blank: Self { Self() }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        try coder.string(&groupID)
        try coder.int32(&sessionTimeoutMs)
        if coder.version >= 1 {
            try coder.int32(&rebalanceTimeoutMs)
        } else {
            rebalanceTimeoutMs = sessionTimeoutMs
        }
        try coder.string(&memberID)
        if coder.version >= 5 { try coder.nullableString(&groupInstanceID) }
        try coder.string(&protocolType)
        try coder.array(&protocols)
        if coder.version >= 8 { try coder.nullableString(&reason) }
        try coder.noTags()
    }
}

extension JoinGroupRequest {
    /// One way to assign work that the member can take part in.
    public struct GroupProtocol: WireMessage {
        public var name: String
        /// Means something to the group's protocol only.
        public var metadata: [UInt8]

        public init(name: String = "", metadata: [UInt8] = []) {
            self.name = name
            self.metadata = metadata
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.string(&name)
            try coder.bytes(&metadata)
            try coder.noTags()
        }
    }
}

/// What the gathered group is. Only the leader gets the members.
public struct JoinGroupResponse: ApiResponse {
    public static let apiKey = ApiKey.joinGroup

    /// How long the client should hold back, in milliseconds. Since version 2.
    public var throttleTimeMs: Int32
    /// What went wrong, or `.none`.
    public var errorCode: ErrorCode
    /// The group's generation, or -1 after an error.
    public var generationID: Int32
    /// What kind of group it is: `consumer`, say. Since version 7.
    public var protocolType: String?
    /// The protocol that all members can do.
    public var protocolName: String?
    /// The member that makes the assignment.
    public var leader: String
    /// Whether a leader must not make a new assignment (KIP-814). Since version 9.
    public var skipAssignment: Bool
    /// Given by the coordinator; empty at first.
    public var memberID: String
    /// For the leader only.
    public var members: [Member]

    public init(
        throttleTimeMs: Int32 = 0, errorCode: ErrorCode = .none, generationID: Int32 = -1,
        protocolType: String? = nil, protocolName: String? = "", leader: String = "", skipAssignment: Bool = false,
        memberID: String = "", members: [Member] = []
    ) {
        self.throttleTimeMs = throttleTimeMs
        self.errorCode = errorCode
        self.generationID = generationID
        self.protocolType = protocolType
        self.protocolName = protocolName
        self.leader = leader
        self.skipAssignment = skipAssignment
        self.memberID = memberID
        self.members = members
    }

    public static var blank: Self { Self() }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        if coder.version >= 2 { try coder.int32(&throttleTimeMs) }
        try coder.int16(&errorCode.rawValue)
        try coder.int32(&generationID)
        if coder.version >= 7 { try coder.nullableString(&protocolType) }
        try coder.string(&protocolName, nullableSince: 7)
        try coder.string(&leader)
        if coder.version >= 9 { try coder.bool(&skipAssignment) }
        try coder.string(&memberID)
        try coder.array(&members)
        try coder.noTags()
    }
}

extension JoinGroupResponse {
    /// The part of one member.
    public struct Member: WireMessage {
        /// Given by the coordinator; empty at first.
        public var memberID: String
        /// The member's own name if it is a static member (KIP-345). Since version 5.
        public var groupInstanceID: String?
        /// Means something to the group's protocol only.
        public var metadata: [UInt8]

        public init(memberID: String = "", groupInstanceID: String? = nil, metadata: [UInt8] = []) {
            self.memberID = memberID
            self.groupInstanceID = groupInstanceID
            self.metadata = metadata
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.string(&memberID)
            if coder.version >= 5 { try coder.nullableString(&groupInstanceID) }
            try coder.bytes(&metadata)
            try coder.noTags()
        }
    }
}
