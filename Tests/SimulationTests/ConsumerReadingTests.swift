import EventLog
import KafkaProtocol
import Testing

@testable import Simulation

/// What members read, and what they don't.
@Suite struct ConsumerReadingTests {
    private let place = TopicPartition(topic: "in", partition: 0)

    @Test func recordsOfAbortedTransactionsAreNeverSeen() throws {
        let world = try ConsumerWorld(topics: [("in", 1)])
        let member = world.member("first")
        #expect(world.run { member.taken?.count == 1 })
        let bad = try world.begin("bad")
        try world.add(0, to: bad)
        try world.write(["bad0", "bad1"], in: bad)
        try world.write(["plain"])
        let good = try world.begin("good")
        try world.add(0, to: good)
        try world.write(["good"], in: good)
        world.run(for: 2 * ConsumerWorld.second)
        // Nothing behind an open transaction is seen.
        #expect(member.records.isEmpty)
        try world.end(good, commits: true)
        try world.end(bad, commits: false)
        try world.write(["last"])
        #expect(world.run { member.values == ["plain", "good", "last"] })
        #expect(member.records.map(\.offset) == [2, 3, 6])
        // The position has moved past what was hidden and past the markers.
        member.pause()
        world.run(for: ConsumerWorld.second)
        #expect(member.consumer.positions == [place: .next(7)])
    }

    @Test func committedOffsetsWaitForPendingTransactions() throws {
        let world = try ConsumerWorld(topics: [("in", 1)])
        let member = world.member("first")
        #expect(world.run { member.taken?.count == 1 })
        member.pause()
        world.run(for: 200_000)
        #expect(try world.answer { member.consumer.commit([place: 1], then: $0) } == nil)
        let open = try world.begin("open")
        #expect(try world.send(2, in: open, as: try #require(member.consumer.membership)) == .none)
        var answer: Result<[TopicPartition: GroupOffset], LogError>?
        member.consumer.committed([place]) { answer = $0 }
        world.run(for: 5 * ConsumerWorld.second)
        #expect(answer == nil)
        try world.end(open, commits: true)
        #expect(world.run(within: 1) { answer != nil })
        #expect(try answer?.get() == [place: GroupOffset(next: 2)])
        // Not for ever.
        let other = try world.begin("open")
        #expect(try world.send(3, in: other, as: try #require(member.consumer.membership)) == .none)
        let error = failure(try world.answer { member.consumer.committed([place], then: $0) })
        #expect(error?.code == .unavailable && error?.place == place)
    }

    /// A fetch for the old positions is on its way, or its records lie ready, when the caller says where it really stands.
    @Test(
        arguments: [0, 1_000, 15_000, 25_000, 45_000, 100_000] as [Int64],
        [(0, 90), (90, 0)] as [(before: Int64, after: Int64)])
    func whatWasFetchedForOlderPositionsIsDropped(delay: Int64, positions: (before: Int64, after: Int64)) throws {
        let world = try ConsumerWorld(topics: [("in", 1)], faults: NetworkFaults(delay: 10_000...10_000))
        for number in 0..<10 { try world.write((0..<10).map { "v\(number * 10 + $0)" }) }
        let member = world.member("first", isPolling: false)
        #expect(world.run { (try? member.consumer.heartbeat().get()) == true })
        let read = { (count: Int) throws in
            try world.answer { then in
                member.consumer.poll(maxRecords: count, timeout: .milliseconds(delay / 1_000), then: then)
            }
        }
        guard case .success(.assigned) = try read(1) else {
            Issue.record("an assignment was due")
            return
        }
        member.consumer.assign([place: .offset(positions.before)])
        _ = try read(1)
        world.run(for: delay)
        member.consumer.assign([place: .offset(positions.after)])
        member.goOn()
        #expect(world.run { member.records.last?.offset == 99 })
        world.run(for: ConsumerWorld.second)
        #expect(member.records.map(\.offset) == (positions.after..<100).map { $0 })
        member.pause()
        world.run(for: ConsumerWorld.second)
        member.consumer.unassign()
        guard case .success(.records(let records)) = try read(100) else {
            Issue.record("no news were due")
            return
        }
        #expect(records.isEmpty)
    }

    @Test func urgentTopicsComeFirst() throws {
        let world = try ConsumerWorld(topics: [("a", 1), ("b", 1)])
        let (normal, urgent) = (TopicPartition(topic: "a", partition: 0), TopicPartition(topic: "b", partition: 0))
        try world.write((0..<50).map { "a\($0)" }, to: "a")
        try world.write((0..<5).map { "b\($0)" }, to: "b")
        let member = world.member("first", topics: ["a", "b"], urgent: ["b"], isPolling: false)
        #expect(world.run { (try? member.consumer.heartbeat().get()) == true })
        _ = try world.answer { then in member.consumer.poll(maxRecords: 1, timeout: .zero, then: then) }
        member.consumer.assign([normal: .earliest, urgent: .earliest])
        let read = { (count: Int) throws -> [String] in
            let result = try world.answer { then in
                member.consumer.poll(maxRecords: count, timeout: .seconds(1), then: then)
            }
            guard case .success(.records(let records)) = result else { return [] }
            return records.map { String(decoding: $0.value ?? [], as: UTF8.self) }
        }
        #expect(try read(7) == ["b0", "b1", "b2", "b3", "b4", "a0", "a1"])
        // Behind a backlog that is here already, a new urgent record overtakes.
        try world.write(["b5"], to: "b")
        _ = try read(1)
        world.run(for: ConsumerWorld.second)
        #expect(try read(2) == ["b5", "a3"])
        #expect(try read(100) == (4..<50).map { "a\($0)" })
        // Nor does one wait for a place in a buffer that the backlog fills.
        try world.write((0..<6_000).map { "a\($0)" }, to: "a")
        #expect(try read(1) == ["a0"])
        try world.write(["b6"], to: "b")
        _ = try read(1)
        world.run(for: ConsumerWorld.second)
        #expect(try read(2) == ["b6", "a2"])
    }

    @Test func latestIsWhatComesFromNowOn() throws {
        let world = try ConsumerWorld(topics: [("in", 1)])
        try world.write(["old"])
        let member = world.member("first", isPolling: false)
        member.starts = [place: .latest]
        member.goOn()
        #expect(world.run { member.taken?.count == 1 })
        world.run(for: ConsumerWorld.second)
        try world.write(["new"])
        #expect(world.run { !member.records.isEmpty })
        #expect(member.values == ["new"])
    }

    @Test func aPositionBeyondTheEndIsAnError() throws {
        let world = try ConsumerWorld(topics: [("in", 1)])
        try world.write(["old"])
        let member = world.member("first", isPolling: false)
        member.starts = [place: .offset(77)]
        member.goOn()
        #expect(world.run { !member.failures.isEmpty })
        #expect(member.failures.map(\.code) == [.offsetOutOfRange])
        #expect(member.failures.first?.place == place)
        #expect(member.failures.first?.detail.contains("77") == true)
    }

    @Test func thePortIsKept() throws {
        let world = try ConsumerWorld(topics: [("in", 1)])
        try world.write(["v0", "v1"])
        let port: any GroupConsumer = BlockingConsumer(world.member("first", isPolling: false).consumer)
        var read: [Int64] = []
        for _ in 0..<100 where read.count < 2 {
            switch try port.poll(maxRecords: 1, timeout: .milliseconds(100)) {
            case .assigned(let given):
                #expect(given == [place])
                #expect(try port.committedOffsets(given) == [:])
                try port.assign([place: .earliest])
            case .records(let records): read += records.map(\.offset)
            case .revoked: Issue.record("nobody else is there")
            }
        }
        #expect(read == [0, 1])
        try port.commit([place: 2])
        #expect(try port.committedOffsets([place]) == [place: 2])
        #expect(try port.heartbeat() == false)
        try port.unassign()
        port.close()
        #expect(throws: LogError.self) { try port.assign([:]) }
        #expect(throws: LogError.self) { try port.poll(maxRecords: 1, timeout: .zero) }
    }
}
