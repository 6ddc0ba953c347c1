import EventLog
import Messages
import Processing
import ServiceCores
import Testing

/// Reservations, changes, reuse and advice, on whole deployments in memory.
@Suite(.serialized) struct AllWaysTests {
    @Test(arguments: DeliveryGuarantee.allCases)
    func aRequestReservesThenRegisters(_ guarantee: DeliveryGuarantee) {
        let world = World(guarantee)
        world.request("c-1", "d-1", id: "a")
        world.settle()
        #expect(world.story("c-1") == ["CustomerRegistered"])
        #expect(world.index["D1"]?.customerID == "c-1")
        #expect(world.book(World.process("c-1", id: "a")).last == .completed)
        let registered = world.log.messages(.customerEvents, CustomerEvent.self).map(\.body.kind)
        #expect(
            registered == [
                .registered(name: nil, status: .confirmed, reservation: World.process("c-1", id: "a"))
            ])
    }

    @Test(arguments: DeliveryGuarantee.allCases)
    func aRequestForATakenDocumentRegistersNobody(_ guarantee: DeliveryGuarantee) {
        let world = World(guarantee)
        world.register("c-1", "D1", id: "a")
        world.settle()
        world.request("c-2", "D1", id: "b")
        world.settle()
        #expect(world.story("c-2") == [])
        #expect(world.book(World.process("c-2", id: "b")).last == .rejected(code: "document-taken", heldBy: "c-1"))
    }

    /// With the document that it holds, or with another one: what it holds stays its own.
    @Test(arguments: DeliveryGuarantee.allCases, [true, false])
    func aRequestForACustomerWhoIsThereTakesNothingAway(_ guarantee: DeliveryGuarantee, reserved: Bool) {
        let world = World(guarantee)
        if reserved { world.request("c-1", "D1", id: "a") } else { world.register("c-1", "D1", id: "a") }
        world.settle()
        world.request("c-1", "D1", id: "same")
        world.request("c-1", "D2", id: "other")
        world.settle()
        #expect(world.index.mapValues(\.customerID) == ["D1": "c-1"])
        #expect(world.book(World.process("c-1", id: "same")).last == .rejected(code: "document-taken", heldBy: "c-1"))
        #expect(
            world.book(World.process("c-1", id: "other")).last == .rejected(code: "already-registered", heldBy: nil))
        world.request("c-2", "D2", id: "b")
        world.request("c-3", "D1", id: "c")
        world.settle()
        #expect(world.story("c-2") == ["CustomerRegistered"], "the reservation was given back")
        #expect(world.story("c-3") == [])
        Invariants.check(world, physically: guarantee == .exactlyOnce, "")
    }

    @Test func aCustomerRegistersItselfOnItsOwnReservation() {
        let world = World(.exactlyOnce)
        world.request("c-1", "D1", id: "a")
        world.live(.processManager)
        world.live(.projectionIndex)
        #expect(world.index["D1"]?.status == .reserved)
        world.register("c-1", "D1", id: "b")
        world.live(.commandService)
        world.settle()
        #expect(world.story("c-1") == ["CustomerRegistered", "CustomerConfirmed"])
        #expect(world.book(World.process("c-1", id: "a")).last == .rejected(code: "already-registered", heldBy: nil))
        Invariants.check(world, physically: true, "")
    }

    /// The release stands in the book, and was not sent: nobody else would ever send it.
    @Test func aReservationIsGivenBackThoughOnlyTheBookWasWritten() {
        let world = World(.atLeastOnce)
        world.register("c-1", "D1", id: "a")
        world.settle()
        world.request("c-1", "D2", id: "b")
        world.live(.processManager)
        world.live(.projectionIndex)
        world.live(.processManager)
        world.live(.commandService)
        let before = world.log.records(.documentClaims).count
        world.live(.processManager, cut: .afterBook)
        #expect(world.log.records(.documentClaims).count == before)
        #expect(world.book(World.process("c-1", id: "b")).last == .rejected(code: "already-registered", heldBy: nil))
        world.settle()
        #expect(world.index.keys.sorted() == ["D1"])
        Invariants.check(world, physically: false, "")
    }

    @Test func aRequestSentAgainIsOneRequest() {
        let world = World(.exactlyOnce)
        world.request("c-1", "D1", id: "a")
        world.request("c-1", "D1", id: "a")
        world.settle()
        world.stores = [:]
        // The name is taken: what stands behind it now is not looked at.
        world.request("c-1", "D2", id: "a")
        world.settle()
        #expect(world.story("c-1") == ["CustomerRegistered"])
        #expect(world.index.keys.sorted() == ["D1"])
        Invariants.check(world, physically: true, "")
    }

    @Test(arguments: DeliveryGuarantee.allCases)
    func aChangeGivesTheOldDocumentFree(_ guarantee: DeliveryGuarantee) {
        let world = World(guarantee)
        world.register("c-1", "D1", id: "a")
        world.settle()
        world.change("c-1", "d-2", id: "b")
        world.settle()
        #expect(world.story("c-1").suffix(2) == ["CustomerDocumentChangeStarted", "CustomerDocumentChanged"])
        #expect(world.index.mapValues(\.customerID) == ["D2": "c-1"])
        #expect(world.book("c-1@3").last == .completed)
        world.register("c-2", "D1", id: "c")
        world.register("c-3", "D2", id: "d")
        world.settle()
        #expect(world.story("c-2").last == "CustomerConfirmed")
        #expect(world.story("c-3").last == "CustomerUnregistered duplicate-document")
    }

    @Test(arguments: DeliveryGuarantee.allCases)
    func aChangeToATakenDocumentKeepsTheOldOne(_ guarantee: DeliveryGuarantee) {
        let world = World(guarantee)
        world.register("c-1", "D1", id: "a")
        world.register("c-2", "D2", id: "b")
        world.settle()
        world.change("c-1", "D2", id: "c")
        world.settle()
        #expect(world.story("c-1").last == "CustomerDocumentChangeRejected")
        #expect(world.index.mapValues(\.customerID) == ["D1": "c-1", "D2": "c-2"])
        #expect(world.book("c-1@3").last == .rejected(code: "document-taken", heldBy: "c-2"))
        // And it may try again.
        world.unregister("c-2", id: "d")
        world.settle()
        world.change("c-1", "D2", id: "e")
        world.settle()
        #expect(world.index.mapValues(\.customerID) == ["D2": "c-1"])
    }

    @Test func twoChangesInFlightAreOneTooMany() {
        let world = World(.exactlyOnce)
        world.register("c-1", "D1", id: "a")
        world.settle()
        world.change("c-1", "D2", id: "b")
        world.change("c-1", "D3", id: "c")
        world.settle()
        let codes = world.outcomes.compactMap { outcome -> RejectionCode? in
            if case .rejected(let code, _) = outcome.body.result { code } else { nil }
        }
        #expect(codes == [.changeInProgress])
        #expect(world.index.mapValues(\.customerID) == ["D2": "c-1"])
    }

    /// Claimed already, or not yet: both documents are given up.
    @Test(arguments: DeliveryGuarantee.allCases, [false, true])
    func whoLeavesWithAChangeInFlightLeavesBoth(_ guarantee: DeliveryGuarantee, claimed: Bool) {
        let world = World(guarantee)
        world.register("c-1", "D1", id: "a")
        world.settle()
        world.change("c-1", "D2", id: "b")
        world.live(.commandService)
        if claimed {
            world.live(.projectionCustomers)
            world.live(.projectionIndex)
            #expect(world.index["D2"]?.customerID == "c-1")
        }
        world.unregister("c-1", id: "c")
        world.settle()
        #expect(world.index.isEmpty)
        #expect(world.book("c-1@3").last == .rejected(code: "already-unregistered", heldBy: nil))
        world.register("c-2", "D1", id: "d")
        world.register("c-3", "D2", id: "e")
        world.settle()
        #expect(world.index.mapValues(\.customerID) == ["D1": "c-2", "D2": "c-3"])
        Invariants.check(world, physically: guarantee == .exactlyOnce, "")
    }

    @Test func backToTheDocumentThatWasJustLeft() {
        let world = World(.exactlyOnce)
        world.register("c-1", "D1", id: "a")
        world.settle()
        world.change("c-1", "D2", id: "b")
        // The release of D1 and the wish to have it back go through one partition, in this order.
        world.live(.commandService)
        world.live(.projectionCustomers)
        world.live(.projectionIndex)
        world.live(.processManager)
        world.live(.commandService)
        world.change("c-1", "D1", id: "c")
        world.settle()
        #expect(world.index.mapValues(\.customerID) == ["D1": "c-1"])
        #expect(world.story("c-1").filter { $0 == "CustomerDocumentChanged" }.count == 2)
        Invariants.check(world, physically: true, "")
    }

    @Test func whoseIdIsItsDocumentCanNotChangeIt() {
        let world = World(.exactlyOnce)
        let derived = NameID.customer(ofDocument: "D1").description
        world.register(derived, "D1", id: "a")
        world.settle()
        world.change(derived, "D2", id: "b")
        world.register(derived, "D1", id: "c")
        world.change(derived, "d-1", id: "d")
        world.settle()
        #expect(
            world.outcomes.map { outcome -> RejectionCode? in
                if case .rejected(let code, _) = outcome.body.result { code } else { nil }
            } == [nil, .notAllowed, .alreadyRegistered, nil])
        #expect(world.story(derived) == ["CustomerRegistered", "CustomerConfirmed"])
    }

    @Test func aDocumentRestsByTheTimesOfTheLog() {
        let world = World(.exactlyOnce)
        world.reuse = .after(.seconds(60))
        world.register("c-1", "D1", id: "a")
        world.settle()
        world.unregister("c-1", id: "b")
        world.settle()
        #expect(world.index.isEmpty)
        world.now = world.now.advanced(by: .seconds(59))
        world.register("c-2", "D1", id: "c")
        world.request("c-3", "D1", id: "d")
        world.settle()
        #expect(world.story("c-2").last == "CustomerUnregistered duplicate-document")
        #expect(world.book(World.process("c-3", id: "d")).last == .rejected(code: "document-taken", heldBy: nil))
        world.now = world.now.advanced(by: .seconds(1))
        world.register("c-4", "D1", id: "e")
        world.settle()
        #expect(world.story("c-4").last == "CustomerConfirmed")
        // Whoever folds it again, with whatever clock and rule of its own, finds the same.
        let before = Topic.allCases.map { world.log.distinct($0) }
        world.stores = [:]
        world.log.rewind()
        world.reuse = .never
        world.now = world.now.advanced(by: .seconds(1_000_000))
        world.settle()
        #expect(Topic.allCases.map { world.log.distinct($0) } == before)
    }

    @Test func aDocumentIsNeverTakenAgain() {
        let world = World(.atLeastOnce)
        world.reuse = .never
        world.register("c-1", "D1", id: "a")
        world.settle()
        world.change("c-1", "D2", id: "b")
        world.settle()
        world.now = world.now.advanced(by: .seconds(1_000_000_000))
        world.register("c-2", "D1", id: "c")
        world.change("c-1", "D1", id: "d")
        world.settle()
        #expect(world.story("c-2").last == "CustomerUnregistered duplicate-document")
        #expect(world.story("c-1").last == "CustomerDocumentChangeRejected")
        #expect(world.index.mapValues(\.customerID) == ["D2": "c-1"])
    }

    @Test func adviceSavesACompensation() {
        let world = World(.exactlyOnce)
        world.register("c-1", "D1", id: "a")
        world.settle()
        world.advice = Adviser { document, customer in document == "D1" && customer != "c-1" }
        world.register("c-2", "D1", id: "b")
        world.settle()
        guard
            case .rejected(.documentTaken, _)? = world.outcomes.first(where: { $0.body.commandID == "b" })?.body.result
        else {
            Issue.record("the advice was not taken")
            return
        }
        #expect(world.story("c-2") == [])
        // The answer is for good: it was given.
        world.advice = nil
        world.unregister("c-1", id: "c")
        world.register("c-2", "D1", id: "b")
        world.settle()
        #expect(world.outcomes.filter { $0.body.commandID == "b" }.map(\.body.isDuplicate) == [false, true])
        #expect(world.story("c-2") == [])
    }
}

/// Says what it likes.
final class Adviser: DocumentAdvice {
    private let answer: (String, String) -> Bool
    init(_ answer: @escaping (String, String) -> Bool) { self.answer = answer }
    func isTaken(_ document: String, byOtherThan customerID: String) -> Bool { answer(document, customerID) }
}

@Suite struct DocumentIndexCopyTests {
    private static func key(_ document: String) -> [UInt8] { DocumentReference.uniqueKey(document) }
    private static func value(_ document: String, _ customer: String, _ position: Int64) -> [UInt8] {
        Message(
            Metadata(
                id: "x", source: Source.projection, time: Timestamp(microseconds: 0), correlationID: "x",
                causationID: nil, causationSource: nil),
            DocumentHolder(
                document: document, customerID: customer, status: .claimed, reservation: nil, position: position)
        ).encoded()
    }

    @Test func itTellsWhoHasADocument() {
        var copy = DocumentIndexCopy()
        #expect(!copy.isTaken("D1", byOtherThan: "c-2"))
        copy.apply(key: Self.key("D1"), value: Self.value("D1", "c-1", 5))
        #expect(copy.isTaken("D1", byOtherThan: "c-2"))
        #expect(!copy.isTaken("D1", byOtherThan: "c-1"))
        #expect(!copy.isTaken("D2", byOtherThan: "c-2"))
        // Written again, late.
        copy.apply(key: Self.key("D1"), value: Self.value("D1", "c-2", 4))
        #expect(copy.isTaken("D1", byOtherThan: "c-2"))
        copy.apply(key: Self.key("D1"), value: nil)
        #expect(!copy.isTaken("D1", byOtherThan: "c-2"))
        #expect(copy.count == 0)
    }

    @Test func whatCanNotBeReadIsPassedOver() {
        var copy = DocumentIndexCopy()
        copy.apply(key: nil, value: nil)
        copy.apply(key: [0xff], value: Self.value("D1", "c-1", 1))
        copy.apply(key: Self.key("D1"), value: Array("no json".utf8))
        copy.apply(key: Self.key("D2"), value: Self.value("D1", "c-1", 1))
        #expect(copy.count == 0)
    }
}

@Suite struct DocumentReuseTests {
    @Test func itIsWrittenAsItIsRead() {
        for text in ["immediately", "never", "after=90s"] { #expect(DocumentReuse(text)?.description == text) }
        #expect(DocumentReuse("after=90d") == .after(.seconds(7_776_000)))
        for text in ["", "Never", "after", "after=", "after=0s", "after=-1d", "after=1w", "90d"] {
            #expect(DocumentReuse(text) == nil, "\(text)")
        }
    }
}
