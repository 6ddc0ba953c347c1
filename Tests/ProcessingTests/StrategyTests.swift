import EventLog
import Messages
import Processing
import ServiceCores
import Testing

/// Reservations, changes, reuse and advice, on whole deployments in memory.
@Suite(.serialized) struct StrategyTests {
    @Test(arguments: DeliveryGuarantee.allCases)
    func aRequestReservesThenRegisters(_ guarantee: DeliveryGuarantee) {
        let world = World(guarantee)
        world.request("c-1", "d-1", id: "a")
        world.settle()
        #expect(world.story("c-1") == ["CustomerRegistered"])
        #expect(world.index["document:D1"]?.customerID == "c-1")
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
        #expect(
            world.book(World.process("c-2", id: "b")).last
                == .rejected(code: "value-taken", Loss(attribute: "document", heldBy: "c-1")))
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
        #expect(world.index.mapValues(\.customerID) == ["document:D1": "c-1"])
        #expect(
            world.book(World.process("c-1", id: "same")).last
                == .rejected(code: "value-taken", Loss(attribute: "document", heldBy: "c-1")))
        #expect(
            world.book(World.process("c-1", id: "other")).last == .rejected(code: "already-registered", nil))
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
        #expect(world.index["document:D1"]?.status == .reserved)
        world.register("c-1", "D1", id: "b")
        world.live(.commandService)
        world.settle()
        #expect(world.story("c-1") == ["CustomerRegistered", "CustomerConfirmed"])
        #expect(world.book(World.process("c-1", id: "a")).last == .rejected(code: "already-registered", nil))
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
        let before = world.log.records(.uniqueClaims).count
        world.live(.processManager, cut: .afterBook)
        #expect(world.log.records(.uniqueClaims).count == before)
        #expect(world.book(World.process("c-1", id: "b")).last == .rejected(code: "already-registered", nil))
        world.settle()
        #expect(world.index.keys.sorted() == ["document:D1"])
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
        #expect(world.index.keys.sorted() == ["document:D1"])
        Invariants.check(world, physically: true, "")
    }

    @Test(arguments: DeliveryGuarantee.allCases)
    func aChangeGivesTheOldDocumentFree(_ guarantee: DeliveryGuarantee) {
        let world = World(guarantee)
        world.register("c-1", "D1", id: "a")
        world.settle()
        world.change("c-1", "d-2", id: "b")
        world.settle()
        #expect(world.story("c-1").suffix(2) == ["CustomerChangeStarted", "CustomerChanged"])
        #expect(world.index.mapValues(\.customerID) == ["document:D2": "c-1"])
        #expect(world.book("c-1@3").last == .completed)
        world.register("c-2", "D1", id: "c")
        world.register("c-3", "D2", id: "d")
        world.settle()
        #expect(world.story("c-2").last == "CustomerConfirmed")
        #expect(world.story("c-3").last == "CustomerUnregistered duplicate")
    }

    @Test(arguments: DeliveryGuarantee.allCases)
    func aChangeToATakenDocumentKeepsTheOldOne(_ guarantee: DeliveryGuarantee) {
        let world = World(guarantee)
        world.register("c-1", "D1", id: "a")
        world.register("c-2", "D2", id: "b")
        world.settle()
        world.change("c-1", "D2", id: "c")
        world.settle()
        #expect(world.story("c-1").last == "CustomerChangeRejected")
        #expect(world.index.mapValues(\.customerID) == ["document:D1": "c-1", "document:D2": "c-2"])
        #expect(world.book("c-1@3").last == .rejected(code: "value-taken", Loss(attribute: "document", heldBy: "c-2")))
        // And it may try again.
        world.unregister("c-2", id: "d")
        world.settle()
        world.change("c-1", "D2", id: "e")
        world.settle()
        #expect(world.index.mapValues(\.customerID) == ["document:D2": "c-1"])
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
        #expect(world.index.mapValues(\.customerID) == ["document:D2": "c-1"])
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
            #expect(world.index["document:D2"]?.customerID == "c-1")
        }
        world.unregister("c-1", id: "c")
        world.settle()
        #expect(world.index.isEmpty)
        #expect(world.book("c-1@3").last == .rejected(code: "already-unregistered", nil))
        world.register("c-2", "D1", id: "d")
        world.register("c-3", "D2", id: "e")
        world.settle()
        #expect(world.index.mapValues(\.customerID) == ["document:D1": "c-2", "document:D2": "c-3"])
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
        #expect(world.index.mapValues(\.customerID) == ["document:D1": "c-1"])
        #expect(world.story("c-1").filter { $0 == "CustomerChanged" }.count == 2)
        Invariants.check(world, physically: true, "")
    }

    @Test func whoseIdIsItsDocumentCanNotChangeIt() {
        let world = World(.exactlyOnce)
        let derived = NameID.customer(of: UniqueKey(attribute: "document", value: "D1")).description
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
        world.declare(reuse: .after(.seconds(60)))
        world.register("c-1", "D1", id: "a")
        world.settle()
        world.unregister("c-1", id: "b")
        world.settle()
        #expect(world.index.isEmpty)
        world.now = world.now.advanced(by: .seconds(59))
        world.register("c-2", "D1", id: "c")
        world.request("c-3", "D1", id: "d")
        world.settle()
        #expect(world.story("c-2").last == "CustomerUnregistered duplicate")
        #expect(
            world.book(World.process("c-3", id: "d")).last
                == .rejected(code: "value-taken", Loss(attribute: "document", heldBy: nil)))
        world.now = world.now.advanced(by: .seconds(1))
        world.register("c-4", "D1", id: "e")
        world.settle()
        #expect(world.story("c-4").last == "CustomerConfirmed")
        // Whoever folds it again, with whatever clock and rule of its own, finds the same.
        let topics = Topic.allCases.filter { $0 != .deployment }
        let before = topics.map { world.log.distinct($0) }
        world.stores = [:]
        world.log.rewind()
        world.declare(reuse: .never)
        world.now = world.now.advanced(by: .seconds(1_000_000))
        world.settle()
        #expect(topics.map { world.log.distinct($0) } == before)
    }

    @Test func aDocumentIsNeverTakenAgain() {
        let world = World(.atLeastOnce)
        world.declare(reuse: .never)
        world.register("c-1", "D1", id: "a")
        world.settle()
        world.change("c-1", "D2", id: "b")
        world.settle()
        world.now = world.now.advanced(by: .seconds(1_000_000_000))
        world.register("c-2", "D1", id: "c")
        world.change("c-1", "D1", id: "d")
        world.settle()
        #expect(world.story("c-2").last == "CustomerUnregistered duplicate")
        #expect(world.story("c-1").last == "CustomerChangeRejected")
        #expect(world.index.mapValues(\.customerID) == ["document:D2": "c-1"])
    }

    @Test func adviceSavesACompensation() {
        let world = World(.exactlyOnce)
        world.register("c-1", "D1", id: "a")
        world.settle()
        world.advice = Adviser { key, customer in key.text == "document:D1" && customer != "c-1" }
        world.register("c-2", "D1", id: "b")
        world.settle()
        guard
            case .rejected(.valueTaken, _)? = world.outcomes.first(where: { $0.body.commandID == "b" })?.body.result
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
final class Adviser: KeyAdvice {
    private let answer: (UniqueKey, String) -> Bool
    init(_ answer: @escaping (UniqueKey, String) -> Bool) { self.answer = answer }
    func isTaken(_ key: UniqueKey, byOtherThan customerID: String) -> Bool { answer(key, customerID) }
}
