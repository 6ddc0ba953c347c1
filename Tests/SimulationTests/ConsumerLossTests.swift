import EventLog
import KafkaProtocol
import Testing

@testable import Simulation

/// Members that their group goes on without.
@Suite struct ConsumerLossTests {
    private let place = TopicPartition(topic: "in", partition: 0)

    @Test func whoIsFrozenForTooLongHasLostItsPartitions() throws {
        let world = try ConsumerWorld()
        let first = world.member("first")
        #expect(world.run { first.taken?.count == 4 })
        let before = try #require(first.consumer.membership)
        let second = world.member("second")
        #expect(world.run { second.taken?.count == 2 && first.taken?.count == 2 })
        let old = try #require(first.consumer.membership)
        #expect(old.generation > before.generation && old.memberID == before.memberID)
        first.host.freeze()
        #expect(world.run(within: 20) { second.taken?.count == 4 })
        #expect(first.revocations.count == 1)

        let open = try world.begin("first")
        #expect(try world.send(5, in: open, as: old) == .unknownMemberID)
        try world.end(open, commits: false)
        first.pause()
        first.host.thaw()
        // The old membership stays what the caller has, whatever the client has found out by now.
        #expect(try world.answer { first.consumer.commit([place: 5], then: $0) }?.code == .rejoin)
        #expect(first.consumer.membership?.memberID == old.memberID)
        #expect(first.consumer.membership?.generation == old.generation)
        first.goOn()
        #expect(world.run(within: 5) { first.revocations.count == 2 })
        #expect(first.revocations.last?.wasLost == true)
        #expect(world.run { first.taken?.count == 2 && second.taken?.count == 2 })
        let new = try #require(first.consumer.membership)
        #expect(new.memberID != old.memberID && new.generation > old.generation)
        #expect(try world.answer { second.consumer.committed([place], then: $0) }.get() == [:])
    }

    /// Nothing of what a member does makes it somebody else before it has heard of its loss.
    @Test func aTransactionOfALostMemberIsRefusedEvenAfterItHasJoinedAgain() throws {
        let world = try ConsumerWorld()
        let first = world.member("first", instance: "one")
        #expect(world.run { first.taken?.count == 4 })
        let old = try #require(first.consumer.membership)
        first.host.freeze()
        world.run(for: 2 * world.settings.sessionTimeout)
        first.pause()
        first.host.thaw()
        world.run(for: ConsumerWorld.second)
        // For another reason of its own, before it polls: taken for the answer to the news that it has not heard.
        first.consumer.unassign()
        first.consumer.assign([place: .earliest])
        world.run(for: 2 * ConsumerWorld.second)
        #expect(first.consumer.membership?.memberID == old.memberID)
        let open = try world.begin("first")
        #expect(try world.send(5, in: open, as: try #require(first.consumer.membership)) == .fencedInstanceID)
        first.goOn()
        #expect(world.run { first.assignments.count == 2 && first.taken?.count == 4 })
        #expect(first.revocations.map(\.wasLost) == [true])
        #expect(first.failures.isEmpty)
        #expect(try world.send(5, in: open, as: try #require(first.consumer.membership)) == .none)
    }

    @Test func whoIsNotPolledLeavesAndComesBack() throws {
        let world = try ConsumerWorld()
        world.settings.maxPollInterval = 10 * ConsumerWorld.second
        let (first, second) = (world.member("first"), world.member("second"))
        #expect(world.run { first.taken?.count == 2 && second.taken?.count == 2 })
        let revocations = first.revocations.count
        let before = first.consumer.membership?.memberID
        first.pause()
        world.run(for: 9 * ConsumerWorld.second)
        #expect(second.taken?.count == 2)
        #expect(world.run(within: 3) { second.taken?.count == 4 })
        // It does not join again before it is polled.
        world.run(for: 30 * ConsumerWorld.second)
        #expect(second.taken?.count == 4)
        #expect(try world.answer { first.consumer.commit([place: 5], then: $0) }?.code == .rejoin)
        first.goOn()
        #expect(world.run { first.taken?.count == 2 && second.taken?.count == 2 })
        #expect(first.revocations.count == revocations + 1 && first.revocations.last?.wasLost == true)
        #expect(first.consumer.membership?.memberID != before)
    }

    @Test func whoHasNothingAndIsNotPolledStaysAwayAsWell() throws {
        let world = try ConsumerWorld(topics: [("in", 1)])
        world.settings.maxPollInterval = 10 * ConsumerWorld.second
        let members = [world.member("first"), world.member("second")]
        #expect(world.run { Set(members.map { $0.taken?.count }) == [0, 1] })
        let idle = try #require(members.first { $0.taken?.isEmpty == true })
        let busy = try #require(members.first { $0.taken?.count == 1 })
        idle.pause()
        world.run(for: 15 * ConsumerWorld.second)
        let generation = try #require(busy.consumer.membership?.generation)
        world.run(for: 30 * ConsumerWorld.second)
        #expect(busy.consumer.membership?.generation == generation)
        idle.goOn()
        #expect(world.run { busy.consumer.membership?.generation ?? 0 > generation })
    }

    /// Long work with heartbeats in between is no silence, nor is a long poll.
    @Test func whoSendsHeartbeatsStays() throws {
        let world = try ConsumerWorld()
        world.settings.maxPollInterval = 10 * ConsumerWorld.second
        let member = world.member("first")
        #expect(world.run { member.taken?.count == 4 })
        member.pause()
        for _ in 0..<10 {
            world.run(for: 5 * ConsumerWorld.second)
            #expect(try member.consumer.heartbeat().get() == false)
        }
        let result = try world.answer { then in
            member.consumer.poll(maxRecords: 1, timeout: .seconds(35), then: then)
        }
        guard case .success(.records(let records)) = result else {
            Issue.record("no news were due: \(result)")
            return
        }
        #expect(records.isEmpty && member.revocations.isEmpty)
    }

    @Test func aCommitWithoutAnAnswerIsSentAgain() throws {
        let world = try ConsumerWorld()
        let member = world.member("first")
        #expect(world.run { member.taken?.count == 4 })
        member.pause()
        world.run(for: 200_000)
        world.broker.crash()
        world.timeline.after(ConsumerWorld.second) { world.broker.restart() }
        #expect(try world.answer { member.consumer.commit([place: 5], then: $0) } == nil)
        #expect(
            try world.answer { member.consumer.committed([place], then: $0) }.get() == [place: GroupOffset(next: 5)])
        world.broker.crash()
        let error = failure(try world.answer { member.consumer.committed([place], then: $0) })
        #expect(error?.code == .unreachable)
    }
}
