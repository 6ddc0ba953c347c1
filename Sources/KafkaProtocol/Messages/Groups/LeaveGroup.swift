/// Takes members out of a group. Before version 3 it is exactly one (KIP-345).
public struct LeaveGroupRequest: ApiRequest {
    public typealias Response = LeaveGroupResponse
    public static let apiKey = ApiKey.leaveGroup

    public var groupID: String
    public var members: [Member]

    public init(groupID: String = "", members: [Member] = []) {
        self.groupID = groupID
        self.members = members
    }

    public static var blank: Self { Self() }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        try coder.string(&groupID)
        if coder.version >= 3 {
            try coder.array(&members)
        } else {
            var member = members.first ?? .blank
            try coder.string(&member.memberID)
            members = [member]
        }
        try coder.noTags()
    }
}

extension LeaveGroupRequest {
    /// The part of one member.
    public struct Member: WireMessage {
        /// Given by the coordinator; empty at first.
        public var memberID: String
        /// The member's own name if it is a static member (KIP-345). Since version 3.
        public var groupInstanceID: String?
        /// Why, in words (KIP-800). Since version 5.
        public var reason: String?

        public init(memberID: String = "", groupInstanceID: String? = nil, reason: String? = nil) {
            self.memberID = memberID
            self.groupInstanceID = groupInstanceID
            self.reason = reason
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.string(&memberID)
            try coder.nullableString(&groupInstanceID)
            if coder.version >= 5 { try coder.nullableString(&reason) }
            try coder.noTags()
        }
    }
}

/// Who left. Before version 3 there is one error only:
/// `errorCode`, or else the first member's.
public struct LeaveGroupResponse: ApiResponse {
    public static let apiKey = ApiKey.leaveGroup

    /// How long the client should hold back, in milliseconds. Since version 1.
    public var throttleTimeMs: Int32
    /// What went wrong, or `.none`.
    public var errorCode: ErrorCode
    /// Since version 3 one by one.
    public var members: [Member]

    public init(throttleTimeMs: Int32 = 0, errorCode: ErrorCode = .none, members: [Member] = []) {
        self.throttleTimeMs = throttleTimeMs
        self.errorCode = errorCode
        self.members = members
    }

    public static var blank: Self { Self() }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        if coder.version >= 1 { try coder.int32(&throttleTimeMs) }
        if coder.version < 3, errorCode == .none, let member = members.first { errorCode = member.errorCode }
        try coder.int16(&errorCode.rawValue)
        if coder.version >= 3 { try coder.array(&members) }
        try coder.noTags()
    }
}

extension LeaveGroupResponse {
    /// The part of one member.
    public struct Member: WireMessage {
        /// Given by the coordinator; empty at first.
        public var memberID: String
        /// The member's own name if it is a static member (KIP-345).
        public var groupInstanceID: String?
        /// What went wrong, or `.none`.
        public var errorCode: ErrorCode

        public init(memberID: String = "", groupInstanceID: String? = nil, errorCode: ErrorCode = .none) {
            self.memberID = memberID
            self.groupInstanceID = groupInstanceID
            self.errorCode = errorCode
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.string(&memberID)
            try coder.nullableString(&groupInstanceID)
            try coder.int16(&errorCode.rawValue)
            try coder.noTags()
        }
    }
}
