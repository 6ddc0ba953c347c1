/// Asks for the state and members of groups.
public struct DescribeGroupsRequest: ApiRequest {
    public typealias Response = DescribeGroupsResponse
    public static let apiKey = ApiKey.describeGroups

    public var groupIDs: [String]
    /// Whether to tell what the client may do with the groups. Since version 3.
    public var includeAuthorizedOperations: Bool

    public init(groupIDs: [String] = [], includeAuthorizedOperations: Bool = false) {
        self.groupIDs = groupIDs
        self.includeAuthorizedOperations = includeAuthorizedOperations
    }

    public static var blank: Self { Self() }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        try coder.array(&groupIDs)
        if coder.version >= 3 { try coder.bool(&includeAuthorizedOperations) }
        try coder.noTags()
    }
}

/// The state and members of groups.
public struct DescribeGroupsResponse: ApiResponse {
    public static let apiKey = ApiKey.describeGroups

    /// How long the client should hold back, in milliseconds. Since version 1.
    public var throttleTimeMs: Int32
    public var groups: [Group]

    public init(throttleTimeMs: Int32 = 0, groups: [Group] = []) {
        self.throttleTimeMs = throttleTimeMs
        self.groups = groups
    }

    public static var blank: Self { Self() }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        if coder.version >= 1 { try coder.int32(&throttleTimeMs) }
        try coder.array(&groups)
        try coder.noTags()
    }
}

extension DescribeGroupsResponse {
    /// The part of one group.
    public struct Group: WireMessage {
        /// What went wrong, or `.none`.
        public var errorCode: ErrorCode
        public var groupID: String
        /// `Empty`, `PreparingRebalance`, `CompletingRebalance`, `Stable` or `Dead`.
        public var groupState: String
        /// What kind of group it is: `consumer`, say; empty for none.
        public var protocolType: String
        /// The protocol that the group has chosen; empty for none.
        public var protocolData: String
        public var members: [Member]
        /// A bit for each operation; `Int32.min` if not asked for. Since version 3.
        public var authorizedOperations: Int32

        public init(
            errorCode: ErrorCode = .none, groupID: String = "", groupState: String = "", protocolType: String = "",
            protocolData: String = "", members: [Member] = [], authorizedOperations: Int32 = .min
        ) {
            self.errorCode = errorCode
            self.groupID = groupID
            self.groupState = groupState
            self.protocolType = protocolType
            self.protocolData = protocolData
            self.members = members
            self.authorizedOperations = authorizedOperations
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.int16(&errorCode.rawValue)
            try coder.string(&groupID)
            try coder.string(&groupState)
            try coder.string(&protocolType)
            try coder.string(&protocolData)
            try coder.array(&members)
            if coder.version >= 3 { try coder.int32(&authorizedOperations) }
            try coder.noTags()
        }
    }

    /// The part of one member.
    public struct Member: WireMessage {
        /// Given by the coordinator; empty at first.
        public var memberID: String
        /// The member's own name if it is a static member (KIP-345). Since version 4.
        public var groupInstanceID: String?
        public var clientID: String
        /// The address that the member came from.
        public var clientHost: String
        /// Means something to the group's protocol only.
        public var memberMetadata: [UInt8]
        /// Means something to the group's protocol only.
        public var memberAssignment: [UInt8]

        public init(
            memberID: String = "", groupInstanceID: String? = nil, clientID: String = "", clientHost: String = "",
            memberMetadata: [UInt8] = [], memberAssignment: [UInt8] = []
        ) {
            self.memberID = memberID
            self.groupInstanceID = groupInstanceID
            self.clientID = clientID
            self.clientHost = clientHost
            self.memberMetadata = memberMetadata
            self.memberAssignment = memberAssignment
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.string(&memberID)
            if coder.version >= 4 { try coder.nullableString(&groupInstanceID) }
            try coder.string(&clientID)
            try coder.string(&clientHost)
            try coder.bytes(&memberMetadata)
            try coder.bytes(&memberAssignment)
            try coder.noTags()
        }
    }
}
