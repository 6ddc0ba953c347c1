import BrokerCore
import EventLog
import KafkaProtocol
import Testing

/// Who may answer for a partition, and in which epoch.
@Suite struct LeaderTests {
    private let place = BrokerWorld.place()

    @Test func leadersAndCopiesAreSpreadAndTold() throws {
        let world = try BrokerWorld.nodes(partitions: 6)
        for node in 1...3 as ClosedRange<Int32> {
            let metadata = try world.metadata(at: node)
            #expect(metadata.brokers.map(\.nodeID) == [1, 2, 3])
            #expect(metadata.brokers.map(\.port) == [100, 101, 102])
            #expect(metadata.controllerID == 1)
            let partitions = try #require(metadata.topics.first).partitions
            #expect(Set(partitions.map(\.leaderID)) == [1, 2, 3])
            for partition in partitions {
                #expect(partition.leaderEpoch == 0 && partition.replicaNodes.first == partition.leaderID)
                #expect(Set(partition.replicaNodes) == [1, 2, 3] && partition.isrNodes == partition.replicaNodes)
            }
            let cluster = try world.call(DescribeClusterRequest())
            #expect(cluster.brokers.map(\.brokerID) == [1, 2, 3] && cluster.controllerID == 1)
        }
    }

    @Test func onlyTheLeaderAnswersForAPartition() throws {
        let world = try BrokerWorld.nodes()
        let leader = try world.leader(of: place)
        world.node = leader
        #expect(try world.produce(["a"]).errorCode == .none)
        #expect(try world.offset(place, -1).offset == 1)
        world.node = try world.another(than: leader)
        #expect(try world.produce(["b"]).errorCode == .notLeaderOrFollower)
        #expect(try world.offset(place, -1).errorCode == .notLeaderOrFollower)
        let delete = DeleteRecordsRequest(
            topics: [.init(name: place.topic, partitions: [.init(partitionIndex: 0, offset: 1)])], timeoutMs: 1)
        #expect(try world.call(delete).topics.first?.partitions.first?.errorCode == .notLeaderOrFollower)
        #expect(try world.endOffset(ofEpoch: 0).errorCode == .notLeaderOrFollower)
        world.node = leader
        #expect(try world.call(delete).topics.first?.partitions.first?.lowWatermark == 1)
    }

    /// KIP-392: this is why a consumer with old metadata does not notice that a leader has moved.
    @Test func everyReplicaServesNewConsumersAndOldOnesGoToTheLeader() throws {
        let world = try BrokerWorld.nodes(copies: 2)
        let replicas = try world.partition().replicaNodes
        try #require(replicas.count == 2)
        world.node = replicas[0]
        try world.produce(["a"])
        let fetch = world.fetchRequest()
        func answer(_ version: Int16) throws -> ErrorCode? {
            try world.call(fetch, version: version).topics.first?.partitions.first?.errorCode
        }
        world.node = replicas[1]
        #expect(try answer(11) == ErrorCode.none)
        #expect(try answer(10) == .notLeaderOrFollower)
        world.node = try world.another(than: replicas[0], replicas[1])
        #expect(try answer(11) == .notLeaderOrFollower)
    }

    @Test func epochsRiseAndAreChecked() throws {
        let world = try BrokerWorld.nodes()
        try world.goToLeader()
        try world.produce(["a", "b"])
        let first = world.node
        #expect(world.move(LeaderMove(.partitions, topic: place.topic)) == 3)
        let partition = try world.partition()
        #expect(partition.leaderEpoch == 1 && partition.leaderID != first)
        world.node = partition.leaderID
        try world.produce(["c"])
        func errors(_ epoch: Int32) throws -> [ErrorCode?] {
            let list = ListOffsetsRequest(topics: [
                .init(
                    name: place.topic,
                    partitions: [.init(partitionIndex: 0, currentLeaderEpoch: epoch, timestamp: -1)])
            ])
            var fetch = world.fetchRequest()
            fetch.topics[0].partitions[0].currentLeaderEpoch = epoch
            return [
                try world.call(list).topics.first?.partitions.first?.errorCode,
                try world.call(fetch).topics.first?.partitions.first?.errorCode,
                try world.endOffset(ofEpoch: 0, knowing: epoch).errorCode,
            ]
        }
        #expect(try errors(0) == [.fencedLeaderEpoch, .fencedLeaderEpoch, .fencedLeaderEpoch])
        #expect(try errors(2) == [.unknownLeaderEpoch, .unknownLeaderEpoch, .unknownLeaderEpoch])
        #expect(try errors(1) == [ErrorCode.none, ErrorCode.none, ErrorCode.none])
        #expect(try errors(-1) == [ErrorCode.none, ErrorCode.none, ErrorCode.none])
        // The epoch comes before the leader.
        world.node = first
        #expect(try errors(0).first == .fencedLeaderEpoch)
        #expect(try errors(1).first == .notLeaderOrFollower)
    }

    @Test func epochsTellWhereTheyEnd() throws {
        let world = try BrokerWorld.nodes()
        try world.goToLeader()
        try world.produce(["a", "b"])
        // An epoch without a record is not remembered.
        for _ in 0..<2 { world.move(LeaderMove(.partitions, topic: place.topic)) }
        try world.goToLeader()
        try world.produce(["c"])
        func end(_ epoch: Int32) throws -> [Int64] {
            let answer = try world.endOffset(ofEpoch: epoch)
            return [Int64(answer.leaderEpoch), answer.endOffset]
        }
        for _ in 0..<2 {
            #expect(try [end(0), end(1), end(2), end(3)] == [[0, 2], [0, 2], [2, 3], [-1, -1]])
            #expect(try world.offset(place, -2).leaderEpoch == 0)
            #expect(try world.offset(place, -1).leaderEpoch == 2)
            let batches = try world.fetch().records ?? []
            #expect(try RecordSection(batches).header.partitionLeaderEpoch == 0)
            try world.restart(fromSnapshot: true)
        }
    }

    @Test func aFetchThatWaitsAtALeaderThatLosesThePartitionIsAnswered() throws {
        let world = try BrokerWorld.nodes()
        try world.goToLeader()
        let old = try world.send(world.fetchRequest(wait: 500), version: 10)
        let new = try world.send(world.fetchRequest(wait: 500), version: 11)
        world.move(LeaderMove(.partitions, topic: place.topic))
        let answer = try #require(try world.answer(old, as: FetchResponse.self))
        #expect(answer.topics.first?.partitions.first?.errorCode == .notLeaderOrFollower)
        #expect(!world.isAnswered(new))
    }

    @Test func leadersGoWhereTheyAreSent() throws {
        let world = try BrokerWorld.nodes(partitions: 6)
        let third = LeaderMove(.partitions, topic: place.topic, partition: 2, to: 3)
        world.move(third)
        #expect(try world.leader(of: BrokerWorld.place(2)) == 3)
        #expect(world.move(third) == 0)
        // Neither to a node that has no copy, nor to one that is not there.
        #expect(world.move(LeaderMove(to: 4)) == 0)
        world.stop(2)
        #expect(world.move(LeaderMove(to: 2)) == 0)
        world.start(2)
        world.move(LeaderMove(from: 3, to: 2))
        #expect(world.broker.leadViews.allSatisfy { $0.leader != 3 })
        #expect(world.broker.nodeViews[2].coordinates == 0)
    }

    @Test func whoAsksForTooManyCopiesIsRefused() throws {
        let world = try BrokerWorld.nodes()
        #expect(try world.createTopic("four", copies: 4) == .invalidReplicationFactor)
        #expect(try world.createTopic("none", copies: 0) == .invalidReplicationFactor)
        let request = CreateTopicsRequest(topics: [
            .init(
                name: "chosen", numPartitions: -1, replicationFactor: -1,
                assignments: [.init(partitionIndex: 0, brokerIDs: [3, 1])])
        ])
        #expect(try world.call(request).topics.first?.errorCode == ErrorCode.none)
        let chosen = try #require(world.broker.leadViews.first { $0.place.topic == "chosen" })
        #expect(chosen.leader == 3 && chosen.replicas == [3, 1])
        try world.restart()
        #expect(world.broker.leadViews.contains(chosen))
    }
}

extension BrokerWorld {
    func endOffset(ofEpoch epoch: Int32, knowing current: Int32 = -1) throws
        -> OffsetForLeaderEpochResponse.Partition
    {
        let request = OffsetForLeaderEpochRequest(topics: [
            .init(
                name: Self.topic,
                partitions: [.init(partitionIndex: 0, currentLeaderEpoch: current, leaderEpoch: epoch)])
        ])
        return try #require(try call(request).topics.first?.partitions.first)
    }
}
