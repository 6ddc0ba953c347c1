/// Asks which broker coordinates groups or transactions. Before version 4 it asks about exactly one key (KIP-699).
public struct FindCoordinatorRequest: ApiRequest {
    public typealias Response = FindCoordinatorResponse
    public static let apiKey = ApiKey.findCoordinator

    /// Ids of groups, or transactional ids.
    public var coordinatorKeys: [String]
    /// Groups or transactions. Since version 1; version 0 knows groups only.
    public var keyType: CoordinatorType

    public init(coordinatorKeys: [String] = [], keyType: CoordinatorType = .group) {
        self.coordinatorKeys = coordinatorKeys
        self.keyType = keyType
    }

    public static var blank: Self { Self() }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        if coder.version <= 3 {
            var key = coordinatorKeys.first ?? ""
            try coder.string(&key)
            coordinatorKeys = [key]
        }
        if coder.version >= 1 { try coder.int8(&keyType.rawValue) }
        if coder.version >= 4 { try coder.array(&coordinatorKeys) }
        try coder.noTags()
    }
}

/// The coordinators, one for each key asked about. Before version 4 there is one, without its key.
public struct FindCoordinatorResponse: ApiResponse {
    public static let apiKey = ApiKey.findCoordinator

    /// How long the client should hold back, in milliseconds. Since version 1.
    public var throttleTimeMs: Int32
    public var coordinators: [Coordinator]

    public init(throttleTimeMs: Int32 = 0, coordinators: [Coordinator] = []) {
        self.throttleTimeMs = throttleTimeMs
        self.coordinators = coordinators
    }

    public static var blank: Self { Self() }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        if coder.version >= 1 { try coder.int32(&throttleTimeMs) }
        if coder.version >= 4 {
            try coder.array(&coordinators)
        } else {
            var coordinator = coordinators.first ?? .blank
            try coordinator.codeAlone(&coder)
            coordinators = [coordinator]
        }
        try coder.noTags()
    }
}

extension FindCoordinatorResponse {
    /// Who coordinates one key.
    public struct Coordinator: WireMessage {
        public var key: String
        /// The broker, or -1 after an error.
        public var nodeID: Int32
        public var host: String
        public var port: Int32
        /// What went wrong, or `.none`.
        public var errorCode: ErrorCode
        /// What went wrong, in words.
        public var errorMessage: String?

        public init(
            key: String = "", nodeID: Int32 = -1, host: String = "", port: Int32 = 0, errorCode: ErrorCode = .none,
            errorMessage: String? = nil
        ) {
            self.key = key
            self.nodeID = nodeID
            self.host = host
            self.port = port
            self.errorCode = errorCode
            self.errorMessage = errorMessage
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.string(&key)
            try coder.int32(&nodeID)
            try coder.string(&host)
            try coder.int32(&port)
            try coder.int16(&errorCode.rawValue)
            try coder.nullableString(&errorMessage)
            try coder.noTags()
        }

        /// The form before version 4: in another order, without the key.
        fileprivate mutating func codeAlone<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.int16(&errorCode.rawValue)
            if coder.version >= 1 { try coder.nullableString(&errorMessage) }
            try coder.int32(&nodeID)
            try coder.string(&host)
            try coder.int32(&port)
        }
    }
}
