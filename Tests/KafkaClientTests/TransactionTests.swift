import EventLog
import Foundation
import TestProcesses
import Testing

@testable import KafkaClient

extension TransactionResult {
    var offsets: [Int64]? { if case .committed(let offsets) = self { offsets } else { nil } }
    var abortion: LogError? { if case .aborted(let error) = self { error } else { nil } }
    var doubt: LogError? { if case .indeterminate(let error) = self { error } else { nil } }
    var fencing: LogError? { if case .fenced(let error) = self { error } else { nil } }
}

/// A consumer that is no Kafka client.
private final class OtherConsumer: GroupConsumer {
    func poll(maxRecords: Int, timeout: Duration) throws(LogError) -> PollResult { .records([]) }
    func heartbeat() throws(LogError) -> Bool { false }
    func assign(_ positions: [TopicPartition: StartPosition]) throws(LogError) {}
    func unassign() throws(LogError) {}
    func committed(
        _ partitions: [TopicPartition], within timeout: Duration
    ) throws(LogError) -> [TopicPartition: GroupOffset] { [:] }
    func commit(_ offsets: [TopicPartition: Int64]) throws(LogError) {}
    func close() {}
}

extension KafkaClientTests {
    /// How results are sorted; the mock's transactions mean nothing, but its errors do.
    @Suite struct TransactionResults {
        private let cluster: TestCluster
        private let place: TopicPartition
        private let member: KafkaGroupConsumer
        private let producer: KafkaTransactionalProducer

        init() throws {
            cluster = try TestCluster(mockOnly: true)
            place = TopicPartition(topic: try cluster.topic("sorted", partitions: 1), partition: 0)
            member = try cluster.member(of: "sorted", [place.topic])
            _ = try member.joinFromBeginning()
            producer = try KafkaTransactionalProducer(
                configuration: cluster.configuration, transactionalID: "sorted", transactionTimeout: .seconds(4))
            try producer.initialize()
        }

        private func transact(_ numbers: Range<Int>) -> TransactionResult {
            producer.transact(numbered(place.topic, numbers), offsets: [place: Int64(numbers.upperBound)], of: member)
        }

        @Test func committedTellsOffsets() throws {
            #expect(transact(0..<3).offsets == [0, 1, 2])
            #expect(transact(3..<4).offsets == [3])
            // Offsets without records.
            #expect(producer.transact([], offsets: [place: 9], of: member).offsets == [])
        }

        @Test func wrongUseIsAborted() throws {
            #expect(
                producer.transact(numbered(place.topic, 0..<1), offsets: [:], of: member).abortion?.code
                    == .configuration)
            let foreign = producer.transact(numbered(place.topic, 0..<1), offsets: [place: 1], of: OtherConsumer())
            #expect(foreign.abortion?.code == .configuration)
            #expect(transact(0..<1).offsets == [0])
            member.close()
            #expect(transact(1..<2).abortion?.code == .rejoin)
        }

        /// What librdkafka knows of the membership wears away in its background; what was taken with the partitions stays.
        @Test func membershipIsKeptWhileLibrdkafkaForgets() throws {
            let before = try #require(member.membership?.identity)
            #expect(before.isComplete)
            cluster.mock?.pushRequestErrors(.heartbeat, [22])
            // News of the group alone would not do: they may be of a rebalance that has nothing to do with it.
            try waitUntil("librdkafka has forgotten its generation") {
                _ = try member.heartbeat()
                return GroupMembership.identity(of: member.client)?.generation == -1
            }
            #expect(GroupMembership(of: member.client) == nil, "what would not fence is not taken")
            #expect(member.membership?.identity == before)
        }

        @Test func membershipReadsWhoItIs() {
            func identity(_ generation: Int32, _ member: String) -> GroupMembership.Identity? {
                let number = unsafe withUnsafeBytes(of: generation) { unsafe Array($0) }
                return GroupMembership.identity(
                    Array("CGMDv2:".utf8) + number + Array("group\0\(member)\0\u{1}".utf8))
            }
            #expect(identity(70_000, "m-1") == GroupMembership.Identity(generation: 70_000, memberID: "m-1"))
            #expect(identity(0, "m")?.isComplete == true)
            #expect(identity(-1, "m")?.isComplete == false)
            #expect(identity(3, "")?.isComplete == false)
            #expect(GroupMembership.identity(Array("CGMDv9:?".utf8)) == nil)
            #expect(GroupMembership.identity(Array("CGMDv2:".utf8)) == nil)
        }

        @Test(arguments: [Int32(22), 25])
        func groupThatMovedOnAborts(code: Int32) throws {
            cluster.mock?.pushRequestErrors(.transactionOffsetCommit, [code])
            #expect(transact(0..<2).abortion?.code == .rejoin)
            #expect(transact(2..<4).offsets?.count == 2)
        }

        /// It may be its own younger self that the group knows now: see `StaticMembers`.
        @Test func memberThatWasReplacedAborts() throws {
            cluster.mock?.pushRequestErrors(.transactionOffsetCommit, [82])
            #expect(transact(0..<1).abortion?.code == .rejoin)
            #expect(transact(1..<2).offsets?.count == 1)
        }

        @Test(arguments: [Int32(47), 90])
        func fencedProducerStops(code: Int32) throws {
            cluster.mock?.pushRequestErrors(.endTransaction, [code])
            #expect(transact(0..<1).fencing?.code == .fenced)
            // It says so again, without asking the broker.
            #expect(transact(1..<2).fencing?.code == .fenced)
        }

        @Test func refusedRecordAborts() throws {
            cluster.mock?.pushRequestErrors(.produce, [29])
            let error = try #require(transact(0..<3).abortion)
            #expect(error.code == .notAuthorized)
            #expect(error.place == place)
            // librdkafka takes the topic for gone until it has asked for it again; then the producer goes on.
            try waitUntil("the next transaction succeeds") { transact(3..<5).offsets?.count == 2 }
        }

        @Test func passingTroubleIsRetried() throws {
            // Coordinator loading, concurrent transactions.
            cluster.mock?.pushRequestErrors(.addOffsetsToTransaction, [14, 51])
            cluster.mock?.pushRequestErrors(.endTransaction, [14, 51])
            let result = transact(0..<2)
            #expect(result.offsets == [0, 1], "\(result)")
        }

        @Test func connectionLostInCommitLeavesDoubtThoughItSucceeds() throws {
            cluster.mock?.pushRequestErrors(.endTransaction, [-195])
            let error = try #require(transact(0..<1).doubt)
            #expect(error.code == .unreachable)
            #expect(transact(1..<2).doubt != nil)
        }

        /// The offsets that got lost on the way may reach the broker in the next transaction, and put the group back.
        @Test(arguments: [MockCluster.Request.addOffsetsToTransaction, .transactionOffsetCommit, .produce])
        func connectionLostBeforeTheCommitLeavesDoubtThoughItSucceeds(request: MockCluster.Request) throws {
            cluster.mock?.pushRequestErrors(request, [-195])
            let error = try #require(transact(0..<1).doubt)
            #expect(error.code == .unreachable)
            #expect(transact(1..<2).doubt != nil)
        }

        @Test func coordinatorThatMovesInCommitLeavesDoubt() throws {
            // Not coordinator: librdkafka closes its connection to the old one and asks the new one to commit.
            cluster.mock?.pushRequestErrors(.endTransaction, [16])
            #expect(transact(0..<1).doubt?.code == .unreachable)
        }

        @Test func connectionLostInAbortLeavesDoubtThoughItSucceeds() throws {
            cluster.mock?.pushRequestErrors(.produce, [29])
            cluster.mock?.pushRequestErrors(.endTransaction, [-195])
            #expect(transact(0..<1).doubt != nil)
        }

        @Test func commitWithoutAnswerInTimeLeavesDoubt() throws {
            #expect(transact(0..<1).offsets != nil)
            cluster.mock?.pushRequestErrors(.endTransaction, Array(repeating: 14, count: 1_000))
            let start = ContinuousClock.now
            #expect(transact(1..<2).doubt?.code == .unavailable || transact(1..<2).doubt?.code == .unreachable)
            #expect(ContinuousClock.now - start < .seconds(15))
        }
    }

    /// A member whose generation is over while its owner is busy, as one that was frozen: another one takes over, goes
    /// on, and leaves. In a group without members brokers take offsets that come without a generation, whoever sends
    /// them. On a broker of its own, which refuses the member's heartbeats.
    @Suite struct Zombies {
        @Test func whatItHadInHandIsNotCommitted() throws {
            let folder = try Unique.folder("zombie")
            let control = folder.appendingPathComponent("control")
            let broker = try BrokerProcess(
                in: folder, arguments: ["--control-address", "127.0.0.1:0", "--control-file", control.path])
            defer { broker.stop() }
            func configuration(_ client: String) -> KafkaConfiguration {
                KafkaConfiguration(
                    bootstrapServers: broker.bootstrapServers, properties: ["heartbeat.interval.ms": "500"],
                    clientID: client)
            }
            func member(_ client: String) throws -> KafkaGroupConsumer {
                try KafkaGroupConsumer(
                    configuration: configuration(client), group: "g", topics: ["in"], sessionTimeout: .seconds(3))
            }
            let place = TopicPartition(topic: "in", partition: 0)
            let admin = try KafkaAdmin(configuration: configuration("admin"))
            defer { admin.close() }
            #expect(try admin.createTopics([TopicPlan(name: "in", partitions: 1)]) == ["in": .created])
            let zombie = try member("zombie")
            defer { zombie.close() }
            _ = try zombie.joinFromBeginning()
            let producer = try KafkaTransactionalProducer(
                configuration: configuration("zombie"), transactionalID: "zombie")
            defer { producer.close() }
            try producer.initialize()
            #expect(producer.transact(numbered("in", 0..<1), offsets: [place: 1], of: zombie).offsets == [0])

            let address = try String(contentsOf: control, encoding: .utf8)
                .trimmingCharacters(in: .whitespacesAndNewlines)
            let curl = try #require(Program.installed("curl"), "`deploy/install.sh test` installs it")
            let fault = #"{"kind":"error","api":"Heartbeat","clientId":"zombie","code":22,"count":1000}"#
            let added = try Run.of(curl, ["-sf", "-X", "POST", "http://\(address)/faults", "-d", fault], in: folder)
            #expect(added.end == .exit(0), "\(added)")
            try waitUntil("the member hears that it is out") { try zombie.heartbeat() }
            #expect(GroupMembership.identity(of: zombie.client)?.generation == -1)

            let successor = try member("successor")
            #expect(try successor.awaitAssignment() == [place])
            try successor.assign([place: .offset(1)])
            try successor.commit([place: 5])
            successor.close()
            let result = producer.transact(numbered("in", 1..<2), offsets: [place: 2], of: zombie)
            #expect(result.abortion?.code == .rejoin, "\(result)")
            #expect(
                try GroupOffsets.committed(configuration: configuration("admin"), group: "g", partitions: [place])
                    == [place: GroupOffset(next: 5)])
        }
    }

    @Suite struct Admin {
        @Test func createDescribeDelete() throws {
            let cluster = try TestCluster()
            let admin = try KafkaAdmin(configuration: cluster.configuration)
            defer { admin.close() }
            let name = cluster.prefix + "admin"
            let plan = TopicPlan(name: name, partitions: 3, settings: ["cleanup.policy": "compact"])
            #expect(try admin.createTopics([plan]) == [name: .created])
            #expect(try admin.createTopics([plan]) == [name: .existedAlready])
            try waitUntil("the topic is there") { try admin.partitionCounts(of: [name]) == [name: 3] }
            #expect(try admin.settings(of: name)["cleanup.policy"] == "compact")
            try admin.deleteTopics([name])
            try waitUntil("the topic is gone") { try admin.partitionCounts(of: [name]).isEmpty }
            try admin.deleteTopics([name])
        }
    }
}
