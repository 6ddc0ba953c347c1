import BrokerCore
import KafkaProtocol
import Testing

@Suite struct SessionTests {
    @Test func heartbeatsAreChecked() throws {
        let world = GroupWorld()
        #expect(world.heartbeat("x", 1) == .unknownMemberID)
        let (leader, _) = try world.stableGroup()
        #expect(world.heartbeat(leader, 2) == ErrorCode.none)
        #expect(world.heartbeat("x", 2) == .unknownMemberID)
        #expect(world.heartbeat(leader, 1) == .illegalGeneration)
        #expect(world.heartbeat(leader, 2, instance: "i") == .unknownMemberID)
        _ = world.join()
        #expect(world.heartbeat(leader, 2) == .rebalanceInProgress)
    }

    @Test func aSilentMemberIsRemoved() throws {
        let world = GroupWorld()
        let (leader, follower) = try world.stableGroup()
        world.pass(6000)
        #expect(world.heartbeat(leader, 2) == ErrorCode.none)
        world.pass(4000)
        #expect(world.heartbeat(leader, 2) == .rebalanceInProgress)
        #expect(world.heartbeat(follower, 2) == .unknownMemberID)
        #expect(world.joined(world.join(leader))?.generation == 3)
    }

    @Test func theLastMemberLeavesAnEmptyGroup() throws {
        let world = GroupWorld()
        let (leader, follower) = try world.stableGroup()
        let answer = world.leave([LeavingMember(memberID: leader), LeavingMember(memberID: follower)])
        #expect(answer?.members.map(\.error) == [.none, .none])
        #expect(world.state == "Empty")
        let next = try #require(world.joined(world.join()))
        #expect(next.generation == 4, "the empty generation counts")
    }

    @Test func aGroupThatIsLeftByTimeIsEmpty() throws {
        let world = GroupWorld()
        _ = try world.stableGroup()
        world.pass(100_000)
        #expect(world.state == "Empty")
        #expect(world.coordinator.nextDeadline == nil)
    }

    @Test func leavingIsAnsweredForEachMember() throws {
        let world = GroupWorld()
        #expect(world.leave([LeavingMember(memberID: "x")])?.errorOfFirst == .unknownMemberID)
        let (leader, _) = try world.stableGroup()
        let answer = world.leave([
            LeavingMember(memberID: "x"), LeavingMember(memberID: ""), LeavingMember(memberID: "", instanceID: "i"),
            LeavingMember(memberID: leader),
        ])
        #expect(answer?.members.map(\.error) == [.unknownMemberID, .unknownMemberID, .unknownMemberID, .none])
    }

    @Test func whoLeavesWhileItWaitsIsAnswered() throws {
        let world = GroupWorld()
        let (leader, follower) = try world.stableGroup()
        let waiting = world.join(leader)
        _ = world.leave([LeavingMember(memberID: leader)])
        #expect(world.joined(waiting)?.error == .unknownMemberID)
        #expect(world.joined(world.join(follower))?.leaderID == follower)
    }

    @Test func deadlinesOfWhoWaitsDoNotCount() throws {
        let world = GroupWorld()
        let (leader, follower) = try world.stableGroup(session: 5000)
        let waiting = world.join(leader, session: 5000)
        for _ in 0..<5 {
            world.pass(4000)
            #expect(world.heartbeat(follower, 2) == .rebalanceInProgress)
        }
        _ = world.join(follower, session: 5000)
        #expect(world.joined(waiting)?.error == ErrorCode.none)
    }
}
