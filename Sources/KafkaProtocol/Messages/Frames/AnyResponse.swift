/// Some response.
public enum AnyResponse: Hashable, Sendable {
    case produce(ProduceResponse)
    case fetch(FetchResponse)
    case listOffsets(ListOffsetsResponse)
    case metadata(MetadataResponse)
    case offsetCommit(OffsetCommitResponse)
    case offsetFetch(OffsetFetchResponse)
    case findCoordinator(FindCoordinatorResponse)
    case joinGroup(JoinGroupResponse)
    case heartbeat(HeartbeatResponse)
    case leaveGroup(LeaveGroupResponse)
    case syncGroup(SyncGroupResponse)
    case describeGroups(DescribeGroupsResponse)
    case listGroups(ListGroupsResponse)
    case apiVersions(ApiVersionsResponse)
    case createTopics(CreateTopicsResponse)
    case deleteTopics(DeleteTopicsResponse)
    case deleteRecords(DeleteRecordsResponse)
    case initProducerID(InitProducerIDResponse)
    case offsetForLeaderEpoch(OffsetForLeaderEpochResponse)
    case addPartitionsToTxn(AddPartitionsToTxnResponse)
    case addOffsetsToTxn(AddOffsetsToTxnResponse)
    case endTxn(EndTxnResponse)
    case txnOffsetCommit(TxnOffsetCommitResponse)
    case describeConfigs(DescribeConfigsResponse)
    case alterConfigs(AlterConfigsResponse)
    case createPartitions(CreatePartitionsResponse)
    case deleteGroups(DeleteGroupsResponse)
    case incrementalAlterConfigs(IncrementalAlterConfigsResponse)
    case offsetDelete(OffsetDeleteResponse)
    case describeCluster(DescribeClusterResponse)
    case describeProducers(DescribeProducersResponse)
    case describeTransactions(DescribeTransactionsResponse)
    case listTransactions(ListTransactionsResponse)
}

extension AnyResponse {
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

    /// Reads a response of which the API and the version are known.
    ///
    /// - Throws: `WireError.unsupported` for a version outside of `ApiKey.supportedVersions`.
    public init(_ apiKey: ApiKey, from reader: inout WireReader, version: Int16) throws(WireError) {
        switch apiKey {
        case .produce: self = .produce(try ProduceResponse(from: &reader, version: version))
        case .fetch: self = .fetch(try FetchResponse(from: &reader, version: version))
        case .listOffsets: self = .listOffsets(try ListOffsetsResponse(from: &reader, version: version))
        case .metadata: self = .metadata(try MetadataResponse(from: &reader, version: version))
        case .offsetCommit: self = .offsetCommit(try OffsetCommitResponse(from: &reader, version: version))
        case .offsetFetch: self = .offsetFetch(try OffsetFetchResponse(from: &reader, version: version))
        case .findCoordinator: self = .findCoordinator(try FindCoordinatorResponse(from: &reader, version: version))
        case .joinGroup: self = .joinGroup(try JoinGroupResponse(from: &reader, version: version))
        case .heartbeat: self = .heartbeat(try HeartbeatResponse(from: &reader, version: version))
        case .leaveGroup: self = .leaveGroup(try LeaveGroupResponse(from: &reader, version: version))
        case .syncGroup: self = .syncGroup(try SyncGroupResponse(from: &reader, version: version))
        case .describeGroups: self = .describeGroups(try DescribeGroupsResponse(from: &reader, version: version))
        case .listGroups: self = .listGroups(try ListGroupsResponse(from: &reader, version: version))
        case .apiVersions: self = .apiVersions(try ApiVersionsResponse(from: &reader, version: version))
        case .createTopics: self = .createTopics(try CreateTopicsResponse(from: &reader, version: version))
        case .deleteTopics: self = .deleteTopics(try DeleteTopicsResponse(from: &reader, version: version))
        case .deleteRecords: self = .deleteRecords(try DeleteRecordsResponse(from: &reader, version: version))
        case .initProducerID: self = .initProducerID(try InitProducerIDResponse(from: &reader, version: version))
        case .offsetForLeaderEpoch:
            self = .offsetForLeaderEpoch(try OffsetForLeaderEpochResponse(from: &reader, version: version))
        case .addPartitionsToTxn:
            self = .addPartitionsToTxn(try AddPartitionsToTxnResponse(from: &reader, version: version))
        case .addOffsetsToTxn: self = .addOffsetsToTxn(try AddOffsetsToTxnResponse(from: &reader, version: version))
        case .endTxn: self = .endTxn(try EndTxnResponse(from: &reader, version: version))
        case .txnOffsetCommit: self = .txnOffsetCommit(try TxnOffsetCommitResponse(from: &reader, version: version))
        case .describeConfigs: self = .describeConfigs(try DescribeConfigsResponse(from: &reader, version: version))
        case .alterConfigs: self = .alterConfigs(try AlterConfigsResponse(from: &reader, version: version))
        case .createPartitions: self = .createPartitions(try CreatePartitionsResponse(from: &reader, version: version))
        case .deleteGroups: self = .deleteGroups(try DeleteGroupsResponse(from: &reader, version: version))
        case .incrementalAlterConfigs:
            self = .incrementalAlterConfigs(try IncrementalAlterConfigsResponse(from: &reader, version: version))
        case .offsetDelete: self = .offsetDelete(try OffsetDeleteResponse(from: &reader, version: version))
        case .describeCluster: self = .describeCluster(try DescribeClusterResponse(from: &reader, version: version))
        case .describeProducers:
            self = .describeProducers(try DescribeProducersResponse(from: &reader, version: version))
        case .describeTransactions:
            self = .describeTransactions(try DescribeTransactionsResponse(from: &reader, version: version))
        case .listTransactions: self = .listTransactions(try ListTransactionsResponse(from: &reader, version: version))
        }
    }

    /// Writes the response without its header.
    public func encode(to writer: inout WireWriter, version: Int16) {
        switch self {
        case .produce(let response): response.encode(to: &writer, version: version)
        case .fetch(let response): response.encode(to: &writer, version: version)
        case .listOffsets(let response): response.encode(to: &writer, version: version)
        case .metadata(let response): response.encode(to: &writer, version: version)
        case .offsetCommit(let response): response.encode(to: &writer, version: version)
        case .offsetFetch(let response): response.encode(to: &writer, version: version)
        case .findCoordinator(let response): response.encode(to: &writer, version: version)
        case .joinGroup(let response): response.encode(to: &writer, version: version)
        case .heartbeat(let response): response.encode(to: &writer, version: version)
        case .leaveGroup(let response): response.encode(to: &writer, version: version)
        case .syncGroup(let response): response.encode(to: &writer, version: version)
        case .describeGroups(let response): response.encode(to: &writer, version: version)
        case .listGroups(let response): response.encode(to: &writer, version: version)
        case .apiVersions(let response): response.encode(to: &writer, version: version)
        case .createTopics(let response): response.encode(to: &writer, version: version)
        case .deleteTopics(let response): response.encode(to: &writer, version: version)
        case .deleteRecords(let response): response.encode(to: &writer, version: version)
        case .initProducerID(let response): response.encode(to: &writer, version: version)
        case .offsetForLeaderEpoch(let response): response.encode(to: &writer, version: version)
        case .addPartitionsToTxn(let response): response.encode(to: &writer, version: version)
        case .addOffsetsToTxn(let response): response.encode(to: &writer, version: version)
        case .endTxn(let response): response.encode(to: &writer, version: version)
        case .txnOffsetCommit(let response): response.encode(to: &writer, version: version)
        case .describeConfigs(let response): response.encode(to: &writer, version: version)
        case .alterConfigs(let response): response.encode(to: &writer, version: version)
        case .createPartitions(let response): response.encode(to: &writer, version: version)
        case .deleteGroups(let response): response.encode(to: &writer, version: version)
        case .incrementalAlterConfigs(let response): response.encode(to: &writer, version: version)
        case .offsetDelete(let response): response.encode(to: &writer, version: version)
        case .describeCluster(let response): response.encode(to: &writer, version: version)
        case .describeProducers(let response): response.encode(to: &writer, version: version)
        case .describeTransactions(let response): response.encode(to: &writer, version: version)
        case .listTransactions(let response): response.encode(to: &writer, version: version)
        }
    }
}
