internal import Auditing
internal import EventLog
internal import Messages

extension Checker {
    /// A process, as the book of the process manager tells.
    struct Process {
        enum End { case completed, compensated, rejected }
        var name: Int
        var customer: Int
        /// Of the event that began it; nil for a request's process.
        var version: Int64?
        var end: End?
        var place: AuditReport.Place
    }
}

/// The process manager's book: what it writes down has happened. U3, and U4 for requests.
extension Checker {
    func takeRegistrationEvent(_ record: LogRecord) throws(Violation) {
        let envelope = try envelope(record, .u3)
        let event = try body(RegistrationEvent.self, of: envelope, record, .u3)
        let here = place(record)
        try check(envelope, record, key: Array(event.customerID.utf8), source: Source.processManager, .u3)
        if !envelope.id.utf8.starts(with: (event.process + "/").utf8) {
            throw Violation(.u3, "\(envelope.id) is not named after its process", [here])
        }
        if try isRepeat(envelope.id, in: .registrationEvents, .u3, here) { sightings.note(.repeatedRecord) }
        let number = try process(of: event, here)
        switch event.kind {
        case .started(_, let values, _, let version):
            if version != processes[number].version {
                throw Violation(.u3, "\(event.process) was begun for something else", [here])
            }
            try checkBeginning(processes[number], values, here)
        case .commandIssued(_, let attempt, _): if attempt > 1 { sightings.note(.commandRetried) }
        case .escalated: sightings.note(.escalation)
        case .completed:
            try checkCompletion(processes[number], event.process, here)
            try end(number, .completed, here)
        case .compensated(let loss):
            try checkCompensation(processes[number], loss, here)
            try end(number, .compensated, here)
        case .rejected(let code, let loss):
            try checkRejection(processes[number], event.process, code, loss, here)
            try end(number, .rejected, here)
        }
    }

    private func process(of event: RegistrationEvent, _ here: AuditReport.Place) throws(Violation) -> Int {
        let name = texts.number(event.process)
        let customer = texts.number(event.customerID)
        if let number = processNumbers[name] {
            if processes[number].customer == customer { return number }
            throw Violation(.u3, "\(event.process) is of two customers", [here, processes[number].place])
        }
        var version: Int64?
        let prefix = event.customerID + "@"
        if event.process.utf8.starts(with: prefix.utf8) {
            version = Int64(String(decoding: event.process.utf8.dropFirst(prefix.utf8.count), as: UTF8.self))
            let life = lives[customer] ?? Life()
            guard let version, version >= 1, version <= life.version else {
                throw Violation(.u3, "\(event.process) was begun for an event that is not there", [here])
            }
        } else {
            let command = command(ofKey: event.process)
            guard command?.name.topic == .registrationRequests, command?.name.customer == customer else {
                throw Violation(.u4, "\(event.process) was begun for a request that is not there", [here])
            }
        }
        processNumbers[name] = processes.count
        processes.append(Process(name: name, customer: customer, version: version, place: here))
        return processes.count - 1
    }

    func event(_ version: Int64, of customer: Int) -> CustomerEvent? {
        guard let life = lives[customer], version >= 1, version <= life.version else { return nil }
        return life.events[Int(version) - 1]
    }

    private func checkBeginning(_ process: Process, _ values: ValueChanges, _ here: AuditReport.Place) throws(Violation)
    {
        guard let version = process.version, let event = event(version, of: process.customer) else { return }
        switch event.kind {
        case .registered(_, .pending, _): if values == ValueChanges(event.values) { return }
        // What is given up does not stand in the verdict, by which it may have been begun.
        case .changeStarted(let wanted): if values == wanted || values == ValueChanges(wanted.wanted) { return }
        case .registered, .confirmed, .unregistered, .changed, .changeRejected: break
        }
        throw Violation(.u3, "\(texts[process.name]) was begun otherwise than its event", [here])
    }

    private func end(_ number: Int, _ end: Process.End, _ here: AuditReport.Place) throws(Violation) {
        let first = processes[number]
        if let known = first.end, known != end {
            throw Violation(.u3, "\(texts[first.name]) has a second end", [here, first.place])
        }
        processes[number].end = end
        processes[number].place = here
    }

    private func checkCompletion(_ process: Process, _ name: String, _ here: AuditReport.Place) throws(Violation) {
        guard let version = process.version else {
            if registrations[process.name] != nil { return }
            throw Violation(.u4, "\(name) is completed, and its customer was not registered", [here])
        }
        switch event(version + 1, of: process.customer)?.kind {
        case .confirmed, .changed: return
        case nil, .registered, .unregistered, .changeStarted, .changeRejected: break
        }
        throw Violation(.u3, "\(name) is completed, and its customer was not confirmed", [here])
    }

    private func checkCompensation(_ process: Process, _ loss: Loss?, _ here: AuditReport.Place)
        throws(Violation)
    {
        if let version = process.version, let event = event(version + 1, of: process.customer),
            case .unregistered(.duplicate, loss, _, _) = event.kind
        {
            return
        }
        throw Violation(.u3, "\(texts[process.name]) is compensated, and its customer was not undone", [here])
    }

    private func checkRejection(
        _ process: Process, _ name: String, _ code: String, _ loss: Loss?, _ here: AuditReport.Place
    ) throws(Violation) {
        guard process.version == nil else { return }
        if let registration = registrations[process.name] {
            throw Violation(.u3, "\(name) is rejected, and its customer was registered", [here, registration])
        }
        // Its registration was refused, or it was refused at once: only the end can tell whether that was right.
        guard code == RejectionCode.valueTaken.rawValue else { return }
        if let loss, end(ofSlip: Source.processManager, name + "/reserve") == .lost(loss) { return }
        let wish = wish(Source.processManager, name + "/reserve")
        throw Violation(.u3, "\(name) was told that a value is taken", [here] + (wish.map { [$0.place] } ?? []))
    }
}
