import BrokerCore
import EventLog
import KafkaProtocol
import Testing

/// Nodes that die, stop and come back.
@Suite struct NodeLifeTests {
    private let place = BrokerWorld.place()

    @Test func aDeadNodeLeadsUntilItsSessionEnds() throws {
        let world = try BrokerWorld.nodes()
        let dead = try world.leader()
        let other = try world.another(than: dead)
        world.kill(dead)
        world.node = dead
        let lost = try world.send(world.fetchRequest())
        #expect(world.isAnswered(lost))
        #expect(try world.answer(lost, as: FetchResponse.self) == nil)
        world.pass(8_999)
        #expect(try world.metadata(at: other).brokers.count == 3)
        #expect(try world.leader(at: other) == dead)
        world.pass(1)
        let partition = try world.partition(at: other)
        #expect(try world.metadata(at: other).brokers.map(\.nodeID).contains(dead) == false)
        #expect(partition.leaderID != dead && partition.leaderEpoch == 1)
        #expect(!partition.isrNodes.contains(dead) && partition.offlineReplicas == [dead])
        world.node = partition.leaderID
        #expect(try world.produce(["a"]).errorCode == .none)
        world.start(dead)
        let back = try world.partition(at: dead)
        #expect(back.leaderID == partition.leaderID && Set(back.isrNodes) == [1, 2, 3])
    }

    @Test func aNodeThatIsStoppedHandsOverAtOnce() throws {
        let world = try BrokerWorld.nodes()
        for node in 1...3 as ClosedRange<Int32> {
            world.stop(node)
            let other = try world.another(than: node)
            let metadata = try world.metadata(at: other)
            #expect(!metadata.brokers.map(\.nodeID).contains(node) && metadata.controllerID != node)
            #expect(metadata.topics[0].partitions.allSatisfy { $0.leaderID != node && $0.errorCode == .none })
            world.start(node)
        }
    }

    @Test func withTwoOfThreeAwayNotEnoughCopiesAreThere() throws {
        let world = BrokerWorld(BrokerConfiguration(nodeCount: 3))
        try world.createTopic(copies: 3, configs: ["min.insync.replicas": "2"])
        try world.goToCoordinator("tx", .transaction)
        let producer = try world.producer("tx")
        world.kill(2)
        world.pass(9_000)
        try world.goToLeader()
        #expect(try world.produce(["a"]).errorCode == .none)
        world.kill(3)
        world.pass(9_000)
        try world.goToLeader()
        #expect(world.node == 1)
        #expect(try world.produce(["b"]).errorCode == .notEnoughReplicas)
        let unsafe = LogTestHost.batch(LogTestHost.records(["c"], at: world.now))
        #expect(try world.produce(bytes: unsafe, acks: 1).errorCode == .none)
        #expect(try world.end(producer, commit: true) == .coordinatorNotAvailable)
        #expect(try world.initProducer("tx").error == .coordinatorNotAvailable)
        #expect(try world.add([place], to: producer) == [.coordinatorNotAvailable])
        world.start(3)
        #expect(try world.produce(["d"]).errorCode == .none)
        #expect(try world.add([place], to: producer) == [.none])
    }

    /// Kafka lets nobody lead who may lack records (`unclean.leader.election.enable` is false).
    @Test func theLastInSyncMustComeBack() throws {
        let world = try BrokerWorld.nodes()
        for node in [3, 2] as [Int32] {
            world.kill(node)
            world.pass(9_000)
        }
        #expect(try world.leader() == 1)
        #expect(try world.partition().isrNodes == [1])
        world.kill(1)
        world.pass(9_000)
        world.start(2)
        let partition = try world.partition(at: 2)
        #expect(partition.errorCode == .leaderNotAvailable && partition.leaderID == -1 && partition.isrNodes == [1])
        #expect(try world.coordinator(BrokerWorld.group, at: 2).errorCode == .coordinatorNotAvailable)
        #expect(try world.produce(["a"]).errorCode == .notLeaderOrFollower)
        world.start(1)
        #expect(try world.leader(at: 2) == 1)
        #expect(Set(try world.partition(at: 2).isrNodes) == [1, 2])
    }

    @Test func aNodeThatComesBackEarlyHasLostItsLead() throws {
        let world = try BrokerWorld.nodes()
        let node = try world.leader()
        world.kill(node)
        world.start(node)
        let partition = try world.partition(at: node)
        #expect(partition.leaderID != node && partition.leaderEpoch == 1)
        #expect(Set(partition.isrNodes) == [1, 2, 3])
        let deadline = try #require(world.broker.nextDeadline)
        #expect(deadline > world.now + 9_000)
    }

    @Test func aNodeTellsOldMetadataForATime() throws {
        let world = try BrokerWorld.nodes()
        let before = try world.partition(at: 2)
        let coordinator = try world.coordinator(BrokerWorld.group, at: 2).nodeID
        world.keepMetadata(of: 2, for: 1_000)
        world.move(LeaderMove())
        try world.createTopic("new", copies: 3)
        #expect(try world.partition(at: 2) == before)
        #expect(try world.coordinator(BrokerWorld.group, at: 2).nodeID == coordinator)
        #expect(try world.partition(at: 3).leaderID != before.leaderID)
        #expect(try world.call(MetadataRequest(topics: [.init(name: "new")])).topics[0].errorCode == .none)
        world.pass(1_000)
        let current = try world.partition(at: 3)
        #expect(try world.partition(at: 2) == current)
        #expect(try world.coordinator(BrokerWorld.group, at: 2).nodeID != coordinator)
    }

    @Test func epochsOutliveTheProcessAndNodes() throws {
        let world = try BrokerWorld.nodes()
        for _ in 0..<3 { world.move(LeaderMove()) }
        world.kill(2)
        let before = try world.partition()
        for fromSnapshot in [false, true] {
            try world.restart(fromSnapshot: fromSnapshot)
            let after = try world.partition()
            // All nodes are there again.
            #expect(after.leaderID == before.leaderID && after.leaderEpoch == 3)
            #expect(Set(after.isrNodes) == [1, 2, 3])
        }
        // And with fewer nodes.
        let alone = try BrokerWorld(after: world.history[...], BrokerConfiguration(), now: world.now)
        let partition = try alone.partition()
        #expect(partition.leaderID == 1 && partition.replicaNodes == [1])
        #expect(partition.leaderEpoch >= 3)
        #expect(try alone.produce(["a"]).errorCode == .none)
    }

    @Test func moreNodesTakeUpWhatOneHadAlone() throws {
        let one = BrokerWorld()
        try one.createTopic(partitions: 3)
        try one.produce(["a"])
        let three = try BrokerWorld(after: one.history[...], BrokerConfiguration(nodeCount: 3), now: one.now)
        #expect(Set(try three.metadata().topics[0].partitions.map(\.leaderID)) == [1, 2, 3])
        try three.goToLeader()
        #expect(try three.consume() == ["a"])
    }

    @Test func aSingleNodeCanGoAndComeBack() throws {
        let world = BrokerWorld()
        try world.createTopic()
        let (member, generation) = try world.soleMember()
        world.kill(1)
        world.pass(60_000)
        world.start(1)
        #expect(try world.heartbeat(member, generation) == .none)
        #expect(try world.produce(["a"]).errorCode == .none)
        #expect(try world.leader() == 1)
    }

    @Test func changesOfLeadersAreReadAsTheyWereWritten() throws {
        for leader in [nil, 3] as [Int32?] {
            let entry = LeadJournalEntry(replicas: [3, 1], leader: leader, epoch: 7, startOffset: 1 << 40)
            let journaled = JournalEntry.lead(place, entry)
            #expect(try JournalEntry(decoding: journaled.encoded()) == journaled)
        }
    }
}
