import EventLog
import KafkaProtocol
import TestProcesses
import Testing
import WireClient

/// Topics and their settings.
@Suite("Topics and settings") struct AdministrationTests {
    @Test("a topic is made, seen, extended and deleted")
    func topics() async throws {
        try await BrokerUnderTest.test { stage in
            let client = try stage.client()
            let name = stage.topicName()
            try client.createTopic(name, partitions: 3)
            #expect(try client.tryCreateTopic(name, partitions: 3) == .topicAlreadyExists)
            var topic = try #require(try client.metadata([name]).topics.first)
            #expect(topic.errorCode == .none)
            #expect(topic.partitions.map(\.partitionIndex).sorted() == [0, 1, 2])
            #expect(!topic.isInternal)
            #expect(try client.metadata(nil).topics.contains { $0.name == name })

            func extend(to count: Int32) throws -> ErrorCode? {
                try client.controller().call(
                    CreatePartitionsRequest(
                        topics: [CreatePartitionsRequest.Topic(name: name, count: count)], timeoutMs: 30_000)
                ).topics.first?.errorCode
            }
            #expect(try extend(to: 3) == .invalidPartitions)
            #expect(try extend(to: 5) == ErrorCode.none)
            let place = TopicPartition(topic: name, partition: 4)
            try client.write(["a"], to: place)
            #expect(try client.metadata([name]).topics.first?.partitions.count == 5)

            try client.deleteTopics([name])
            let isGone = try poll(for: .seconds(20)) {
                topic = try #require(try client.metadata([name]).topics.first)
                return topic.errorCode == .unknownTopicOrPartition
            }
            #expect(isGone)
            let again = try client.controller().call(
                DeleteTopicsRequest(topics: [DeleteTopicsRequest.Topic(name: name)], timeoutMs: 30_000))
            #expect(again.topics.first?.errorCode == .unknownTopicOrPartition)
            // One of the same name begins from nothing.
            let isThere = try poll(for: .seconds(20)) { try client.tryCreateTopic(name, partitions: 5) == .none }
            #expect(isThere)
            let fresh = try stage.client()
            #expect(try fresh.write(["b"], to: place) == 0)
            #expect(try fresh.read(place, .readUncommitted).values == ["b"])
        }
    }

    @Test("topics that can't be are refused")
    func refusedTopics() async throws {
        try await BrokerUnderTest.test { stage in
            let client = try stage.client()
            #expect(try client.tryCreateTopic("no/such name", partitions: 1) == .invalidTopic)
            #expect(try client.tryCreateTopic(stage.topicName(), partitions: 0) == .invalidPartitions)
            let odd = ["no.such.setting": "1"]
            #expect(try client.tryCreateTopic(stage.topicName(), partitions: 1, configs: odd) == .invalidConfig)
            let bad = ["retention.ms": "soon"]
            #expect(try client.tryCreateTopic(stage.topicName(), partitions: 1, configs: bad) == .invalidConfig)
            let name = stage.topicName()
            let dry = try client.controller().call(
                CreateTopicsRequest(
                    topics: [CreateTopicsRequest.Topic(name: name, numPartitions: 1, replicationFactor: -1)],
                    timeoutMs: 30_000, validateOnly: true))
            #expect(dry.topics.first?.errorCode == ErrorCode.none)
            #expect(try client.metadata([name]).topics.first?.errorCode == .unknownTopicOrPartition)
        }
    }

    @Test("settings make the round trip")
    func settings() async throws {
        try await BrokerUnderTest.test { stage in
            let client = try stage.client()
            let configs = ["cleanup.policy": "compact", "max.message.bytes": "2000000"]
            let name = try stage.topic(configs: configs)
            func alter(
                _ changes: [(name: String, operation: ConfigOperation, value: String?)]
            ) throws -> ErrorCode? {
                let changes = changes.map {
                    IncrementalAlterConfigsRequest.Config(
                        name: $0.name, configOperation: $0.operation, value: $0.value)
                }
                let resource = IncrementalAlterConfigsRequest.Resource(
                    resourceType: .topic, resourceName: name, configs: changes)
                return try client.controller().call(IncrementalAlterConfigsRequest(resources: [resource]))
                    .resources.first?.errorCode
            }
            var found = try client.configs(of: name)
            #expect(found["cleanup.policy"]?.value == "compact")
            #expect(found["cleanup.policy"]?.configSource == .topicConfig)
            #expect(found["max.message.bytes"]?.value == "2000000")
            #expect(found["retention.ms"]?.value == "604800000")
            #expect(found["retention.ms"]?.configSource != .topicConfig)

            let changes: [(name: String, operation: ConfigOperation, value: String?)] = [
                ("retention.ms", .set, "3600000"), ("max.message.bytes", .delete, nil),
                ("cleanup.policy", .append, "delete"),
            ]
            #expect(try alter(changes) == ErrorCode.none)
            let isChanged = try poll(for: .seconds(10)) {
                found = try client.configs(of: name)
                return found["retention.ms"]?.value == "3600000"
            }
            #expect(isChanged)
            #expect(found["cleanup.policy"]?.value == "compact,delete")
            #expect(found["max.message.bytes"]?.configSource != .topicConfig)
            #expect(try alter([("no.such.setting", .set, "1")]) == .invalidConfig)
            #expect(try alter([("retention.ms", .set, "soon")]) == .invalidConfig)
            #expect(try client.configs(of: name)["retention.ms"]?.value == "3600000")
            #expect(try client.configs(of: name, keys: ["retention.ms"]).keys.sorted() == ["retention.ms"])
            // A batch above the limit is refused.
            #expect(try alter([("max.message.bytes", .set, "1000")]) == ErrorCode.none)
            let place = TopicPartition(topic: name, partition: 0)
            let large = Draft(key: "k", String(repeating: "x", count: 2000))
            let isRefused = try poll(for: .seconds(10)) {
                try client.produce([large], to: place).errorCode == .messageTooLarge
            }
            #expect(isRefused)
            #expect(try client.produce([Draft(key: "k", "small")], to: place).errorCode == .none)
        }
    }

    @Test("the cluster tells who it is")
    func cluster() async throws {
        try await BrokerUnderTest.test { stage in
            let client = try stage.client()
            let described = try client.any().call(DescribeClusterRequest())
            let metadata = try client.metadata([])
            #expect(described.errorCode == .none)
            #expect(!described.clusterID.isEmpty)
            #expect(described.clusterID == metadata.clusterID)
            #expect(Set(described.brokers.map(\.brokerID)) == Set(metadata.brokers.map(\.nodeID)))
            #expect(described.brokers.contains { $0.brokerID == described.controllerID })
        }
    }

    @Test("coordinators are found in one request for many")
    func coordinators() async throws {
        try await BrokerUnderTest.test { stage in
            let client = try stage.client()
            let keys = (0..<3).map { _ in stage.group() }
            for key in keys { _ = try client.group(key) }
            let answer = try client.any().call(FindCoordinatorRequest(coordinatorKeys: keys, keyType: .group))
            #expect(Set(answer.coordinators.map(\.key)) == Set(keys))
            #expect(answer.coordinators.allSatisfy { $0.errorCode == .none && $0.port > 0 })
        }
    }
}

extension Cluster {
    /// A topic's settings.
    func configs(of topic: String, keys: [String]? = nil) throws -> [String: DescribeConfigsResponse.Config] {
        let resource = DescribeConfigsRequest.Resource(
            resourceType: .topic, resourceName: topic, configurationKeys: keys)
        let answer = try controller().call(DescribeConfigsRequest(resources: [resource])).resources.first
        guard let answer, answer.errorCode == .none else { throw Failure("no settings of \(topic)") }
        return Dictionary(uniqueKeysWithValues: answer.configs.map { ($0.name, $0) })
    }
}
