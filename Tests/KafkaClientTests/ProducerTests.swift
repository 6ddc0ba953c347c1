import EventLog
import KafkaClient
import Testing

extension KafkaClientTests {
    @Suite struct Producing {
        @Test func sendingCountsReports() throws {
            let cluster = try TestCluster()
            let topic = try cluster.topic("send")
            let producer = try KafkaProducer(configuration: cluster.configuration)
            defer { producer.close() }
            for record in numbered(topic, 0..<3_000) { try producer.send(record) }
            #expect(producer.flush(timeout: .seconds(30)))
            #expect(producer.deliveredCount == 3_000)
            #expect(producer.failedCount == 0)
            #expect(producer.takeFailures() == [])
        }

        @Test func fullQueueWaitsForRoom() throws {
            let cluster = try TestCluster(properties: ["queue.buffering.max.messages": "100"])
            let topic = try cluster.topic("full")
            let producer = try KafkaProducer(configuration: cluster.configuration)
            defer { producer.close() }
            #expect(try producer.produce(numbered(topic, 0..<2_000)) == (0..<2_000).map(Int64.init))
        }

        @Test func tooLargeRecordIsMapped() throws {
            let cluster = try TestCluster()
            let topic = try cluster.topic("large")
            let large = OutgoingRecord(topic: topic, partition: 0, key: nil, value: Array(repeating: 1, count: 3 << 20))
            let error = try failure { _ = try cluster.write([large]) }
            #expect(error.code == .recordTooLarge)
            #expect(error.place == large.topicPartition)
            #expect(error.detail.contains("a property of this client"))
        }

        /// Somebody lowered what the topic takes.
        @Test func aTopicThatTakesLessIsNamedWithItsSetting() throws {
            let cluster = try TestCluster()
            let topic = cluster.prefix + "low"
            let admin = try KafkaAdmin(configuration: cluster.configuration)
            defer { admin.close() }
            let plan = TopicPlan(name: topic, partitions: 1, settings: ["max.message.bytes": "1000"])
            #expect(try admin.createTopics([plan]) == [topic: .created])
            var numbers = SystemRandomNumberGenerator()
            let large = OutgoingRecord(
                topic: topic, partition: 0, key: nil,
                value: (0..<5_000).map { _ in UInt8.random(in: 0...255, using: &numbers) })
            let error = try failure { _ = try cluster.write([large]) }
            #expect(error.code == .recordTooLarge && error.place == large.topicPartition)
            #expect(error.detail.contains("max.message.bytes, a setting of the topic"))
            #expect(error.detail.contains("--topic \(topic) "))
            try admin.deleteTopics([topic])
        }

        @Test func closedProducerSendsNothing() throws {
            let cluster = try TestCluster()
            let topic = try cluster.topic("closed")
            let producer = try KafkaProducer(configuration: cluster.configuration)
            producer.close()
            #expect(try failure { try producer.send(numbered(topic, 0..<1)[0]) }.code == .other)
        }
    }

    @Suite struct BrokenBroker {
        @Test func retriableErrorIsRetriedWithoutRepeats() throws {
            let cluster = try TestCluster(mockOnly: true)
            let topic = try cluster.topic("retry", partitions: 1)
            // NOT_LEADER_FOR_PARTITION, NOT_ENOUGH_REPLICAS, a lost connection
            cluster.mock?.pushRequestErrors(.produce, [6, 19, -195])
            #expect(try cluster.write(numbered(topic, 0..<50)) == (0..<50).map(Int64.init))
            let reader = try cluster.reader()
            defer { reader.close() }
            let place = TopicPartition(topic: topic, partition: 0)
            try reader.assign([place: .earliest])
            let end = try #require(try reader.watermarks([place])[place]).high
            #expect(end == 50)
            #expect(try texts(reader.readUp(to: [place: end])) == (0..<50).map { "v\($0)" })
        }

        @Test func refusalIsMappedAndNamesThePlace() throws {
            let cluster = try TestCluster(mockOnly: true)
            let topic = try cluster.topic("refused", partitions: 1)
            cluster.mock?.pushRequestErrors(.produce, [29])
            let error = try failure { _ = try cluster.write(numbered(topic, 0..<3)) }
            #expect(error.code == .notAuthorized)
            #expect(error.cause == "TOPIC_AUTHORIZATION_FAILED")
            #expect(error.place == TopicPartition(topic: topic, partition: 0))
        }

        @Test func failedSendIsReported() throws {
            let cluster = try TestCluster(mockOnly: true)
            let topic = try cluster.topic("failed-send", partitions: 1)
            cluster.mock?.pushRequestErrors(.produce, [29])
            let producer = try KafkaProducer(configuration: cluster.configuration)
            defer { producer.close() }
            try producer.send(numbered(topic, 0..<1)[0])
            #expect(producer.flush(timeout: .seconds(10)))
            #expect(producer.failedCount == 1)
            #expect(producer.takeFailures().map(\.code) == [.notAuthorized])
            #expect(producer.takeFailures() == [])
        }

        @Test func batchSurvivesABrokerThatComesBack() throws {
            let cluster = try TestCluster(mockOnly: true)
            let topic = try cluster.topic("down", partitions: 1)
            let producer = try KafkaProducer(configuration: cluster.configuration)
            defer { producer.close() }
            #expect(try producer.produce(numbered(topic, 0..<1)) == [0])
            let mock = try #require(cluster.mock)
            mock.takeDown()
            for record in numbered(topic, 1..<101) { try producer.send(record) }
            #expect(!producer.flush(timeout: .milliseconds(300)))
            #expect(producer.deliveredCount == 0)
            mock.bringUp()
            #expect(producer.flush(timeout: .seconds(30)))
            #expect(producer.deliveredCount == 100)
            #expect(try producer.produce(numbered(topic, 101..<102)) == [101])
        }

        @Test func unreachableBrokerIsAnErrorInTime() throws {
            let cluster = try TestCluster(mockOnly: true, properties: ["message.timeout.ms": "1500"])
            let topic = try cluster.topic("gone", partitions: 1)
            cluster.mock?.takeDown()
            let start = ContinuousClock.now
            let error = try failure { _ = try cluster.write(numbered(topic, 0..<3)) }
            #expect(error.code == .unreachable)
            #expect(error.isRetriable)
            #expect(ContinuousClock.now - start < .seconds(10))
        }

        @Test func adminCallWithoutAnswerEndsInTime() throws {
            let cluster = try TestCluster(mockOnly: true)
            let admin = try KafkaAdmin(configuration: cluster.configuration, timeout: .seconds(1))
            defer { admin.close() }
            let error = try failure { _ = try admin.createTopics([TopicPlan(name: "t", partitions: 1)]) }
            #expect(error.code == .unreachable)
        }
    }
}
