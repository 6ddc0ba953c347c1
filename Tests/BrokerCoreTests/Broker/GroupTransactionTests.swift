import BrokerCore
import EventLog
import KafkaProtocol
import Testing

/// Groups as clients see them, alone and within transactions.
@Suite struct GroupTransactionTests {
    private let world = BrokerWorld()
    private let place = BrokerWorld.place()

    init() throws { try world.createTopic() }

    @Test func offsetsOfATransactionCountWhenItIsCommitted() throws {
        let (member, generation) = try world.soleMember()
        let producer = try world.producer("tx")
        #expect(
            try world.commitOffset(5, in: producer, generation: generation, member: member) == .invalidTransactionState)
        #expect(try world.addOffsets(to: producer) == .none)
        #expect(try world.commitOffset(5, in: producer, generation: generation, member: member) == .none)
        #expect(try world.committed().committedOffset == -1)
        #expect(try world.committed(stable: true).errorCode == .unstableOffsetCommit)
        try world.end(producer, commit: true)
        #expect(try world.committed(stable: true).committedOffset == 5)
        #expect(try world.addOffsets(to: producer) == .none)
        #expect(try world.commitOffset(9, in: producer, generation: generation, member: member) == .none)
        try world.end(producer, commit: false)
        #expect(try world.committed(stable: true).committedOffset == 5)
    }

    @Test func aStaleGenerationCommitsNothing() throws {
        let (member, generation) = try world.soleMember()
        let producer = try world.producer("tx")
        #expect(try world.addOffsets(to: producer) == .none)
        let stale = try world.commitOffset(5, in: producer, generation: generation - 1, member: member)
        #expect(stale == .illegalGeneration)
        #expect(try world.commitOffset(5, in: producer, generation: generation, member: "who") == .unknownMemberID)
        try world.end(producer, commit: true)
        #expect(try world.committed(stable: true).committedOffset == -1)
    }

    @Test func aStaticMemberIsReplacedWithoutARebalance() throws {
        let first = try world.joined(try world.join(instance: "i", version: 9))
        let sync = try world.sync(first.memberID, first.generationID, instance: "i", assign: [first.memberID: "all"])
        #expect(try world.synced(sync).errorCode == .none)
        // Killed, and back within its session.
        let second = try world.joined(try world.join(instance: "i", version: 9))
        #expect(second.errorCode == .none)
        #expect(second.generationID == first.generationID && second.memberID != first.memberID)
        #expect(second.skipAssignment)
        let again = try world.synced(try world.sync(second.memberID, second.generationID, instance: "i"))
        #expect(String(decoding: again.assignment, as: UTF8.self) == "all")
        #expect(try world.heartbeat(first.memberID, first.generationID, instance: "i") == .fencedInstanceID)
        #expect(try world.heartbeat(second.memberID, second.generationID, instance: "i") == .none)
    }

    @Test func aCooperativeRebalanceMovesOnePartitionAtATime() throws {
        let name = "cooperative-sticky"
        let (first, leader) = try world.joinAnew(protocols: [name])
        let generation = try world.joined(first).generationID
        let alone = try world.sync(leader, generation, assign: [leader: "0,1"], name: name)
        #expect(try world.synced(alone).errorCode == .none)

        let (second, newcomer) = try world.joinAnew(protocols: [name])
        #expect(!world.isAnswered(second))
        #expect(try world.heartbeat(leader, generation) == .rebalanceInProgress)
        // It keeps working, and joins again.
        let rejoined = try world.joined(try world.join(leader, protocols: [name]))
        #expect(rejoined.leader == leader && rejoined.members.count == 2 && rejoined.protocolName == name)
        #expect(try world.joined(second).generationID == rejoined.generationID)
        let waiting = try world.sync(newcomer, rejoined.generationID, name: name)
        #expect(!world.isAnswered(waiting))
        let kept = try world.sync(
            leader, rejoined.generationID, assign: [leader: "0", newcomer: ""], name: name)
        #expect(String(decoding: try world.synced(kept).assignment, as: UTF8.self) == "0")
        #expect(try world.synced(waiting).assignment.isEmpty)

        // What was revoked is given away by the second round.
        let third = try world.join(leader, protocols: [name])
        let last = try world.joined(try world.join(newcomer, protocols: [name]))
        #expect(try world.joined(third).generationID == last.generationID)
        let moved = try world.sync(newcomer, last.generationID, name: name)
        _ = try world.sync(leader, last.generationID, assign: [leader: "0", newcomer: "1"], name: name)
        #expect(String(decoding: try world.synced(moved).assignment, as: UTF8.self) == "1")
    }

    @Test func oldVersionsOfTheProtocolWork() throws {
        let joined = try world.joined(try world.join(version: 0))
        #expect(joined.errorCode == .none && joined.leader == joined.memberID)
        let sync = try world.send(
            SyncGroupRequest(
                groupID: "g", generationID: 1, memberID: joined.memberID,
                assignments: [.init(memberID: joined.memberID, assignment: [1])]), version: 0)
        #expect(try world.synced(sync).assignment == [1])
        let leave = LeaveGroupRequest(groupID: "g", members: [.init(memberID: joined.memberID)])
        #expect(try world.call(leave, version: 0).errorCode == .none)
        #expect(try world.call(leave, version: 0).errorCode == .unknownMemberID)
        let unnamed = try world.call(SyncGroupRequest(groupID: "g", generationID: 1, memberID: "m"), version: 5)
        #expect(unnamed.errorCode == .inconsistentGroupProtocol)
    }

    @Test func groupsAreListedDescribedAndDeleted() throws {
        let (member, generation) = try world.soleMember()
        #expect(try world.commitOffset(3, generation: generation, member: member) == .none)
        #expect(
            try world.commitOffset(3, BrokerWorld.place(4), generation: generation, member: member)
                == .unknownTopicOrPartition)
        let described = try world.call(
            DescribeGroupsRequest(groupIDs: ["g", "none"], includeAuthorizedOperations: true)
        ).groups
        #expect(described.map(\.groupState) == ["Stable", "Dead"])
        #expect(described[0].members.map(\.clientID) == ["client"])
        #expect(described[0].authorizedOperations == 328)
        #expect(try world.call(ListGroupsRequest(statesFilter: ["Stable"])).groups.map(\.groupID) == ["g"])
        #expect(try world.call(DeleteGroupsRequest(groupIDs: ["g"])).groups.map(\.errorCode) == [.nonEmptyGroup])
        _ = try world.call(LeaveGroupRequest(groupID: "g", members: [.init(memberID: member)]))
        let topics = [
            OffsetDeleteRequest.Topic(name: "t", partitions: [0]), .init(name: "none", partitions: [0]),
        ]
        let deleted = try world.call(OffsetDeleteRequest(groupID: "g", topics: topics))
        #expect(deleted.topics.flatMap(\.partitions).map(\.errorCode) == [.none, .unknownTopicOrPartition])
        #expect(try world.committed().committedOffset == -1)
        let missing = try world.call(OffsetDeleteRequest(groupID: "none", topics: topics))
        #expect(missing.errorCode == .groupIDNotFound && missing.topics.isEmpty)
    }

    @Test func allOffsetsOfAGroupAreFetched() throws {
        try world.createTopic("u", partitions: 3)
        for number in Int32(0)..<3 {
            #expect(try world.commitOffset(7, BrokerWorld.place(number, topic: "u")) == .none)
        }
        #expect(try world.commitOffset(1) == .none)
        let fetched = try world.call(OffsetFetchRequest(groups: [.init(groupID: "g"), .init(groupID: "none")]))
        #expect(fetched.groups.map(\.topics.count) == [2, 0])
        #expect(fetched.groups[0].topics[1].partitions.map(\.committedOffset) == [7, 7, 7])
        let old = try world.call(OffsetFetchRequest(groups: [.init(groupID: "g")]), version: 2)
        #expect(old.groups.first?.topics.map(\.name) == ["t", "u"])
    }

    @Test func aDisconnectedMemberGetsNoAnswer() throws {
        _ = try world.soleMember()
        let (token, _) = try world.joinAnew()
        #expect(!world.isAnswered(token))
        world.disconnect(token)
        world.pass(60_000)
        #expect(!world.isAnswered(token))
    }
}
