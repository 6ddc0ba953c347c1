/// Asks for the configuration of topics or brokers (KIP-133).
public struct DescribeConfigsRequest: ApiRequest {
    public typealias Response = DescribeConfigsResponse
    public static let apiKey = ApiKey.describeConfigs

    public var resources: [Resource]
    /// Whether to tell where else values could come from. Since version 1.
    public var includeSynonyms: Bool
    /// Whether to describe the keys. Since version 3.
    public var includeDocumentation: Bool

    public init(resources: [Resource] = [], includeSynonyms: Bool = false, includeDocumentation: Bool = false) {
        self.resources = resources
        self.includeSynonyms = includeSynonyms
        self.includeDocumentation = includeDocumentation
    }

    public static var blank: Self { Self() }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        try coder.array(&resources)
        if coder.version >= 1 { try coder.bool(&includeSynonyms) }
        if coder.version >= 3 { try coder.bool(&includeDocumentation) }
        try coder.noTags()
    }
}

extension DescribeConfigsRequest {
    /// The part of one topic or broker.
    public struct Resource: WireMessage {
        public var resourceType: ConfigResourceType
        public var resourceName: String
        /// Which keys; nil for all.
        public var configurationKeys: [String]?

        public init(
            resourceType: ConfigResourceType = .unknown, resourceName: String = "", configurationKeys: [String]? = nil
        ) {
            self.resourceType = resourceType
            self.resourceName = resourceName
            self.configurationKeys = configurationKeys
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.int8(&resourceType.rawValue)
            try coder.string(&resourceName)
            try coder.nullableArray(&configurationKeys)
            try coder.noTags()
        }
    }
}

/// The configuration of topics or brokers.
public struct DescribeConfigsResponse: ApiResponse {
    public static let apiKey = ApiKey.describeConfigs

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

extension DescribeConfigsResponse {
    /// The part of one topic or broker.
    public struct Resource: WireMessage {
        /// What went wrong, or `.none`.
        public var errorCode: ErrorCode
        /// What went wrong, in words.
        public var errorMessage: String?
        public var resourceType: ConfigResourceType
        public var resourceName: String
        public var configs: [Config]

        public init(
            errorCode: ErrorCode = .none, errorMessage: String? = nil, resourceType: ConfigResourceType = .unknown,
            resourceName: String = "", configs: [Config] = []
        ) {
            self.errorCode = errorCode
            self.errorMessage = errorMessage
            self.resourceType = resourceType
            self.resourceName = resourceName
            self.configs = configs
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.int16(&errorCode.rawValue)
            try coder.nullableString(&errorMessage)
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
        /// Whether it can't be changed.
        public var readOnly: Bool
        /// Where the value comes from. Since version 1; before, only whether it is the default.
        public var configSource: ConfigSource
        /// Whether the value is a secret, and therefore nil.
        public var isSensitive: Bool
        /// Since version 1.
        public var synonyms: [Synonym]
        /// What kind of value it is. Since version 3.
        public var configType: ConfigType
        /// What the key means. Since version 3.
        public var documentation: String?

        public init(
            name: String = "", value: String? = nil, readOnly: Bool = false,
            configSource: ConfigSource = .unknown, isSensitive: Bool = false, synonyms: [Synonym] = [],
            configType: ConfigType = .unknown, documentation: String? = nil
        ) {
            self.name = name
            self.value = value
            self.readOnly = readOnly
            self.configSource = configSource
            self.isSensitive = isSensitive
            self.synonyms = synonyms
            self.configType = configType
            self.documentation = documentation
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.string(&name)
            try coder.nullableString(&value)
            try coder.bool(&readOnly)
            if coder.version >= 1 {
                try coder.int8(&configSource.rawValue)
            } else {
                var isDefault = configSource == .defaultConfig
                try coder.bool(&isDefault)
                configSource = isDefault ? .defaultConfig : .unknown
            }
            try coder.bool(&isSensitive)
            if coder.version >= 1 { try coder.array(&synonyms) }
            if coder.version >= 3 {
                try coder.int8(&configType.rawValue)
                try coder.nullableString(&documentation)
            }
            try coder.noTags()
        }
    }

    /// Another place from which the value could come, the first winning.
    public struct Synonym: WireMessage {
        public var name: String
        public var value: String?
        /// Where this value comes from.
        public var source: ConfigSource

        public init(name: String = "", value: String? = nil, source: ConfigSource = .unknown) {
            self.name = name
            self.value = value
            self.source = source
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.string(&name)
            try coder.nullableString(&value)
            try coder.int8(&source.rawValue)
            try coder.noTags()
        }
    }
}
