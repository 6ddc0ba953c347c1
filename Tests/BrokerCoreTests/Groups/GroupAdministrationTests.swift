import BrokerCore
import EventLog
import KafkaProtocol
import Testing

@Suite struct GroupAdministrationTests {
    @Test func aGroupIsDescribed() throws {
        let world = GroupWorld()
        let (leader, follower) = try world.stableGroup()
        let stable = world.coordinator.describe(groupID: GroupWorld.group)
        #expect(stable.state == "Stable")
        #expect(stable.protocolType == "consumer")
        #expect(stable.protocolName == "range")
        #expect(stable.members.map(\.memberID) == [leader, follower])
        #expect(stable.members.map(\.assignment) == [Array("p0".utf8), Array("p1".utf8)])
        #expect(stable.members.map(\.metadata) == [GroupWorld.range().metadata, GroupWorld.range().metadata])
        #expect(stable.members.first?.clientHost == "/127.0.0.1")
        _ = world.join(leader)
        let moving = world.coordinator.describe(groupID: GroupWorld.group)
        #expect(moving.state == "PreparingRebalance")
        #expect(moving.protocolName == "")
        #expect(moving.members.map(\.assignment) == [[], []])
    }

    @Test func groupsAreListedByState() throws {
        let world = GroupWorld()
        #expect(world.commit(1, group: "offsets-only") == ErrorCode.none)
        _ = try world.stableGroup()
        let all = world.coordinator.list()
        #expect(all.map(\.groupID) == ["offsets-only", GroupWorld.group])
        #expect(all.map(\.protocolType) == ["", "consumer"])
        #expect(all.map(\.state) == ["Empty", "Stable"])
        #expect(world.coordinator.list(states: ["sTaBle"]).map(\.groupID) == [GroupWorld.group])
        #expect(world.coordinator.list(states: ["Dead"]).isEmpty)
    }

    @Test func onlyEmptyGroupsAreDeleted() throws {
        let world = GroupWorld()
        let (leader, follower) = try world.stableGroup()
        let member = MemberIdentity(memberID: leader, generation: 2)
        #expect(world.commit(1, member: member) == ErrorCode.none)
        #expect(world.commitTransactional(1, 1, producer: 9, member: member) == ErrorCode.none)
        #expect(world.delete([GroupWorld.group, "other"]) == [.nonEmptyGroup, .groupIDNotFound])
        _ = world.leave([LeavingMember(memberID: leader), LeavingMember(memberID: follower)])
        #expect(world.delete([GroupWorld.group]) == [.none])
        #expect(world.state == "Dead")
        #expect(world.offset()?.offset == -1)
        world.end(9, .commit)
        world.restart()
        #expect(world.state == "Dead")
        #expect(world.offset(1)?.offset == -1)
    }

    @Test func offsetsOfSubscribedTopicsAreKept() throws {
        let world = GroupWorld()
        let (leader, _) = try world.stableGroup()
        let member = MemberIdentity(memberID: leader, generation: 2)
        #expect(world.commit(1, member: member) == ErrorCode.none)
        #expect(world.commit(2, topic: "old", member: member) == ErrorCode.none)
        let answer = world.deleteOffsets(["old", "t"])
        #expect(answer?.error == ErrorCode.none)
        #expect(answer?.partitions.map(\.error) == [.none, .groupSubscribedToTopic])
        #expect(world.offset()?.offset == 1)
        #expect(world.offset(topic: "old")?.offset == -1)
    }

    @Test func metadataThatCannotBeReadProtectsAllTopics() throws {
        for metadata: [UInt8] in [[], [0], [255, 255], [0, 0, 127, 255, 255, 255], [0, 0, 0, 0, 0, 1, 0, 9, 65]] {
            let world = GroupWorld()
            let garbage = [GroupProtocol(name: "range", metadata: metadata)]
            let member = try #require(world.joined(world.join(protocols: garbage))).memberID
            _ = world.sync(member, 1)
            #expect(world.deleteOffsets(["u"])?.partitions.map(\.error) == [.groupSubscribedToTopic])
        }
    }

    @Test func aNewerSubscriptionIsReadLikeTheOnesWeKnow() throws {
        let world = GroupWorld()
        let member = try #require(world.joined(world.join(protocols: [GroupWorld.range(["u"], version: 9)]))).memberID
        _ = world.sync(member, 1)
        #expect(world.deleteOffsets(["t", "u"])?.partitions.map(\.error) == [.none, .groupSubscribedToTopic])
    }

    @Test func otherKindsOfGroupsMustBeEmpty() throws {
        let world = GroupWorld()
        #expect(world.deleteOffsets(["t"])?.error == .groupIDNotFound)
        #expect(world.deleteOffsets(["t"], group: "")?.error == .invalidGroupID)
        let member = try #require(world.joined(world.join(type: "connect"))).memberID
        #expect(world.deleteOffsets(["t"])?.error == .nonEmptyGroup)
        _ = world.leave([LeavingMember(memberID: member)])
        #expect(world.deleteOffsets(["t"])?.error == ErrorCode.none)
    }

    @Test func anEmptyGroupGoesWithItsLastOffset() {
        let world = GroupWorld()
        #expect(world.commit(1) == ErrorCode.none)
        #expect(world.commit(1, topic: "u") == ErrorCode.none)
        _ = world.deleteOffsets(["t"])
        #expect(world.state == "Empty")
        _ = world.deleteOffsets(["u"])
        #expect(world.state == "Dead")
        #expect(world.coordinator.snapshot().isEmpty)
    }

    @Test func offsetsGoWithTheirTopic() throws {
        let world = GroupWorld()
        #expect(world.commit(1, 0) == ErrorCode.none)
        #expect(world.commit(1, 1) == ErrorCode.none)
        #expect(world.commit(1, topic: "u") == ErrorCode.none)
        #expect(world.commitTransactional(2, 3, producer: 9) == ErrorCode.none)
        world.perform(world.coordinator.topicDeleted("t", now: world.now))
        world.end(9, .commit)
        world.restart()
        let left = world.coordinator.fetchOffsets(groupID: GroupWorld.group, requireStable: true)
        #expect(left.map(\.partition.topic) == ["u"])
    }
}
