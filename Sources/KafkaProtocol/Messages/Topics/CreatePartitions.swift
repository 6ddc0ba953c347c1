/// Asks for more partitions of topics (KIP-195).
public struct CreatePartitionsRequest: ApiRequest {
    public typealias Response = CreatePartitionsResponse
    public static let apiKey = ApiKey.createPartitions

    public var topics: [Topic]
    /// How long the broker may take, in milliseconds.
    public var timeoutMs: Int32
    /// Whether only to say what would happen.
    public var validateOnly: Bool

    public init(topics: [Topic] = [], timeoutMs: Int32 = 0, validateOnly: Bool = false) {
        self.topics = topics
        self.timeoutMs = timeoutMs
        self.validateOnly = validateOnly
    }

    public static var blank: Self { Self() }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        try coder.array(&topics)
        try coder.int32(&timeoutMs)
        try coder.bool(&validateOnly)
        try coder.noTags()
    }
}

extension CreatePartitionsRequest {
    /// The part of one topic.
    public struct Topic: WireMessage {
        public var name: String
        /// How many partitions the topic is to have in the end.
        public var count: Int32
        /// Which brokers are to hold the new partitions; nil for the broker's choice.
        public var assignments: [Assignment]?

        public init(name: String = "", count: Int32 = 0, assignments: [Assignment]? = nil) {
            self.name = name
            self.count = count
            self.assignments = assignments
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.string(&name)
            try coder.int32(&count)
            try coder.nullableArray(&assignments)
            try coder.noTags()
        }
    }

    /// Which brokers are to hold a partition.
    public struct Assignment: WireMessage {
        public var brokerIDs: [Int32]

        public init(brokerIDs: [Int32] = []) {
            self.brokerIDs = brokerIDs
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.array(&brokerIDs)
            try coder.noTags()
        }
    }
}

/// Which topics got more partitions.
public struct CreatePartitionsResponse: ApiResponse {
    public static let apiKey = ApiKey.createPartitions

    /// How long the client should hold back, in milliseconds.
    public var throttleTimeMs: Int32
    public var topics: [Topic]

    public init(throttleTimeMs: Int32 = 0, topics: [Topic] = []) {
        self.throttleTimeMs = throttleTimeMs
        self.topics = topics
    }

    public static var blank: Self { Self() }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        try coder.int32(&throttleTimeMs)
        try coder.array(&topics)
        try coder.noTags()
    }
}

extension CreatePartitionsResponse {
    /// The part of one topic.
    public struct Topic: WireMessage {
        public var name: String
        /// What went wrong, or `.none`.
        public var errorCode: ErrorCode
        /// What went wrong, in words.
        public var errorMessage: String?

        public init(name: String = "", errorCode: ErrorCode = .none, errorMessage: String? = nil) {
            self.name = name
            self.errorCode = errorCode
            self.errorMessage = errorMessage
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.string(&name)
            try coder.int16(&errorCode.rawValue)
            try coder.nullableString(&errorMessage)
            try coder.noTags()
        }
    }
}
