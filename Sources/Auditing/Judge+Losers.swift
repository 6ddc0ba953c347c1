internal import Messages

/// U3: who lost is undone once, who won never.
extension Judge {
    mutating func checkLosers() {
        var (losers, changes) = (0, 0)
        for (number, event) in facts.events.enumerated() where streams.counts[number] {
            if event.kind.beginsProcess {
                guard case .lost(let claim, let holder)? = end(ofClaimBy: Int32(number)) else { continue }
                losers += 1
                changes += event.kind == .changeStarted ? 1 : 0
                checkUndone(event, claim, heldBy: holder)
            } else if event.kind == .unregisteredAsDuplicate || event.kind == .changeRejected {
                checkUndoing(event, Int32(number))
            }
        }
        checkUnregistrations()
        let reservations = facts.claims.indices.count { number in
            guard facts.claims[number].kind == .reserve, case .rejected = index.rulings[number] else { return false }
            return true
        }
        findings.examined(.u3, losers + reservations, "losers")
        findings.note(.u3, changes, "of them changes")
        findings.note(.u3, reservations, "of them reservations")
    }

    private mutating func checkUndone(_ event: StreamFact, _ claim: Int32, heldBy holder: Int32) {
        let isChange = event.kind == .changeStarted
        let names = [customer(event.customer)] + (holder < 0 ? [] : [customer(holder)])
        if isChange {
            let next = self.event(event.version + 1, of: event.customer).map { facts.events[Int($0)].kind }
            if next == .changeRejected || next == .unregisteredByRequest { return }
        } else if streams.lives[Int(event.customer)].end >= 0 {
            return
        }
        findings.add(
            .u3, .atRest, "the loser of a key was not undone" + (isChange ? ": its change was not rejected" : ""),
            names, [place(claim: claim)])
    }

    private mutating func checkUndoing(_ event: StreamFact, _ number: Int32) {
        let names = [customer(event.customer)]
        let isChange = event.kind == .changeRejected
        guard let begun = ground(of: event) else {
            findings.add(
                .u3, .always, "\(id(of: event)) undoes \(isChange ? "a change" : "a registration") that never began",
                names, [place(event: number)])
            return
        }
        // Its keys were reserved before it was registered: it can only have won.
        if facts.events[Int(begun)].kind == .registeredConfirmed {
            findings.add(
                .u3, .always, "a winner was compensated by \(id(of: event))", names, [place(event: number)])
            return
        }
        switch end(ofClaimBy: begun) {
        case nil, .open?:
            findings.add(
                .u3, .atRest,
                "\(id(of: event)) undoes a \(isChange ? "change" : "registration") that lost nothing", names,
                [place(event: number)])
        case .won(let claim)?:
            findings.add(
                .u3, .always,
                "a winner \(isChange ? "had its change rejected" : "was compensated") by \(id(of: event))", names,
                [place(event: number), place(claim: claim)])
        case .lost(let claim, let holder)?:
            if event.loss == loss(of: claim, heldBy: holder) { return }
            findings.add(
                .u3, .always, "\(id(of: event)) names another attribute or holder than the index's log",
                names + (holder < 0 ? [] : [customer(holder)]), [place(event: number), place(claim: claim)])
        }
    }

    private mutating func checkUnregistrations() {
        for (number, life) in streams.lives.enumerated() where life.unregistrations > 1 {
            let ends = streams.byCustomer[number].filter {
                streams.counts[Int($0)] && facts.events[Int($0)].kind.isUnregistration
            }
            findings.add(
                .u3, .always, "a customer was unregistered \(ends.count) times", [customer(Int32(number))],
                ends.map { place(event: $0) })
        }
    }
}
