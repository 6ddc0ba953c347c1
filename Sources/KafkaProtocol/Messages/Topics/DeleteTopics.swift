/// Asks to delete topics, by name or (from version 6 on) by id.
public struct DeleteTopicsRequest: ApiRequest {
    public typealias Response = DeleteTopicsResponse
    public static let apiKey = ApiKey.deleteTopics

    public var topics: [Topic]
    /// How long the broker may take, in milliseconds.
    public var timeoutMs: Int32

    public init(topics: [Topic] = [], timeoutMs: Int32 = 0) {
        self.topics = topics
        self.timeoutMs = timeoutMs
    }

    public static var blank: Self { Self() }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        if coder.version >= 6 {
            try coder.array(&topics)
        } else {
            var names = topics.map { $0.name ?? "" }
            try coder.array(&names)
            topics = names.map { Topic(name: $0) }
        }
        try coder.int32(&timeoutMs)
        try coder.noTags()
    }
}

extension DeleteTopicsRequest {
    /// The part of one topic.
    public struct Topic: WireMessage {
        /// Nil to name the topic by its id.
        public var name: String?
        /// The topic's id, or zero. Since version 6.
        public var topicID: WireUUID

        public init(name: String? = nil, topicID: WireUUID = .zero) {
            self.name = name
            self.topicID = topicID
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.nullableString(&name)
            try coder.uuid(&topicID)
            try coder.noTags()
        }
    }
}

/// Which topics were deleted.
public struct DeleteTopicsResponse: ApiResponse {
    public static let apiKey = ApiKey.deleteTopics

    /// How long the client should hold back, in milliseconds. Since version 1.
    public var throttleTimeMs: Int32
    public var topics: [Topic]

    public init(throttleTimeMs: Int32 = 0, topics: [Topic] = []) {
        self.throttleTimeMs = throttleTimeMs
        self.topics = topics
    }

    public static var blank: Self { Self() }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        if coder.version >= 1 { try coder.int32(&throttleTimeMs) }
        try coder.array(&topics)
        try coder.noTags()
    }
}

extension DeleteTopicsResponse {
    /// The part of one topic.
    public struct Topic: WireMessage {
        public var name: String?
        /// The topic's id, or zero. Since version 6.
        public var topicID: WireUUID
        /// What went wrong, or `.none`.
        public var errorCode: ErrorCode
        /// What went wrong, in words. Since version 5.
        public var errorMessage: String?

        public init(
            name: String? = nil, topicID: WireUUID = .zero, errorCode: ErrorCode = .none, errorMessage: String? = nil
        ) {
            self.name = name
            self.topicID = topicID
            self.errorCode = errorCode
            self.errorMessage = errorMessage
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.string(&name, nullableSince: 6)
            if coder.version >= 6 { try coder.uuid(&topicID) }
            try coder.int16(&errorCode.rawValue)
            if coder.version >= 5 { try coder.nullableString(&errorMessage) }
            try coder.noTags()
        }
    }
}
