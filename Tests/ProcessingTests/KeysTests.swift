import EventLog
import Messages
import Processing
import ServiceCores
import Testing

/// Several unique attributes: all keys or none, one after the other.
@Suite(.serialized) struct KeysTests {
    static let attributes = [
        UniqueAttribute(name: "document"),
        UniqueAttribute(name: "email", normalize: .email, isRequired: false),
        UniqueAttribute(name: "plate", normalize: .trim, isRequired: false),
    ]

    private static func values(_ document: String, _ email: String) -> String {
        #"{"email":"\#(email)","document":"\#(document)"}"#
    }

    private static func append(_ record: LogRecord, to world: World) {
        world.log.append(
            OutgoingRecord(
                topic: record.topic, partition: record.partition, key: record.key, value: record.value,
                headers: record.headers))
    }

    @Test(arguments: DeliveryGuarantee.allCases) func oneClaimGoesFromKeyToKey(_ guarantee: DeliveryGuarantee) {
        let world = World(guarantee, Self.attributes)
        world.register("c-1", values: Self.values("d-1", "ANA@example.com"), id: "a")
        world.settle()
        #expect(world.story("c-1") == ["CustomerRegistered", "CustomerConfirmed"])
        #expect(world.index.mapValues(\.customerID) == ["document:D1": "c-1", "email:ana@example.com": "c-1"])
        // In the declared order, whatever order the client chose.
        let wishes = world.log.messages(.uniqueClaims, KeyWish.self).sorted { $0.metadata.id < $1.metadata.id }
        #expect(wishes.map(\.metadata.id) == ["c-1@1/claim", "c-1@1/claim/2"])
        #expect(wishes.map(\.body.key.text) == ["document:D1", "email:ana@example.com"])
        #expect(wishes.last?.metadata.causationID == "c-1@1/claim")
        let answers = world.log.messages(.uniqueVerdicts, KeyAnswer.self)
        #expect(answers.map(\.metadata.id) == ["c-1@1/claim/granted"])
        #expect(answers.first?.metadata.causationID == "c-1@1/claim/2")
    }

    @Test(arguments: DeliveryGuarantee.allCases) func whoLosesTheSecondKeyKeepsNothing(_ guarantee: DeliveryGuarantee) {
        let world = World(guarantee, Self.attributes)
        world.register("c-1", values: Self.values("D1", "a@x"), id: "a")
        world.settle()
        world.register("c-2", values: Self.values("D2", "A@X"), id: "b")
        world.settle()
        let loss = Loss(attribute: "email", heldBy: "c-1")
        #expect(world.book("c-2@1").last == .compensated(loss))
        #expect(
            world.log.messages(.customerEvents, CustomerEvent.self).last { $0.body.customerID == "c-2" }?.body.kind
                == .unregistered(.duplicate, loss: loss, wanted: nil, reusableFrom: .none))
        #expect(world.index.mapValues(\.customerID) == ["document:D1": "c-1", "email:a@x": "c-1"])
        world.register("c-3", "D2", id: "c")
        world.settle()
        #expect(world.story("c-3").last == "CustomerConfirmed")
        Invariants.check(world, physically: guarantee == .exactlyOnce, "")
    }

    /// Were all keys asked for at once, each of them might hold one that the other wants.
    @Test(arguments: 0..<30) func ofOnePersonsRegistrationsOneWins(seed: Int) {
        var random = SplitMix(seed: UInt64(seed))
        let world = World(.exactlyOnce, Self.attributes)
        world.batchLimit = 1 + random.below(3)
        world.firstPartition = { random.below($0) }
        for number in 0..<4 { world.register("c-\(number)", values: Self.values("D1", "a@x"), id: "r\(number)") }
        world.settle()
        let endings = (0..<4).map { world.story("c-\($0)").last }
        #expect(endings.filter { $0 == "CustomerConfirmed" }.count == 1)
        #expect(endings.filter { $0 == "CustomerUnregistered duplicate" }.count == 3)
        Invariants.check(world, physically: true, "seed \(seed)")
    }

    @Test func whoWantsEachOthersValuesGetsNone() {
        let world = World(.exactlyOnce, Self.attributes)
        world.register("c-1", values: Self.values("D1", "a@x"), id: "a")
        world.register("c-2", values: Self.values("D2", "b@x"), id: "b")
        world.settle()
        world.change("c-1", values: Self.values("D2", "b@x"), id: "c")
        world.change("c-2", values: Self.values("D1", "a@x"), id: "d")
        world.settle()
        #expect(
            world.story("c-1").last == "CustomerChangeRejected" && world.story("c-2").last == "CustomerChangeRejected")
        #expect(
            world.index.mapValues(\.customerID)
                == ["document:D1": "c-1", "document:D2": "c-2", "email:a@x": "c-1", "email:b@x": "c-2"])
        Invariants.check(world, physically: true, "")
    }

    /// No key is asked for, and so no verdict comes.
    @Test(arguments: DeliveryGuarantee.allCases) func whatIsGivenUpAloneIsConfirmedAtOnce(
        _ guarantee: DeliveryGuarantee
    ) throws {
        let world = World(guarantee, Self.attributes)
        world.register("c-1", values: Self.values("D1", "a@x"), id: "a")
        world.settle()
        world.change("c-1", values: #"{"email":null}"#, id: "b")
        world.settle()
        #expect(world.story("c-1").suffix(2) == ["CustomerChangeStarted", "CustomerChanged"])
        let given = ValueChanges([.init(attribute: "email", value: nil)])
        #expect(
            world.book("c-1@3").first == .started(strategy: .change, values: given, name: nil, version: 3))
        #expect(world.book("c-1@3").last == .completed)
        let command = try #require(
            world.log.messages(.processCommands, ProcessCommand.self).first {
                $0.metadata.id == "c-1@3/confirm-change"
            })
        #expect(command.metadata.causationID == "c-1@3")
        #expect(world.index.mapValues(\.customerID) == ["document:D1": "c-1"])
        world.register("c-2", values: Self.values("D2", "a@x"), id: "c")
        world.settle()
        #expect(world.story("c-2").last == "CustomerConfirmed")
        Invariants.check(world, physically: guarantee == .exactlyOnce, "")
    }

    @Test func thatConfirmationIsSentThoughOnlyTheBookWasWritten() {
        let world = World(.atLeastOnce, Self.attributes)
        world.register("c-1", values: Self.values("D1", "a@x"), id: "a")
        world.settle()
        world.change("c-1", values: #"{"email":null}"#, id: "b")
        world.live(.commandService)
        let before = world.log.records(.processCommands).count
        world.live(.processManager, cut: .afterBook)
        #expect(world.log.records(.processCommands).count == before)
        world.live(.processManager)
        #expect(world.log.records(.processCommands).count == before + 1, "without waiting for its deadline")
    }

    /// What is changed, what is added and what is given up, all at once; what was held is free then.
    @Test(arguments: DeliveryGuarantee.allCases) func severalChangesAreOne(_ guarantee: DeliveryGuarantee) {
        let world = World(guarantee, Self.attributes)
        world.declare(reuse: .never)
        world.register("c-1", values: Self.values("D1", "a@x"), id: "a")
        world.settle()
        world.change("c-1", values: #"{"plate":" P 1 ","email":null,"document":"D2"}"#, id: "b")
        world.settle()
        #expect(world.index.mapValues(\.customerID) == ["document:D2": "c-1", "plate:P 1": "c-1"])
        let changed = world.log.messages(.customerEvents, CustomerEvent.self).map(\.body).last
        #expect(changed?.values.keys.map(\.text) == ["document:D2", "plate:P 1"])
        #expect(
            changed?.kind
                == .changed(
                    previous: UniqueValues([
                        UniqueKey(attribute: "document", value: "D1"), UniqueKey(attribute: "email", value: "a@x"),
                    ]),
                    reusableFrom: ReuseTimes([
                        .init(attribute: "document", from: .never), .init(attribute: "email", from: .never),
                    ])))
        world.register("c-2", values: Self.values("D3", "a@x"), id: "c")
        world.settle()
        #expect(world.book("c-2@1").last == .compensated(Loss(attribute: "email", heldBy: nil)))
        Invariants.check(world, physically: guarantee == .exactlyOnce, "")
    }

    /// The first key was reserved, the second one could not be. Cut behind the first release, the rest follows.
    @Test(arguments: [Cut.none, .amid, .afterBook]) func aHalfFailedReservationKeepsNothing(cut: Cut) {
        let world = World(.atLeastOnce, Self.attributes)
        world.declare(reuse: .never)
        world.register("c-1", values: Self.values("D1", "a@x"), id: "a")
        world.settle()
        world.request("c-2", values: Self.values("D2", "a@x"), id: "r")
        for group in [ConsumerGroup.processManager, .projectionIndex, .projectionIndex] { world.live(group) }
        #expect(world.index["document:D2"]?.status == .reserved)
        world.live(.processManager, cut: cut)
        let process = World.process("c-2", id: "r")
        let issued = world.book(process).filter {
            if case .commandIssued(.uniqueClaims, _, _) = $0 { true } else { false }
        }
        // The reservation, and of two releases what was written.
        #expect(issued.count == (cut == .amid ? 2 : 3))
        world.settle()
        #expect(world.book(process).last == .rejected(code: "value-taken", Loss(attribute: "email", heldBy: "c-1")))
        #expect(world.index.mapValues(\.customerID) == ["document:D1": "c-1", "email:a@x": "c-1"])
        // Nothing was ever confirmed with it: it does not rest.
        world.register("c-3", "D2", id: "c")
        world.settle()
        #expect(world.story("c-3").last == "CustomerConfirmed")
        Invariants.check(world, physically: false, "")
    }

    /// A release may overtake the claim that it takes back, over whatever partitions both came. The key remembers it, with
    /// the state or without: taken, the claim would hold it for a customer who is gone.
    @Test(arguments: [false, true], DeliveryGuarantee.allCases)
    func aClaimThatWasOvertakenIsVoid(losesState: Bool, _ guarantee: DeliveryGuarantee) throws {
        let before = World(guarantee, Self.attributes)
        before.register("c-1", values: Self.values("D1", "a@x"), id: "a")
        before.unregister("c-1", id: "b")
        before.live(.commandService)
        before.live(.projectionCustomers)
        let wishes = before.log.records(.uniqueClaims)
        func wish(_ id: String) throws -> LogRecord {
            try #require(wishes.first { (try? Message<KeyWish>(decoding: $0.value))?.metadata.id == id })
        }
        let world = World(guarantee, Self.attributes)
        Self.append(try wish("c-1@2/release/email"), to: world)
        world.live(.projectionIndex)
        #expect(world.log.records(.uniqueVerdicts).isEmpty && world.log.records(.uniqueIndex).isEmpty)
        if losesState { world.stores[.projectionIndex] = nil }
        Self.append(try wish("c-1@1/claim"), to: world)
        world.live(.projectionIndex)
        if losesState { world.stores[.projectionIndex] = nil }
        world.live(.projectionIndex)
        #expect(world.index.keys.sorted() == ["document:D1"], "it goes on as if granted, and holds nothing")
        #expect(world.log.messages(.uniqueVerdicts, KeyAnswer.self).map(\.metadata.id) == ["c-1@1/claim/granted"])
        Self.append(try wish("c-1@2/release/document"), to: world)
        world.live(.projectionIndex)
        #expect(world.index.isEmpty)
        let freed = world.log.messages(.uniqueVerdicts, KeyAnswer.self).map(\.metadata.id)
        #expect(Set(freed) == ["c-1@1/claim/granted", "c-1@2/release/document/released"])
        world.register("c-2", values: Self.values("D1", "a@x"), id: "c")
        world.settle()
        #expect(world.index.mapValues(\.customerID) == ["document:D1": "c-2", "email:a@x": "c-2"])
    }

    @Test func adviceNamesTheAttribute() {
        let world = World(.exactlyOnce, Self.attributes)
        world.advice = Adviser { key, _ in key.text == "email:a@x" }
        world.register("c-1", values: Self.values("D1", "a@x"), id: "a")
        world.register("c-2", values: Self.values("D1", "b@x"), id: "b")
        world.settle()
        guard
            case .rejected(.valueTaken, let message)? = world.outcomes.first(where: { $0.body.commandID == "a" })?.body
                .result
        else {
            Issue.record("the advice was not taken")
            return
        }
        #expect(message.contains("`email`"))
        #expect(world.story("c-2").last == "CustomerConfirmed")
    }
}
