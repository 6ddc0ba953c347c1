import BrokerCore
import KafkaProtocol
import Testing

@Suite struct StaticMemberTests {
    /// A stable group of generation 2 with the static members `a` (leading) and `b`.
    private func stable(_ world: GroupWorld, session: Int32 = 10_000) throws -> (a: String, b: String) {
        let a = try #require(world.joined(world.join(instance: "a", session: session))).memberID
        let joining = world.join(instance: "b", session: session)
        _ = world.join(a, instance: "a", session: session)
        let b = try #require(world.joined(joining)).memberID
        _ = world.sync(b, 2, instance: "b")
        _ = world.sync(a, 2, instance: "a", assign: [a: "p0", b: "p1"])
        #expect(world.state == "Stable")
        return (a, b)
    }

    @Test func memberIDsTellTheInstance() throws {
        let world = GroupWorld()
        let (a, b) = try stable(world)
        #expect(a.hasPrefix("a-"))
        #expect(b.hasPrefix("b-"))
    }

    @Test func aFollowerComesBackWithoutARebalance() throws {
        let world = GroupWorld()
        let (a, b) = try stable(world)
        let back = try #require(world.joined(world.join(instance: "b", skips: true)))
        #expect(back.error == .none)
        #expect(back.generation == 2)
        #expect(back.leaderID == a)
        #expect(back.memberID != b)
        #expect(!back.skipsAssignment)
        #expect(world.assignment(world.sync(back.memberID, 2, instance: "b")) == "p1")
        #expect(world.heartbeat(a, 2, instance: "a") == ErrorCode.none)
    }

    @Test func whoWasReplacedIsFenced() throws {
        let world = GroupWorld()
        let (_, b) = try stable(world)
        _ = world.join(instance: "b")
        #expect(world.heartbeat(b, 2, instance: "b") == .fencedInstanceID)
        #expect(world.heartbeat(b, 2) == .unknownMemberID)
        #expect(world.synced(world.sync(b, 2, instance: "b"))?.error == .fencedInstanceID)
        #expect(world.joined(world.join(b, instance: "b"))?.error == .fencedInstanceID)
        let zombie = MemberIdentity(memberID: b, instanceID: "b", generation: 2)
        #expect(world.commit(1, member: zombie) == .fencedInstanceID)
        #expect(world.commitTransactional(1, producer: 1, member: zombie) == .fencedInstanceID)
        #expect(world.leave([LeavingMember(memberID: b, instanceID: "b")])?.errorOfFirst == .fencedInstanceID)
    }

    @Test func theLeaderComesBackAndKeepsTheAssignment() throws {
        let world = GroupWorld()
        let (a, b) = try stable(world)
        let back = try #require(world.joined(world.join(instance: "a", skips: true)))
        #expect(back.leaderID == back.memberID)
        #expect(back.skipsAssignment)
        #expect(back.members.map(\.memberID) == [back.memberID, b])
        #expect(back.members.map(\.instanceID) == ["a", "b"])
        let older = try #require(world.joined(world.join(instance: "a", skips: false)))
        #expect(older.leaderID == back.memberID, "before version 9 it must not take itself for the leader")
        #expect(!older.skipsAssignment)
        #expect(older.members.isEmpty)
        #expect(a != back.memberID)
        #expect(world.assignment(world.sync(older.memberID, 2, instance: "a")) == "p0")
    }

    @Test func anotherProtocolCausesARebalance() throws {
        let world = GroupWorld()
        let both = [GroupWorld.range(), GroupWorld.range(name: "sticky")]
        let a = try #require(world.joined(world.join(instance: "a", protocols: both))).memberID
        _ = world.sync(a, 1, instance: "a", assign: [a: "p0"])
        let back = world.join(instance: "a", protocols: [both[1]])
        #expect(world.joined(back)?.generation == 2)
        #expect(world.joined(back)?.protocolName == "sticky")
    }

    @Test func theReplacedOneIsAnsweredWhileItWaits() throws {
        let world = GroupWorld()
        let (a, b) = try stable(world)
        let leading = world.join(a, instance: "a")
        #expect(world.joined(leading) == nil)
        let back = world.join(instance: "a")
        #expect(world.joined(leading)?.error == .fencedInstanceID)
        _ = world.join(b, instance: "b")
        #expect(world.joined(back)?.generation == 3)
        let newA = try #require(world.joined(back)).memberID
        let waiting = world.sync(b, 3, instance: "b")
        let replaced = world.join(instance: "b")
        #expect(world.synced(waiting)?.error == .fencedInstanceID)
        _ = world.join(newA, instance: "a")
        #expect(world.joined(replaced)?.generation == 4)
    }

    @Test func whoDoesNotRejoinStaysUntilItsSessionEnds() throws {
        let world = GroupWorld()
        let (a, b) = try stable(world, session: 60_000)
        let waiting = world.join(a, instance: "a", session: 60_000)
        world.pass(30_000)
        let answer = try #require(world.joined(waiting))
        #expect(answer.generation == 3)
        #expect(answer.members.map(\.memberID) == [a, b])
    }

    @Test func aGenerationNeedsSomebodyWhoJoined() throws {
        let world = GroupWorld()
        let (a, b) = try stable(world, session: 100_000)
        let guest = try #require(world.joined(world.join(session: 100_000, requiresID: true))).memberID
        _ = world.join(guest, session: 100_000)
        _ = world.leave([LeavingMember(memberID: guest)])
        world.pass(30_000)
        #expect(world.state == "PreparingRebalance", "it waits for another rebalance timeout")
        let waiting = world.join(a, instance: "a", session: 100_000)
        _ = world.join(b, instance: "b", session: 100_000)
        #expect(world.joined(waiting)?.generation == 3)
    }

    @Test func aReplacementIsASignOfLife() throws {
        let world = GroupWorld()
        let (a, _) = try stable(world)
        world.pass(9000)
        #expect(world.heartbeat(a, 2, instance: "a") == ErrorCode.none)
        let back = try #require(world.joined(world.join(instance: "b"))).memberID
        world.pass(9000)
        #expect(world.heartbeat(back, 2, instance: "b") == ErrorCode.none)
    }

    @Test func whoReplacesAMemberOwesItsSync() throws {
        let world = GroupWorld()
        let (a, b) = try stable(world, session: 60_000)
        _ = world.join(a, instance: "a", session: 60_000)
        _ = world.join(b, instance: "b", session: 60_000)
        _ = world.sync(a, 3, instance: "a", assign: [b: "p1"])
        let back = try #require(world.joined(world.join(instance: "b", session: 60_000))).memberID
        #expect(world.assignment(world.sync(back, 3, instance: "b")) == "p1")
        world.pass(30_000)
        #expect(world.heartbeat(back, 3, instance: "b") == ErrorCode.none)
        #expect(world.heartbeat(a, 3, instance: "a") == ErrorCode.none)
    }

    @Test func anOperatorRemovesItByInstance() throws {
        let world = GroupWorld()
        let (a, b) = try stable(world)
        #expect(world.leave([LeavingMember(memberID: "", instanceID: "b")])?.errorOfFirst == ErrorCode.none)
        #expect(world.heartbeat(b, 2, instance: "b") == .unknownMemberID)
        #expect(world.heartbeat(a, 2, instance: "a") == .rebalanceInProgress)
    }

    @Test func aReplacementSurvivesARestart() throws {
        let world = GroupWorld()
        let (a, b) = try stable(world)
        let back = try #require(world.joined(world.join(instance: "b"))).memberID
        world.restart()
        #expect(world.heartbeat(a, 2, instance: "a") == ErrorCode.none)
        #expect(world.heartbeat(back, 2, instance: "b") == ErrorCode.none)
        #expect(world.heartbeat(b, 2, instance: "b") == .fencedInstanceID)
        #expect(world.assignment(world.sync(back, 2, instance: "b")) == "p1")
    }

    /// As in Kafka, where a replacement is stored in a stable group alone: the next coordinator knows the old member id, and
    /// takes the right instance for a fenced one.
    @Test func aReplacementDuringARebalanceDiesWithItsCoordinator() throws {
        let world = GroupWorld()
        let (a, b) = try stable(world)
        _ = world.join(a, instance: "a")
        let back = world.join(instance: "b")
        let newB = try #require(world.joined(back)).memberID
        world.restart()
        #expect(world.heartbeat(newB, 3, instance: "b") == .fencedInstanceID)
        #expect(world.heartbeat(b, 2, instance: "b") == ErrorCode.none)
        #expect(world.joined(world.join(newB, instance: "b"))?.error == .fencedInstanceID)
        let again = try #require(world.joined(world.join(instance: "b")))
        #expect(again.generation == 2 && again.error == .none)
        #expect(world.assignment(world.sync(again.memberID, 2, instance: "b")) == "p1")
    }
}
