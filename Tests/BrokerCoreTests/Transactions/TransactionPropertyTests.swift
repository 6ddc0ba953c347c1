import BrokerCore
import EventLog
import KafkaProtocol
import Testing

/// Producers of one transactional id that do anything at any time, with a broker that dies in the middle of its steps.
@Suite struct TransactionPropertyTests {
    @Test(arguments: 0..<200)
    func aTransactionEndsOneWay(seed: UInt64) {
        var run = TransactionRun(seed: seed)
        for _ in 0..<200 {
            run.step()
            run.check()
        }
        run.settle()
    }

    @Test(arguments: 0..<40)
    func anyPrefixOfTheJournalIsAStateToGoOnFrom(seed: UInt64) {
        var run = TransactionRun(seed: seed)
        for _ in 0..<120 { run.step() }
        let journal = run.world.journal
        for length in 0...journal.count {
            let world = TransactionWorld()
            world.journal = journal
            world.restart(after: length)
            let snapshot = world.coordinator.snapshot()
            let prepared = world.coordinator.describe(transactionalID: TransactionWorld.id).state
            #expect(world.waiting.map(\.result) == Self.ending[prepared].map { [$0] } ?? [])
            let copy = TransactionWorld()
            copy.journal = snapshot
            copy.restart()
            #expect(copy.coordinator.snapshot() == snapshot)
            #expect(copy.waiting == world.waiting)
            world.writeMarkers()
            let state = world.state
            #expect(state == Self.complete[prepared] ?? prepared)
        }
    }

    @Test func theInterestingHappens() {
        var seen: Set<TransactionRun.Sight> = []
        for seed in 0..<60 {
            var run = TransactionRun(seed: UInt64(seed))
            for _ in 0..<200 { run.step() }
            seen.formUnion(run.seen)
        }
        #expect(seen == Set(TransactionRun.Sight.allCases))
    }

    private static let ending = ["PrepareCommit": TransactionEnding.commit, "PrepareAbort": .abort]
    private static let complete = ["PrepareCommit": "CompleteCommit", "PrepareAbort": "CompleteAbort"]
}

/// One run of a transactional id, its producers, and a log that knows what is visible.
struct TransactionRun {
    /// What a campaign must come across, or it shows nothing.
    enum Sight: CaseIterable {
        case committed
        case aborted
        case fenced
        case timedOut
        case crashBetweenJournalAndReply
        case markersTwice
        case continued
    }

    /// A record in the log, and what is known about its end.
    struct Record {
        var producerID: Int64
        var partition: Int
        /// What a producer was told.
        var promised: TransactionEnding?
        /// What the marker said.
        var found: TransactionEnding?
    }

    struct Producer {
        var identity = ProducerIdentity(producerID: -1, epoch: -1)
        /// Records of its present transaction.
        var records: [Int] = []
    }

    let world = TransactionWorld()
    var dice: CoordinatorDice
    var producers = Array(repeating: Producer(), count: 3)
    var log: [Record] = []
    var seen: Set<Sight> = []
    private var checkedEntries = 0
    private var last: TransactionRecord?

    init(seed: UInt64) { dice = CoordinatorDice(seed: seed) }

    // MARK: Steps

    mutating func step() {
        let index = dice.below(producers.count)
        switch dice.below(16) {
        case 0, 1: initialize(index)
        case 2...4: add(index)
        case 5...8: produce(index)
        case 9, 10: end(index)
        case 11, 12: writeMarkers()
        case 13:
            let before = world.waiting.count
            world.pass(Int64(dice.below(4000)))
            if world.waiting.count > before { seen.insert(.timedOut) }
        case 14: crash()
        default: if dice.chance(1, of: 3) { world.restart() }
        }
    }

    private mutating func initialize(_ index: Int) {
        let goesOn = dice.chance(1, of: 2) && producers[index].identity.producerID >= 0
        let answer = world.initialize(timeout: 6000, expected: goesOn ? producers[index].identity : nil)
        if answer.error == .producerFenced { seen.insert(.fenced) }
        guard answer.error == .none else { return }
        if goesOn { seen.insert(.continued) }
        producers[index] = Producer(identity: answer.producer)
        expectCurrent(answer.producer)
    }

    private mutating func add(_ index: Int) {
        let identity = producers[index].identity
        let error = dice.chance(1, of: 4) ? world.addOffsets(identity) : world.add(identity, dice.below(3))
        if error == .producerFenced { seen.insert(.fenced) }
        if error == ErrorCode.none { expectCurrent(identity) }
    }

    private mutating func produce(_ index: Int) {
        let partition = dice.below(3)
        let identity = producers[index].identity
        guard world.mayProduce(identity, partition) == .none else { return }
        expectCurrent(identity)
        producers[index].records.append(log.count)
        log.append(Record(producerID: identity.producerID, partition: partition))
    }

    private mutating func end(_ index: Int) {
        let ending: TransactionEnding = dice.chance(2, of: 3) ? .commit : .abort
        let error = world.end(producers[index].identity, ending)
        switch error {
        case ErrorCode.none:
            expectCurrent(producers[index].identity)
            for record in producers[index].records { promise(record, ending) }
            producers[index].records = []
        case .some(.concurrentTransactions), .some(.producerFenced), .some(.invalidTransactionState),
            .some(.invalidProducerIDMapping):
            break
        default: Issue.record("unexpected \(String(describing: error))")
        }
    }

    /// Some or all markers reach the log, some of them twice.
    private mutating func writeMarkers() {
        guard !world.waiting.isEmpty else { return }
        let markers = world.waiting.remove(at: dice.below(world.waiting.count))
        write(markers)
        if dice.chance(1, of: 4) {
            write(markers)
            seen.insert(.markersTwice)
        }
        world.finish(markers)
    }

    private mutating func write(_ markers: TransactionMarkers) {
        for index in log.indices where log[index].producerID == markers.producerID && log[index].found == nil {
            guard markers.partitions.contains(TransactionWorld.partitions[log[index].partition]) else { continue }
            log[index].found = markers.result
            seen.insert(markers.result == .commit ? .committed : .aborted)
            compare(index)
        }
    }

    private mutating func promise(_ index: Int, _ ending: TransactionEnding) {
        log[index].promised = ending
        compare(index)
    }

    private func compare(_ index: Int) {
        guard let promised = log[index].promised, let found = log[index].found else { return }
        #expect(promised == found, "a producer was told something else than its readers")
    }

    /// The broker dies after its journal has the decision, and before the producer hears of it.
    private mutating func crash() {
        let index = dice.below(producers.count)
        let request = EndTransactionRequest(
            transactionalID: TransactionWorld.id, producer: producers[index].identity,
            result: dice.chance(1, of: 2) ? .commit : .abort)
        let effects = world.coordinator.end(request, token: RequestToken(rawValue: -1), now: world.now)
        for effect in effects.prefix(dice.below(effects.count + 1)) {
            guard case .journal(let entry) = effect else { break }
            world.journal.append(entry)
            // It never hears how that ended.
            producers[index].records = []
            seen.insert(.crashBetweenJournalAndReply)
        }
        world.restart()
    }

    // MARK: Checks

    private func expectCurrent(_ identity: ProducerIdentity) {
        let current = world.coordinator.describe(transactionalID: TransactionWorld.id).producer
        #expect(identity == current, "\(identity) has been fenced by \(current)")
    }

    mutating func check() {
        for entry in world.journal[checkedEntries...] {
            switch entry {
            case .producerIDsReserved, .removed: break
            case .updated(let record):
                if let last {
                    #expect(last.state.mayBecome(record.state))
                    #expect(last.producerID != record.producerID || last.producerEpoch <= record.producerEpoch)
                }
                last = record
            }
        }
        checkedEntries = world.journal.count
        for markers in world.waiting {
            // Markers of an older transaction can't wait: it would not have been over.
            let description = world.coordinator.describe(transactionalID: TransactionWorld.id)
            #expect(description.state == (markers.result == .commit ? "PrepareCommit" : "PrepareAbort"))
            #expect(description.producer.epoch == markers.producerEpoch)
        }
        var copy = TransactionCoordinator()
        for entry in world.journal { copy.apply(entry) }
        #expect(copy.snapshot() == world.coordinator.snapshot())
    }

    /// Time passes and all markers are written: every record is known to be committed or aborted.
    mutating func settle() {
        world.pass(10_000)
        while !world.waiting.isEmpty { writeMarkers() }
        world.pass(10_000)
        check()
        #expect(log.allSatisfy { $0.found != nil })
        #expect(!world.state.hasPrefix("Prepare") && world.state != "Ongoing")
    }
}
