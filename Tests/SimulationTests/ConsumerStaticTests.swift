import EventLog
import KafkaProtocol
import Testing

@testable import Simulation

/// Static members: the group knows each of them under one member id at a time (KIP-345).
@Suite struct ConsumerStaticTests {
    @Test(arguments: [false, true])
    func whoRestartsInTimeGetsItsPartitionsBackWithoutARebalance(isKilled: Bool) throws {
        let world = try ConsumerWorld()
        let (first, second) = (world.member("first", instance: "one"), world.member("second", instance: "two"))
        #expect(world.run { first.taken?.count == 2 && second.taken?.count == 2 })
        let (share, before) = (first.taken, second.assignments.count)
        if isKilled { first.host.kill() } else { first.consumer.close() }
        world.run(for: 3 * ConsumerWorld.second)
        let again = world.member("first", instance: "one")
        #expect(world.run(within: 3) { again.taken == share })
        #expect(again.consumer.membership?.memberID != first.consumer.membership?.memberID)
        world.run(for: 2 * world.settings.sessionTimeout)
        #expect(second.assignments.count == before && again.revocations.isEmpty)
    }

    /// The leader of the group is back under another id: it must not assign anything that nobody waits for.
    @Test func theLeaderMayRestart() throws {
        let world = try ConsumerWorld()
        let first = world.member("first", instance: "one")
        #expect(world.run { first.taken?.count == 4 })
        first.host.kill()
        let again = world.member("first", instance: "one")
        #expect(world.run(within: 3) { again.taken?.count == 4 })
        let second = world.member("second", instance: "two")
        #expect(world.run(within: 5) { again.taken?.count == 2 && second.taken?.count == 2 })
    }

    @Test func aSecondProcessOfTheSameNameFencesTheFirst() throws {
        let world = try ConsumerWorld()
        let first = world.member("first", instance: "one")
        #expect(world.run { first.taken?.count == 4 })
        let old = try #require(first.consumer.membership)
        let second = world.member("second", instance: "one")
        #expect(world.run(within: 3) { second.taken?.count == 4 })
        let open = try world.begin("first")
        #expect(try world.send(5, in: open, as: old) == .fencedInstanceID)
        #expect(world.run(within: 3) { !first.failures.isEmpty })
        #expect(first.failures.map(\.code) == [.fenced])
        // It hears nothing else from now on but what it has lost.
        first.goOn()
        world.run(for: 2 * world.settings.sessionTimeout)
        let end = failure(try world.answer { first.consumer.poll(maxRecords: 1, timeout: .zero, then: $0) })
        #expect(end?.code == .fenced)
        #expect(second.taken?.count == 4 && second.failures.isEmpty && second.revocations.isEmpty)
    }

    /// The answer to its joining was lost: the group knows its name under another id, which is its own.
    @Test func whoIsFencedByItselfJoinsAgain() throws {
        let world = try ConsumerWorld()
        world.settings.heartbeatInterval = 3 * ConsumerWorld.second
        let first = world.member("first", instance: "one")
        #expect(world.run { first.taken?.count == 4 })
        let ghost = world.member("first", instance: "one")
        #expect(world.run(within: 2) { ghost.taken?.count == 4 })
        ghost.host.kill()
        #expect(world.run { first.assignments.count == 2 && first.taken?.count == 4 })
        #expect(first.revocations.map(\.wasLost) == [true])
        #expect(first.failures.isEmpty)
    }

    /// A fenced commit does not say who is the newer one; only the group's own news does.
    @Test func aFencedCommitAsksToRejoin() throws {
        let world = try ConsumerWorld()
        world.settings.heartbeatInterval = 3 * ConsumerWorld.second
        let place = TopicPartition(topic: "in", partition: 0)
        let first = world.member("first", instance: "one")
        #expect(world.run { first.taken?.count == 4 })
        first.pause()
        let second = world.member("second", instance: "one")
        #expect(world.run(within: 2) { second.taken?.count == 4 })
        #expect(try world.answer { first.consumer.commit([place: 5], then: $0) }?.code == .rejoin)
    }

    @Test func whoIsNotPolledStaysUnderItsName() throws {
        let world = try ConsumerWorld()
        world.settings.maxPollInterval = 10 * ConsumerWorld.second
        let member = world.member("first", instance: "one")
        #expect(world.run { member.taken?.count == 4 })
        member.pause()
        world.run(for: 60 * ConsumerWorld.second)
        member.goOn()
        #expect(world.run { member.assignments.count == 2 && member.taken?.count == 4 })
        #expect(member.revocations.map(\.wasLost) == [true])
        #expect(member.failures.isEmpty)
    }
}
