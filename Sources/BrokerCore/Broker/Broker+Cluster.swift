internal import EventLog
internal import KafkaProtocol

/// What a client may do where nobody is refused anything: a bit for each operation (KIP-430).
enum AuthorizedOperations {
    /// Create, alter, describe, cluster action, describe and alter configs, idempotent write.
    static let cluster = bits([5, 7, 8, 9, 10, 11, 12])
    /// Read, write, create, delete, alter, describe, describe and alter configs.
    static let topic = bits([3, 4, 5, 6, 7, 8, 10, 11])
    /// Read, delete, describe.
    static let group = bits([3, 6, 8])

    private static func bits(_ numbers: [Int32]) -> Int32 { numbers.reduce(0) { $0 | 1 << $1 } }
}

extension Broker {
    /// ApiVersions. A version that is not known here gets all that is known (KIP-511).
    func apiVersions(_ request: ApiVersionsRequest, version: Int16) -> ApiVersionsResponse {
        guard ApiKey.apiVersions.supportedVersions.contains(version) else {
            return .supported(errorCode: .unsupportedVersion)
        }
        let names = [request.clientSoftwareName, request.clientSoftwareVersion]
        guard version < 3 || names.allSatisfy(Self.isSoftwareName) else {
            return ApiVersionsResponse(errorCode: .invalidRequest)
        }
        return .supported()
    }

    /// Letters, digits, and inside of them dots and hyphens (KIP-511).
    private static func isSoftwareName(_ name: String) -> Bool {
        func isInner(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") }
        func isLetterOrDigit(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: false
            }
        }
        guard let first = name.utf8.first, let last = name.utf8.last else { return false }
        return isLetterOrDigit(first) && isLetterOrDigit(last)
            && name.utf8.allSatisfy { isLetterOrDigit($0) || isInner($0) }
    }

    /// MISMATCHED_ENDPOINT_TYPE: a controller's endpoint is asked for (KIP-919).
    private static let mismatchedEndpointType = ErrorCode(rawValue: 114)

    /// DescribeCluster (KIP-700).
    func describeCluster(_ request: DescribeClusterRequest, _ nodes: Nodes) -> DescribeClusterResponse {
        guard request.endpointType == 1 else {
            return DescribeClusterResponse(
                errorCode: Self.mismatchedEndpointType, errorMessage: "this is a broker's endpoint",
                endpointType: request.endpointType)
        }
        return DescribeClusterResponse(
            clusterID: configuration.clusterID, controllerID: nodes.controller ?? -1,
            brokers: nodes.listed.map { .init(brokerID: $0, host: configuration.host, port: port(of: $0)) },
            clusterAuthorizedOperations: request.includeClusterAuthorizedOperations
                ? AuthorizedOperations.cluster : .min)
    }

    /// FindCoordinator.
    func findCoordinator(_ request: FindCoordinatorRequest, _ nodes: Nodes) -> FindCoordinatorResponse {
        FindCoordinatorResponse(
            coordinators: request.coordinatorKeys.map { key in
                guard request.keyType == .group || request.keyType == .transaction else {
                    return .init(key: key, errorCode: .invalidRequest, errorMessage: "the key's type is unknown")
                }
                let place =
                    request.keyType == .group
                    ? Coordination.place(ofGroup: key) : Coordination.place(ofTransactionalID: key)
                guard let node = nodes.leader(of: place) else {
                    return .init(
                        key: key, nodeID: -1, port: -1, errorCode: .coordinatorNotAvailable,
                        errorMessage: "no node that could coordinate it is up")
                }
                return .init(key: key, nodeID: node, host: configuration.host, port: port(of: node))
            })
    }

    /// Where clients are told to connect to a node, before a host puts in what it really listens on.
    func port(of node: Int32) -> Int32 { configuration.port &+ node &- 1 }

    /// A node that tells old metadata may not know a new topic's partitions: then it tells what is.
    private func tell(_ topic: TopicRecord, _ operations: Int32, _ view: Nodes) -> MetadataResponse.Topic {
        let isKnown = nodes.isSingle || topic.places.allSatisfy { view.leads[$0] != nil }
        return .init(topic, operations, isKnown ? view : nodes)
    }

    /// Metadata. A topic that is missing is made, if both the operator and the client want that.
    mutating func metadata(_ request: MetadataRequest, _ caller: Caller, _ step: inout Step) -> MetadataResponse {
        let view = view(of: caller.node, now: step.now)
        var response = MetadataResponse(
            brokers: view.listed.map { .init(nodeID: $0, host: configuration.host, port: port(of: $0)) },
            clusterID: configuration.clusterID, controllerID: view.controller ?? -1,
            clusterAuthorizedOperations: request.includeClusterAuthorizedOperations
                ? AuthorizedOperations.cluster : .min)
        let operations = request.includeTopicAuthorizedOperations ? AuthorizedOperations.topic : .min
        guard let asked = request.topics else {
            response.topics = topics.sortedNames.compactMap { topics[$0] }.map { tell($0, operations, view) }
            return response
        }
        // Each topic is described once, however often and by whatever it is named.
        var names: Set<String> = []
        var ids: Set<WireUUID> = []
        for topic in asked {
            let isNew = topic.name.map { names.insert($0).inserted } ?? ids.insert(topic.topicID).inserted
            if isNew { response.topics.append(metadata(topic, request, operations, view, &step)) }
        }
        return response
    }

    private mutating func metadata(
        _ asked: MetadataRequest.Topic, _ request: MetadataRequest, _ operations: Int32, _ view: Nodes,
        _ step: inout Step
    ) -> MetadataResponse.Topic {
        guard let name = asked.name else {
            guard let topic = topics.named(by: asked.topicID) else {
                return .init(errorCode: .unknownTopicID, topicID: asked.topicID)
            }
            return tell(topic, operations, view)
        }
        if let topic = topics[name] { return tell(topic, operations, view) }
        guard TopicRefusal.isValid(name: name) else { return .init(errorCode: .invalidTopic, name: name) }
        guard configuration.autoCreateTopics, request.allowAutoTopicCreation else {
            return .init(errorCode: .unknownTopicOrPartition, name: name)
        }
        do {
            let plan = try planTopic(named: name)
            let topic = create(plan, &step)
            return tell(topic, operations, view)
        } catch {
            return .init(errorCode: error.errorCode, name: name)
        }
    }
}

extension MetadataResponse.Topic {
    fileprivate init(_ topic: TopicRecord, _ operations: Int32, _ nodes: Nodes) {
        self.init(
            name: topic.name, topicID: topic.id,
            partitions: topic.places.map { place in
                let replicas = nodes.replicas(of: place)
                let leader = nodes.leader(of: place)
                return .init(
                    errorCode: leader == nil ? .leaderNotAvailable : .none, partitionIndex: place.partition,
                    leaderID: leader ?? -1, leaderEpoch: nodes.epoch(of: place), replicaNodes: replicas,
                    isrNodes: nodes.inSync(of: place), offlineReplicas: replicas.filter { !nodes.isListed($0) })
            }, topicAuthorizedOperations: operations)
    }
}
