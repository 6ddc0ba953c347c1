import Messages
import Testing
import Uniqueness

private let start = Timestamp(microseconds: 1_000_000_000)
private let cause = Metadata(
    id: "c-1@1", source: Source.commandService, time: start, correlationID: "command-1", causationID: nil,
    causationSource: nil)

private func signal(_ kind: Process.Signal.Kind, at time: Timestamp = start) -> Process.Signal {
    Process.Signal(process: "c-1@1", customerID: "c-1", kind: kind, cause: cause, now: time)
}
private let both = values(["document": "D1", "email": "a@b"])
private let loss = Loss(attribute: "email", heldBy: "c-0")
private let registered = signal(.wanted(.registration, ValueChanges(both), version: 1))
private let won = signal(.won(.registration, both, version: 1))
private let lost = signal(.lost(.registration, both, version: 1, loss))
private let settled = signal(.ended(.settled))
private let undone = signal(.ended(.unregistered(.duplicate, loss)))
private let wish = Process.Wish(values: both, name: "Ana")
private let asked = signal(.requested(wish))

/// Runs signals through a process and tells all events, in order.
private func events(_ signals: [Process.Signal]) -> [Process.Event] {
    var state = Process.initialState
    return signals.flatMap { signal in
        let events = Process.react(to: signal, in: state)
        for event in events { Process.evolve(&state, event) }
        return events
    }
}
private func types(_ signals: Process.Signal...) -> [String] {
    events(signals).map { $0.metadata.id + " " + $0.body.type }
}

/// What was sent, read again.
private func sent<Body: MessageBody>(_ event: Process.Event, to topic: Topic, as type: Body.Type) throws -> Message<
    Body
> {
    guard case .commandIssued(topic, 1, let bytes) = event.body.kind else { throw NotSent() }
    return try Message<Body>(decoding: bytes)
}
private struct NotSent: Error {}

@Suite struct RegistrationProcessTests {
    @Test func aWinnerIsConfirmed() throws {
        let all = events([registered, won, settled])
        #expect(
            all.map(\.metadata.id) == ["c-1@1/started", "c-1@1/confirm/issued/1", "c-1@1/completed"])
        #expect(all[0].body.kind == .started(strategy: .compensate, values: ValueChanges(both), name: nil, version: 1))
        let command = try sent(all[1], to: .processCommands, as: ProcessCommand.self)
        #expect(command.metadata.id == "c-1@1/confirm")
        #expect(command.metadata.source == Source.processManager)
        #expect(command.metadata.correlationID == "command-1")
        #expect(command.body == ProcessCommand(.confirm(version: 1), customerID: "c-1"))
    }

    @Test func aLoserIsCompensatedByACommand() throws {
        let all = events([registered, lost, undone])
        let command = try sent(all[1], to: .processCommands, as: ProcessCommand.self)
        #expect(command.metadata.id == "c-1@1/unregister")
        #expect(command.body == ProcessCommand(.compensate(loss, version: 1), customerID: "c-1"))
        #expect(all.last?.body.kind == .compensated(loss))
        // Nobody had it: it rests.
        let resting = Loss(attribute: "document", heldBy: nil)
        let other = events([registered, signal(.lost(.registration, both, version: 1, resting))])
        #expect(
            try sent(other[1], to: .processCommands, as: ProcessCommand.self).body.kind
                == .compensate(resting, version: 1))
    }

    @Test func theOrderOfNewsDoesNotMatter() {
        let first = types(registered, won)
        #expect(types(won, registered) == first)
        #expect(types(won, registered, won, registered) == first)
    }

    @Test func theClientWasFaster() {
        let gone = signal(.ended(.unregistered(.requested, nil)))
        #expect(
            types(registered, gone) == ["c-1@1/started RegistrationStarted", "c-1@1/rejected RegistrationRejected"])
        #expect(
            types(registered, lost, signal(.refused(.alreadyUnregistered)), gone).last
                == "c-1@1/rejected RegistrationRejected")
        #expect(types(registered, gone, won, lost).count == 2)
    }

    @Test func whatHasEndedStaysEnded() {
        #expect(types(registered, won, settled, won, registered, lost, settled, undone).count == 3)
    }

    @Test func aCommandWithoutAnswerIsSentAgainTheSameEachTime() {
        var state = Process.initialState
        var now = start
        var sent: [[UInt8]] = []
        var pauses: [Int64] = []
        var escalations = 0
        func feed(_ signal: Process.Signal) {
            for event in Process.react(to: signal, in: state) {
                Process.evolve(&state, event)
                if case .commandIssued(_, _, let command) = event.body.kind { sent.append(command) }
                if case .escalated = event.body.kind { escalations += 1 }
            }
        }
        feed(registered)
        feed(won)
        for _ in 0..<16 {
            guard case .sending(let sending) = state else { break }
            let due = RetryPolicy.deadline(of: sending)
            pauses.append((due.microseconds - now.microseconds) / 1_000_000)
            now = due
            feed(signal(.deadline, at: now))
        }
        #expect(
            pauses == [
                10, 20, 40, 80, 160, 300, 600, 1_200, 2_400, 4_800, 9_600, 19_200, 38_400, 76_800, 86_400, 86_400,
            ])
        #expect(sent.count == 17)
        #expect(Set(sent).count == 1, "the book sends the very same message again")
        #expect(escalations == 1)
        // An escalated process goes on, and can still end.
        #expect(Process.react(to: settled, in: state).map(\.body.type) == ["RegistrationCompleted"])
    }

    @Test func aCommandThatCanNotBeTakenNeedsAHuman() {
        #expect(types(registered, won, signal(.refused(.malformed))).last == "c-1@1/escalated RegistrationEscalated")
        #expect(types(registered, won, signal(.refused(.superseded))).last == "c-1@1/rejected RegistrationRejected")
        #expect(types(registered, won, signal(.refused(.alreadyConfirmed))).count == 2)
    }

    @Test(
        "whoever says that there is no such customer has not read its stream, and a code of a later version is no end")
    func whatIsNoAnswer() {
        for code in [RejectionCode.notRegistered, RejectionCode(rawValue: "of-a-later-version")] {
            for verdict in [won, lost] {
                let all = events([registered, verdict, signal(.refused(code)), signal(.refused(code))])
                #expect(all.map(\.body.type).suffix(2) == ["RegistrationCommandIssued", "RegistrationEscalated"])
                #expect(all.last?.body.kind == .escalated(reason: code.rawValue))
            }
            // It goes on, and ends with the customer's stream.
            let rest = [signal(.refused(code)), signal(.deadline), settled]
            #expect(
                events([registered, won] + rest).map(\.body.type).suffix(2)
                    == ["RegistrationCommandIssued", "RegistrationCompleted"])
        }
    }

    @Test("one that was escalated at once takes its time from then on") func pausesOfTheEscalated() {
        var sending = Process.Sending(
            step: .confirm, topic: .processCommands, attempt: 1, command: [], issuedAt: start, isEscalated: true)
        for (attempt, seconds) in [(1, 300), (2, 300), (6, 300), (7, 600), (15, 86_400), (.max, 86_400)]
            as [(Int64, Int64)]
        {
            sending.attempt = attempt
            #expect(RetryPolicy.deadline(of: sending) == start.advanced(by: .seconds(seconds)))
        }
    }

    @Test("a customer that has left for a reason of a later version is gone") func laterReason() {
        let gone = signal(.ended(.unregistered(.init(rawValue: "of-a-later-version"), nil)))
        #expect(types(registered, won, gone).last == "c-1@1/rejected RegistrationRejected")
    }

    @Test func theBookAloneRestoresTheState() {
        var lived = Process.initialState
        var book: [Process.Event] = []
        for signal in [won, registered, signal(.deadline, at: start.advanced(by: .seconds(9)))] {
            for event in Process.react(to: signal, in: lived) {
                Process.evolve(&lived, event)
                book.append(event)
            }
        }
        var restored = Process.initialState
        for event in book { Process.evolve(&restored, event) }
        #expect(restored == lived)
    }

    // MARK: Requests

    @Test func aRequestReservesThenRegisters() throws {
        let all = events([asked, signal(.reserved), settled])
        #expect(
            all.map(\.metadata.id) == [
                "c-1@1/started", "c-1@1/reserve/issued/1", "c-1@1/register/issued/1", "c-1@1/completed",
            ])
        #expect(
            all[0].body.kind == .started(strategy: .reserve, values: ValueChanges(both), name: "Ana", version: nil))
        // One slip for all keys.
        let reserve = try sent(all[1], to: .uniqueClaims, as: KeyWish.self)
        #expect(reserve.metadata.id == "c-1@1/reserve")
        let slip = KeyClaim(customerID: "c-1", keys: both.keys, ground: .reservation("c-1@1"))
        #expect(reserve.body == slip.map { .claim($0) })
        let register = try sent(all[2], to: .processCommands, as: ProcessCommand.self)
        #expect(
            register.body == ProcessCommand(.register(both, name: "Ana", reservation: "c-1@1"), customerID: "c-1"))
        #expect(types(asked, asked, signal(.reserved), signal(.reserved), asked).count == 3)
    }

    @Test("a reservation that failed half-way is given back whole, each key by itself") func halfFailed() throws {
        for refusal in [signal(.reservationRejected(loss)), signal(.refused(.alreadyRegistered))] {
            let isRefusedLater = refusal.kind == .refused(.alreadyRegistered)
            let story = isRefusedLater ? [asked, signal(.reserved), refusal] : [asked, refusal]
            let all = events(story)
            #expect(
                all.suffix(3).map(\.metadata.id) == [
                    "c-1@1/release/document/issued/1", "c-1@1/release/email/issued/1", "c-1@1/rejected",
                ])
            for (event, key) in zip(all.suffix(3), both.keys) {
                let release = try sent(event, to: .uniqueClaims, as: KeyWish.self)
                #expect(release.metadata.id == "c-1@1/release/\(key.attribute)")
                #expect(
                    release.body
                        == .release(KeyRelease(customerID: "c-1", key: key, ground: .reservation("c-1@1"))))
            }
            #expect(
                all.last?.body.kind
                    == (isRefusedLater
                        ? .rejected(code: "already-registered", nil) : .rejected(code: "value-taken", loss)))
            // Told again, it sends nothing else.
            #expect(events(story + [refusal, asked, signal(.reserved)]).count == all.count)
        }
    }

    @Test("cut off between its releases, it writes down those that are missing, and the end") func cutOff() {
        for refusal in [signal(.reservationRejected(loss)), signal(.refused(.alreadyRegistered))] {
            let story = refusal.kind == .refused(.alreadyRegistered) ? [asked, signal(.reserved)] : [asked]
            let whole = events(story + [refusal])
            for cut in (whole.count - 2)..<whole.count {
                var state = Process.initialState
                for event in whole.prefix(cut) { Process.evolve(&state, event) }
                guard case .releasing(wish, let issued) = state else {
                    Issue.record("it is \(state)")
                    continue
                }
                #expect(issued.map(\.attribute) == Array(["document", "email"].prefix(cut - whole.count + 3)))
                #expect(Process.react(to: refusal, in: state) == Array(whole.suffix(whole.count - cut)))
                // Nothing else moves it: a timer gives nothing back.
                for other in [asked, signal(.reserved), signal(.deadline), settled, won, lost, registered] {
                    #expect(Process.react(to: other, in: state).isEmpty)
                }
            }
            var end = Process.initialState
            for event in whole { Process.evolve(&end, event) }
            guard case .ended(let releases) = end else {
                Issue.record("it is \(end)")
                continue
            }
            #expect(releases.map(\.attribute) == ["document", "email"], "they may stand in the book alone")
        }
    }

    @Test func aReservationIsGivenBackOnlyAfterARefusal() throws {
        // Under its name there was something else before: it may have been accepted.
        #expect(
            types(asked, signal(.reserved), signal(.refused(.deduplicationKeyReused))).last
                == "c-1@1/escalated RegistrationEscalated")
        // However long it takes: a timer sends again what was sent, and gives nothing back.
        let late = signal(.deadline, at: start.advanced(by: .seconds(1_000)))
        #expect(
            types(asked, signal(.reserved), late, late).suffix(2)
                == [
                    "c-1@1/register/issued/2 RegistrationCommandIssued",
                    "c-1@1/register/issued/3 RegistrationCommandIssued",
                ])
        // A refusal that is not about it.
        #expect(types(asked, signal(.refused(.alreadyRegistered))).count == 2)
        #expect(types(asked, signal(.reserved), signal(.reservationRejected(loss))).count == 3)
    }

    // MARK: Changes

    private static let wanted = changes(["document": "D2", "email": nil])
    private static let change = signal(.wanted(.change, wanted, version: 3))

    @Test func aChangeIsConfirmedOrEnded() throws {
        let won = signal(.won(.change, Self.wanted.wanted, version: 3))
        #expect(
            types(Self.change, won, settled)
                == [
                    "c-1@1/started RegistrationStarted", "c-1@1/confirm-change/issued/1 RegistrationCommandIssued",
                    "c-1@1/completed RegistrationCompleted",
                ])
        let confirmed = events([Self.change, won])
        #expect(confirmed[0].body.kind == .started(strategy: .change, values: Self.wanted, name: nil, version: 3))
        #expect(
            try sent(confirmed[1], to: .processCommands, as: ProcessCommand.self).body
                == ProcessCommand(.confirmChange(version: 3), customerID: "c-1"))
        let loss = Loss(attribute: "document", heldBy: "c-0")
        let all = events([
            Self.change, signal(.lost(.change, Self.wanted.wanted, version: 3, loss)), signal(.ended(.rejected(loss))),
        ])
        #expect(all[1].metadata.id == "c-1@1/reject-change/issued/1")
        #expect(
            try sent(all[1], to: .processCommands, as: ProcessCommand.self).body
                == ProcessCommand(.rejectChange(loss, version: 3), customerID: "c-1"))
        #expect(all.last?.body.kind == .rejected(code: "value-taken", loss))
        #expect(
            types(Self.change, won, signal(.ended(.unregistered(.requested, nil)))).last
                == "c-1@1/rejected RegistrationRejected")
    }

    @Test("a change that asks for no key is confirmed at once") func keyless() throws {
        let keyless = signal(.wanted(.change, changes(["email": nil, "plate": nil]), version: 3))
        let all = events([keyless])
        #expect(all.map(\.metadata.id) == ["c-1@1/started", "c-1@1/confirm-change/issued/1"])
        let command = try sent(all[1], to: .processCommands, as: ProcessCommand.self)
        #expect(command.body == ProcessCommand(.confirmChange(version: 3), customerID: "c-1"))
        #expect(command.metadata.causationID == cause.id)
        #expect(events([keyless, keyless, settled, keyless]).count == 3)
        // Cut off after its beginning.
        var state = Process.initialState
        Process.evolve(&state, all[0])
        #expect(Process.react(to: keyless, in: state) == [all[1]])
    }

    // MARK: The book

    /// A frozen instance that wakes up writes into the book what stood there before it fell asleep.
    @Test func whatTheBookTellsAgainChangesNothing() {
        let late = signal(.deadline, at: start.advanced(by: .seconds(1_000)))
        let stories: [[Process.Signal]] = [
            [registered, won, late, late, settled],
            [registered, lost, late, undone],
            [asked, late, signal(.reserved), late, signal(.refused(.alreadyRegistered))],
            [asked, late, signal(.reserved), settled], [asked, late, signal(.reservationRejected(loss))],
            [
                Self.change, signal(.lost(.change, Self.wanted.wanted, version: 3, loss)),
                signal(.ended(.rejected(loss))),
            ],
        ]
        for story in stories {
            let book = events(story)
            var state = Process.initialState
            for (index, event) in book.enumerated() {
                Process.evolve(&state, event)
                for again in book[...index] {
                    var repeated = state
                    Process.evolve(&repeated, again)
                    #expect(repeated == state, "\(again.metadata.id) after \(event.metadata.id)")
                }
            }
        }
    }

    /// Cut off anywhere between two records of its book, and told everything again, it comes to the same end.
    @Test func anyPartOfTheBookIsEnoughToGoOn() {
        let stories: [[Process.Signal]] = [
            [registered, won, settled],
            [registered, lost, undone],
            [asked, signal(.reserved), settled],
            [asked, signal(.reserved), signal(.refused(.alreadyRegistered))],
            [asked, signal(.reservationRejected(loss))],
            [signal(.wanted(.change, changes(["email": nil]), version: 3)), settled],
        ]
        for story in stories {
            let whole = events(story)
            for cut in 0...whole.count {
                var state = Process.initialState
                for event in whole.prefix(cut) { Process.evolve(&state, event) }
                var book = Array(whole.prefix(cut))
                for signal in story {
                    for event in Process.react(to: signal, in: state) {
                        Process.evolve(&state, event)
                        book.append(event)
                    }
                }
                #expect(book == whole, "cut after \(cut) of \(whole.map(\.metadata.id))")
            }
        }
    }
}
