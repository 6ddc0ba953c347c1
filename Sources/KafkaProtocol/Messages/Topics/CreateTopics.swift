/// Asks for new topics.
public struct CreateTopicsRequest: ApiRequest {
    public typealias Response = CreateTopicsResponse
    public static let apiKey = ApiKey.createTopics

    public var topics: [Topic]
    /// How long the broker may take, in milliseconds.
    public var timeoutMs: Int32
    /// Whether only to say what would happen. Since version 1.
    public var validateOnly: Bool

    public init(topics: [Topic] = [], timeoutMs: Int32 = 60_000, validateOnly: Bool = false) {
        self.topics = topics
        self.timeoutMs = timeoutMs
        self.validateOnly = validateOnly
    }

    public static var blank: Self { Self() }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        try coder.array(&topics)
        try coder.int32(&timeoutMs)
        if coder.version >= 1 { try coder.bool(&validateOnly) }
        try coder.noTags()
    }
}

extension CreateTopicsRequest {
    /// The part of one topic.
    public struct Topic: WireMessage {
        public var name: String
        /// How many partitions; -1 for the broker's default.
        public var numPartitions: Int32
        /// How many replicas; -1 for the broker's default.
        public var replicationFactor: Int16
        /// Which brokers are to hold which partition; empty for the broker's choice.
        public var assignments: [Assignment]
        public var configs: [Config]

        public init(
            name: String = "", numPartitions: Int32 = -1, replicationFactor: Int16 = -1,
            assignments: [Assignment] = [], configs: [Config] = []
        ) {
            self.name = name
            self.numPartitions = numPartitions
            self.replicationFactor = replicationFactor
            self.assignments = assignments
            self.configs = configs
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.string(&name)
            try coder.int32(&numPartitions)
            try coder.int16(&replicationFactor)
            try coder.array(&assignments)
            try coder.array(&configs)
            try coder.noTags()
        }
    }

    /// Which brokers are to hold a partition.
    public struct Assignment: WireMessage {
        public var partitionIndex: Int32
        public var brokerIDs: [Int32]

        public init(partitionIndex: Int32 = 0, brokerIDs: [Int32] = []) {
            self.partitionIndex = partitionIndex
            self.brokerIDs = brokerIDs
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.int32(&partitionIndex)
            try coder.array(&brokerIDs)
            try coder.noTags()
        }
    }

    /// One key of a configuration.
    public struct Config: WireMessage {
        public var name: String
        public var value: String?

        public init(name: String = "", value: String? = nil) {
            self.name = name
            self.value = value
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.string(&name)
            try coder.nullableString(&value)
            try coder.noTags()
        }
    }
}

/// Which topics were made, and how.
public struct CreateTopicsResponse: ApiResponse {
    public static let apiKey = ApiKey.createTopics

    /// How long the client should hold back, in milliseconds. Since version 2.
    public var throttleTimeMs: Int32
    public var topics: [Topic]

    public init(throttleTimeMs: Int32 = 0, topics: [Topic] = []) {
        self.throttleTimeMs = throttleTimeMs
        self.topics = topics
    }

    public static var blank: Self { Self() }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        if coder.version >= 2 { try coder.int32(&throttleTimeMs) }
        try coder.array(&topics)
        try coder.noTags()
    }
}

extension CreateTopicsResponse {
    /// The part of one topic.
    public struct Topic: WireMessage {
        public var name: String
        /// The topic's id, or zero. Since version 7.
        public var topicID: WireUUID
        /// What went wrong, or `.none`.
        public var errorCode: ErrorCode
        /// What went wrong, in words. Since version 1.
        public var errorMessage: String?
        /// Why there are no `configs`, if so. Since version 5.
        public var topicConfigErrorCode: ErrorCode
        /// How many partitions; -1 for the broker's default. Since version 5.
        public var numPartitions: Int32
        /// How many replicas; -1 for the broker's default. Since version 5.
        public var replicationFactor: Int16
        /// Nil if the client may not know. Since version 5.
        public var configs: [Config]?

        public init(
            name: String = "", topicID: WireUUID = .zero, errorCode: ErrorCode = .none, errorMessage: String? = nil,
            topicConfigErrorCode: ErrorCode = .none, numPartitions: Int32 = -1, replicationFactor: Int16 = -1,
            configs: [Config]? = nil
        ) {
            self.name = name
            self.topicID = topicID
            self.errorCode = errorCode
            self.errorMessage = errorMessage
            self.topicConfigErrorCode = topicConfigErrorCode
            self.numPartitions = numPartitions
            self.replicationFactor = replicationFactor
            self.configs = configs
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.string(&name)
            if coder.version >= 7 { try coder.uuid(&topicID) }
            try coder.int16(&errorCode.rawValue)
            if coder.version >= 1 { try coder.nullableString(&errorMessage) }
            if coder.version >= 5 {
                try coder.int32(&numPartitions)
                try coder.int16(&replicationFactor)
                try coder.nullableArray(&configs)
            }
            var tags = try coder.beginTags()
            if try coder.beginTag(0, in: &tags, isSet: topicConfigErrorCode != .none) {
                try coder.int16(&topicConfigErrorCode.rawValue)
                try coder.endTag(in: &tags)
            }
            try coder.endTags(tags)
        }
    }

    /// One key of a configuration.
    public struct Config: WireMessage {
        public var name: String
        public var value: String?
        /// Whether it can't be changed.
        public var readOnly: Bool
        /// Where the value comes from.
        public var configSource: ConfigSource
        /// Whether the value is a secret, and therefore nil.
        public var isSensitive: Bool

        public init(
            name: String = "", value: String? = nil, readOnly: Bool = false, configSource: ConfigSource = .unknown,
            isSensitive: Bool = false
        ) {
            self.name = name
            self.value = value
            self.readOnly = readOnly
            self.configSource = configSource
            self.isSensitive = isSensitive
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.string(&name)
            try coder.nullableString(&value)
            try coder.bool(&readOnly)
            try coder.int8(&configSource.rawValue)
            try coder.bool(&isSensitive)
            try coder.noTags()
        }
    }
}
