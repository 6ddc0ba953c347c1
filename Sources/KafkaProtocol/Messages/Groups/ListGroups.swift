/// Asks which groups the broker coordinates.
public struct ListGroupsRequest: ApiRequest {
    public typealias Response = ListGroupsResponse
    public static let apiKey = ApiKey.listGroups

    /// Only groups in these states; empty for all. Since version 4.
    public var statesFilter: [String]

    public init(statesFilter: [String] = []) {
        self.statesFilter = statesFilter
    }

    public static var blank: Self { Self() }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        if coder.version >= 4 { try coder.array(&statesFilter) }
        try coder.noTags()
    }
}

/// The groups that the broker coordinates.
public struct ListGroupsResponse: ApiResponse {
    public static let apiKey = ApiKey.listGroups

    /// How long the client should hold back, in milliseconds. Since version 1.
    public var throttleTimeMs: Int32
    /// What went wrong, or `.none`.
    public var errorCode: ErrorCode
    public var groups: [Group]

    public init(throttleTimeMs: Int32 = 0, errorCode: ErrorCode = .none, groups: [Group] = []) {
        self.throttleTimeMs = throttleTimeMs
        self.errorCode = errorCode
        self.groups = groups
    }

    public static var blank: Self { Self() }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        if coder.version >= 1 { try coder.int32(&throttleTimeMs) }
        try coder.int16(&errorCode.rawValue)
        try coder.array(&groups)
        try coder.noTags()
    }
}

extension ListGroupsResponse {
    /// The part of one group.
    public struct Group: WireMessage {
        public var groupID: String
        /// What kind of group it is: `consumer`, say.
        public var protocolType: String
        /// `Empty`, `PreparingRebalance`, `CompletingRebalance`, `Stable` or `Dead`. Since version 4.
        public var groupState: String

        public init(groupID: String = "", protocolType: String = "", groupState: String = "") {
            self.groupID = groupID
            self.protocolType = protocolType
            self.groupState = groupState
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.string(&groupID)
            try coder.string(&protocolType)
            if coder.version >= 4 { try coder.string(&groupState) }
            try coder.noTags()
        }
    }
}
