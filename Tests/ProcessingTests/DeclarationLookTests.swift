import EventLog
import Messages
import Processing
import ServiceCores
import Testing

/// What is declared while services run.
@Suite(.serialized) struct DeclarationLookTests {
    private static let both = Array(KeysTests.attributes.prefix(2))
    private static let values = #"{"document":"D1","email":"a@x"}"#

    /// Something that names an attribute, for each of those who decide by what is declared.
    private static func ask(_ group: ConsumerGroup, _ world: World, _ values: String = values, id: String = "a") {
        if group == .processManager {
            world.request("c-\(id)", values: values, id: id)
        } else {
            world.register("c-\(id)", values: values, id: id)
        }
    }

    /// Declared behind its look at its assignment: nothing is decided by the older one, another process must.
    @Test(arguments: DeliveryGuarantee.allCases, [ConsumerGroup.commandService, .processManager])
    func aNewerRevisionEndsWhoMeetsItsAttribute(_ guarantee: DeliveryGuarantee, _ group: ConsumerGroup) {
        let world = World(guarantee)
        Self.ask(group, world)
        var polls = 0
        world.firstPartition = { [unowned world] _ in
            polls += 1
            if polls == 1 { world.declare(Self.both) }
            return 0
        }
        #expect(world.live(group) == .outdated("revision 2 is declared, and this instance goes by 1"))
        #expect(world.log.records(.commandOutcomes).isEmpty && world.log.records(.registrationEvents).isEmpty)
        #expect(world.log.records(.customerEvents).isEmpty && world.log.records(.uniqueClaims).isEmpty)
        // A supervisor starts it again.
        world.settle()
        #expect(world.index.mapValues(\.customerID) == ["document:D1": "c-a", "email:a@x": "c-a"])
        Invariants.check(world, physically: guarantee == .exactlyOnce, "")
    }

    @Test(arguments: [ConsumerGroup.commandService, .processManager])
    func whatNobodyDeclaredIsLookedForOnceForABatch(_ group: ConsumerGroup) {
        let world = World(.exactlyOnce)
        for number in 0..<5 { Self.ask(group, world, id: "\(number)") }
        Self.ask(group, world, #"{"document":"D9"}"#, id: "known")
        world.live(group)
        // At its assignment, and for the batch.
        #expect(world.readings[.deployment] == 2)
        world.settle()
        for number in 0..<5 {
            if group == .processManager {
                #expect(
                    world.book(World.process("c-\(number)", id: "\(number)")) == [
                        .rejected(code: "invalid-value", nil)
                    ])
            } else {
                let outcome = world.outcomes.first { $0.body.commandID == "\(number)" }?.body.result
                guard case .rejected(.invalidValue, let message)? = outcome else {
                    Issue.record("not refused: \(String(describing: outcome))")
                    continue
                }
                #expect(message == "`email` is not declared.")
            }
        }
        #expect(world.story("c-known").first == "CustomerRegistered", "what came with it is decided all the same")
        Invariants.check(world, physically: true, "")
    }

    /// What can't be read is not taken for what is not declared.
    @Test func nobodyIsRefusedWhileItCanNotBeRead() {
        let world = World(.exactlyOnce)
        world.moves = .milliseconds(300)
        Self.ask(.commandService, world)
        var polls = 0
        world.firstPartition = { [unowned world] _ in
            polls += 1
            if polls == 1 { world.readingError = (.deployment, LogError(.unavailable, "no")) }
            if polls == 40 {
                #expect(world.log.records(.commandOutcomes).isEmpty)
                world.readingError = nil
            }
            return 0
        }
        world.live(.commandService)
        #expect(polls > 40)
        #expect(world.outcomes.map(\.body.type) == ["CommandRejected"])
    }

    @Test func anotherReuseIsInForceFromTheAssignmentOn() {
        let world = World(.exactlyOnce)
        world.register("c-1", "D1", id: "a")
        world.settle()
        world.startsBy = world.declared
        world.declare(reuse: .never)
        // Until it can be read, nothing is decided.
        world.moves = .milliseconds(300)
        world.readingError = (.deployment, LogError(.unavailable, "no"))
        world.beforeQuestion = (3, { [unowned world] in world.readingError = nil })
        world.unregister("c-1", id: "b")
        world.live(.commandService)
        #expect(world.adopted == [2])
        #expect(world.readings[.deployment, default: 0] >= 4)
        let gone = world.log.messages(.customerEvents, CustomerEvent.self).last?.body.kind
        #expect(
            gone
                == .unregistered(
                    .requested, loss: nil, wanted: nil,
                    reusableFrom: ReuseTimes([.init(attribute: "document", from: .never)])))
    }

    /// Nothing comes for most partitions. All the same their offsets tell operators by what they are decided now.
    @Test(arguments: DeliveryGuarantee.allCases, [ConsumerGroup.commandService, .processManager])
    func offsetsTellWhichRevisionIsInForce(_ guarantee: DeliveryGuarantee, _ group: ConsumerGroup) {
        func marks(_ world: World) -> Set<Int64?> {
            Set((world.log.committed[group.rawValue] ?? [:]).values.map { OffsetMark.revision(in: $0.metadata) })
        }
        let world = World(guarantee)
        world.register("c-1", "D1", id: "a")
        world.settle()
        #expect(marks(world) == [1])
        let before = world.log.committed[group.rawValue]?.mapValues(\.next)
        world.startsBy = world.declared
        world.declare(reuse: .never)
        world.live(group)
        #expect(marks(world) == [2])
        #expect(world.log.committed[group.rawValue]?.mapValues(\.next) == before, "they stand where they stood")
        // An offset that an operator has set is somebody's who decides nothing.
        world.log.rewind()
        world.live(group)
        #expect(marks(world) == [2])
    }

    /// Whoever decides nothing by it does not look.
    @Test(arguments: [ConsumerGroup.projectionCustomers, .projectionIndex])
    func projectionsTakeKeysAsTheyCome(_ group: ConsumerGroup) {
        let world = World(.exactlyOnce, Self.both)
        world.register("c-1", values: Self.values, id: "a")
        world.settle()
        world.startsBy = DeclarationHistory.Entry(revision: 0, declaration: .standard())
        world.stores[group] = nil
        let before = world.readings[.deployment]
        #expect(world.live(group) == .asked)
        #expect(world.readings[.deployment] == before)
        world.startsBy = nil
        Invariants.check(world, physically: true, "")
    }
}
