extension ApiKey {
    /// The versions that are encoded and decoded here. Up to where topics are named by id, or a newer group protocol or
    /// transaction protocol begins; from where record batches begin (fetch), offsets live in Kafka (the offset APIs), or
    /// from the very first. Clients take features from the lower ends too: librdkafka up to 2.8.0 compresses only if
    /// version 0 of produce is there, and forms groups only with version 0 of the group APIs.
    public var supportedVersions: ClosedRange<Int16> {
        switch self {
        case .produce: 0...9
        case .fetch: 4...12
        case .listOffsets: 1...7
        case .metadata: 0...12
        case .offsetCommit: 2...8
        case .offsetFetch: 1...8
        case .findCoordinator: 0...4
        case .joinGroup: 0...9
        case .heartbeat: 0...4
        case .leaveGroup: 0...5
        case .syncGroup: 0...5
        case .describeGroups: 0...5
        case .listGroups: 0...4
        case .apiVersions: 0...3
        case .createTopics: 0...7
        case .deleteTopics: 0...6
        case .deleteRecords: 0...2
        case .initProducerID: 0...4
        case .offsetForLeaderEpoch: 0...4
        case .addPartitionsToTxn: 0...3
        case .addOffsetsToTxn: 0...3
        case .endTxn: 0...3
        case .txnOffsetCommit: 0...3
        case .describeConfigs: 0...4
        case .alterConfigs: 0...2
        case .createPartitions: 0...3
        case .deleteGroups: 0...2
        case .incrementalAlterConfigs: 0...1
        case .offsetDelete: 0...0
        case .describeCluster: 0...1
        case .describeProducers: 0...0
        case .describeTransactions: 0...0
        case .listTransactions: 0...1
        }
    }

    /// The first version with compact lengths and tagged fields (KIP-482), whether supported or not; nil if there is none.
    public var firstFlexibleVersion: Int16? {
        switch self {
        case .describeCluster, .describeProducers, .describeTransactions, .listTransactions: 0
        case .incrementalAlterConfigs: 1
        case .deleteRecords, .initProducerID, .alterConfigs, .createPartitions, .deleteGroups: 2
        case .findCoordinator, .listGroups, .apiVersions, .addPartitionsToTxn, .addOffsetsToTxn, .endTxn,
            .txnOffsetCommit:
            3
        case .heartbeat, .leaveGroup, .syncGroup, .deleteTopics, .offsetForLeaderEpoch, .describeConfigs: 4
        case .describeGroups, .createTopics: 5
        case .listOffsets, .offsetFetch, .joinGroup: 6
        case .offsetCommit: 8
        case .produce, .metadata: 9
        case .fetch: 12
        case .offsetDelete: nil
        }
    }

    public func isFlexible(_ version: Int16) -> Bool {
        guard let firstFlexibleVersion else { return false }
        return version >= firstFlexibleVersion
    }
}
