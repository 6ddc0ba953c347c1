import BrokerCore
import KafkaProtocol
import Testing

@Suite struct LogSettingsTests {
    @Test func nothingSetIsKafkasDefaults() throws {
        let settings = try LogSettings(configs: [:])
        #expect(settings == LogSettings())
        #expect(settings.deletesOld && !settings.compacts)
        #expect(settings.maxBatchBytes == 1_048_588)
    }

    /// The defaults that are shown are those that are acted on.
    @Test func shownDefaultsAreValidAndMeanTheDefaults() throws {
        var configs: [String: String] = [:]
        for config in TopicConfig.all {
            if config.defaultValue.isEmpty { continue }
            try config.validate(config.defaultValue)
            configs[config.name] = config.defaultValue
        }
        #expect(try LogSettings(configs: configs) == LogSettings())
        let names = TopicConfig.all.map(\.name)
        #expect(names == names.sorted())
        #expect(Set(names).count == names.count)
    }

    @Test func valuesAreTakenUp() throws {
        let settings = try LogSettings(configs: [
            "cleanup.policy": "compact, delete", "retention.ms": " 5 ", "retention.bytes": "6",
            "max.message.bytes": "7", "message.timestamp.type": "LogAppendTime", "segment.bytes": "14",
            "segment.ms": "9", "min.compaction.lag.ms": "10", "delete.retention.ms": "11",
            "min.cleanable.dirty.ratio": "0.25", "min.insync.replicas": "2", "compression.type": "zstd",
        ])
        var expected = LogSettings()
        expected.compacts = true
        expected.retentionTime = 5
        expected.retentionBytes = 6
        expected.maxBatchBytes = 7
        expected.timestampType = .logAppendTime
        expected.segmentBytes = 14
        expected.segmentTime = 9
        expected.minCompactionLag = 10
        expected.deleteRetention = 11
        expected.minDirtyRatio = 0.25
        expected.minInSyncReplicas = 2
        #expect(settings == expected)
        #expect(try !LogSettings(configs: ["cleanup.policy": "compact"]).deletesOld)
    }

    private static let wrong: [(name: String, value: String)] = [
        ("cleanup.policy", "keep"), ("cleanup.policy", ""), ("cleanup.policy", "delete,"), ("retention.ms", "-2"),
        ("retention.ms", "soon"), ("segment.bytes", "2147483648"), ("segment.bytes", "13"),
        ("message.timestamp.type", "createtime"), ("min.cleanable.dirty.ratio", "1.1"),
        ("min.cleanable.dirty.ratio", "nan"), ("preallocate", "yes"), ("max.message.bytes", "-1"),
        ("retention.bytes", "9223372036854775808"),
    ]

    @Test(arguments: wrong)
    func whatIsNotAValueIsNamed(_ name: String, _ value: String) {
        let error = #expect(throws: TopicConfigError.self) { try LogSettings(configs: [name: value]) }
        #expect(error?.description.contains(name) == true)
    }

    @Test func unknownNamesAreRefused() {
        let error = #expect(throws: TopicConfigError.unknownName("retention.s")) {
            try LogSettings(configs: ["retention.s": "1", "segment.ms": "1"])
        }
        #expect(error?.description == "Unknown topic config name: retention.s")
    }
}
