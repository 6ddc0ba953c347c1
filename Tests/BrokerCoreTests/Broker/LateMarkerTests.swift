import BrokerCore
import EventLog
import KafkaProtocol
import Testing

/// The time between the decision on a transaction's end and its markers, which come one by one.
@Suite struct LateMarkerTests {
    private static let count: Int32 = 8
    private static let places = (0..<count).map { BrokerWorld.place($0) }
    private static let groups = ["g0", "g1", "g2"]

    /// A world whose transaction `tx` is committed, with a record in each partition and an offset in each group, and no
    /// marker has come.
    private static func world(delay: Int64 = 1000, loadTime: Int64 = 0) throws -> (BrokerWorld, TestProducer) {
        var configuration = BrokerConfiguration(markerDelay: delay)
        configuration.groups.loadTime = loadTime
        configuration.transactions.loadTime = loadTime
        let world = BrokerWorld(configuration)
        world.pass(loadTime)
        try world.createTopic(partitions: count)
        var producer = try world.producer("tx")
        #expect(try world.add(places, to: producer) == places.map { _ in .none })
        for place in places { #expect(try world.produce(["a"], to: place, by: &producer) == .none) }
        for group in groups {
            #expect(try world.addOffsets(group, to: producer) == .none)
            #expect(try world.commitOffset(7, in: producer, group: group) == .none)
        }
        #expect(try world.end(producer, commit: true) == .none)
        return (world, producer)
    }

    private static func visible(in world: BrokerWorld) throws -> Int {
        try places.count { try world.consume($0, .readCommitted) == ["a"] }
    }

    private static func stable(in world: BrokerWorld) throws -> Int {
        try groups.count {
            let offset = try world.committed(group: $0, stable: true)
            #expect(offset.errorCode == .none ? offset.committedOffset == 7 : offset.errorCode == .unstableOffsetCommit)
            return offset.errorCode == .none
        }
    }

    private static func state(of world: BrokerWorld) throws -> String? {
        try world.call(DescribeTransactionsRequest(transactionalIDs: ["tx"])).transactions.first?.state
    }

    @Test func eachPartitionAndGroupHasItsTime() throws {
        let (world, producer) = try Self.world()
        var sights: Set<[Int]> = []
        for _ in 0..<1000 {
            let sight = [try Self.visible(in: world), try Self.stable(in: world)]
            sights.insert(sight)
            if sight == [Self.places.count, Self.groups.count] { break }
            #expect(try Self.state(of: world) == "PrepareCommit")
            #expect(try world.add([BrokerWorld.place()], to: producer) == [.concurrentTransactions])
            #expect(try world.addOffsets("g0", to: producer) == .concurrentTransactions)
            #expect(try world.end(producer, commit: true) == .concurrentTransactions)
            #expect(try world.initProducer("tx").error == .concurrentTransactions)
            world.pass(1)
        }
        #expect(sights.count > Self.places.count / 2, "they come one by one")
        #expect(try Self.state(of: world) == "CompleteCommit")
        #expect(try world.add([BrokerWorld.place()], to: producer) == [.none])
        let met = world.encounters
        #expect(met.concurrentTransactions > 0 && met.unstableOffsets > 0 && met.laggingStableOffsets > 0)
        #expect(met.delayedMarkers == Self.places.count + Self.groups.count)
    }

    /// Whenever the broker dies, the rest of the markers is written by the next one.
    @Test func whatACrashCutsOffIsWrittenAgain() throws {
        for moment in stride(from: Int64(0), through: 1000, by: 125) {
            let (world, producer) = try Self.world(loadTime: 50)
            world.pass(moment)
            let before = try Self.visible(in: world)
            try world.restart()
            #expect(try Self.visible(in: world) == before)
            #expect(try world.end(producer, commit: true) == .coordinatorLoadInProgress)
            world.pass(1050)
            #expect(try Self.visible(in: world) == Self.places.count)
            #expect(try Self.stable(in: world) == Self.groups.count)
            #expect(try world.end(producer, commit: true) == .none)
            #expect(world.encounters.endsTakenOver == (before < Self.places.count ? 1 : world.encounters.endsTakenOver))
        }
    }

    @Test func theNextCoordinatorWritesTheRest() throws {
        let (world, producer) = try Self.world(loadTime: 50)
        world.pass(400)
        let before = try Self.visible(in: world)
        #expect((1..<Self.places.count).contains(before))
        world.moveCoordinators()
        #expect(try world.add([BrokerWorld.place()], to: producer) == [.coordinatorLoadInProgress])
        world.pass(49)
        #expect(try Self.visible(in: world) == before)
        world.pass(1001)
        #expect(try Self.visible(in: world) == Self.places.count)
        #expect(try Self.stable(in: world) == Self.groups.count)
        #expect(try Self.state(of: world) == "CompleteCommit")
    }

    @Test func groupsAreNotAskedWhileTheyAreRead() throws {
        let (world, _) = try Self.world(delay: 0, loadTime: 50)
        world.moveCoordinators()
        let request = OffsetFetchRequest(
            groups: [.init(groupID: "g0", topics: [.init(name: BrokerWorld.topic, partitionIndexes: [0])])],
            requireStable: true)
        let group = try #require(try world.call(request).groups.first)
        #expect(group.errorCode == .coordinatorLoadInProgress && group.topics.isEmpty)
        let old = try #require(try world.call(request, version: 1).groups.first?.topics.first?.partitions.first)
        #expect(old.errorCode == .coordinatorLoadInProgress)
        world.pass(50)
        #expect(try world.committed(group: "g0", stable: true).committedOffset == 7)
    }

    /// As Kafka does without part 2 of KIP-890.
    @Test func aLateBatchIsTakenUntilItsPartitionHasTheMarker() throws {
        var (world, producer) = try Self.world()
        let place = BrokerWorld.place(3)
        #expect(try world.produce(["late"], to: place, by: &producer) == .none)
        #expect(world.encounters.batchesBehindTheEnd == 1)
        world.pass(1000)
        #expect(try world.consume(place, .readCommitted) == ["a", "late"])
        #expect(try world.produce(["later"], to: place, by: &producer) == .invalidTransactionState)
    }

    /// The very fault that KIP-890 is about: the client tries a batch of the last transaction again, and it lands in the
    /// next one.
    @Test func aLateBatchWaitsForTheNextTransaction() throws {
        let world = BrokerWorld(BrokerConfiguration(markerDelay: 1000))
        try world.createTopic(partitions: 2)
        var producer = try world.producer("tx")
        let (place, other) = (BrokerWorld.place(0), BrokerWorld.place(1))
        #expect(try world.add([place, other], to: producer) == [.none, .none])
        #expect(try world.produce(["a"], to: other, by: &producer) == .none)
        #expect(try world.end(producer, commit: false) == .none)
        let refusal = try world.produce(["late"], to: place, by: &producer)
        #expect(refusal == .notEnoughReplicas, "to be tried again")
        #expect(world.encounters.batchesPutOff == 1)
        world.pass(1000)
        #expect(try world.produce(["late"], to: place, by: &producer) == .invalidTransactionState)
        #expect(try world.add([place], to: producer) == [.none])
        #expect(try world.produce(["late"], to: place, by: &producer) == .none)
        #expect(try world.end(producer, commit: true) == .none)
        world.pass(1000)
        #expect(try world.consume(place, .readCommitted) == ["late"])
        #expect(try world.consume(other, .readCommitted).isEmpty)
    }

    @Test func lateOffsetsAreTakenUntilTheirGroupHasTheMarker() throws {
        let (world, producer) = try Self.world()
        #expect(try world.commitOffset(9, in: producer, group: "g1") == .none)
        #expect(try world.commitOffset(9, in: producer, group: "other") == .concurrentTransactions)
        world.pass(1000)
        #expect(try world.committed(group: "g1", stable: true).committedOffset == 9)
        #expect(try world.commitOffset(9, in: producer, group: "g1") == .invalidTransactionState)
    }

    @Test func aDeletedTopicKeepsNoTransactionWaiting() throws {
        let (world, producer) = try Self.world()
        try world.deleteTopic()
        world.pass(1000)
        #expect(try Self.state(of: world) == "CompleteCommit")
        #expect(try world.end(producer, commit: true) == .none)
    }
}
