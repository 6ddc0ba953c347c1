internal import Auditing
internal import EventLog
internal import Messages

/// What commands were told: U4.
extension Checker {
    func takeOutcome(_ record: LogRecord, _ topic: Topic) throws(Violation) {
        let envelope = try envelope(record, .u4)
        let outcome = try body(Outcome.self, of: envelope, record, .u4)
        let here = place(record)
        try check(envelope, record, key: Array(outcome.customerID.utf8), source: Source.commandService, .u4)
        let parts = envelope.id.split(separator: "/", omittingEmptySubsequences: false)
        let input = topic == .processOutcomes ? Topic.processCommands : .customerCommands
        guard parts.count == 2 || parts.count == 4, parts[1] == "outcome", let key = texts.known(String(parts[0])),
            let number = commandNumbers[key], commands[number].name.topic == input
        else { throw Violation(.u4, "\(envelope.id) answers a command that is not there", [here]) }
        let command = commands[number]
        if command.name.message != identity(outcome.commandSource, outcome.commandID)
            || command.name.customer != texts.number(outcome.customerID)
        {
            throw Violation(.u4, "\(envelope.id) names another command than its id", [here])
        }
        let isFirst = parts.count == 2
        let offset = isFirst ? outcome.position : Int64(parts[3])
        guard let offset, isFirst || (Int32(parts[2]) == record.partition && outcome.position == offset),
            let place = command.appearances.firstIndex(where: {
                $0.partition == record.partition && $0.offset == offset
            })
        else { throw Violation(.u4, "\(envelope.id) answers a record that is not its command's", [here]) }
        if command.appearances[place].hash != outcome.commandHash {
            throw Violation(.u4, "\(envelope.id) has another hash than its command", [here])
        }
        if topic == .processOutcomes { try takeRefusal(outcome, envelope, here) }
        let isRepeat = try isRepeat(envelope.id, in: topic, .u4, here)
        if !isRepeat { commands[number].appearances[place].outcomes += 1 }
        if isFirst {
            try takeFirst(outcome, of: number, at: place, isRepeat: isRepeat, here)
        } else if !isRepeat {
            try takeAgain(outcome, of: commands[number], here)
        }
        note(outcome, topic, isFirst: isFirst)
    }

    private func note(_ outcome: Outcome, _ topic: Topic, isFirst: Bool) {
        if outcome.isDuplicate { sightings.note(.repeatedCommand) }
        guard case .rejected(let code, _) = outcome.result, isFirst || code == .deduplicationKeyReused else { return }
        switch code {
        case .deduplicationKeyReused: sightings.note(.keyReused)
        case .valueTaken: if topic == .commandOutcomes { sightings.note(.adviceTaken) }
        case .superseded, .alreadyUnregistered:
            if topic == .processOutcomes, outcome.commandID.hasSuffix("/unregister") {
                sightings.note(.compensationSuperseded)
            }
        default: break
        }
    }

    /// An accepted process command has an event, and no outcome.
    private func takeRefusal(_ outcome: Outcome, _ envelope: Envelope, _ here: AuditReport.Place) throws(Violation) {
        guard case .rejected(let code, _) = outcome.result else {
            throw Violation(.u4, "\(envelope.id) accepts a process command", [here])
        }
        let number = texts.number(outcome.commandID)
        if refusals[number] == nil { refusals[number] = code }
    }

    private func takeFirst(
        _ outcome: Outcome, of number: Int, at place: Int, isRepeat: Bool, _ here: AuditReport.Place
    ) throws(Violation) {
        if isRepeat {
            // At-least-once: of what tells differently, the auditor says which one counts.
            let isSame = commands[number].first?.result == outcome.result
            sightings.note(isSame ? .repeatedRecord : .voidRecord)
            return
        }
        if isExactlyOnce, place != 0 {
            throw Violation(.u4, "a command was first answered at a repeat of it", [here])
        }
        if outcome.isDuplicate { throw Violation(.u4, "a first outcome says that it is none", [here]) }
        if let refusal = commands[number].appearances[place].refusal {
            guard case .rejected(refusal, _) = outcome.result else {
                throw Violation(.u4, "a command was taken that is to be refused as \(refusal.rawValue)", [here])
            }
        }
        if case .accepted(let events) = outcome.result, isExactlyOnce { try own(events, outcome, here) }
        commands[number].first = Command.Told(result: outcome.result, hash: outcome.commandHash, place: here)
    }

    /// Each event belongs to one command. (In at-least-once the outcome of a zombie is void, and is told at rest.)
    private func own(_ events: [String], _ outcome: Outcome, _ here: AuditReport.Place) throws(Violation) {
        for event in events {
            let id = texts.number(event)
            if let other = owners[id] {
                throw Violation(.u4, "two accepted commands have the event \(event)", [here, other])
            }
            owners[id] = here
        }
    }

    /// The answer to a command sent again does not change, whenever it is sent.
    private func takeAgain(_ outcome: Outcome, of command: Command, _ here: AuditReport.Place) throws(Violation) {
        guard isExactlyOnce else { return }
        // An accepted process command has no first outcome: its event is it.
        guard let first = command.first else {
            if command.name.topic == .processCommands { return }
            throw Violation(.u4, "a repeat was answered before the first", [here])
        }
        if outcome.commandHash != first.hash {
            if case .rejected(.deduplicationKeyReused, _) = outcome.result, !outcome.isDuplicate { return }
            throw Violation(.u4, "another content under a used name was not refused", [here, first.place])
        }
        if outcome.result != first.result || !outcome.isDuplicate {
            throw Violation(.u4, "the answer to a command has changed", [here, first.place])
        }
    }
}
