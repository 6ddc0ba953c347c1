import EventLog
import Messages
import Processing
import TestProcesses
import Testing

/// A generator whose numbers are a function of its seed.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}

@Suite(.serialized) struct RecoveryTests {
    @Test func someoneElseWroteToTheBook() {
        let world = World(.atLeastOnce)
        world.register("c-1", "D1", id: "a")
        // Another instance decides the same batch and writes first: exactly what a frozen one does when it wakes up.
        world.beforeBook[.commandService] = {
            let stores = world.stores
            world.stores[.commandService] = InMemoryStateStore()
            world.live(.commandService, cut: .afterBook)
            world.stores = stores
        }
        world.settle()
        #expect(world.observer.counts[.retried] == 1)
        #expect(world.story("c-1") == ["CustomerRegistered", "CustomerConfirmed"])
        #expect(world.outcomes.map(\.body.type) == ["CommandAccepted"])
    }

    @Test func theOutcomeIsWrittenThoughOnlyTheEventsWere() {
        let world = World(.atLeastOnce)
        world.register("c-1", "D1", id: "a")
        world.live(.commandService, cut: .afterBook)
        #expect(world.log.records(.customerEvents).count == 1)
        #expect(world.log.records(.commandOutcomes).isEmpty)
        world.settle()
        #expect(world.story("c-1") == ["CustomerRegistered", "CustomerConfirmed"])
        let key = DeduplicationKey(topic: .customerCommands, customerID: "c-1", source: "/test", id: "a")
        #expect(world.outcomes.map(\.metadata.id) == ["\(key)/outcome"])
        #expect(world.outcomes.map(\.body.result) == [.accepted(events: ["c-1@1"])])
    }

    @Test func theCommandIsSentThoughOnlyTheBookWasWritten() {
        let world = World(.atLeastOnce)
        world.register("c-1", "D1", id: "a")
        for group in [ConsumerGroup.commandService, .projectionCustomers, .projectionIndex] { world.live(group) }
        world.live(.processManager, cut: .afterBook)
        #expect(world.log.records(.processCommands).isEmpty)
        world.live(.processManager)
        #expect(world.log.records(.processCommands).count == 1, "without waiting for its deadline")
    }

    @Test func aStateThatIsRebuiltWritesNothing() {
        let world = World(.exactlyOnce)
        for index in 0..<6 { world.register("c-\(index)", "D\(index % 4)", id: "r\(index)") }
        world.settle()
        let size = world.log.size
        for group in ConsumerGroup.allCases {
            world.stores[group] = nil
            world.live(group)
            #expect(world.log.size == size, "\(group) wrote again what was committed")
        }
        // And it is the same state: the next duplicate is told by it, also when both come in one batch.
        world.stores = [:]
        world.register("c-9", "D1", id: "r9")
        world.settle()
        for topic in [Topic.customerEvents, .uniqueClaims, .uniqueVerdicts, .registrationEvents] {
            #expect(world.log.records(topic).count == world.log.distinct(topic).count, "repeats on \(topic)")
        }
        #expect(world.story("c-9").last == "CustomerUnregistered duplicate")
    }

    @Test(arguments: DeliveryGuarantee.allCases)
    func everythingReadAgainChangesNothing(_ guarantee: DeliveryGuarantee) {
        let world = World(guarantee)
        for index in 0..<20 { world.register("c-\(index)", "D\(index % 7)", id: "r\(index)") }
        world.unregister("c-3", id: "u")
        world.settle()
        let topics = Topic.allCases.filter { $0 != .customerCommands }
        let before = topics.map { world.log.distinct($0) }
        for loseState in [false, true] {
            if loseState { world.stores = [:] }
            world.log.rewind()
            world.settle()
            #expect(topics.map { world.log.distinct($0) } == before)
        }
    }

    /// An instance that was frozen while it caught up finds that another one has written meanwhile, at whatever point.
    @Test(arguments: DeliveryGuarantee.allCases, 0..<16)
    func whatIsWrittenWhileCatchingUpIsNotPassedOver(_ guarantee: DeliveryGuarantee, question: Int) {
        let world = World(guarantee)
        world.register("c-0", "D0", id: "a")
        world.settle()
        let other = world.stores[.commandService]?.copy()
        world.stores[.commandService] = nil
        // The other one decides a command between two of this one's questions.
        world.beforeQuestion = (
            question,
            {
                let own = world.stores[.commandService]
                world.stores[.commandService] = other
                world.register("c-1", "D1", id: "b")
                world.live(.commandService)
                world.stores[.commandService] = own
            }
        )
        // And this one loses its partitions before it has written anything.
        world.live(.commandService, cut: .beforeKafka)
        if world.beforeQuestion != nil { return }
        world.settle()
        let repeated = world.register("c-1", "D1", id: "b")
        world.settle()
        let key = DeduplicationKey(topic: .customerCommands, customerID: "c-1", source: "/test", id: "b")
        let partition = Murmur2.partition(of: Array("c-1".utf8), count: world.log.partitionCount)
        let answers = world.outcomes.filter { $0.body.commandID == "b" }.map(\.metadata.id)
        #expect(answers == ["\(key)/outcome", "\(key)/outcome/\(partition)/\(repeated)"])
        #expect(world.observer.counts[.void] == nil)
    }

    /// Random work, random crashes at every boundary, state lost or rolled back, and at the end everything holds.
    @Test(arguments: DeliveryGuarantee.allCases, 0..<150)
    func anyCrashAnywhereBreaksNothing(_ guarantee: DeliveryGuarantee, seed: Int) async throws {
        try await onHeavyThread {
            var random = SplitMix(seed: UInt64(seed))
            let world = World(guarantee)
            world.batchLimit = 1 + random.below(6)
            var sent: [(customer: String, document: String, id: String)] = []
            for turn in 0..<40 {
                switch random.below(10) {
                case 0..<4:
                    let command = ("c-\(random.below(9))", "D\(random.below(4))", "r\(turn)")
                    sent.append(command)
                    world.register(command.0, command.1, id: command.2)
                case 4: world.unregister("c-\(random.below(9))", id: "u\(turn)")
                case 5:
                    if !sent.isEmpty {
                        let again = sent[random.below(sent.count)]
                        world.register(again.customer, again.document, id: again.id)
                    }
                default: world.liveSomehow(&random)
                }
                if random.below(8) == 0 { world.now = world.now.advanced(by: .seconds(random.below(20))) }
            }
            world.settle()
            world.now = world.now.advanced(by: .seconds(400))
            world.settle()
            Invariants.check(world, physically: guarantee == .exactlyOnce, "seed \(seed)")
        }
    }
}
