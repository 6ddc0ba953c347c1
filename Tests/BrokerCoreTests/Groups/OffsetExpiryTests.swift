import BrokerCore
import EventLog
import KafkaProtocol
import Testing

/// Offsets of groups without members are forgotten (KIP-211).
@Suite struct OffsetExpiryTests {
    private let world = GroupWorld(GroupCoordinatorConfiguration(offsetRetention: 60_000))

    private func expire() { world.perform(world.coordinator.expireOffsets(now: world.now)) }

    @Test func offsetsThatNobodyCommitsAnyMoreExpire() {
        #expect(world.commit(7) == ErrorCode.none)
        world.pass(30_000)
        #expect(world.commit(8, 1) == ErrorCode.none)
        world.pass(29_999)
        expire()
        #expect(world.offset()?.offset == 7)
        world.pass(1)
        expire()
        #expect(world.offset()?.offset == -1)
        #expect(world.offset(1)?.offset == 8)
        world.restart()
        #expect(world.offset()?.offset == -1)
        world.pass(60_000)
        expire()
        #expect(world.state == "Dead")
    }

    @Test func aGroupWithMembersKeepsItsOffsetsHoweverOldTheyAre() throws {
        let (leader, follower) = try world.stableGroup()
        #expect(world.commit(7, member: MemberIdentity(memberID: leader, generation: 2)) == ErrorCode.none)
        for _ in 0..<20 {
            world.pass(5_000)
            #expect(world.heartbeat(leader, 2) == ErrorCode.none)
            #expect(world.heartbeat(follower, 2) == ErrorCode.none)
        }
        expire()
        #expect(world.offset()?.offset == 7)
        // Its members die: from then on.
        world.pass(30_000)
        #expect(world.state == "Empty")
        world.pass(20_000)
        expire()
        #expect(world.offset()?.offset == 7)
        world.pass(30_000)
        expire()
        #expect(world.offset()?.offset == -1)
    }
}
