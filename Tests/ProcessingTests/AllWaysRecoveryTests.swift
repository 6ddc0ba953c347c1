import Messages
import Processing
import ServiceCores
import Testing

/// All ways over few documents and few customers, in any order, with crashes at every boundary.
@Suite(.serialized) struct AllWaysRecoveryTests {
    @Test(arguments: DeliveryGuarantee.allCases, 0..<200)
    func anyCrashAnywhereBreaksNothing(_ guarantee: DeliveryGuarantee, seed: Int) {
        var random = SplitMix(seed: UInt64(seed) &+ 7_000)
        let world = World(guarantee)
        world.batchLimit = 1 + random.below(6)
        world.reuse = [.immediately, .immediately, .never, .after(.seconds(5))][random.below(4)]
        if random.below(3) == 0 {
            // A copy of the index that is wrong at random, and the same for whoever asks again.
            let salt = seed
            world.advice = Adviser { document, customer in
                (document + customer).utf8.reduce(salt) { $0 &* 31 &+ Int($1) } % 4 == 0
            }
        }
        let customers = (0..<6).map { "c-\($0)" } + (0..<3).map { NameID.customer(ofDocument: "D\($0)").description }
        var sent: [() -> Void] = []
        var old: [ConsumerGroup: InMemoryStateStore] = [:]
        func send(_ command: @escaping () -> Void) {
            sent.append(command)
            command()
        }
        for turn in 0..<60 {
            let customer = customers[random.below(customers.count)]
            let document = "D\(random.below(4))"
            switch random.below(14) {
            case 0, 1: send { world.register(customer, document, id: "r\(turn)") }
            case 2, 3: send { world.request(customer, document, id: "q\(turn)") }
            case 4, 5: send { world.change(customer, document, id: "x\(turn)") }
            case 6: send { world.unregister(customer, id: "u\(turn)") }
            case 7: if !sent.isEmpty { sent[random.below(sent.count)]() }
            default:
                let group = ConsumerGroup.allCases[random.below(4)]
                switch random.below(6) {
                case 0: world.stores[group] = nil
                case 1: old[group] = world.stores[group]?.copy()
                case 2: if let copy = old[group] { world.stores[group] = copy.copy() }
                default: break
                }
                world.live(group, cut: Cut.allCases[random.below(Cut.allCases.count)], afterBatches: random.below(3))
            }
            if random.below(8) == 0 { world.now = world.now.advanced(by: .seconds(random.below(20))) }
        }
        world.settle()
        world.now = world.now.advanced(by: .seconds(400))
        world.settle()
        Invariants.check(world, physically: guarantee == .exactlyOnce, "seed \(seed)")
    }

    /// The seeds above meet what they are for.
    @Test func theSeedsMeetEveryEnd() {
        var kinds: Set<String> = []
        for seed in 0..<60 {
            var random = SplitMix(seed: UInt64(seed))
            let world = World(.exactlyOnce)
            world.batchLimit = 1 + random.below(3)
            for turn in 0..<60 {
                let customer = "c-\(random.below(5))"
                let document = "D\(random.below(3))"
                switch random.below(8) {
                case 0: world.register(customer, document, id: "r\(turn)")
                case 1: world.request(customer, document, id: "q\(turn)")
                case 2, 3: world.change(customer, document, id: "x\(turn)")
                case 4: world.unregister(customer, id: "u\(turn)")
                default:
                    world.live(
                        ConsumerGroup.allCases[random.below(4)], cut: .beforeKafka, afterBatches: random.below(3))
                }
            }
            world.settle()
            for message in world.log.messages(.registrationEvents, RegistrationEvent.self) {
                if case .rejected(let code, _) = message.body.kind {
                    kinds.insert("rejected \(code)")
                } else {
                    kinds.insert(message.body.type)
                }
            }
            for message in world.log.messages(.customerEvents, CustomerEvent.self) {
                if case .unregistered(_, _, .some) = message.body.kind { kinds.insert("left while changing") }
                kinds.insert(message.body.type)
            }
            for message in world.log.messages(.processOutcomes, Outcome.self) {
                if case .rejected(let code, _) = message.body.result { kinds.insert("refused \(code.rawValue)") }
            }
        }
        for kind in [
            "CustomerDocumentChanged", "CustomerDocumentChangeRejected", "left while changing", "RegistrationCompleted",
            "RegistrationCompensated", "rejected document-taken", "rejected already-registered",
            "rejected already-unregistered", "refused already-registered", "refused already-unregistered",
        ] {
            #expect(kinds.contains(kind), "\(kind) never happened")
        }
    }
}
