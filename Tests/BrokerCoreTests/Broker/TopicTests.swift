import BrokerCore
import EventLog
import KafkaProtocol
import Testing

/// Topics: made, found, grown, deleted.
@Suite struct TopicTests {
    private func world(auto: Bool = false) -> BrokerWorld {
        BrokerWorld(BrokerConfiguration(host: "h", port: 9, defaultPartitions: 3, autoCreateTopics: auto))
    }

    private func create(_ world: BrokerWorld, _ topic: CreateTopicsRequest.Topic) throws -> CreateTopicsResponse.Topic {
        try #require(try world.call(CreateTopicsRequest(topics: [topic])).topics.first)
    }

    private func metadata(
        _ world: BrokerWorld, _ names: [String]?, auto: Bool = true
    ) throws -> [MetadataResponse.Topic] {
        try world.call(MetadataRequest(topics: names?.map { .init(name: $0) }, allowAutoTopicCreation: auto)).topics
    }

    @Test func createdTopicsAreFoundByNameAndID() throws {
        let world = world()
        let created = try create(world, .init(name: "t", configs: [.init(name: "retention.ms", value: "5")]))
        #expect(created.errorCode == .none && created.numPartitions == 3 && created.replicationFactor == 1)
        let config = try #require(created.configs?.first { $0.name == "retention.ms" })
        #expect(config.value == "5" && config.configSource == .topicConfig)
        let response = try world.call(MetadataRequest(topics: [.init(topicID: created.topicID)]))
        #expect(response.brokers == [.init(nodeID: 1, host: "h", port: 9)] && response.controllerID == 1)
        let found = try #require(response.topics.first)
        #expect(found.name == "t" && found.topicID == created.topicID)
        #expect(found.partitions.map(\.partitionIndex) == [0, 1, 2])
        #expect(found.partitions.allSatisfy { $0.leaderID == 1 && $0.leaderEpoch == 0 && $0.isrNodes == [1] })
        let unknown = try world.call(MetadataRequest(topics: [.init(topicID: WireUUID(high: 1, low: 1))])).topics
        #expect(unknown.map(\.errorCode) == [.unknownTopicID])
        #expect(try metadata(world, nil).map(\.name) == ["t"])
        #expect(try world.call(MetadataRequest(topics: []), version: 0).topics.map(\.name) == ["t"])
        #expect(try world.call(MetadataRequest(topics: [])).topics.isEmpty)
    }

    @Test func refusalsAreNamed() throws {
        let world = world()
        try world.createTopic()
        func error(_ topic: CreateTopicsRequest.Topic) throws -> ErrorCode {
            let answer = try create(world, topic)
            #expect((answer.errorMessage != nil) == (answer.errorCode != .none))
            return answer.errorCode
        }
        #expect(try error(.init(name: "t")) == .topicAlreadyExists)
        for name in ["", ".", "..", "a b", "é", String(repeating: "x", count: 250)] {
            #expect(try error(.init(name: name)) == .invalidTopic)
        }
        #expect(try error(.init(name: String(repeating: "x", count: 249))) == .none)
        for count in [0, -2, .min, 10_001, .max] as [Int32] {
            #expect(try error(.init(name: "n", numPartitions: count)) == .invalidPartitions)
        }
        for factor in [0, -2, 2, .max] as [Int16] {
            #expect(try error(.init(name: "n", replicationFactor: factor)) == .invalidReplicationFactor)
        }
        #expect(try error(.init(name: "n", configs: [.init(name: "x", value: "1")])) == .invalidConfig)
        #expect(try error(.init(name: "n", configs: [.init(name: "retention.ms", value: nil)])) == .invalidConfig)
        #expect(try error(.init(name: "n", configs: [.init(name: "segment.bytes", value: "a")])) == .invalidConfig)
        func assigned(_ assignments: [(Int32, [Int32])], count: Int32 = -1) throws -> ErrorCode {
            try error(
                .init(
                    name: "a", numPartitions: count,
                    assignments: assignments.map { .init(partitionIndex: $0.0, brokerIDs: $0.1) }))
        }
        #expect(try assigned([(0, [1])], count: 1) == .invalidRequest)
        #expect(try assigned([(0, [2])]) == .invalidReplicaAssignment)
        #expect(try assigned([(0, [1, 2])]) == .invalidReplicaAssignment)
        #expect(try assigned([(1, [1])]) == .invalidReplicaAssignment)
        #expect(try assigned([(0, [1]), (0, [1])]) == .invalidReplicaAssignment)
        #expect(try assigned([(1, [1]), (0, [1])]) == .none)
        let twice = try world.call(CreateTopicsRequest(topics: [.init(name: "d"), .init(name: "e"), .init(name: "d")]))
        #expect(twice.topics.map(\.name) == ["d", "e"])
        #expect(twice.topics.map(\.errorCode) == [.invalidRequest, .none])
    }

    @Test func allTopicsTogetherHaveALimit() throws {
        let world = BrokerWorld(BrokerConfiguration(maximumTotalPartitions: 10))
        let topics = ["a", "b", "c"].map { CreateTopicsRequest.Topic(name: $0, numPartitions: 4) }
        for only in [true, false] {
            let answers = try world.call(CreateTopicsRequest(topics: topics, validateOnly: only)).topics
            #expect(answers.map(\.errorCode) == [.none, .none, .policyViolation])
        }
        #expect(try world.createTopic("d", partitions: 2) == .none)
        #expect(try world.createTopic("e") == .policyViolation)
        try world.deleteTopic("a")
        #expect(try world.createTopic("e", partitions: 4) == .none)
    }

    @Test func aRequestHasALimit() throws {
        let world = BrokerWorld(BrokerConfiguration(maximumPartitions: 5))
        let topics = ["a", "b"].map { CreateTopicsRequest.Topic(name: $0, numPartitions: 3) }
        let answers = try world.call(CreateTopicsRequest(topics: topics)).topics
        #expect(answers.map(\.errorCode) == [.none, .policyViolation])
        #expect(try world.createTopic("b", partitions: 3) == .none)
    }

    @Test func validatingMakesNothing() throws {
        let world = world()
        let answer = try world.call(CreateTopicsRequest(topics: [.init(name: "t")], validateOnly: true)).topics
        #expect(answer.map(\.errorCode) == [.none])
        #expect(try metadata(world, nil).isEmpty)
        #expect(world.disk.journal.isEmpty)
    }

    @Test func missingTopicsAreMadeOnlyIfBothWantIt() throws {
        let never = world()
        #expect(try metadata(never, ["t"]).map(\.errorCode) == [.unknownTopicOrPartition])
        let world = world(auto: true)
        #expect(try metadata(world, ["t"], auto: false).map(\.errorCode) == [.unknownTopicOrPartition])
        #expect(try metadata(world, ["a b"]).map(\.errorCode) == [.invalidTopic])
        let twice = try metadata(world, ["t", "t"])
        #expect(twice.count == 1)
        let made = try #require(twice.first)
        #expect(made.errorCode == .none && made.partitions.count == 3)
        #expect(try metadata(world, nil).count == 1)
    }

    @Test func aDeletedTopicLeavesNothingToTheNextOfItsName() throws {
        let world = world()
        let id = try create(world, .init(name: "t", numPartitions: 1)).topicID
        try world.produce(["a", "b"])
        #expect(try world.commitOffset(2) == .none)
        #expect(try world.deleteTopic() == .none)
        #expect(try world.deleteTopic() == .unknownTopicOrPartition)
        #expect(try world.produce(["x"]).errorCode == .unknownTopicOrPartition)
        #expect(world.disk.logs.isEmpty)
        let next = try create(world, .init(name: "t", numPartitions: 1)).topicID
        #expect(next != id)
        #expect(try world.committed().committedOffset == -1)
        #expect(try world.produce(["new"]).baseOffset == 0)
        let byID = try world.call(DeleteTopicsRequest(topics: [.init(topicID: id), .init(topicID: next)])).topics
        #expect(byID.map(\.errorCode) == [.unknownTopicID, .none])
        #expect(byID[1].name == "t")
    }

    @Test func aTransactionOutlivesItsTopic() throws {
        let world = world()
        try world.createTopic()
        try world.createTopic("u")
        var producer = try world.producer("tx")
        let other = BrokerWorld.place(topic: "u")
        #expect(try world.add([BrokerWorld.place(), other], to: producer) == [.none, .none])
        try world.produce(["a"], by: &producer)
        try world.produce(["b"], to: other, by: &producer)
        try world.deleteTopic()
        #expect(try world.end(producer, commit: true) == .none)
        #expect(try world.consume(other) == ["b"])
    }

    @Test func topicsGrow() throws {
        let world = world()
        try world.createTopic(partitions: 2)
        func grow(
            _ count: Int32, _ assignments: [[Int32]]? = nil, _ name: String = "t", only: Bool = false
        ) throws -> ErrorCode {
            let topic = CreatePartitionsRequest.Topic(
                name: name, count: count, assignments: assignments?.map { .init(brokerIDs: $0) })
            let answer = try world.call(CreatePartitionsRequest(topics: [topic], validateOnly: only)).topics
            return try #require(answer.first).errorCode
        }
        #expect(try grow(2) == .invalidPartitions)
        #expect(try grow(.min) == .invalidPartitions)
        #expect(try grow(.max) == .invalidPartitions)
        #expect(try grow(3, nil, "none") == .unknownTopicOrPartition)
        #expect(try grow(3, [[1], [1]]) == .invalidReplicaAssignment)
        #expect(try grow(3, [[2]]) == .invalidReplicaAssignment)
        #expect(try grow(4, only: true) == .none)
        #expect(try world.produce(["x"], to: BrokerWorld.place(3)).errorCode == .unknownTopicOrPartition)
        #expect(try grow(4, [[1], [1]]) == .none)
        #expect(try world.produce(["x"], to: BrokerWorld.place(3)).errorCode == .none)
        try world.restart()
        #expect(try world.consume(BrokerWorld.place(3)) == ["x"])
        let twice = [CreatePartitionsRequest.Topic(name: "t", count: 5), .init(name: "t", count: 6)]
        let answers = try world.call(CreatePartitionsRequest(topics: twice)).topics
        #expect(answers.map(\.errorCode) == [.invalidRequest])
    }

    @Test func theProgramsOwnTopicsAreMadeOnce() throws {
        let world = world()
        func create(_ name: String) throws -> [BrokerAction] {
            try world.create(name, partitions: 2, configs: ["cleanup.policy": "compact"])
        }
        #expect(try create("own").count == 3)
        #expect(try create("own").isEmpty)
        #expect(throws: TopicRefusal.self) { try create("not ok") }
        #expect(try world.produce(["x"], to: BrokerWorld.place(1, topic: "own")).errorCode == .none)
    }

    @Test func theClusterIsDescribed() throws {
        let world = world()
        let cluster = try world.call(DescribeClusterRequest(includeClusterAuthorizedOperations: true))
        #expect(cluster.clusterID == "dev-broker" && cluster.controllerID == 1)
        #expect(cluster.brokers == [.init(brokerID: 1, host: "h", port: 9)])
        #expect(cluster.clusterAuthorizedOperations == 8096)
        #expect(try world.call(DescribeClusterRequest(endpointType: 2)).errorCode.rawValue == 114)
        let found = try world.call(FindCoordinatorRequest(coordinatorKeys: ["a", "b"], keyType: .transaction))
        #expect(found.coordinators.map(\.key) == ["a", "b"] && found.coordinators.allSatisfy { $0.nodeID == 1 })
        #expect(try world.call(FindCoordinatorRequest(coordinatorKeys: ["a"]), version: 0).coordinators[0].port == 9)
        let strange = FindCoordinatorRequest(coordinatorKeys: ["a"], keyType: CoordinatorType(rawValue: 9))
        #expect(try world.call(strange).coordinators[0].errorCode == .invalidRequest)
    }

    @Test func versionsAreListedWhateverIsAsked() throws {
        let world = world()
        let named = ApiVersionsRequest(clientSoftwareName: "kafka-python.x", clientSoftwareVersion: "3.0")
        #expect(try world.call(named).apiKeys.count == ApiKey.allCases.count)
        #expect(try world.call(ApiVersionsRequest(), version: 0).errorCode == .none)
        #expect(try world.call(ApiVersionsRequest(clientSoftwareName: "-a")).errorCode == .invalidRequest)
        let header = RequestHeader(apiKey: .apiVersions, apiVersion: 99)
        let token = world.send(RequestFrame(header: header, request: .apiVersions(ApiVersionsRequest())))
        #expect(world.isAnswered(token))
    }
}
