import BrokerCore
import EventLog
import KafkaProtocol
import Testing

/// The process may die between any two writes. Whatever was stored by then must mean what Kafka promises.
@Suite struct CrashTests {
    /// What was asked of the broker about one transaction, and how much of that is certain.
    private struct Transaction {
        var name: String
        var tag: String
        var commits: Bool
        var offset: Int64
        /// The number of writes when its producer had been told that it has ended.
        var acknowledgedAt: Int?
    }

    private static let places = [BrokerWorld.place(0), BrokerWorld.place(1)]

    /// Runs transactions of two producers, some left open, with everything that is stored on the way.
    private static func run(_ seed: UInt64, markerDelay: Int64) throws -> (BrokerWorld, [Transaction]) {
        var draws = LogDraws(seed: seed)
        let world = BrokerWorld(BrokerConfiguration(markerDelay: markerDelay))
        try world.createTopic(partitions: 2)
        var transactions: [Transaction] = []
        for number in 0..<6 {
            let name = "tx\(draws.below(2))"
            var producer = try world.producer(name)
            #expect(try world.add(places, to: producer) == [.none, .none])
            #expect(try world.addOffsets("g-\(name)", to: producer) == .none)
            var transaction = Transaction(
                name: name, tag: "\(number)", commits: draws.chance(1, of: 2), offset: Int64(number) + 1)
            for _ in 0...draws.below(3) {
                #expect(try world.produce([transaction.tag], to: places[draws.below(2)], by: &producer) == .none)
            }
            let offsets = try world.commitOffset(transaction.offset, in: producer, group: "g-\(name)")
            #expect(offsets == .none)
            if draws.chance(3, of: 4) {
                #expect(try world.end(producer, commit: transaction.commits) == .none)
                transaction.acknowledgedAt = world.history.count
            }
            if draws.chance(1, of: 2) { world.pass(Int64(draws.below(50))) }
            transactions.append(transaction)
        }
        return (world, transactions)
    }

    /// How each transaction is decided by what a prefix of the writes has: the journal tells, in the order of the run.
    private static func decisions(_ history: ArraySlice<BrokerDisk.Write>) -> [(name: String, commits: Bool?)] {
        var decided: [(name: String, commits: Bool?)] = []
        for write in history {
            guard case .action(.journal(.transaction(.updated(let record)))) = write else { continue }
            let last = decided.lastIndex { $0.name == record.transactionalID }
            switch record.state {
            case .ongoing:
                if let last, decided[last].commits == nil { continue }
                decided.append((record.transactionalID, nil))
            case .prepareCommit: last.map { decided[$0].commits = true }
            case .prepareAbort: last.map { decided[$0].commits = false }
            case .empty, .completeCommit, .completeAbort: continue
            }
        }
        return decided
    }

    private static func stored(_ history: ArraySlice<BrokerDisk.Write>, _ place: TopicPartition) throws -> [String] {
        try history.flatMap { write throws -> [String] in
            guard case .action(.append(place, let append)) = write else { return [] }
            let section = try RecordSection(append.bytes)
            if section.header.attributes.isControl { return [] }
            return try section.records().map { String(decoding: $0.key ?? [], as: UTF8.self) }
        }
    }

    @Test(arguments: [0, 10] as [Int64], 1...6 as ClosedRange<UInt64>)
    func everyPrefixOfTheWritesRecovers(markerDelay: Int64, seed: UInt64) throws {
        let (world, transactions) = try Self.run(seed, markerDelay: markerDelay)
        for cut in 0...world.history.count {
            let prefix = world.history[..<cut]
            let next = try BrokerWorld(after: prefix, world.configuration, now: world.now)
            guard next.broker.logs.count == 2 else {
                #expect(cut < 4, "the topic is lost")
                continue
            }
            try Self.check(next, prefix, transactions, "seed \(seed), cut \(cut)")
        }
    }

    private static func check(
        _ world: BrokerWorld, _ prefix: ArraySlice<BrokerDisk.Write>, _ transactions: [Transaction], _ label: String
    ) throws {
        let decided = decisions(prefix)
        var visible: Set<String> = []
        var offsets: [String: Int64] = [:]
        for (transaction, decision) in zip(transactions, decided) {
            #expect(transaction.name == decision.name)
            // Who was told of the end can rely on it.
            if let acknowledged = transaction.acknowledgedAt, acknowledged <= prefix.count {
                #expect(decision.commits == transaction.commits, "\(label), \(transaction.tag)")
            }
            guard decision.commits == true else { continue }
            visible.insert(transaction.tag)
            offsets[transaction.name] = transaction.offset
        }
        for place in places {
            let all = try stored(prefix, place)
            #expect(try world.consume(place, .readUncommitted) == all, "\(label)")
        }
        // Behind an open transaction nothing is stable, so the open ones are ended first.
        for name in Set(decided.map(\.name)).sorted() {
            var producer = try world.producer(name)
            #expect(try world.add(places, to: producer) == [.none, .none], "\(label)")
            #expect(try world.produce(["after-\(name)"], by: &producer) == .none, "\(label)")
            #expect(try world.end(producer, commit: true) == .none, "\(label)")
            world.pass(world.configuration.markerDelay)
        }
        for place in places {
            let expected = try stored(prefix, place).filter { visible.contains($0) }
            let seen = try world.consume(place, .readCommitted)
            #expect(seen.filter { !$0.hasPrefix("after") } == expected, "\(label)")
            let answer = try world.fetch(place, from: world.offset(place, -1).offset, .readCommitted)
            #expect(answer.lastStableOffset == answer.highWatermark, "\(label)")
        }
        for name in ["tx0", "tx1"] {
            let committed = try world.committed(group: "g-\(name)", stable: true)
            #expect(committed.errorCode == .none && committed.committedOffset == offsets[name] ?? -1, "\(label)")
        }
    }

    @Test func aDecidedCommitIsKeptAndAnUndecidedOneStaysOpen() throws {
        let world = BrokerWorld()
        try world.createTopic()
        var producer = try world.producer("tx")
        #expect(try world.add([BrokerWorld.place()], to: producer) == [.none])
        try world.produce(["a"], by: &producer)
        let before = world.history.count
        #expect(try world.end(producer, commit: true) == .none)
        let decision = try #require(
            world.history[before...].firstIndex {
                guard case .action(.journal(.transaction(.updated(let record)))) = $0 else { return false }
                return record.state == .prepareCommit
            })
        let undecided = try BrokerWorld(after: world.history[..<decision], world.configuration, now: world.now)
        #expect(try undecided.consume().isEmpty)
        #expect(try undecided.fetch(from: 0, .readCommitted).lastStableOffset == 0)
        #expect(try undecided.end(producer, commit: true) == .none)
        #expect(try undecided.consume() == ["a"])
        let decided = try BrokerWorld(after: world.history[...decision], world.configuration, now: world.now)
        #expect(try decided.consume() == ["a"])
        #expect(try decided.end(producer, commit: true) == .none)
        #expect(try decided.end(producer, commit: false) == .invalidTransactionState)
    }

    @Test func nothingIsToldBeforeItIsStored() throws {
        let (world, _) = try Self.run(3, markerDelay: 0)
        // In every run of actions, whatever changes something for good stands before the answers that tell of it.
        var sawEnd = false
        for write in world.history {
            guard case .action(.reply(let reply)) = write, case .endTxn = reply.response else { continue }
            sawEnd = true
        }
        #expect(sawEnd)
        for (place, write) in world.history.enumerated() {
            guard case .action(.journal(.transaction(.updated(let record)))) = write,
                record.state == .completeCommit || record.state == .completeAbort
            else { continue }
            let reply = world.history[..<place].last {
                if case .action(.reply(let reply)) = $0, case .endTxn = reply.response { return true }
                return false
            }
            #expect(reply != nil || record.state == .completeAbort)
            guard case .action(.journal(.group(.transactionEnded(_, record.producerID, _)))) = world.history[place - 1]
            else {
                Issue.record("the groups hear of the end before the coordinator does")
                continue
            }
        }
    }

    @Test func aDeletedTopicStaysDeletedWhateverIsCutOff() throws {
        let world = BrokerWorld()
        try world.createTopic(partitions: 2)
        try world.produce(["a"])
        #expect(try world.commitOffset(1) == .none)
        let before = world.history.count
        try world.deleteTopic()
        for cut in before...world.history.count {
            let next = try BrokerWorld(after: world.history[..<cut], world.configuration, now: world.now)
            if cut == before {
                #expect(try next.consume() == ["a"])
                continue
            }
            #expect(next.disk.logs.isEmpty)
            #expect(try next.createTopic() == .none)
            #expect(try next.committed().committedOffset == -1)
            #expect(try next.produce(["new"]).baseOffset == 0)
            let last = try BrokerWorld(after: next.history[...], world.configuration, now: world.now)
            #expect(try last.committed().committedOffset == -1)
        }
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func aSnapshotSaysTheSameAsTheJournal(seed: UInt64) throws {
        let (world, transactions) = try Self.run(seed, markerDelay: 0)
        let snapshot = world.broker.snapshot()
        for entry in snapshot { #expect(try JournalEntry(decoding: entry.encoded()) == entry) }
        let history = world.history[...]
        try world.restart(fromSnapshot: true)
        #expect(world.broker.snapshot() == snapshot)
        try Self.check(world, history, transactions, "snapshot, seed \(seed)")
    }

    @Test func groupsGoOnAfterARestart() throws {
        let world = BrokerWorld()
        try world.createTopic()
        let (member, generation) = try world.soleMember()
        #expect(try world.commitOffset(3, generation: generation, member: member) == .none)
        try world.restart()
        #expect(try world.heartbeat(member, generation) == .none)
        #expect(try world.commitOffset(4, generation: generation, member: member) == .none)
        try world.restart(fromSnapshot: true)
        #expect(try world.committed().committedOffset == 4)
        #expect(try world.heartbeat(member, generation) == .none)
    }

    @Test func brokenEntriesAreRefused() throws {
        let entry = JournalEntry.topic(
            .created(name: "t", id: WireUUID(high: 1, low: 2), partitions: 3, configs: ["a": "b", "c": "d"]))
        let bytes = entry.encoded()
        #expect(try JournalEntry(decoding: bytes) == entry)
        for length in 0..<bytes.count {
            #expect(throws: WireError.self) { try JournalEntry(decoding: Array(bytes[..<length])) }
        }
        #expect(throws: WireError.trailing(1)) { try JournalEntry(decoding: bytes + [0]) }
        for entry in [
            JournalEntry.topic(.partitionsAdded(name: "t", count: 4)), .topic(.deleted(name: "t")),
            .topic(.configured(name: "t", configs: [:])), .log(BrokerWorld.place(), .compacted(below: 3)),
            .group(.deleted(groupID: "g")), .transaction(.removed(transactionalID: "x")),
        ] {
            #expect(try JournalEntry(decoding: entry.encoded()) == entry)
        }
    }
}
