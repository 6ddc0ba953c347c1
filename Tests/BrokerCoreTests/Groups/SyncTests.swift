import BrokerCore
import KafkaProtocol
import Testing

@Suite struct SyncTests {
    @Test func followersWaitForTheLeader() throws {
        let world = GroupWorld()
        let (_, follower) = try world.stableGroup()
        #expect(world.state == "Stable")
        // Who asks again is told again.
        #expect(world.assignment(world.sync(follower, 2)) == "p1")
    }

    @Test func whoTheLeaderForgetsGetsNothing() throws {
        let world = GroupWorld()
        let member = try #require(world.joined(world.join())).memberID
        let synced = world.sync(member, 1, assign: ["x": "p0"])
        #expect(world.assignment(synced) == "")
    }

    @Test func syncIsChecked() throws {
        let world = GroupWorld()
        #expect(world.synced(world.sync("x", 1))?.error == .unknownMemberID)
        let (_, follower) = try world.stableGroup()
        #expect(world.synced(world.sync("x", 2))?.error == .unknownMemberID)
        #expect(world.synced(world.sync(follower, 1))?.error == .illegalGeneration)
        #expect(world.synced(world.sync(follower, 3))?.error == .illegalGeneration)
        #expect(world.synced(world.sync(follower, 2, type: "connect"))?.error == .inconsistentGroupProtocol)
        #expect(world.synced(world.sync(follower, 2, name: "sticky"))?.error == .inconsistentGroupProtocol)
        let right = try #require(world.synced(world.sync(follower, 2, type: "consumer", name: "range")))
        #expect(right.error == .none)
        #expect(right.protocolType == "consumer")
        #expect(right.protocolName == "range")
    }

    @Test func aRebalanceEndsTheWaiting() throws {
        let world = GroupWorld()
        let (leader, follower) = try world.stableGroup()
        _ = world.join(leader)
        _ = world.join(follower)
        let waiting = world.sync(follower, 3)
        #expect(world.synced(waiting) == nil)
        _ = world.join()
        #expect(world.synced(waiting)?.error == .rebalanceInProgress)
        #expect(world.synced(world.sync(follower, 3))?.error == .rebalanceInProgress)
    }

    @Test func whoNeverAsksForItsAssignmentIsRemoved() throws {
        let world = GroupWorld()
        let (leader, follower) = try world.stableGroup(session: 20_000)
        _ = world.join(leader, session: 20_000)
        _ = world.join(follower, session: 20_000)
        let leading = world.sync(leader, 3, assign: [:])
        #expect(world.synced(leading)?.error == ErrorCode.none)
        for _ in 0..<2 {
            world.pass(15_000)
            _ = world.heartbeat(leader, 3)
            _ = world.heartbeat(follower, 3)
        }
        #expect(world.heartbeat(follower, 3) == .unknownMemberID)
        #expect(world.heartbeat(leader, 3) == .rebalanceInProgress)
    }

    @Test func aLeaderThatNeverDecidesIsRemoved() throws {
        let world = GroupWorld()
        let (leader, follower) = try world.stableGroup(session: 20_000)
        _ = world.join(leader, session: 20_000)
        _ = world.join(follower, session: 20_000)
        let waiting = world.sync(follower, 3)
        world.pass(20_000)
        #expect(world.synced(waiting)?.error == .rebalanceInProgress)
        #expect(world.joined(world.join(follower))?.leaderID == follower)
    }

    @Test func aRepeatedSyncTakesThePlaceOfTheFirst() throws {
        let world = GroupWorld()
        let (leader, follower) = try world.stableGroup()
        _ = world.join(leader)
        _ = world.join(follower)
        let lost = world.sync(follower, 3)
        let repeated = world.sync(follower, 3)
        #expect(world.synced(lost)?.error == .rebalanceInProgress)
        _ = world.sync(leader, 3, assign: [follower: "all"])
        #expect(world.assignment(repeated) == "all")
    }

    @Test func aJoinWhoseAnswerWasLostIsAnsweredAgain() throws {
        let world = GroupWorld()
        let (leader, follower) = try world.stableGroup()
        _ = world.join(leader)
        _ = world.join(follower)
        let again = try #require(world.joined(world.join(leader)))
        #expect(again.generation == 3)
        #expect(again.members.count == 2)
        #expect(world.joined(world.join(follower))?.members.isEmpty == true)
        #expect(world.state == "CompletingRebalance")
    }

    @Test func cooperativeMembersGoRoundTwice() throws {
        // KIP-429: owners give up partitions in one rebalance, and others get them in the next.
        let world = GroupWorld()
        func cooperative(_ owned: UInt8) -> [GroupProtocol] {
            [GroupProtocol(name: "cooperative-sticky", metadata: [0, 1, owned])]
        }
        let first = try #require(world.joined(world.join(protocols: cooperative(0)))).memberID
        _ = world.sync(first, 1, assign: [first: "p0,p1"])
        let joining = world.join(protocols: cooperative(0))
        #expect(world.heartbeat(first, 1) == .rebalanceInProgress)
        let back = try #require(world.joined(world.join(first, protocols: cooperative(2))))
        let second = try #require(world.joined(joining)).memberID
        #expect(back.members.map(\.metadata) == [[0, 1, 2], [0, 1, 0]])
        let empty = world.sync(second, 2)
        _ = world.sync(first, 2, assign: [first: "p0"])
        #expect(world.assignment(empty) == "")
        let revoked = world.join(first, protocols: cooperative(1))
        _ = world.join(second, protocols: cooperative(0))
        #expect(world.joined(revoked)?.generation == 3)
        _ = world.sync(first, 3, assign: [first: "p0", second: "p1"])
        #expect(world.assignment(world.sync(second, 3)) == "p1")
    }
}
