/// Asks for the cluster's id, controller and brokers (KIP-700).
public struct DescribeClusterRequest: ApiRequest {
    public typealias Response = DescribeClusterResponse
    public static let apiKey = ApiKey.describeCluster

    /// Whether to tell what the client may do with the cluster.
    public var includeClusterAuthorizedOperations: Bool
    /// 1: brokers; 2: controllers (KIP-919). Since version 1.
    public var endpointType: Int8

    public init(includeClusterAuthorizedOperations: Bool = false, endpointType: Int8 = 1) {
        self.includeClusterAuthorizedOperations = includeClusterAuthorizedOperations
        self.endpointType = endpointType
    }

    public static var blank: Self { Self() }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        try coder.bool(&includeClusterAuthorizedOperations)
        if coder.version >= 1 { try coder.int8(&endpointType) }
        try coder.noTags()
    }
}

/// The cluster's id, controller and brokers.
public struct DescribeClusterResponse: ApiResponse {
    public static let apiKey = ApiKey.describeCluster

    /// How long the client should hold back, in milliseconds.
    public var throttleTimeMs: Int32
    /// What went wrong, or `.none`.
    public var errorCode: ErrorCode
    /// What went wrong, in words.
    public var errorMessage: String?
    /// 1: brokers; 2: controllers (KIP-919). Since version 1.
    public var endpointType: Int8
    /// The id of the cluster.
    public var clusterID: String
    /// The broker that makes and deletes topics, or -1.
    public var controllerID: Int32
    public var brokers: [Broker]
    /// A bit for each operation; `Int32.min` if not asked for.
    public var clusterAuthorizedOperations: Int32

    public init(
        throttleTimeMs: Int32 = 0, errorCode: ErrorCode = .none, errorMessage: String? = nil, endpointType: Int8 = 1,
        clusterID: String = "", controllerID: Int32 = -1, brokers: [Broker] = [],
        clusterAuthorizedOperations: Int32 = .min
    ) {
        self.throttleTimeMs = throttleTimeMs
        self.errorCode = errorCode
        self.errorMessage = errorMessage
        self.endpointType = endpointType
        self.clusterID = clusterID
        self.controllerID = controllerID
        self.brokers = brokers
        self.clusterAuthorizedOperations = clusterAuthorizedOperations
    }

    public static var blank: Self { Self() }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        try coder.int32(&throttleTimeMs)
        try coder.int16(&errorCode.rawValue)
        try coder.nullableString(&errorMessage)
        if coder.version >= 1 { try coder.int8(&endpointType) }
        try coder.string(&clusterID)
        try coder.int32(&controllerID)
        try coder.array(&brokers)
        try coder.int32(&clusterAuthorizedOperations)
        try coder.noTags()
    }
}

extension DescribeClusterResponse {
    /// A broker and where it listens.
    public struct Broker: WireMessage {
        public var brokerID: Int32
        public var host: String
        public var port: Int32
        /// Where the broker is; nil if unknown.
        public var rack: String?

        public init(brokerID: Int32 = 0, host: String = "", port: Int32 = 0, rack: String? = nil) {
            self.brokerID = brokerID
            self.host = host
            self.port = port
            self.rack = rack
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.int32(&brokerID)
            try coder.string(&host)
            try coder.int32(&port)
            try coder.nullableString(&rack)
            try coder.noTags()
        }
    }
}
