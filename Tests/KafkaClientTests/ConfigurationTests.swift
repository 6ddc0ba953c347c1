import EventLog
import KafkaClient
import Testing

extension KafkaClientTests {
    @Suite struct Configuration {
        private func validate(_ properties: [String: String]) throws(LogError) {
            try KafkaConfiguration(bootstrapServers: "localhost:9092", properties: properties).validate()
        }

        @Test(arguments: [
            ("partition.assignment.strategy", "roundrobin"), ("partition.assignment.strategy", "range,roundrobin"),
            ("isolation.level", "read_uncommitted"), ("partitioner", "consistent_random"), ("acks", "1"),
            ("request.required.acks", "0"), ("enable.idempotence", "false"), ("enable.auto.commit", "true"),
            ("auto.commit.enable", "true"), ("auto.offset.reset", "earliest"), ("group.id", "mine"),
            ("transactional.id", "mine"),
        ])
        func protectedPropertyIsRefusedByName(name: String, value: String) throws {
            let error = try failure { try validate([name: value]) }
            #expect(error.code == .configuration)
            #expect(error.detail.contains(name))
        }

        @Test func protectedPropertyMayRepeatItsValue() throws {
            try validate([
                "partition.assignment.strategy": "range", "isolation.level": "read_committed",
                "partitioner": "murmur2_random", "acks": "-1", "request.required.acks": "all",
                "enable.idempotence": "true", "enable.auto.commit": "false", "auto.offset.reset": "error",
            ])
        }

        @Test func unknownPropertyIsNamed() throws {
            let error = try failure { try validate(["no.such.property": "1"]) }
            #expect(error.code == .configuration)
            #expect(error.detail.contains("no.such.property"))
        }

        @Test func badValueIsNamedWithoutShowingIt() throws {
            let error = try failure { try validate(["linger.ms": "secret"]) }
            #expect(error.code == .configuration)
            #expect(error.detail.contains("linger.ms"))
            #expect(!error.detail.contains("secret"))
        }

        @Test func serversAreNeeded() throws {
            let error = try failure { try KafkaConfiguration(bootstrapServers: "").validate() }
            #expect(error.code == .configuration)
            try KafkaConfiguration(bootstrapServers: "", properties: ["bootstrap.servers": "a:1"]).validate()
        }

        @Test func producerPropertiesDoNotDisturbConsumers() throws {
            let log = LogBook()
            let configuration = KafkaConfiguration(
                bootstrapServers: "127.0.0.1:1", properties: ["linger.ms": "7", "fetch.wait.max.ms": "50"],
                log: { log.add($0) })
            try KafkaLogReader(configuration: configuration).close()
            try KafkaProducer(configuration: configuration).close()
            #expect(log.all.filter { $0.facility == "CONFWARN" } == [])
        }

        @Test func messageTimeoutAboveTransactionTimeoutIsRefused() throws {
            let error = try failure {
                _ = try KafkaTransactionalProducer(
                    configuration: KafkaConfiguration(
                        bootstrapServers: "127.0.0.1:1", properties: ["delivery.timeout.ms": "60000"]),
                    transactionalID: "t")
            }
            #expect(error.code == .configuration)
            #expect(error.detail.contains("message.timeout.ms"))
        }

        @Test func urgentTopicsMustBeSubscribed() throws {
            let error = try failure {
                _ = try KafkaGroupConsumer(
                    configuration: KafkaConfiguration(bootstrapServers: "127.0.0.1:1"), group: "g", topics: ["a"],
                    urgentTopics: ["b"])
            }
            #expect(error.code == .configuration)
        }
    }
}
