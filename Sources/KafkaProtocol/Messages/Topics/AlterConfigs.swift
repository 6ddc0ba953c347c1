/// Replaces the whole configuration of topics or brokers (KIP-133).
public struct AlterConfigsRequest: ApiRequest {
    public typealias Response = AlterConfigsResponse
    public static let apiKey = ApiKey.alterConfigs

    public var resources: [Resource]
    /// Whether only to say what would happen.
    public var validateOnly: Bool

    public init(resources: [Resource] = [], validateOnly: Bool = false) {
        self.resources = resources
        self.validateOnly = validateOnly
    }

    public static var blank: Self { Self() }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        try coder.array(&resources)
        try coder.bool(&validateOnly)
        try coder.noTags()
    }
}

extension AlterConfigsRequest {
    /// The part of one topic or broker.
    public struct Resource: WireMessage {
        public var resourceType: ConfigResourceType
        public var resourceName: String
        public var configs: [Config]

        public init(resourceType: ConfigResourceType = .unknown, resourceName: String = "", configs: [Config] = []) {
            self.resourceType = resourceType
            self.resourceName = resourceName
            self.configs = configs
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.int8(&resourceType.rawValue)
            try coder.string(&resourceName)
            try coder.array(&configs)
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

/// Which configurations were replaced.
public struct AlterConfigsResponse: ApiResponse {
    public static let apiKey = ApiKey.alterConfigs

    /// How long the client should hold back, in milliseconds.
    public var throttleTimeMs: Int32
    public var resources: [Resource]

    public init(throttleTimeMs: Int32 = 0, resources: [Resource] = []) {
        self.throttleTimeMs = throttleTimeMs
        self.resources = resources
    }

    public static var blank: Self { Self() }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        try coder.int32(&throttleTimeMs)
        try coder.array(&resources)
        try coder.noTags()
    }
}

extension AlterConfigsResponse {
    /// The part of one topic or broker.
    public struct Resource: WireMessage {
        /// What went wrong, or `.none`.
        public var errorCode: ErrorCode
        /// What went wrong, in words.
        public var errorMessage: String?
        public var resourceType: ConfigResourceType
        public var resourceName: String

        public init(
            errorCode: ErrorCode = .none, errorMessage: String? = nil, resourceType: ConfigResourceType = .unknown,
            resourceName: String = ""
        ) {
            self.errorCode = errorCode
            self.errorMessage = errorMessage
            self.resourceType = resourceType
            self.resourceName = resourceName
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.int16(&errorCode.rawValue)
            try coder.nullableString(&errorMessage)
            try coder.int8(&resourceType.rawValue)
            try coder.string(&resourceName)
            try coder.noTags()
        }
    }
}
