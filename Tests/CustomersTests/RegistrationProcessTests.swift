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
        for _ in 0..<12 {
            guard case .sending(let sending) = state else { break }
            let due = RetryPolicy.deadline(of: sending)
            pauses.append((due.microseconds - now.microseconds) / 1_000_000)
            now = due
            feed(signal(.deadline, at: now))
        }
        #expect(pauses == [10, 20, 40, 80, 160, 300, 300, 300, 300, 300, 300, 300])
        #expect(sent.count == 13)
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
}
