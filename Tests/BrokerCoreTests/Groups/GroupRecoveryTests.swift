import BrokerCore
import EventLog
import KafkaProtocol
import Testing

@Suite struct GroupRecoveryTests {
    @Test func aStableGroupGoesOnAfterARestart() throws {
        let world = GroupWorld()
        let (leader, follower) = try world.stableGroup()
        world.pass(9000)
        world.restart()
        world.pass(9999)
        #expect(world.heartbeat(leader, 2) == ErrorCode.none, "its session began anew")
        #expect(world.assignment(world.sync(leader, 2)) == "p0")
        world.pass(1)
        #expect(world.heartbeat(follower, 2) == .unknownMemberID)
        #expect(world.heartbeat(leader, 2) == .rebalanceInProgress)
    }

    /// As in Kafka: a generation is journaled when it is stable.
    @Test func aGenerationThatWasNeverStableIsGivenOutAgain() throws {
        let world = GroupWorld()
        let (leader, follower) = try world.stableGroup()
        let lost = world.join(leader)
        _ = world.join(follower)
        #expect(world.joined(lost)?.generation == 3)
        world.restart()
        #expect(world.heartbeat(leader, 3) == .illegalGeneration)
        #expect(world.synced(world.sync(leader, 3, assign: [leader: "p1"]))?.error == .illegalGeneration)
        #expect(world.heartbeat(leader, 2) == ErrorCode.none)
        let waiting = world.join(leader)
        _ = world.join(follower)
        #expect(world.joined(waiting)?.generation == 3)
        _ = world.sync(follower, 3)
        _ = world.sync(leader, 3, assign: [leader: "p0", follower: "p1"])
        #expect(world.assignment(world.sync(leader, 3)) == "p0", "another one than the lost generation 3 had")
    }

    @Test func whoWaitsIsToldThatTheCoordinatorMoved() throws {
        let world = GroupWorld(GroupCoordinatorConfiguration(loadTime: 100))
        world.pass(100)
        let (leader, follower) = try world.stableGroup()
        let waiting = world.join(leader)
        world.perform(world.coordinator.move([CoordinatorShard.of(GroupWorld.group)], now: world.now))
        #expect(world.joined(waiting)?.error == .notCoordinator)
        #expect(world.joined(world.join(leader))?.error == .coordinatorLoadInProgress)
        #expect(world.synced(world.sync(leader, 2))?.error == .rebalanceInProgress)
        #expect(world.heartbeat(follower, 2) == ErrorCode.none, "blindly")
        #expect(world.commit(1) == .coordinatorLoadInProgress)
        #expect(world.commitTransactional(1, producer: 1) == .coordinatorLoadInProgress)
        #expect(world.leave([LeavingMember(memberID: leader)])?.error == .coordinatorLoadInProgress)
        #expect(world.delete([GroupWorld.group]) == [.coordinatorLoadInProgress])
        #expect(world.deleteOffsets(["t"])?.error == .coordinatorLoadInProgress)
        #expect(world.coordinator.describe(groupID: GroupWorld.group).error == .coordinatorLoadInProgress)
        #expect(world.coordinator.isLoading && world.coordinator.list().isEmpty)
        world.pass(100)
        #expect(!world.coordinator.isLoading)
        #expect(world.heartbeat(leader, 2) == ErrorCode.none, "the rebalance is forgotten")
    }

    @Test func otherShardsStayWhereTheyAre() throws {
        let world = GroupWorld(GroupCoordinatorConfiguration(loadTime: 100))
        world.pass(100)
        let (leader, _) = try world.stableGroup()
        let others = CoordinatorShard.all.subtracting([CoordinatorShard.of(GroupWorld.group)])
        world.perform(world.coordinator.move(others, now: world.now))
        #expect(world.heartbeat(leader, 2) == ErrorCode.none)
        #expect(world.commit(1) == .unknownMemberID)
    }

    /// Kafka places `abc` (hash 96354) in partition 4 of 50, and a hash below 0 without its sign bit.
    @Test func shardsAreKafkas() {
        #expect(CoordinatorShard.of("abc") == 4)
        #expect(CoordinatorShard.of("") == 0)
        let negative = "polygenelubricants"
        #expect(CoordinatorShard.of(negative) == 0, "its hash is the lowest number")
    }

    @Test func anEmptyGroupKeepsItsGeneration() throws {
        let world = GroupWorld()
        let (leader, follower) = try world.stableGroup()
        _ = world.leave([LeavingMember(memberID: leader), LeavingMember(memberID: follower)])
        world.restart()
        #expect(world.state == "Empty")
        #expect(world.coordinator.list().first?.protocolType == "consumer")
        #expect(world.joined(world.join())?.generation == 4)
    }

    @Test func entriesSurviveTheirEncoding() throws {
        for entry in try Self.everyKind() {
            var writer = WireWriter()
            entry.write(to: &writer)
            var reader = WireReader(writer.bytes)
            #expect(try GroupJournalEntry(from: &reader) == entry)
            #expect(reader.remaining == 0)
        }
    }

    @Test func cutEntriesAreRefused() throws {
        for entry in try Self.everyKind() {
            var writer = WireWriter()
            entry.write(to: &writer)
            for length in 0..<writer.count {
                var reader = WireReader(Array(writer.bytes.prefix(length)))
                #expect(throws: WireError.self) { try GroupJournalEntry(from: &reader) }
            }
        }
        var unknown = WireReader([99, 0])
        #expect(throws: WireError.unsupported(apiKey: -1, version: 99)) { try GroupJournalEntry(from: &unknown) }
    }

    /// A journal with each kind of entry, as it comes about.
    private static func everyKind() throws -> [GroupJournalEntry] {
        let world = GroupWorld()
        let a = try #require(world.joined(world.join(instance: "a"))).memberID
        _ = world.sync(a, 1, instance: "a", assign: [a: "p0"])
        let back = try #require(world.joined(world.join(instance: "a"))).memberID
        let member = MemberIdentity(memberID: back, instanceID: "a", generation: 1)
        #expect(world.commit(1, member: member, metadata: "m") == ErrorCode.none)
        #expect(world.commitTransactional(2, producer: 9, epoch: 3, member: member) == ErrorCode.none)
        world.end(9, .commit)
        _ = world.leave([LeavingMember(memberID: back)])
        _ = world.deleteOffsets(["t"])
        let kinds = Set(world.journal.map { String(describing: $0).prefix { $0 != "(" } })
        #expect(kinds.count == 9)
        return world.journal
    }
}
