import BrokerCore
import EventLog
import KafkaProtocol
import Testing

/// Settings of topics: shown, replaced, changed one by one.
@Suite struct ConfigTests {
    private let world = BrokerWorld()

    init() throws { try world.createTopic(configs: ["retention.ms": "1000"]) }

    private func describe(
        _ keys: [String]? = nil, _ name: String = "t", _ type: ConfigResourceType = .topic
    ) throws -> DescribeConfigsResponse.Resource {
        let request = DescribeConfigsRequest(
            resources: [.init(resourceType: type, resourceName: name, configurationKeys: keys)])
        return try #require(try world.call(request).resources.first)
    }

    private func value(_ key: String) throws -> String? { try describe([key]).configs.first?.value }

    private func replace(_ configs: [String: String?], only: Bool = false, _ name: String = "t") throws -> ErrorCode {
        let resource = AlterConfigsRequest.Resource(
            resourceType: .topic, resourceName: name,
            configs: configs.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: $0.value) })
        let request = AlterConfigsRequest(resources: [resource], validateOnly: only)
        return try #require(try world.call(request).resources.first).errorCode
    }

    private func change(
        _ changes: [(String, ConfigOperation, String?)], only: Bool = false, _ type: ConfigResourceType = .topic,
        _ name: String = "t"
    ) throws -> ErrorCode {
        let resource = IncrementalAlterConfigsRequest.Resource(
            resourceType: type, resourceName: name,
            configs: changes.map { .init(name: $0.0, configOperation: $0.1, value: $0.2) })
        let request = IncrementalAlterConfigsRequest(resources: [resource], validateOnly: only)
        return try #require(try world.call(request).resources.first).errorCode
    }

    @Test func allSettingsAreShown() throws {
        let all = try describe()
        #expect(all.configs.count == TopicConfig.all.count)
        let retention = try #require(all.configs.first { $0.name == "retention.ms" })
        #expect(retention.value == "1000" && retention.configSource == .topicConfig && retention.configType == .long)
        let policy = try #require(all.configs.first { $0.name == "cleanup.policy" })
        #expect(policy.value == "delete" && policy.configSource == .defaultConfig && policy.configType == .list)
        #expect(try describe(["retention.ms", "no.such"]).configs.map(\.name) == ["retention.ms"])
        #expect(try describe([]).configs.isEmpty)
        #expect(try describe(nil, "none").errorCode == .unknownTopicOrPartition)
        #expect(try describe(nil, "a b").errorCode == .invalidTopic)
        #expect(try describe(nil, "t", .unknown).errorCode == .invalidRequest)
        #expect(try describe(nil, "1", .broker).configs.contains { $0.name == "broker.id" && $0.readOnly })
        #expect(try describe(nil, "2", .broker).errorCode == .invalidRequest)
    }

    @Test func replacingForgetsWhatIsNotNamed() throws {
        #expect(try replace(["segment.bytes": "2048"], only: true) == .none)
        #expect(try value("retention.ms") == "1000")
        #expect(try replace(["segment.bytes": "2048"]) == .none)
        #expect(try value("retention.ms") == "604800000")
        #expect(try value("segment.bytes") == "2048")
        #expect(try replace(["no.such": "1"]) == .invalidConfig)
        #expect(try replace(["segment.bytes": nil]) == .invalidConfig)
        #expect(try replace([:], "none") == .unknownTopicOrPartition)
        try world.restart()
        #expect(try value("segment.bytes") == "2048")
    }

    @Test func singleSettingsAreChanged() throws {
        #expect(try change([("segment.bytes", .set, "4096"), ("retention.ms", .delete, nil)], only: true) == .none)
        #expect(try value("segment.bytes") == "1073741824")
        #expect(try change([("segment.bytes", .set, "4096"), ("retention.ms", .delete, nil)]) == .none)
        #expect(try value("segment.bytes") == "4096")
        #expect(try value("retention.ms") == "604800000")
        #expect(try change([("cleanup.policy", .append, "compact")]) == .none)
        #expect(try value("cleanup.policy") == "delete,compact")
        #expect(try change([("cleanup.policy", .append, "compact")]) == .none)
        #expect(try change([("cleanup.policy", .subtract, "delete")]) == .none)
        #expect(try value("cleanup.policy") == "compact")
        #expect(try change([("cleanup.policy", .subtract, "compact")]) == .invalidConfig)
        #expect(try change([("cleanup.policy", .append, "shred")]) == .invalidConfig)
        #expect(try change([("segment.bytes", .append, "1")]) == .invalidConfig)
        #expect(try change([("segment.bytes", .set, nil)]) == .invalidConfig)
        #expect(try change([("segment.bytes", .set, "x")]) == .invalidConfig)
        #expect(try change([("no.such", .delete, nil)]) == .invalidConfig)
        #expect(try change([("segment.bytes", .delete, nil), ("segment.bytes", .delete, nil)]) == .invalidRequest)
        #expect(try change([("segment.bytes", ConfigOperation(rawValue: 9), "1")]) == .invalidRequest)
        #expect(try change([], .broker, "1") == .invalidRequest)
        try world.restart(fromSnapshot: true)
        #expect(try value("cleanup.policy") == "compact")
    }

    @Test func settingsTakeEffectAtOnce() throws {
        #expect(try world.produce([String(repeating: "x", count: 500)]).errorCode == .none)
        #expect(try change([("max.message.bytes", .set, "300")]) == .none)
        #expect(try world.produce([String(repeating: "x", count: 500)]).errorCode == .messageTooLarge)
        // There is one copy, never more.
        #expect(try change([("min.insync.replicas", .set, "2")]) == .none)
        #expect(try world.produce(["x"]).errorCode == .notEnoughReplicas)
        #expect(try change([("min.insync.replicas", .delete, nil)]) == .none)
        #expect(try change([("message.timestamp.type", .set, "LogAppendTime")]) == .none)
        world.now += 77
        let stamped = try world.produce(["y"], at: 5)
        #expect(stamped.logAppendTimeMs == world.now)
        #expect(try world.offset(BrokerWorld.place(), world.now).offset == 1)
    }
}
