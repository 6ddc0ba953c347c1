/// Asks to delete empty groups (KIP-229).
public struct DeleteGroupsRequest: ApiRequest {
    public typealias Response = DeleteGroupsResponse
    public static let apiKey = ApiKey.deleteGroups

    public var groupIDs: [String]

    public init(groupIDs: [String] = []) {
        self.groupIDs = groupIDs
    }

    public static var blank: Self { Self() }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        try coder.array(&groupIDs)
        try coder.noTags()
    }
}

/// Which groups were deleted.
public struct DeleteGroupsResponse: ApiResponse {
    public static let apiKey = ApiKey.deleteGroups

    /// How long the client should hold back, in milliseconds.
    public var throttleTimeMs: Int32
    public var groups: [Group]

    public init(throttleTimeMs: Int32 = 0, groups: [Group] = []) {
        self.throttleTimeMs = throttleTimeMs
        self.groups = groups
    }

    public static var blank: Self { Self() }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        try coder.int32(&throttleTimeMs)
        try coder.array(&groups)
        try coder.noTags()
    }
}

extension DeleteGroupsResponse {
    /// The part of one group.
    public struct Group: WireMessage {
        public var groupID: String
        /// What went wrong, or `.none`.
        public var errorCode: ErrorCode

        public init(groupID: String = "", errorCode: ErrorCode = .none) {
            self.groupID = groupID
            self.errorCode = errorCode
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.string(&groupID)
            try coder.int16(&errorCode.rawValue)
            try coder.noTags()
        }
    }
}
