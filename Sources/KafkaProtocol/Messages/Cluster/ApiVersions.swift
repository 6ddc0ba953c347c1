/// Asks which versions of which APIs the broker speaks (KIP-35, KIP-511).
public struct ApiVersionsRequest: ApiRequest {
    public typealias Response = ApiVersionsResponse
    public static let apiKey = ApiKey.apiVersions

    /// What the client is; letters, digits, dots and dashes. Since version 3.
    public var clientSoftwareName: String
    /// Which version of it. Since version 3.
    public var clientSoftwareVersion: String

    public init(clientSoftwareName: String = "", clientSoftwareVersion: String = "") {
        self.clientSoftwareName = clientSoftwareName
        self.clientSoftwareVersion = clientSoftwareVersion
    }

    public static var blank: Self { Self() }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        if coder.version >= 3 {
            try coder.string(&clientSoftwareName)
            try coder.string(&clientSoftwareVersion)
        }
        try coder.noTags()
    }
}

/// What the broker speaks. Its header is always version 0, and a broker that does not know the version of the request
/// answers at version 0 with error 35, so that every client can read it (KIP-511).
public struct ApiVersionsResponse: ApiResponse {
    public static let apiKey = ApiKey.apiVersions

    /// What went wrong, or `.none`.
    public var errorCode: ErrorCode
    public var apiKeys: [ApiVersion]
    /// How long the client should hold back, in milliseconds. Since version 1.
    public var throttleTimeMs: Int32
    /// Since version 3.
    public var supportedFeatures: [SupportedFeature]
    /// Since version 3.
    public var finalizedFeaturesEpoch: Int64
    /// Since version 3.
    public var finalizedFeatures: [FinalizedFeature]

    public init(
        errorCode: ErrorCode = .none, apiKeys: [ApiVersion] = [], throttleTimeMs: Int32 = 0,
        supportedFeatures: [SupportedFeature] = [], finalizedFeaturesEpoch: Int64 = -1,
        finalizedFeatures: [FinalizedFeature] = []
    ) {
        self.errorCode = errorCode
        self.apiKeys = apiKeys
        self.throttleTimeMs = throttleTimeMs
        self.supportedFeatures = supportedFeatures
        self.finalizedFeaturesEpoch = finalizedFeaturesEpoch
        self.finalizedFeatures = finalizedFeatures
    }

    public static var blank: Self { Self() }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        try coder.int16(&errorCode.rawValue)
        try coder.array(&apiKeys)
        if coder.version >= 1 { try coder.int32(&throttleTimeMs) }
        var tags = try coder.beginTags()
        if try coder.beginTag(0, in: &tags, isSet: !supportedFeatures.isEmpty) {
            try coder.array(&supportedFeatures)
            try coder.endTag(in: &tags)
        }
        if try coder.beginTag(1, in: &tags, isSet: finalizedFeaturesEpoch != -1) {
            try coder.int64(&finalizedFeaturesEpoch)
            try coder.endTag(in: &tags)
        }
        if try coder.beginTag(2, in: &tags, isSet: !finalizedFeatures.isEmpty) {
            try coder.array(&finalizedFeatures)
            try coder.endTag(in: &tags)
        }
        try coder.endTags(tags)
    }
}

extension ApiVersionsResponse {
    /// The versions of one API that the broker speaks.
    public struct ApiVersion: WireMessage {
        public var apiKey: Int16
        public var minVersion: Int16
        public var maxVersion: Int16

        public init(apiKey: Int16 = 0, minVersion: Int16 = 0, maxVersion: Int16 = 0) {
            self.apiKey = apiKey
            self.minVersion = minVersion
            self.maxVersion = maxVersion
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.int16(&apiKey)
            try coder.int16(&minVersion)
            try coder.int16(&maxVersion)
            try coder.noTags()
        }
    }

    /// A feature that the broker could have.
    public struct SupportedFeature: WireMessage {
        public var name: String
        public var minVersion: Int16
        public var maxVersion: Int16

        public init(name: String = "", minVersion: Int16 = 0, maxVersion: Int16 = 0) {
            self.name = name
            self.minVersion = minVersion
            self.maxVersion = maxVersion
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.string(&name)
            try coder.int16(&minVersion)
            try coder.int16(&maxVersion)
            try coder.noTags()
        }
    }

    /// A feature that the whole cluster has.
    public struct FinalizedFeature: WireMessage {
        public var name: String
        public var maxVersionLevel: Int16
        public var minVersionLevel: Int16

        public init(name: String = "", maxVersionLevel: Int16 = 0, minVersionLevel: Int16 = 0) {
            self.name = name
            self.maxVersionLevel = maxVersionLevel
            self.minVersionLevel = minVersionLevel
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.string(&name)
            try coder.int16(&maxVersionLevel)
            try coder.int16(&minVersionLevel)
            try coder.noTags()
        }
    }
}
