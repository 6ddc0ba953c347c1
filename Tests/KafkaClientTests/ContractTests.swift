import CRdKafka
import EventLog
import EventLogContract
import Testing

@testable import KafkaClient

/// `KafkaClient` on a Kafka, as the contract wants to see it.
private final class KafkaUnderTest: EventLogUnderTest {
    let capabilities: Set<Capability> = [.openTransactions]
    private let cluster: TestCluster
    private var abandoned: [ProducerCore] = []

    init() throws { cluster = try TestCluster(properties: ["heartbeat.interval.ms": "500"]) }

    deinit { for core in abandoned { core.close() } }

    func name(_ short: String) -> String { cluster.prefix + short }

    func createTopic(_ topic: String, partitions: Int32) throws {
        try cluster.create(topic, partitions: partitions)
    }

    func makeReader() throws -> any LogReader { try cluster.reader() }

    func makeProducer() throws -> any BatchProducer { try KafkaProducer(configuration: cluster.configuration) }

    func makeTransactionalProducer(id: String) throws -> any TransactionalProducer {
        try KafkaTransactionalProducer(configuration: cluster.configuration, transactionalID: id)
    }

    func makeConsumer(
        group: String, topics: [String], urgentTopics: [String], instanceID: String?
    ) throws -> any GroupConsumer {
        try KafkaGroupConsumer(
            configuration: cluster.configuration, group: group, topics: topics, urgentTopics: urgentTopics,
            instanceID: instanceID, offsetMetadata: EventLogContract.offsetMetadata)
    }

    func comesTrue(_ condition: () throws -> Bool) throws -> Bool { try isTrue(within: .seconds(30), condition) }

    func leaveTransactionOpen(
        _ records: [OutgoingRecord], offsets: [TopicPartition: Int64], of consumer: any GroupConsumer, id: String
    ) throws {
        let member = try #require(consumer as? KafkaGroupConsumer)
        let membership = try #require(member.membership)
        let core = try ProducerCore(
            cluster.configuration, defaults: ["message.timeout.ms": "10000", "transaction.timeout.ms": "10000"],
            fixed: ["transactional.id": id])
        abandoned.append(core)
        let list = PartitionList(offsets: offsets)
        try #require(unsafe rd_kafka_init_transactions(core.client.raw, 30_000) == nil)
        try #require(unsafe rd_kafka_begin_transaction(core.client.raw) == nil)
        _ = try core.produce(records, doing: "leave a transaction open")
        try #require(
            unsafe rd_kafka_send_offsets_to_transaction(core.client.raw, list.raw, membership.metadata, 10_000) == nil)
    }
}

extension KafkaClientTests {
    /// What the ports of the log say. What is librdkafka's own is in the suites beside this one.
    @Suite struct Contract {
        @Test(arguments: EventLogContract.all.map(\.name)) func holds(name: String) throws {
            let log = try KafkaUnderTest()
            let known = EventLogContract.cases(for: log.capabilities).first { $0.name == name }
            do { try #require(known, "KafkaClient lacks what this case needs").body(log) } catch let violation
                as ContractViolation
            {
                Issue.record(
                    violation,
                    sourceLocation: SourceLocation(
                        fileID: violation.fileID, filePath: violation.filePath, line: violation.line, column: 1))
            }
        }

        @Test func namesOfCasesAreDistinct() {
            #expect(Set(EventLogContract.all.map(\.name)).count == EventLogContract.all.count)
        }
    }
}
