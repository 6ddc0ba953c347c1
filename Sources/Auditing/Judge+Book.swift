internal import Messages

/// The process manager's book: how each process began and ended, against the streams and the index. A request's end is
/// its outcome (U4); that of a loser tells how it was undone (U3); at rest none is open (U6).
extension Judge {
    mutating func checkBook() {
        for fault in facts.bookFaults {
            let here = place(.registrationEvents, fault.spot)
            let row: AuditReport.Invariant = fault.isOfRequest ? .u4 : .u3
            switch fault.what {
            case .flaws(let flaws):
                findings.add(row, .always, "a record of the book \(flaws.text)", [customer(fault.customer)], [here])
            case .secondEnd(let first):
                findings.add(
                    row, .always, "a process has a second end", [customer(fault.customer)],
                    [here, place(.registrationEvents, first)])
            }
        }
        for process in facts.processes {
            if !process.isEnded { tell(process, .u6, .atRest, "a process is still open") }
            if process.isOfRequest { checkRequest(process) } else { checkEvent(process) }
        }
        findings.note(.u6, facts.processes.count, "processes")
        findings.note(.u3, facts.voidBookRecords, "void records of the book: the first with the id counts")
    }

    private mutating func tell(
        _ process: ProcessFact, _ row: AuditReport.Invariant, _ moment: Findings.Moment, _ what: String,
        _ places: [AuditReport.Place] = []
    ) {
        let spot = process.isEnded ? process.endSpot : process.spot
        findings.add(
            row, moment, what, [customer(process.customer)], [place(.registrationEvents, spot)] + places)
    }

    // MARK: Of a registration or a change

    private mutating func checkEvent(_ process: ProcessFact) {
        guard let number = event(process.version, of: process.customer) else {
            tell(process, .u6, .atRest, "a process was begun for an event that is not there")
            return
        }
        let event = facts.events[Int(number)]
        if event.kind == .unknown { return }
        let strategy = event.kind == .changeStarted ? Strategy.change : .compensate
        if !event.kind.beginsProcess {
            tell(process, .u6, .always, "a process was begun for an event without a verdict", [place(event: number)])
        } else if let beginning = process.beginning {
            if !isBegun(beginning, strategy, by: event) {
                tell(process, .u6, .always, "a process was begun otherwise than its event", [place(event: number)])
            }
        } else {
            tell(process, .u6, .atRest, "a process was never begun")
        }
        guard let end = process.end else { return }
        guard let next = self.event(process.version + 1, of: process.customer) else {
            tell(process, .u3, .atRest, "a process has ended, and nothing has happened to its customer")
            return
        }
        if !Self.ends(end, with: facts.events[Int(next)]) {
            tell(
                process, .u3, .always, "a process has ended otherwise than its customer's stream",
                [place(event: next)])
        }
    }

    /// What is given up does not stand in the verdict: a process that this began does not know it.
    private func isBegun(_ beginning: ProcessFact.Beginning, _ strategy: Strategy, by event: StreamFact) -> Bool {
        guard beginning.strategy == strategy, beginning.version == event.version else { return false }
        let wanted = event.kind == .changeStarted ? event.others : event.values
        return beginning.values == wanted || facts.keys[beginning.values] == facts.keys.keys(wanted)
    }

    private static func ends(_ end: ProcessFact.End, with event: StreamFact) -> Bool {
        switch end {
        // Its answer was refused because the stream had moved on, or by a code that this version does not know.
        case .rejected(let code, _): if code == .superseded || !RejectionCode.known.contains(code) { return true }
        case .completed, .compensated: break
        }
        switch event.kind {
        case .confirmed, .changed: return end == .completed
        case .unregisteredAsDuplicate: return end == .compensated(event.loss)
        case .changeRejected: return end == .rejected(.valueTaken, event.loss)
        case .unregisteredByRequest: return end == .rejected(.alreadyUnregistered, nil)
        // Told as a fault of the stream.
        case .registeredPending, .registeredConfirmed, .changeStarted, .unknown: return true
        }
    }

    // MARK: Of a request

    private mutating func checkRequest(_ process: ProcessFact) {
        guard let end = process.end else {
            tell(process, .u4, .atRest, "a request has no outcome")
            return
        }
        let reservation = links.reservations[process.name, default: Links.Reservation()]
        if let beginning = process.beginning {
            if beginning.strategy != .reserve || beginning.version != 0 {
                tell(process, .u4, .always, "a request's process was begun for something else")
            }
        } else if reservation.reserve >= 0 {
            tell(
                process, .u4, .always, "a request that was refused at once has a reservation",
                [place(claim: reservation.reserve)])
        }
        switch end {
        case .completed:
            if reservation.registration < 0 {
                tell(process, .u4, .atRest, "a request was completed, and its customer was not registered")
            }
            if reservation.reserve >= 0, case .lost(let claim, _) = self.end(ofSlip: reservation.reserve) {
                tell(process, .u3, .always, "a reservation that lost has ended otherwise", [place(claim: claim)])
            }
        case .compensated: tell(process, .u4, .always, "a request was answered with a compensation")
        case .rejected(let code, let loss): checkRefused(process, code, loss, reservation)
        }
    }

    private mutating func checkRefused(
        _ process: ProcessFact, _ code: RejectionCode, _ loss: LossFact?, _ reservation: Links.Reservation
    ) {
        if reservation.registration >= 0 {
            tell(
                process, .u3, .always, "a request was rejected, and its customer was registered",
                [place(event: reservation.registration)])
        }
        if process.beginning == nil {
            let atOnce: [RejectionCode] = [.malformed, .invalidValue, .unknownType, .notAllowed]
            if RejectionCode.known.contains(code), !atOnce.contains(code) {
                tell(process, .u4, .always, "a request was refused at once for what takes longer")
            }
            return
        }
        if reservation.reserve < 0 {
            tell(process, .u4, .atRest, "a request was rejected, and its values were never asked for")
            return
        }
        let wish = [place(claim: reservation.reserve)]
        if case .lost(let claim, let holder) = self.end(ofSlip: reservation.reserve) {
            if code != .valueTaken || loss != self.loss(of: claim, heldBy: holder) {
                tell(process, .u3, .always, "a reservation that lost has ended otherwise", wish)
            }
        } else if code == .valueTaken {
            tell(process, .u3, .always, "a request was told that a value is taken, and had won all", wish)
        } else if links.refusals[process.command] != code {
            tell(process, .u4, .atRest, "a request was rejected otherwise than its registration", wish)
        }
    }
}
