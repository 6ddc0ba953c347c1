import Messages
import Processing
import Simulation
import Testing

extension CheckerHistory {
    /// A client registers a customer, who waits.
    @discardableResult
    mutating func register(_ customer: String, _ values: String, _ id: String) throws(Violation) -> Sent {
        let sent = try send("RegisterCustomer", customer, id, Self.data(values))
        try event(customer, 1, values, .registered(name: nil, status: .pending, reservation: nil), by: sent.cause)
        try outcome(sent, .accepted(events: ["\(customer)@1"]))
        try book(
            "\(customer)@1", customer, "started",
            .started(strategy: .compensate, values: ValueChanges(Self.values(values)), name: nil, version: 1))
        try claim(customer, values)
        return sent
    }

    /// The one whose claim was the first is confirmed.
    mutating func win(_ customer: String, _ document: String) throws(Violation) {
        let process = "\(customer)@1"
        try answer(Self.claim(customer, document), "\(process)/claim")
        try holder(customer, document, position: 0)
        let sent = try command(process, "confirm", customer, .confirm(version: 1))
        try event(customer, 2, document, .confirmed, by: sent.cause)
        try book(process, customer, "completed", .completed)
    }

    /// The other one is compensated.
    mutating func lose(_ customer: String, _ document: String, to holder: String) throws(Violation) {
        let process = "\(customer)@1"
        let loss = Loss(attribute: "document", heldBy: holder)
        try answer(Self.claim(customer, document), "\(process)/claim", loss: loss)
        let sent = try command(process, "unregister", customer, .compensate(loss, version: 1))
        try event(customer, 2, document, .undone(loss), by: sent.cause)
        try book(process, customer, "compensated", .compensated(loss))
        try release(customer, 2, document)
    }

    /// A request whose reservation is won, and whose customer is registered.
    mutating func reserve(_ customer: String, _ document: String, _ id: String) throws(Violation) {
        let sent = try send("StartRegistration", customer, id, Self.data(document), to: .registrationRequests)
        let process = sent.key
        let values = Self.values(document)
        try book(
            process, customer, "started",
            .started(strategy: .reserve, values: ValueChanges(values), name: nil, version: nil))
        try reserve(sent, document)
        try answer(Self.reservation(sent, document), "\(process)/reserve", of: Source.processManager)
        let command = try command(
            process, "register", customer, .register(values, name: nil, reservation: process))
        try event(
            customer, 1, document, .registered(name: nil, status: .confirmed, reservation: process), by: command.cause)
        try book(process, customer, "completed", .completed)
        try claim(customer, document, reservation: process)
        try answer(Self.claim(customer, document, reservation: process), "\(customer)@1/claim")
    }
}

extension CustomerEvent.Kind {
    static func undone(_ loss: Loss) -> Self {
        .unregistered(.duplicate, loss: loss, wanted: nil, reusableFrom: .none)
    }
}

/// What a checker says of histories in which all is well, and of what is missing at their end.
@Suite struct CheckerTests {
    /// A winner and a loser.
    private func clean(_ guarantee: DeliveryGuarantee = .exactlyOnce) throws -> CheckerHistory {
        var history = CheckerHistory(guarantee)
        try history.register("c-1", "D1", "a")
        try history.register("c-2", "D1", "b")
        try history.win("c-1", "D1")
        try history.lose("c-2", "D1", to: "c-1")
        return history
    }

    @Test(arguments: DeliveryGuarantee.allCases) func aCleanHistoryHasNothingToTell(_ guarantee: DeliveryGuarantee)
        throws
    {
        let history = try clean(guarantee)
        #expect(history.atRest() == [])
        #expect(history.checker.sightings.count(of: .compensation) == 1)
    }

    @Test func aReservationMayStand() throws {
        var history = try clean()
        try history.reserve("c-3", "D3", "r")
        // The index that is served was not written: the auditor sees that alone.
        #expect(history.atRest().allSatisfy { $0.invariant == "U7" })
        #expect(history.checker.sightings.count(of: .reservationWon) == 1)
        #expect(history.checker.sightings.count(of: .registeredWithReservation) == 1)
    }

    @Test func aCommandSentAgainIsAnsweredAgain() throws {
        var history = CheckerHistory()
        let sent = try history.register("c-1", "D1", "a")
        try history.win("c-1", "D1")
        let again = try history.send("RegisterCustomer", "c-1", "a", CheckerHistory.data("D1"))
        try history.outcome(sent, .accepted(events: ["c-1@1"]), repeats: again)
        let other = try history.send("RegisterCustomer", "c-1", "a", CheckerHistory.data("D2"))
        let code = RejectionCode.deduplicationKeyReused
        try history.outcome(sent, .rejected(code, message: code.message), repeats: other)
        #expect(history.atRest() == [])
        #expect(history.checker.sightings.count(of: .repeatedCommand) == 1)
        #expect(history.checker.sightings.count(of: .keyReused) == 1)
    }

    // MARK: What is missing

    @Test func whoStillWaitsIsTold() throws {
        var history = CheckerHistory()
        try history.register("c-1", "D1", "a")
        let found = Set(history.atRest().map(\.description))
        #expect(found.contains { $0.hasPrefix("U6: c-1 still waits") })
        #expect(found.contains { $0.hasPrefix("U2: a wish to the index was neither answered") })
        #expect(found.contains { $0.hasPrefix("U6: c-1@1 is still open") })
    }

    @Test func aCommandWithoutAnOutcomeIsTold() throws {
        var history = try clean()
        try history.send("UnregisterCustomer", "c-1", "z", "{}")
        let found = history.atRest()
        #expect(found.first?.description.hasPrefix("U4: a command has 0 outcomes at t.customer-commands/") ?? false)
        #expect(found.contains { $0.detail.hasPrefix("auditor: ") }, "the second opinion")
    }

    @Test func aRequestWithoutAProcessIsTold() throws {
        var history = try clean()
        try history.send("StartRegistration", "c-9", "z", CheckerHistory.data("D9"), to: .registrationRequests)
        #expect(history.atRest().first?.detail == "a request has no outcome")
    }

    @Test func aRecordThatNobodyPutAsideIsTold() throws {
        var history = try clean()
        try history.append(.customerCommands, key: Array("c-9".utf8), value: Array("no JSON".utf8))
        #expect(history.atRest().first?.detail == "a record is lost: it is not a dead letter")
    }

    @Test func aMisroutedRecordThatNobodyMovedIsTold() throws {
        var history = try clean()
        let home = Murmur2.partition(of: Array("c-9".utf8), count: CheckerHistory.partitionCount)
        try history.append(
            .customerCommands, key: Array("c-9".utf8), value: Array("{}".utf8),
            partition: (home + 1) % CheckerHistory.partitionCount)
        #expect(history.atRest().first?.detail == "a record was not moved to its partition")
    }

    @Test func workThatIsLeftIsTold() throws {
        let history = try clean()
        let found = history.checker.atRest(groupOffsets: [:])
        #expect(found.contains { $0.invariant == "rest" })
    }

    // MARK: At-least-once

    @Test func repeatsAreAllowedWithoutTransactions() throws {
        var history = try clean(.atLeastOnce)
        try history.event(
            "c-1", 1, "D1", .registered(name: nil, status: .pending, reservation: nil), by: ("/client", "a"))
        try history.event("c-1", 2, "D2", .confirmed, by: ("/client", "a"))
        #expect(history.checker.sightings.count(of: .repeatedRecord) == 1)
        #expect(history.checker.sightings.count(of: .voidRecord) == 1)
        #expect(history.atRest() == [])
    }

    // MARK: Sightings

    @Test func sightingsAddUp() {
        var first = Sightings()
        first.note(.brokerRestart)
        var second = Sightings()
        second.note(.brokerRestart, times: 2)
        second.note(.deadLetter)
        first.merge(second)
        #expect(first.count(of: .brokerRestart) == 3)
        #expect(first.description == "broker-restart=3 dead-letter=1")
        #expect(first.missing.count == Sighting.allCases.count - 2)
    }
}
