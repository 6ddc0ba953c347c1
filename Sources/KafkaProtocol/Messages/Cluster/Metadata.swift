/// Asks which brokers there are and who leads the partitions of topics.
public struct MetadataRequest: ApiRequest {
    public typealias Response = MetadataResponse
    public static let apiKey = ApiKey.metadata

    /// Which topics; nil for all. Version 0 can't ask for none: an empty list means all there.
    public var topics: [Topic]?
    /// Whether topics that are missing may be made. Since version 4.
    public var allowAutoTopicCreation: Bool
    /// Whether to tell what the client may do with the cluster. Versions 8 to 10.
    public var includeClusterAuthorizedOperations: Bool
    /// Whether to tell what the client may do with topics. Since version 8.
    public var includeTopicAuthorizedOperations: Bool

    public init(
        topics: [Topic]? = nil, allowAutoTopicCreation: Bool = true, includeClusterAuthorizedOperations: Bool = false,
        includeTopicAuthorizedOperations: Bool = false
    ) {
        self.topics = topics
        self.allowAutoTopicCreation = allowAutoTopicCreation
        self.includeClusterAuthorizedOperations = includeClusterAuthorizedOperations
        self.includeTopicAuthorizedOperations = includeTopicAuthorizedOperations
    }

    public static var blank: Self { Self() }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        try coder.array(&topics, nullableSince: 1)
        if coder.version == 0, topics?.isEmpty == true { topics = nil }
        if coder.version >= 4 { try coder.bool(&allowAutoTopicCreation) }
        if (8...10).contains(coder.version) { try coder.bool(&includeClusterAuthorizedOperations) }
        if coder.version >= 8 { try coder.bool(&includeTopicAuthorizedOperations) }
        try coder.noTags()
    }
}

extension MetadataRequest {
    /// The part of one topic.
    public struct Topic: WireMessage {
        /// The topic's id, or zero. Since version 10.
        public var topicID: WireUUID
        /// Nil to ask by id (from version 12 on).
        public var name: String?

        public init(topicID: WireUUID = .zero, name: String? = nil) {
            self.topicID = topicID
            self.name = name
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            if coder.version >= 10 { try coder.uuid(&topicID) }
            try coder.string(&name, nullableSince: 10)
            try coder.noTags()
        }
    }
}

/// The brokers, and the topics asked for.
public struct MetadataResponse: ApiResponse {
    public static let apiKey = ApiKey.metadata

    /// How long the client should hold back, in milliseconds. Since version 3.
    public var throttleTimeMs: Int32
    public var brokers: [Broker]
    /// The id of the cluster. Since version 2.
    public var clusterID: String?
    /// The broker that makes and deletes topics, or -1. Since version 1.
    public var controllerID: Int32
    public var topics: [Topic]
    /// A bit for each operation; `Int32.min` if not asked for. Versions 8 to 10.
    public var clusterAuthorizedOperations: Int32

    public init(
        throttleTimeMs: Int32 = 0, brokers: [Broker] = [], clusterID: String? = nil, controllerID: Int32 = -1,
        topics: [Topic] = [], clusterAuthorizedOperations: Int32 = .min
    ) {
        self.throttleTimeMs = throttleTimeMs
        self.brokers = brokers
        self.clusterID = clusterID
        self.controllerID = controllerID
        self.topics = topics
        self.clusterAuthorizedOperations = clusterAuthorizedOperations
    }

    public static var blank: Self { Self() }

    public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        if coder.version >= 3 { try coder.int32(&throttleTimeMs) }
        try coder.array(&brokers)
        if coder.version >= 2 { try coder.nullableString(&clusterID) }
        if coder.version >= 1 { try coder.int32(&controllerID) }
        try coder.array(&topics)
        if (8...10).contains(coder.version) { try coder.int32(&clusterAuthorizedOperations) }
        try coder.noTags()
    }
}

extension MetadataResponse {
    /// A broker and where it listens.
    public struct Broker: WireMessage {
        public var nodeID: Int32
        public var host: String
        public var port: Int32
        /// Where the broker is; nil if unknown. Since version 1.
        public var rack: String?

        public init(nodeID: Int32 = 0, host: String = "", port: Int32 = 0, rack: String? = nil) {
            self.nodeID = nodeID
            self.host = host
            self.port = port
            self.rack = rack
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.int32(&nodeID)
            try coder.string(&host)
            try coder.int32(&port)
            if coder.version >= 1 { try coder.nullableString(&rack) }
            try coder.noTags()
        }
    }

    /// The part of one topic.
    public struct Topic: WireMessage {
        /// What went wrong, or `.none`.
        public var errorCode: ErrorCode
        /// Nil only from version 12 on, if an id asked for is unknown.
        public var name: String?
        /// The topic's id, or zero. Since version 10.
        public var topicID: WireUUID
        /// Whether the topic is the broker's own. Since version 1.
        public var isInternal: Bool
        public var partitions: [Partition]
        /// A bit for each operation; `Int32.min` if not asked for. Since version 8.
        public var topicAuthorizedOperations: Int32

        public init(
            errorCode: ErrorCode = .none, name: String? = nil, topicID: WireUUID = .zero, isInternal: Bool = false,
            partitions: [Partition] = [], topicAuthorizedOperations: Int32 = .min
        ) {
            self.errorCode = errorCode
            self.name = name
            self.topicID = topicID
            self.isInternal = isInternal
            self.partitions = partitions
            self.topicAuthorizedOperations = topicAuthorizedOperations
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.int16(&errorCode.rawValue)
            try coder.string(&name, nullableSince: 12)
            if coder.version >= 10 { try coder.uuid(&topicID) }
            if coder.version >= 1 { try coder.bool(&isInternal) }
            try coder.array(&partitions)
            if coder.version >= 8 { try coder.int32(&topicAuthorizedOperations) }
            try coder.noTags()
        }
    }

    /// The part of one partition.
    public struct Partition: WireMessage {
        /// What went wrong, or `.none`.
        public var errorCode: ErrorCode
        public var partitionIndex: Int32
        /// The leader, or -1 for none.
        public var leaderID: Int32
        /// The leader epoch, or -1 if unknown. Since version 7.
        public var leaderEpoch: Int32
        /// Who holds the partition.
        public var replicaNodes: [Int32]
        /// Who of them is in sync.
        public var isrNodes: [Int32]
        /// Who of them is away. Since version 5.
        public var offlineReplicas: [Int32]

        public init(
            errorCode: ErrorCode = .none, partitionIndex: Int32 = 0, leaderID: Int32 = -1, leaderEpoch: Int32 = -1,
            replicaNodes: [Int32] = [], isrNodes: [Int32] = [], offlineReplicas: [Int32] = []
        ) {
            self.errorCode = errorCode
            self.partitionIndex = partitionIndex
            self.leaderID = leaderID
            self.leaderEpoch = leaderEpoch
            self.replicaNodes = replicaNodes
            self.isrNodes = isrNodes
            self.offlineReplicas = offlineReplicas
        }

        public static var blank: Self { Self() }

        public mutating func code<Coder: WireCoder>(_ coder: inout Coder) throws(Coder.Failure) {
            try coder.int16(&errorCode.rawValue)
            try coder.int32(&partitionIndex)
            try coder.int32(&leaderID)
            if coder.version >= 7 { try coder.int32(&leaderEpoch) }
            try coder.array(&replicaNodes)
            try coder.array(&isrNodes)
            if coder.version >= 5 { try coder.array(&offlineReplicas) }
            try coder.noTags()
        }
    }
}
