/// Some request.
public enum AnyRequest: Hashable, Sendable {
    case produce(ProduceRequest)
    case fetch(FetchRequest)
    case listOffsets(ListOffsetsRequest)
    case metadata(MetadataRequest)
    case offsetCommit(OffsetCommitRequest)
    case offsetFetch(OffsetFetchRequest)
    case findCoordinator(FindCoordinatorRequest)
    case joinGroup(JoinGroupRequest)
    case heartbeat(HeartbeatRequest)
    case leaveGroup(LeaveGroupRequest)
    case syncGroup(SyncGroupRequest)
    case describeGroups(DescribeGroupsRequest)
    case listGroups(ListGroupsRequest)
    case apiVersions(ApiVersionsRequest)
    case createTopics(CreateTopicsRequest)
    case deleteTopics(DeleteTopicsRequest)
    case deleteRecords(DeleteRecordsRequest)
    case initProducerID(InitProducerIDRequest)
    case offsetForLeaderEpoch(OffsetForLeaderEpochRequest)
    case addPartitionsToTxn(AddPartitionsToTxnRequest)
    case addOffsetsToTxn(AddOffsetsToTxnRequest)
    case endTxn(EndTxnRequest)
    case txnOffsetCommit(TxnOffsetCommitRequest)
    case describeConfigs(DescribeConfigsRequest)
    case alterConfigs(AlterConfigsRequest)
    case createPartitions(CreatePartitionsRequest)
    case deleteGroups(DeleteGroupsRequest)
    case incrementalAlterConfigs(IncrementalAlterConfigsRequest)
    case offsetDelete(OffsetDeleteRequest)
    case describeCluster(DescribeClusterRequest)
    case describeProducers(DescribeProducersRequest)
    case describeTransactions(DescribeTransactionsRequest)
    case listTransactions(ListTransactionsRequest)
}

extension AnyRequest {
    public var apiKey: ApiKey {
        switch self {
        case .produce: .produce
        case .fetch: .fetch
        case .listOffsets: .listOffsets
        case .metadata: .metadata
        case .offsetCommit: .offsetCommit
        case .offsetFetch: .offsetFetch
        case .findCoordinator: .findCoordinator
        case .joinGroup: .joinGroup
        case .heartbeat: .heartbeat
        case .leaveGroup: .leaveGroup
        case .syncGroup: .syncGroup
        case .describeGroups: .describeGroups
        case .listGroups: .listGroups
        case .apiVersions: .apiVersions
        case .createTopics: .createTopics
        case .deleteTopics: .deleteTopics
        case .deleteRecords: .deleteRecords
        case .initProducerID: .initProducerID
        case .offsetForLeaderEpoch: .offsetForLeaderEpoch
        case .addPartitionsToTxn: .addPartitionsToTxn
        case .addOffsetsToTxn: .addOffsetsToTxn
        case .endTxn: .endTxn
        case .txnOffsetCommit: .txnOffsetCommit
        case .describeConfigs: .describeConfigs
        case .alterConfigs: .alterConfigs
        case .createPartitions: .createPartitions
        case .deleteGroups: .deleteGroups
        case .incrementalAlterConfigs: .incrementalAlterConfigs
        case .offsetDelete: .offsetDelete
        case .describeCluster: .describeCluster
        case .describeProducers: .describeProducers
        case .describeTransactions: .describeTransactions
        case .listTransactions: .listTransactions
        }
    }

    /// Reads a request of which the API and the version are known.
    ///
    /// - Throws: `WireError.unsupported` for a version outside of `ApiKey.supportedVersions`.
    public init(_ apiKey: ApiKey, from reader: inout WireReader, version: Int16) throws(WireError) {
        switch apiKey {
        case .produce: self = .produce(try ProduceRequest(from: &reader, version: version))
        case .fetch: self = .fetch(try FetchRequest(from: &reader, version: version))
        case .listOffsets: self = .listOffsets(try ListOffsetsRequest(from: &reader, version: version))
        case .metadata: self = .metadata(try MetadataRequest(from: &reader, version: version))
        case .offsetCommit: self = .offsetCommit(try OffsetCommitRequest(from: &reader, version: version))
        case .offsetFetch: self = .offsetFetch(try OffsetFetchRequest(from: &reader, version: version))
        case .findCoordinator: self = .findCoordinator(try FindCoordinatorRequest(from: &reader, version: version))
        case .joinGroup: self = .joinGroup(try JoinGroupRequest(from: &reader, version: version))
        case .heartbeat: self = .heartbeat(try HeartbeatRequest(from: &reader, version: version))
        case .leaveGroup: self = .leaveGroup(try LeaveGroupRequest(from: &reader, version: version))
        case .syncGroup: self = .syncGroup(try SyncGroupRequest(from: &reader, version: version))
        case .describeGroups: self = .describeGroups(try DescribeGroupsRequest(from: &reader, version: version))
        case .listGroups: self = .listGroups(try ListGroupsRequest(from: &reader, version: version))
        case .apiVersions: self = .apiVersions(try ApiVersionsRequest(from: &reader, version: version))
        case .createTopics: self = .createTopics(try CreateTopicsRequest(from: &reader, version: version))
        case .deleteTopics: self = .deleteTopics(try DeleteTopicsRequest(from: &reader, version: version))
        case .deleteRecords: self = .deleteRecords(try DeleteRecordsRequest(from: &reader, version: version))
        case .initProducerID: self = .initProducerID(try InitProducerIDRequest(from: &reader, version: version))
        case .offsetForLeaderEpoch:
            self = .offsetForLeaderEpoch(try OffsetForLeaderEpochRequest(from: &reader, version: version))
        case .addPartitionsToTxn:
            self = .addPartitionsToTxn(try AddPartitionsToTxnRequest(from: &reader, version: version))
        case .addOffsetsToTxn: self = .addOffsetsToTxn(try AddOffsetsToTxnRequest(from: &reader, version: version))
        case .endTxn: self = .endTxn(try EndTxnRequest(from: &reader, version: version))
        case .txnOffsetCommit: self = .txnOffsetCommit(try TxnOffsetCommitRequest(from: &reader, version: version))
        case .describeConfigs: self = .describeConfigs(try DescribeConfigsRequest(from: &reader, version: version))
        case .alterConfigs: self = .alterConfigs(try AlterConfigsRequest(from: &reader, version: version))
        case .createPartitions: self = .createPartitions(try CreatePartitionsRequest(from: &reader, version: version))
        case .deleteGroups: self = .deleteGroups(try DeleteGroupsRequest(from: &reader, version: version))
        case .incrementalAlterConfigs:
            self = .incrementalAlterConfigs(try IncrementalAlterConfigsRequest(from: &reader, version: version))
        case .offsetDelete: self = .offsetDelete(try OffsetDeleteRequest(from: &reader, version: version))
        case .describeCluster: self = .describeCluster(try DescribeClusterRequest(from: &reader, version: version))
        case .describeProducers:
            self = .describeProducers(try DescribeProducersRequest(from: &reader, version: version))
        case .describeTransactions:
            self = .describeTransactions(try DescribeTransactionsRequest(from: &reader, version: version))
        case .listTransactions: self = .listTransactions(try ListTransactionsRequest(from: &reader, version: version))
        }
    }

    /// Writes the request without its header.
    public func encode(to writer: inout WireWriter, version: Int16) {
        switch self {
        case .produce(let request): request.encode(to: &writer, version: version)
        case .fetch(let request): request.encode(to: &writer, version: version)
        case .listOffsets(let request): request.encode(to: &writer, version: version)
        case .metadata(let request): request.encode(to: &writer, version: version)
        case .offsetCommit(let request): request.encode(to: &writer, version: version)
        case .offsetFetch(let request): request.encode(to: &writer, version: version)
        case .findCoordinator(let request): request.encode(to: &writer, version: version)
        case .joinGroup(let request): request.encode(to: &writer, version: version)
        case .heartbeat(let request): request.encode(to: &writer, version: version)
        case .leaveGroup(let request): request.encode(to: &writer, version: version)
        case .syncGroup(let request): request.encode(to: &writer, version: version)
        case .describeGroups(let request): request.encode(to: &writer, version: version)
        case .listGroups(let request): request.encode(to: &writer, version: version)
        case .apiVersions(let request): request.encode(to: &writer, version: version)
        case .createTopics(let request): request.encode(to: &writer, version: version)
        case .deleteTopics(let request): request.encode(to: &writer, version: version)
        case .deleteRecords(let request): request.encode(to: &writer, version: version)
        case .initProducerID(let request): request.encode(to: &writer, version: version)
        case .offsetForLeaderEpoch(let request): request.encode(to: &writer, version: version)
        case .addPartitionsToTxn(let request): request.encode(to: &writer, version: version)
        case .addOffsetsToTxn(let request): request.encode(to: &writer, version: version)
        case .endTxn(let request): request.encode(to: &writer, version: version)
        case .txnOffsetCommit(let request): request.encode(to: &writer, version: version)
        case .describeConfigs(let request): request.encode(to: &writer, version: version)
        case .alterConfigs(let request): request.encode(to: &writer, version: version)
        case .createPartitions(let request): request.encode(to: &writer, version: version)
        case .deleteGroups(let request): request.encode(to: &writer, version: version)
        case .incrementalAlterConfigs(let request): request.encode(to: &writer, version: version)
        case .offsetDelete(let request): request.encode(to: &writer, version: version)
        case .describeCluster(let request): request.encode(to: &writer, version: version)
        case .describeProducers(let request): request.encode(to: &writer, version: version)
        case .describeTransactions(let request): request.encode(to: &writer, version: version)
        case .listTransactions(let request): request.encode(to: &writer, version: version)
        }
    }
}
