public import KafkaProtocol

/// Answers a request with nothing but an error, in the place where its response has one.
public enum ErrorAnswer {
    /// - Returns: nil for an API whose response is not made here.
    public static func to(_ request: AnyRequest, _ code: ErrorCode) -> AnyResponse? {
        switch request {
        case .produce(let request): .produce(produce(request, code))
        case .fetch(let request): .fetch(fetch(request, code))
        case .listOffsets(let request): .listOffsets(listOffsets(request, code))
        case .metadata(let request): .metadata(metadata(request, code))
        case .findCoordinator(let request): .findCoordinator(findCoordinator(request, code))
        case .initProducerID:
            .initProducerID(InitProducerIDResponse(errorCode: code, producerID: -1, producerEpoch: -1))
        case .addPartitionsToTxn(let request): .addPartitionsToTxn(addPartitions(request, code))
        case .addOffsetsToTxn: .addOffsetsToTxn(AddOffsetsToTxnResponse(errorCode: code))
        case .endTxn: .endTxn(EndTxnResponse(errorCode: code))
        case .txnOffsetCommit(let request): .txnOffsetCommit(txnOffsetCommit(request, code))
        case .joinGroup(let request): .joinGroup(JoinGroupResponse(errorCode: code, memberID: request.memberID))
        case .syncGroup: .syncGroup(SyncGroupResponse(errorCode: code))
        case .heartbeat: .heartbeat(HeartbeatResponse(errorCode: code))
        case .leaveGroup: .leaveGroup(LeaveGroupResponse(errorCode: code))
        case .offsetCommit(let request): .offsetCommit(offsetCommit(request, code))
        case .offsetFetch(let request): .offsetFetch(offsetFetch(request, code))
        case .offsetDelete: .offsetDelete(OffsetDeleteResponse(errorCode: code))
        case .describeGroups, .listGroups, .apiVersions, .createTopics, .deleteTopics, .deleteRecords,
            .offsetForLeaderEpoch, .describeConfigs, .alterConfigs, .createPartitions, .deleteGroups,
            .incrementalAlterConfigs, .describeCluster, .describeProducers, .describeTransactions,
            .listTransactions:
            nil
        }
    }

    private static func produce(_ request: ProduceRequest, _ code: ErrorCode) -> ProduceResponse {
        ProduceResponse(
            topics: request.topics.map { topic in
                ProduceResponse.Topic(
                    name: topic.name,
                    partitions: topic.partitions.map {
                        ProduceResponse.Partition(partitionIndex: $0.partitionIndex, errorCode: code)
                    })
            })
    }

    private static func fetch(_ request: FetchRequest, _ code: ErrorCode) -> FetchResponse {
        FetchResponse(
            topics: request.topics.map { topic in
                FetchResponse.Topic(
                    name: topic.name,
                    partitions: topic.partitions.map {
                        FetchResponse.Partition(partitionIndex: $0.partitionIndex, errorCode: code)
                    })
            })
    }

    private static func listOffsets(_ request: ListOffsetsRequest, _ code: ErrorCode) -> ListOffsetsResponse {
        ListOffsetsResponse(
            topics: request.topics.map { topic in
                ListOffsetsResponse.Topic(
                    name: topic.name,
                    partitions: topic.partitions.map {
                        ListOffsetsResponse.Partition(partitionIndex: $0.partitionIndex, errorCode: code)
                    })
            })
    }

    private static func metadata(_ request: MetadataRequest, _ code: ErrorCode) -> MetadataResponse {
        var response = MetadataResponse.blank
        response.brokers = [MetadataResponse.Broker(nodeID: 1)]
        response.controllerID = 1
        response.topics = (request.topics ?? []).map { asked in
            var topic = MetadataResponse.Topic.blank
            topic.errorCode = code
            topic.name = asked.name
            topic.topicID = asked.topicID
            return topic
        }
        return response
    }

    private static func findCoordinator(_ request: FindCoordinatorRequest, _ code: ErrorCode) -> FindCoordinatorResponse
    {
        var response = FindCoordinatorResponse.blank
        response.coordinators = request.coordinatorKeys.map { key in
            var coordinator = FindCoordinatorResponse.Coordinator.blank
            coordinator.key = key
            coordinator.nodeID = -1
            coordinator.port = -1
            coordinator.errorCode = code
            return coordinator
        }
        return response
    }

    private static func addPartitions(
        _ request: AddPartitionsToTxnRequest, _ code: ErrorCode
    ) -> AddPartitionsToTxnResponse {
        AddPartitionsToTxnResponse(
            topics: request.topics.map { topic in
                AddPartitionsToTxnResponse.Topic(
                    name: topic.name,
                    partitions: topic.partitions.map {
                        AddPartitionsToTxnResponse.Partition(partitionIndex: $0, errorCode: code)
                    })
            })
    }

    private static func txnOffsetCommit(
        _ request: TxnOffsetCommitRequest, _ code: ErrorCode
    ) -> TxnOffsetCommitResponse {
        TxnOffsetCommitResponse(
            topics: request.topics.map { topic in
                TxnOffsetCommitResponse.Topic(
                    name: topic.name,
                    partitions: topic.partitions.map {
                        TxnOffsetCommitResponse.Partition(partitionIndex: $0.partitionIndex, errorCode: code)
                    })
            })
    }

    private static func offsetCommit(_ request: KafkaProtocol.OffsetCommitRequest, _ code: ErrorCode)
        -> OffsetCommitResponse
    {
        OffsetCommitResponse(
            topics: request.topics.map { topic in
                OffsetCommitResponse.Topic(
                    name: topic.name,
                    partitions: topic.partitions.map {
                        OffsetCommitResponse.Partition(partitionIndex: $0.partitionIndex, errorCode: code)
                    })
            })
    }

    private static func offsetFetch(_ request: OffsetFetchRequest, _ code: ErrorCode) -> OffsetFetchResponse {
        OffsetFetchResponse(groups: request.groups.map { offsetFetch($0, code) })
    }

    static func offsetFetch(_ group: OffsetFetchRequest.Group, _ code: ErrorCode) -> OffsetFetchResponse.Group {
        // The group's own error is what version 2 on has; version 1 has those of the partitions alone.
        let topics = (group.topics ?? []).map { topic in
            OffsetFetchResponse.Topic(
                name: topic.name,
                partitions: topic.partitionIndexes.map {
                    OffsetFetchResponse.Partition(
                        partitionIndex: $0, committedOffset: -1, committedLeaderEpoch: -1, metadata: "",
                        errorCode: code)
                })
        }
        return OffsetFetchResponse.Group(groupID: group.groupID, topics: topics, errorCode: code)
    }
}
