import BrokerCore
import KafkaProtocol
import Testing

@Suite struct JoinTests {
    @Test func aLoneMemberLeadsTheFirstGeneration() throws {
        let world = GroupWorld()
        let answer = try #require(world.joined(world.join()))
        #expect(answer.error == .none)
        #expect(answer.generation == 1)
        #expect(answer.leaderID == answer.memberID)
        #expect(answer.protocolType == "consumer")
        #expect(answer.protocolName == "range")
        #expect(answer.members.map(\.memberID) == [answer.memberID])
        #expect(answer.members.first?.metadata == GroupWorld.range().metadata)
        #expect(world.state == "CompletingRebalance")
    }

    @Test func aNewDynamicMemberIsGivenItsIDFirst() throws {
        let world = GroupWorld()
        let asked = try #require(world.joined(world.join(client: "c", requiresID: true)))
        #expect(asked.error == .memberIDRequired)
        #expect(asked.memberID == "c-0000000000000000")
        #expect(world.state == "Empty")
        let joined = try #require(world.joined(world.join(asked.memberID, requiresID: true)))
        #expect(joined.error == .none)
        #expect(joined.memberID == asked.memberID)
    }

    @Test func aMemberIDThatIsNotUsedIsForgotten() throws {
        let world = GroupWorld()
        let asked = try #require(world.joined(world.join(session: 5000, requiresID: true)))
        world.pass(4999)
        #expect(world.state == "Empty")
        world.pass(1)
        #expect(world.state == "Dead", "a group that never was leaves nothing")
        #expect(world.joined(world.join(asked.memberID))?.error == .unknownMemberID)
    }

    @Test func aRebalanceWaitsForWhoWasGivenAnID() throws {
        let world = GroupWorld()
        let (leader, follower) = try world.stableGroup()
        let asked = try #require(world.joined(world.join(session: 5000, requiresID: true)))
        let one = world.join(leader)
        let other = world.join(follower)
        #expect(world.joined(one) == nil)
        let newcomer = world.join(asked.memberID)
        #expect(world.joined(one)?.generation == 3)
        #expect(world.joined(other)?.generation == 3)
        #expect(world.joined(newcomer)?.generation == 3)
    }

    @Test func whoIsGivenAnIDMayLeaveAgain() throws {
        let world = GroupWorld()
        let (leader, follower) = try world.stableGroup()
        let asked = try #require(world.joined(world.join(requiresID: true)))
        let one = world.join(leader)
        _ = world.join(follower)
        #expect(world.joined(one) == nil)
        #expect(world.leave([LeavingMember(memberID: asked.memberID)])?.errorOfFirst == ErrorCode.none)
        #expect(world.joined(one)?.generation == 3)
    }

    @Test(arguments: [(0, ErrorCode.invalidSessionTimeout), (1_800_001, .invalidSessionTimeout), (1, .none)])
    func sessionTimeoutsHaveBounds(timeout: Int, error: ErrorCode) {
        let world = GroupWorld()
        #expect(world.joined(world.join(session: Int32(timeout)))?.error == error)
    }

    @Test func aGroupNeedsAName() {
        let world = GroupWorld()
        #expect(world.joined(world.join(group: ""))?.error == .invalidGroupID)
    }

    @Test func anUnknownMemberIsRefused() throws {
        let world = GroupWorld()
        #expect(world.joined(world.join("x"))?.error == .unknownMemberID)
        _ = try world.stableGroup()
        #expect(world.joined(world.join("x"))?.error == .unknownMemberID)
    }

    @Test func protocolsMustMatchTheGroup() throws {
        let world = GroupWorld()
        #expect(world.joined(world.join(protocols: []))?.error == .inconsistentGroupProtocol)
        #expect(world.joined(world.join(type: ""))?.error == .inconsistentGroupProtocol)
        _ = try world.stableGroup()
        #expect(world.joined(world.join(type: "connect"))?.error == .inconsistentGroupProtocol)
        let other = [GroupProtocol(name: "sticky", metadata: [])]
        #expect(world.joined(world.join(protocols: other))?.error == .inconsistentGroupProtocol)
        #expect(world.state == "Stable")
    }

    @Test func theProtocolWithMostVotesAmongThoseOfAllWins() throws {
        let world = GroupWorld()
        let range = GroupWorld.range()
        let sticky = GroupWorld.range(name: "sticky")
        let own = GroupWorld.range(name: "own")
        let first = try #require(world.joined(world.join(protocols: [range, sticky]))).memberID
        let second = world.join(protocols: [own, sticky, range])
        let third = world.join(protocols: [sticky, range])
        let again = world.join(first, protocols: [range, sticky])
        #expect(world.joined(again)?.protocolName == "sticky")
        #expect(world.joined(second)?.protocolName == "sticky")
        #expect(world.joined(third)?.protocolName == "sticky")
    }

    @Test func aGroupCanBeFull() throws {
        let world = GroupWorld(GroupCoordinatorConfiguration(maximumGroupSize: 2))
        _ = try world.stableGroup()
        #expect(world.joined(world.join())?.error == .groupMaxSizeReached)
        #expect(world.state == "Stable")
    }

    @Test func aFollowerThatJoinsAgainUnchangedIsToldTheGeneration() throws {
        let world = GroupWorld()
        let (leader, follower) = try world.stableGroup()
        let answer = try #require(world.joined(world.join(follower)))
        #expect(answer.generation == 2)
        #expect(answer.leaderID == leader)
        #expect(answer.members.isEmpty)
        #expect(world.state == "Stable")
    }

    @Test func aFollowerWithAnotherSubscriptionCausesARebalance() throws {
        let world = GroupWorld()
        let (leader, follower) = try world.stableGroup()
        let waiting = world.join(follower, protocols: [GroupWorld.range(["t", "u"])])
        #expect(world.joined(waiting) == nil)
        #expect(world.heartbeat(leader, 2) == .rebalanceInProgress)
    }

    @Test func theLeaderThatJoinsAgainCausesARebalance() throws {
        let world = GroupWorld()
        let (leader, follower) = try world.stableGroup()
        let waiting = world.join(leader)
        #expect(world.joined(waiting) == nil)
        #expect(world.heartbeat(follower, 2) == .rebalanceInProgress)
        let other = world.join(follower)
        #expect(world.joined(waiting)?.generation == 3)
        #expect(world.joined(waiting)?.members.count == 2)
        #expect(world.joined(other)?.generation == 3)
    }

    @Test func whoDoesNotJoinInTimeIsLeftBehind() throws {
        let world = GroupWorld()
        let (leader, follower) = try world.stableGroup(session: 100_000)
        let waiting = world.join(follower, session: 100_000, protocols: [GroupWorld.range(["u"])])
        world.pass(29_999)
        #expect(world.joined(waiting) == nil)
        world.pass(1)
        let answer = try #require(world.joined(waiting))
        #expect(answer.generation == 3)
        #expect(answer.leaderID == follower, "the lead goes to who is there")
        #expect(answer.members.map(\.memberID) == [follower])
        #expect(world.heartbeat(leader, 3) == .unknownMemberID)
    }

    @Test func theFirstRebalanceCanWaitForMore() throws {
        let world = GroupWorld(GroupCoordinatorConfiguration(initialRebalanceDelay: 3000))
        let first = world.join()
        world.pass(2000)
        let second = world.join()
        world.pass(1000)
        #expect(world.joined(first) == nil, "a newcomer makes it wait once more")
        world.pass(3000)
        #expect(world.joined(first)?.generation == 1)
        #expect(world.joined(second)?.generation == 1)
        #expect(world.joined(first)?.members.count == 2)
    }

    @Test func theFirstRebalanceDoesNotWaitForEver() {
        let world = GroupWorld(GroupCoordinatorConfiguration(initialRebalanceDelay: 3000))
        let first = world.join(rebalance: 10_000)
        for _ in 0..<5 {
            world.pass(2000)
            _ = world.join(rebalance: 10_000)
        }
        world.pass(1000)
        #expect(world.joined(first)?.generation == 1)
    }

    @Test func aRepeatedJoinTakesThePlaceOfTheFirst() throws {
        let world = GroupWorld()
        let (leader, follower) = try world.stableGroup()
        let lost = world.join(leader)
        let repeated = world.join(leader)
        #expect(world.joined(lost)?.error == .rebalanceInProgress)
        _ = world.join(follower)
        #expect(world.joined(repeated)?.generation == 3)
    }

    @Test func whoJoinsAndDisappearsIsMissedLater() throws {
        let world = GroupWorld()
        let (leader, follower) = try world.stableGroup()
        let gone = world.join(leader)
        world.coordinator.cancel(gone)
        let other = world.join(follower)
        #expect(world.answers[gone] == nil)
        #expect(world.joined(other)?.generation == 3)
        #expect(world.joined(other)?.leaderID == leader)
        let waiting = world.sync(follower, 3)
        world.pass(10_000)
        #expect(world.synced(waiting)?.error == .rebalanceInProgress)
        let again = world.join(follower)
        #expect(world.joined(again)?.generation == 4)
        #expect(world.joined(again)?.leaderID == follower)
    }

    @Test func aNewMemberThatDisappearsDoesNotStayForEver() throws {
        let world = GroupWorld()
        let (leader, follower) = try world.stableGroup(session: 400_000)
        let gone = world.join(rebalance: 1_000_000)
        world.coordinator.cancel(gone)
        world.pass(300_000)
        let one = world.join(leader)
        let other = world.join(follower)
        #expect(world.joined(one)?.members.map(\.memberID) == [leader, follower])
        #expect(world.joined(other)?.generation == 3)
    }

    @Test func memberIDsAreNeverRepeatedAfterARestart() throws {
        let world = GroupWorld()
        let before = try #require(world.joined(world.join())).memberID
        world.restart()
        let after = try #require(world.joined(world.join())).memberID
        #expect(before == "client-0000000000000000")
        #expect(after == "client-0000000000000400")
    }

    @Test func aHugeClientIDIsCut() throws {
        let world = GroupWorld()
        let answer = try #require(world.joined(world.join(client: String(repeating: "ä", count: 16_000))))
        #expect(answer.memberID.utf8.count < 1100)
        #expect(answer.memberID.hasSuffix("-0000000000000000"))
    }
}
