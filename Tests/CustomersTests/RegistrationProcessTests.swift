import Customers
import Messages
import Testing

private typealias Process = RegistrationProcess
private let start = Timestamp(microseconds: 1_000_000_000)
private let cause = Metadata(
    id: "c-1@1", source: Source.commandService, time: start, correlationID: "command-1", causationID: nil,
    causationSource: nil)

private func signal(_ kind: Process.Signal.Kind, at time: Timestamp = start) -> Process.Signal {
    Process.Signal(process: "c-1@1", customerID: "c-1", kind: kind, cause: cause, now: time)
}
private let registered = signal(.wanted(.registration, document: "D1", version: 1))
private let won = signal(.won(.registration, document: "D1", version: 1))
private let lost = signal(.lost(.registration, document: "D1", version: 1, heldBy: "c-0"))

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

@Suite struct RegistrationProcessTests {
    @Test func aWinnerIsConfirmed() throws {
        let all = events([registered, won, signal(.settled)])
        #expect(
            all.map(\.metadata.id) == ["c-1@1/started", "c-1@1/confirm/issued/1", "c-1@1/completed"])
        guard case .commandIssued(.processCommands, 1, let bytes) = all[1].body.kind else {
            Issue.record("no command")
            return
        }
        let command = try Message<ProcessCommand>(decoding: bytes)
        #expect(command.metadata.id == "c-1@1/confirm")
        #expect(command.metadata.source == Source.processManager)
        #expect(command.metadata.correlationID == "command-1")
        #expect(command.body == ProcessCommand(.confirm, customerID: "c-1", document: "D1", version: 1))
    }

    @Test func aLoserIsCompensatedByACommand() throws {
        let all = events([registered, lost, signal(.unregistered(reason: .duplicateDocument, heldBy: "c-0"))])
        guard case .commandIssued(.processCommands, 1, let bytes) = all[1].body.kind else {
            Issue.record("no command")
            return
        }
        let command = try Message<ProcessCommand>(decoding: bytes)
        #expect(command.metadata.id == "c-1@1/unregister")
        #expect(command.body.kind == .compensate(heldBy: "c-0"))
        #expect(all.last?.body.kind == .compensated(heldBy: "c-0"))
    }

    @Test func theOrderOfNewsDoesNotMatter() {
        let first = types(registered, won)
        #expect(types(won, registered) == first)
        #expect(types(won, registered, won, registered) == first)
    }

    @Test func theClientWasFaster() {
        let gone = signal(.unregistered(reason: .requested, heldBy: nil))
        #expect(
            types(registered, gone) == ["c-1@1/started RegistrationStarted", "c-1@1/rejected RegistrationRejected"])
        #expect(
            types(registered, lost, signal(.refused(.alreadyUnregistered)), gone).last
                == "c-1@1/rejected RegistrationRejected")
        #expect(types(registered, gone, won, lost).count == 2)
    }

    @Test func whatHasEndedStaysEnded() {
        let done = signal(.settled)
        #expect(types(registered, won, done, won, registered, lost, done).count == 3)
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
        #expect(Process.react(to: signal(.settled), in: state).map(\.body.type) == ["RegistrationCompleted"])
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
            let rest = [signal(.refused(code)), signal(.deadline), signal(.settled)]
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
        let gone = signal(.unregistered(reason: .init(rawValue: "of-a-later-version"), heldBy: nil))
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

    @Test func aRequestReservesThenRegisters() throws {
        let wish = Process.Wish(document: "D1", name: "Ana")
        let asked = signal(.requested(wish))
        let all = events([asked, signal(.reserved), signal(.settled)])
        #expect(
            all.map(\.metadata.id) == [
                "c-1@1/started", "c-1@1/reserve/issued/1", "c-1@1/register/issued/1", "c-1@1/completed",
            ])
        guard case .commandIssued(.documentClaims, 1, let reserve) = all[1].body.kind,
            case .commandIssued(.processCommands, 1, let register) = all[2].body.kind
        else {
            Issue.record("not sent where it belongs")
            return
        }
        let claim = try Message<DocumentClaim>(decoding: reserve)
        #expect(claim.metadata.id == "c-1@1/reserve")
        #expect(
            claim.body
                == DocumentClaim(
                    .reserve, DocumentReference(document: "D1", customerID: "c-1", reservation: "c-1@1")))
        let command = try Message<ProcessCommand>(decoding: register)
        #expect(
            command.body
                == ProcessCommand(.register(name: "Ana", reservation: "c-1@1"), customerID: "c-1", document: "D1"))
        #expect(types(asked, asked, signal(.reserved), signal(.reserved), asked).count == 3)
    }

    @Test func aReservationIsGivenBackOnlyAfterARefusal() throws {
        let asked = signal(.requested(.init(document: "D1", name: nil)))
        #expect(
            types(asked, signal(.reservationRejected(heldBy: "c-0"))).last == "c-1@1/rejected RegistrationRejected")
        #expect(
            types(asked, signal(.reserved), signal(.refused(.alreadyRegistered))).suffix(2)
                == ["c-1@1/release/issued/1 RegistrationCommandIssued", "c-1@1/rejected RegistrationRejected"])
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
    }

    @Test func aChangeIsConfirmedOrEnded() {
        let wanted = signal(.wanted(.change, document: "D2", version: 3))
        #expect(
            types(wanted, signal(.won(.change, document: "D2", version: 3)), signal(.settled))
                == [
                    "c-1@1/started RegistrationStarted", "c-1@1/confirm-change/issued/1 RegistrationCommandIssued",
                    "c-1@1/completed RegistrationCompleted",
                ])
        let all = events([
            wanted, signal(.lost(.change, document: "D2", version: 3, heldBy: "c-0")),
            signal(.changeRejected(heldBy: "c-0")),
        ])
        #expect(all[1].metadata.id == "c-1@1/reject-change/issued/1")
        #expect(all.last?.body.kind == .rejected(code: "document-taken", heldBy: "c-0"))
    }

    /// A frozen instance that wakes up writes into the book what stood there before it fell asleep.
    @Test func whatTheBookTellsAgainChangesNothing() {
        let asked = signal(.requested(.init(document: "D1", name: "Ana")))
        let late = signal(.deadline, at: start.advanced(by: .seconds(1_000)))
        let stories: [[Process.Signal]] = [
            [registered, won, late, late, signal(.settled)],
            [registered, lost, late, signal(.unregistered(reason: .duplicateDocument, heldBy: "c-0"))],
            [asked, late, signal(.reserved), late, signal(.refused(.alreadyRegistered))],
            [asked, late, signal(.reserved), signal(.settled)],
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
        let asked = signal(.requested(.init(document: "D1", name: "Ana")))
        let stories: [[Process.Signal]] = [
            [registered, won, signal(.settled)],
            [registered, lost, signal(.unregistered(reason: .duplicateDocument, heldBy: "c-0"))],
            [asked, signal(.reserved), signal(.settled)],
            [asked, signal(.reserved), signal(.refused(.alreadyRegistered))],
            [asked, signal(.reservationRejected(heldBy: nil))],
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
