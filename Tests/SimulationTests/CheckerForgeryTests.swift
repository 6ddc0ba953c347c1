import EventLog
import Messages
import Processing
import Simulation
import Testing

/// Each way to break a guarantee is told at the first record that shows it.
@Suite struct CheckerForgeryTests {
    /// A winner, who is confirmed, and a second one who waits for the verdict on the same document.
    private func history(_ guarantee: DeliveryGuarantee = .exactlyOnce) throws -> CheckerHistory {
        var history = CheckerHistory(guarantee)
        try history.register("c-1", "D1", "a")
        try history.register("c-2", "D1", "b")
        try history.win("c-1", "D1")
        return history
    }

    private static func lostTo(_ customer: String) -> Loss { Loss(attribute: "document", heldBy: customer) }

    private func expect(
        _ invariant: String, _ detail: String, _ history: CheckerHistory,
        _ forgery: (inout CheckerHistory) throws -> Void, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        var history = history
        do {
            try forgery(&history)
            Issue.record("nothing was told", sourceLocation: sourceLocation)
        } catch let violation as Violation {
            let isIt = violation.invariant == invariant && violation.detail.contains(detail)
            #expect(isIt, "\(violation)", sourceLocation: sourceLocation)
        } catch { Issue.record(error, sourceLocation: sourceLocation) }
    }

    // MARK: U1, U2, U3

    @Test func aLoserIsToBeConfirmed() throws {
        expect("U3", "tells another verdict", try history()) {
            try $0.command("c-2@1", "confirm", "c-2", .confirm(version: 1))
        }
    }

    @Test func aWinnerIsToBeCompensated() throws {
        var history = CheckerHistory()
        try history.register("c-1", "D1", "a")
        expect("U3", "tells another verdict", history) {
            try $0.command("c-1@1", "unregister", "c-1", .compensate(Self.lostTo("c-2"), version: 1))
        }
    }

    @Test func twoAreConfirmed() throws {
        expect("U1", "c-2 and c-1 are confirmed with one key", try history()) {
            try $0.event("c-2", 2, "D1", .confirmed, by: (Source.processManager, "c-2@1/confirm"))
        }
    }

    @Test func aLoserIsConfirmedBeforeTheWinner() throws {
        var history = CheckerHistory()
        try history.register("c-1", "D1", "a")
        try history.register("c-2", "D1", "b")
        expect("U4", "has no command", history) {
            try $0.event("c-2", 2, "D1", .confirmed, by: (Source.processManager, "c-2@1/confirm"))
        }
        expect("U4", "is caused by", history) { try $0.event("c-2", 2, "D1", .confirmed, by: ("/client", "b")) }
        expect("U1", "was not given all its keys", history) {
            // The command is wrong already, and told; what follows from it is told too.
            var forged = $0
            #expect(throws: Violation.self) {
                try forged.command("c-2@1", "confirm", "c-2", .confirm(version: 1))
            }
            try forged.event("c-2", 2, "D1", .confirmed, by: (Source.processManager, "c-2@1/confirm"))
        }
    }

    @Test func aWinnerIsCompensated() throws {
        var history = CheckerHistory()
        try history.register("c-1", "D1", "a")
        expect("U3", "undoes a winner", history) {
            var forged = $0
            #expect(throws: Violation.self) {
                try forged.command("c-1@1", "unregister", "c-1", .compensate(Self.lostTo("c-2"), version: 1))
            }
            try forged.event(
                "c-1", 2, "D1", .undone(Self.lostTo("c-2")),
                by: (Source.processManager, "c-1@1/unregister"))
        }
    }

    @Test func theSecondClaimIsAnsweredAsTheFirst() throws {
        expect("U2", "answers otherwise", try history()) {
            try $0.answer(CheckerHistory.claim("c-2", "D1"), "c-2@1/claim")
        }
        expect("U2", "answers otherwise", try history()) {
            try $0.answer(CheckerHistory.claim("c-2", "D1"), "c-2@1/claim", loss: Self.lostTo("c-3"))
        }
        expect("U2", "is not there", try history()) {
            try $0.answer(CheckerHistory.claim("c-2", "D1", version: 7), "c-2@7/claim")
        }
    }

    @Test func twoReservationsAreWon() throws {
        var history = CheckerHistory()
        try history.reserve("c-1", "D1", "r")
        let second = try history.send(
            "StartRegistration", "c-2", "s", CheckerHistory.data("D1"), to: .registrationRequests)
        try history.reserve(second, "D1")
        let claim = CheckerHistory.reservation(second, "D1")
        expect("U2", "answers otherwise", history) {
            try $0.answer(claim, "\(second.key)/reserve", of: Source.processManager)
        }
        expect("U2", "was not won", history) {
            try $0.command(
                second.key, "register", "c-2",
                .register(CheckerHistory.values("D1"), name: nil, reservation: second.key))
        }
    }

    @Test func aLoserIsCompensatedTwice() throws {
        var history = try history()
        try history.lose("c-2", "D1", to: "c-1")
        expect("U5", "comes after the unregistration", history) {
            try $0.event(
                "c-2", 3, "D1", .undone(Self.lostTo("c-1")),
                by: (Source.processManager, "c-2@2/unregister"))
        }
        expect("U3", "is there twice", history) {
            try $0.book("c-2@1", "c-2", "compensated", .compensated(Self.lostTo("c-1")))
        }
        expect("U3", "", history) { try $0.book("c-2@1", "c-2", "completed", .completed) }
    }

    @Test func whatDidNotHappenStandsInTheBook() throws {
        expect("U3", "was not undone", try history()) {
            try $0.book("c-2@1", "c-2", "compensated", .compensated(Self.lostTo("c-1")))
        }
        expect("U3", "was not confirmed", try history()) {
            try $0.book("c-2@1", "c-2", "completed", .completed)
        }
        expect("U3", "not there", try history()) {
            try $0.book("c-2@5", "c-2", "completed", .completed)
        }
    }

    // MARK: Several keys

    /// A slip that is granted its first key.
    private func slip() throws -> CheckerHistory {
        var history = CheckerHistory()
        try history.register("c-1", "D1+a@x", "a")
        return history
    }

    @Test func aSlipSkipsOrGoesNowhere() throws {
        let claim = CheckerHistory.claim("c-1", "D1+a@x")
        expect("U2", "answers otherwise", try slip()) { try $0.answer(claim, "c-1@1/claim") }
        expect("U2", "was sent on by nobody", try slip()) { try $0.sendOn(claim, from: "c-1@7/claim") }
        expect("U2", "goes on as", try slip()) {
            try $0.sendOn(CheckerHistory.claim("c-1", "D1+b@x"), from: "c-1@1/claim")
        }
        expect("U3", "tells another verdict", try slip()) {
            try $0.command("c-1@1", "confirm", "c-1", .confirm(version: 1))
        }
        var history = try slip()
        try history.sendOn(claim, from: "c-1@1/claim")
        try history.answer(claim, "c-1@1/claim", last: "c-1@1/claim/2")
        try history.command("c-1@1", "confirm", "c-1", .confirm(version: 1))
    }

    /// What was claimed by a later event is not freed by an older release, and what a later release has overtaken takes
    /// nothing: told at the first answer that says so.
    @Test func versionsDecide() throws {
        var history = CheckerHistory()
        try history.register("c-1", "D1", "a")
        try history.win("c-1", "D1")
        let sent = try history.send("UnregisterCustomer", "c-1", "u", "{}")
        try history.event(
            "c-1", 3, "D1", .unregistered(.requested, loss: nil, wanted: nil, reusableFrom: .none), by: sent.cause)
        try history.release("c-1", 3, "D1")
        try history.register("c-2", "D1", "b")
        expect("U2", "answers otherwise", history) {
            try $0.answer(CheckerHistory.claim("c-2", "D1"), "c-2@1/claim", loss: Self.lostTo("c-1"))
        }
    }

    // MARK: U4

    @Test func anOutcomeHasNoCommand() throws {
        expect("U4", "is not there", try history()) {
            try $0.outcome(
                CheckerHistory.Sent(
                    topic: .customerCommands, customer: "c-1", id: "never", hash: "00", partition: 0, offset: 0),
                .accepted(events: []))
        }
    }

    @Test func anAnswerChanges() throws {
        var history = CheckerHistory()
        let sent = try history.register("c-1", "D1", "a")
        let again = try history.send("RegisterCustomer", "c-1", "a", CheckerHistory.data("D1"))
        let other = try history.send("RegisterCustomer", "c-1", "a", CheckerHistory.data("D2"))
        let code = RejectionCode.alreadyRegistered
        expect("U4", "has changed", history) {
            try $0.outcome(sent, .rejected(code, message: code.message), repeats: again)
        }
        expect("U4", "was not refused", history) {
            try $0.outcome(sent, .accepted(events: ["c-1@1"]), repeats: other)
        }
        expect("U4", "is there twice", history) { try $0.outcome(sent, .accepted(events: ["c-1@1"])) }
        expect("U4", "the event", history) {
            let second = try $0.send("RegisterCustomer", "c-1", "b", CheckerHistory.data("D1"))
            try $0.outcome(second, .accepted(events: ["c-1@1"]))
        }
    }

    @Test func whatIsToBeRefusedIsTaken() throws {
        expect("U4", "is to be refused as invalid-value", try history()) {
            let sent = try $0.send("RegisterCustomer", "c-9", "i", CheckerHistory.data("--"))
            try $0.outcome(sent, .accepted(events: ["c-9@1"]))
        }
    }

    @Test func anEventHasNoCommand() throws {
        expect("U4", "has no command", try history()) {
            try $0.event(
                "c-9", 1, "D1", .registered(name: nil, status: .pending, reservation: nil), by: ("/client", "a"))
        }
    }

    @Test func aGoodRecordIsPutAside() throws {
        var history = try history()
        let bad = try history.append(.customerCommands, key: Array("c-9".utf8), value: Array("no JSON".utf8))
        let good = try history.send("UnregisterCustomer", "c-9", "g", "{}")
        func letter(_ history: inout CheckerHistory, _ offset: Int64) throws {
            try history.append(
                .customerCommandsDeadLetter, key: nil, value: nil,
                headers: [
                    RecordHeader(DeadLetterHeader.topic, Topic.customerCommands.rawValue),
                    RecordHeader(DeadLetterHeader.partition, String(bad.partition)),
                    RecordHeader(DeadLetterHeader.offset, String(offset)),
                ])
        }
        expect("U4", "could be taken", history) { try letter(&$0, good.offset) }
        expect("U4", "twice", history) {
            try letter(&$0, bad.offset)
            try letter(&$0, bad.offset)
        }
    }

    // MARK: U5, U6, U7

    @Test func aStreamIsBroken() throws {
        let history = try history()
        let cause = ("/client", "a")
        expect("U5", "is there twice", history) { try $0.event("c-1", 2, "D1", .confirmed, by: cause) }
        expect("U5", "a gap", history) { try $0.event("c-1", 4, "D1", .confirmed, by: cause) }
        expect("U5", "can't follow", history) { try $0.event("c-1", 3, "D1", .confirmed, by: cause) }
        expect("U5", "does not have or want", history) { try $0.event("c-2", 2, "D7", .confirmed, by: cause) }
        expect("U5", "another partition", history) {
            let event = CustomerEvent(
                customerID: "c-9", version: 1, values: CheckerHistory.values("D1"),
                kind: .registered(name: nil, status: .pending, reservation: nil))
            let metadata = Metadata(
                id: event.id, source: Source.commandService, time: $0.time, correlationID: "x", causationID: nil,
                causationSource: nil)
            let home = Murmur2.partition(of: Array("c-9".utf8), count: CheckerHistory.partitionCount)
            try $0.append(
                .customerEvents, key: Array("c-9".utf8), value: Message(metadata, event).encoded(),
                partition: (home + 1) % CheckerHistory.partitionCount)
        }
        expect("U5", "can't be read", history) {
            try $0.append(.customerEvents, key: Array("c-9".utf8), value: Array("{}".utf8))
        }
    }

    @Test func aStrangerReleasesADocument() throws {
        expect("U6", "stems from no event", try history()) { try $0.release("c-3", 1, "D1") }
        expect("U6", "is not what its event asks for", try history()) { try $0.release("c-1", 1, "D1") }
    }

    @Test func aClaimChanges() throws {
        expect("U2", "is there with another content", try history()) { try $0.claim("c-1", "D2") }
        expect("U6", "is not what its event asks for", try history()) {
            try $0.register("c-3", "D3", "c")
            let sent = try $0.send("UnregisterCustomer", "c-3", "u", "{}")
            try $0.event(
                "c-3", 2, "D3", .unregistered(.requested, loss: nil, wanted: nil, reusableFrom: .none), by: sent.cause)
            try $0.release("c-3", 2, "D1")
        }
    }

    @Test func aReservationIsReleasedThatSomeoneStandsOn() throws {
        var history = CheckerHistory()
        try history.reserve("c-1", "D1", "r")
        let sent = CheckerHistory.Sent(
            topic: .registrationRequests, customer: "c-1", id: "r", hash: "", partition: 0, offset: 0)
        expect("U6", "that a customer stands on", history) { try $0.release(sent, "D1") }
    }

    @Test func aReservationIsReleasedTooEarly() throws {
        var history = CheckerHistory()
        let sent = try history.send(
            "StartRegistration", "c-1", "r", CheckerHistory.data("D1"), to: .registrationRequests)
        try history.reserve(sent, "D1")
        expect("U6", "was not refused", history) { try $0.release(sent, "D1") }
    }

    @Test func theServedIndexIsWrong() throws {
        expect("U7", "is not what its claim was answered", try history()) { try $0.holder("c-2", "D1", position: 0) }
        expect("U7", "is not what its claim was answered", try history()) { try $0.holder("c-2", "D1", position: 1) }
        expect("U7", "names no claim", try history()) { try $0.holder("c-1", "D1", position: 9) }
    }
}
