import EventLog
import Foundation
import KafkaProtocol
import TestProcesses
import Testing
import WireClient

/// What a broker knew before it was killed it knows again: not under load, but each kind of state by itself.
@Suite("Restarts of the broker", .enabled(if: BrokerUnderTest.foreign == nil, "the broker is not ours to kill"))
struct RestartTests {
    /// A broker that is killed and comes back at the same place. Confined to one thread.
    private final class Restarting {
        private let folder: URL
        private(set) var broker: BrokerProcess

        init() throws {
            folder = try Unique.folder("restart")
            broker = try BrokerProcess(keepingIn: folder, .always)
        }

        var servers: String { broker.bootstrapServers }

        func kill() throws {
            broker.child.kill()
            guard broker.child.end(within: .seconds(10)) == .signal(9) else { throw Failure("it was not killed") }
            broker = try BrokerProcess(keepingIn: folder, .always, port: broker.address.port)
        }

        deinit {
            broker.child.stop()
            try? FileManager.default.removeItem(at: folder)
        }
    }

    private let place = TopicPartition(topic: "restarted", partition: 0)

    @Test("an open transaction is open still, and ends properly", arguments: [WireProducer.Ending.commit, .abort])
    func openTransaction(_ ending: WireProducer.Ending) async throws {
        try await onOwnThread {
            let restarting = try Restarting()
            let before = try Cluster(restarting.servers)
            try before.createTopic(place.topic)
            let producer = try WireProducer(Cluster(restarting.servers), transactionalID: "t").initialize()
            try producer.transact(["a"], to: place)
            try producer.commitOffset(7, of: place, group: "g")
            try restarting.kill()
            producer.cluster.drop()
            let reader = try Cluster(restarting.servers)
            #expect(try reader.read(place, .readCommitted).lastStableOffset == 0)
            #expect(try reader.committed(place, group: "g", .stable).errorCode == .unstableOffsetCommit)
            // The same producer goes on, with the next sequence number.
            try producer.produce(["b"], to: place)
            try producer.end(ending)
            try expectStable(reader, place, upTo: 3)
            #expect(try reader.read(place, .readCommitted).values == (ending == .commit ? ["a", "b"] : []))
            #expect(try reader.committed(place, group: "g", .stable).committedOffset == (ending == .commit ? 7 : -1))
            // And the end is an end after another kill too.
            try restarting.kill()
            reader.drop()
            try expectStable(reader, place, upTo: 3)
            #expect(try reader.read(place, .readCommitted).values == (ending == .commit ? ["a", "b"] : []))
        }
    }

    @Test("a fenced producer stays fenced, and a known sequence known")
    func producers() async throws {
        try await onOwnThread {
            let restarting = try Restarting()
            try Cluster(restarting.servers).createTopic(place.topic)
            let zombie = try WireProducer(Cluster(restarting.servers), transactionalID: "t").initialize()
            try zombie.transact(["ghost"], to: place)
            let successor = try WireProducer(Cluster(restarting.servers), transactionalID: "t").initialize()
            let plain = try WireProducer(Cluster(restarting.servers)).initialize()
            let owner = plain.owner(place)
            let offset = try plain.produce(["once"], to: place)
            try restarting.kill()
            for producer in [zombie, successor, plain] { producer.cluster.drop() }
            #expect(try ErrorCode.fenced.contains(zombie.tryProduce(["more"], to: place).errorCode))
            #expect(try ErrorCode.fenced.contains(zombie.tryEnd(.commit)))
            let again = try plain.cluster.produce([Draft("once")], to: place, as: owner)
            #expect(again.errorCode == .none)
            #expect(again.baseOffset == offset)
            try plain.produce(["twice"], to: place)
            try successor.transact(["alive"], to: place)
            try successor.end(.commit)
            let reader = try Cluster(restarting.servers)
            try expectStable(reader, place, upTo: 6)
            #expect(try reader.read(place, .readCommitted).values == ["once", "twice", "alive"])
        }
    }

    @Test("topics, settings, offsets and starts of logs are there again; what was deleted is not")
    func everythingElse() async throws {
        try await onOwnThread {
            let restarting = try Restarting()
            let client = try Cluster(restarting.servers)
            try client.createTopic(place.topic, partitions: 3, configs: ["retention.ms": "3600000"])
            try client.createTopic("gone")
            for number in 0..<5 { try client.write(["\(number)"], to: place) }
            let partition = DeleteRecordsRequest.Partition(partitionIndex: 0, offset: 2)
            let topic = DeleteRecordsRequest.Topic(name: place.topic, partitions: [partition])
            _ = try client.any().call(DeleteRecordsRequest(topics: [topic], timeoutMs: 30_000))
            try client.deleteTopics(["gone"])
            let member = try WireMember(client, group: "g", instance: "one")
            try member.joinAlone()
            #expect(try member.commit(3, of: place) == .none)
            let cluster = try client.any().call(DescribeClusterRequest()).clusterID
            try restarting.kill()
            client.drop()
            #expect(try client.any().call(DescribeClusterRequest()).clusterID == cluster)
            let metadata = try #require(try client.metadata([place.topic]).topics.first)
            #expect(metadata.partitions.count == 3)
            #expect(try client.metadata(["gone"]).topics.first?.errorCode == .unknownTopicOrPartition)
            #expect(try client.configs(of: place.topic)["retention.ms"]?.value == "3600000")
            #expect(try client.read(place, .readCommitted).values == ["2", "3", "4"])
            #expect(try client.write(["5"], to: place) == 5)
            let offset = try client.committed(place, group: "g", .stable)
            #expect(offset.committedOffset == 3)
            #expect(offset.metadata == "note")
            // The member is known still: its place was kept.
            let back = try WireMember(client, group: "g", instance: "one")
            (back.id, back.generation) = (member.id, member.generation)
            #expect(try back.heartbeat() == .none)
        }
    }
}
