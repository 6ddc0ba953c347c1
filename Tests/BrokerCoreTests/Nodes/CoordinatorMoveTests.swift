import BrokerCore
import EventLog
import KafkaProtocol
import Testing

/// Groups and transactions whose coordinator is on another node, or moves there.
@Suite struct CoordinatorMoveTests {
    private let world: BrokerWorld
    private let place = BrokerWorld.place()

    init() throws { world = try BrokerWorld.nodes() }

    @Test func onlyTheCoordinatorAnswersForAGroup() throws {
        try world.goToCoordinator()
        let (member, generation) = try world.soleMember()
        #expect(try world.commitOffset(5, generation: generation, member: member) == .none)
        world.node = try world.another(than: world.node)
        #expect(try world.joined(try world.join()).errorCode == .notCoordinator)
        #expect(try world.synced(try world.sync(member, generation)).errorCode == .notCoordinator)
        #expect(try world.heartbeat(member, generation) == .notCoordinator)
        #expect(try world.commitOffset(6, generation: generation, member: member) == .notCoordinator)
        let groups = [BrokerWorld.group]
        #expect(
            try world.call(OffsetFetchRequest(groups: [.init(groupID: groups[0], topics: nil)])).groups.map(\.errorCode)
                == [.notCoordinator])
        #expect(
            try world.call(DescribeGroupsRequest(groupIDs: groups)).groups.map(\.errorCode) == [.notCoordinator])
        #expect(try world.call(DeleteGroupsRequest(groupIDs: groups)).groups.map(\.errorCode) == [.notCoordinator])
        #expect(try world.call(OffsetDeleteRequest(groupID: groups[0])).errorCode == .notCoordinator)
        #expect(try world.call(LeaveGroupRequest(groupID: groups[0])).errorCode == .notCoordinator)
        #expect(try world.call(ListGroupsRequest()).groups.isEmpty)
        try world.goToCoordinator()
        #expect(try world.call(ListGroupsRequest()).groups.map(\.groupID) == groups)
        #expect(try world.committed().committedOffset == 5)
    }

    @Test func onlyTheCoordinatorAnswersForATransactionalID() throws {
        try world.goToCoordinator("tx", .transaction)
        let producer = try world.producer("tx")
        world.node = try world.another(than: world.node)
        #expect(try world.initProducer("tx").error == .notCoordinator)
        #expect(try world.add([place], to: producer) == [.notCoordinator])
        #expect(try world.addOffsets(to: producer) == .notCoordinator)
        #expect(try world.end(producer, commit: true) == .notCoordinator)
        let described = try world.call(DescribeTransactionsRequest(transactionalIDs: ["tx"]))
        #expect(described.transactions.map(\.errorCode) == [.notCoordinator])
        #expect(try world.call(ListTransactionsRequest()).transactions.isEmpty)
        // Any node numbers producers without a name.
        #expect(try world.initProducer(nil).error == .none)
    }

    @Test func aStableGenerationMovesWithItsMembers() throws {
        try world.goToCoordinator()
        let (member, generation) = try world.soleMember()
        let old = world.node
        #expect(world.move(LeaderMove(.coordinators)) == 100)
        #expect(try world.heartbeat(member, generation) == .notCoordinator)
        try world.goToCoordinator()
        #expect(world.node != old)
        // Its session is a whole one again.
        world.pass(9_999)
        #expect(try world.heartbeat(member, generation) == .none)
        #expect(try world.commitOffset(5, generation: generation, member: member) == .none)
    }

    @Test func whoWaitsAtTheOldCoordinatorIsSentAway() throws {
        try world.goToCoordinator()
        let (member, generation) = try world.soleMember()
        let (joining, newcomer) = try world.joinAnew()
        #expect(!world.isAnswered(joining))
        world.move(LeaderMove(.coordinators))
        #expect(try world.joined(joining).errorCode == .notCoordinator)
        try world.goToCoordinator()
        // The rebalance is forgotten, and the newcomer's id with it.
        #expect(try world.heartbeat(member, generation) == .none)
        #expect(try world.joined(try world.join(newcomer)).errorCode == .unknownMemberID)
    }

    @Test func whoWaitsForItsAssignmentIsSentAwayToo() throws {
        try world.goToCoordinator()
        let (first, leader) = try world.joinAnew()
        let alone = try world.joined(first).generationID
        _ = try world.sync(leader, alone, assign: [leader: "all"])
        let (joining, follower) = try world.joinAnew()
        _ = try world.join(leader)
        let waiting = try world.sync(follower, try world.joined(joining).generationID)
        #expect(!world.isAnswered(waiting))
        world.move(LeaderMove(.coordinators))
        #expect(try world.synced(waiting).errorCode == .notCoordinator)
    }

    @Test func sessionsDoNotEndWhileTheCoordinatorIsDead() throws {
        try world.goToCoordinator()
        let (member, generation) = try world.soleMember()
        let dead = world.node
        world.kill(dead)
        // The session is shorter than the coordinator's.
        world.pass(9_000)
        try world.goToCoordinator(by: try world.another(than: dead))
        #expect(world.node != dead)
        world.pass(9_999)
        #expect(try world.heartbeat(member, generation) == .none)
        world.pass(10_000)
        #expect(try world.heartbeat(member, generation) == .unknownMemberID)
    }

    @Test func aTransactionGoesOnAtTheNewCoordinator() throws {
        try world.goToCoordinator("tx", .transaction)
        var producer = try world.producer("tx")
        #expect(try world.add([place], to: producer) == [.none])
        try world.goToLeader()
        #expect(try world.produce(["a"], by: &producer) == .none)
        world.move(LeaderMove())
        #expect(try world.produce(["b"], by: &producer) == .notLeaderOrFollower)
        try world.goToLeader()
        #expect(try world.produce(["b"], by: &producer) == .none)
        try world.goToCoordinator("tx", .transaction)
        #expect(try world.end(producer, commit: true) == .none)
        try world.goToLeader()
        #expect(try world.consume() == ["a", "b"])
    }

    @Test func offsetsOfADeletedTopicAreForgottenWhileNobodyCoordinates() throws {
        try world.goToCoordinator()
        let dead = world.node
        #expect(try world.commitOffset(5) == .none)
        world.kill(dead)
        world.node = try world.another(than: dead)
        #expect(try world.deleteTopic() == .none)
        world.pass(9_000)
        try world.createTopic(copies: 3)
        try world.goToCoordinator(by: world.node)
        #expect(try world.committed().committedOffset == -1)
    }
}
