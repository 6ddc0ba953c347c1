internal import Messages

/// U1, U3 and U6: the customers against the index's log.
extension Judge {
    /// U1. Partitions have no common order, so "at the same time" is decided through the index: its log gives each
    /// document to one customer after the other, and who is confirmed must have been given it.
    mutating func checkUniqueness() {
        var confirmed = 0
        for (number, event) in facts.events.enumerated() where streams.counts[number] {
            if event.kind != .confirmed, event.kind != .registeredConfirmed { continue }
            confirmed += 1
            checkGround(of: event, Int32(number))
        }
        let active = Grouping(streams.lives, groups: facts.documents.count) { $0.isActive ? $0.document : -1 }
        for document in 0..<facts.documents.count where active[document].count > 1 {
            let lives = active[document].map { streams.lives[Int($0)] }.sorted {
                place(event: $0.last) < place(event: $1.last)
            }
            let isDouble = lives.count { $0.status == .confirmed } > 1
            // Not at rest, the end of the one may lie in a partition that was read before the beginning of the other.
            findings.add(
                .u1, .atRest,
                isDouble
                    ? "one document has \(lives.count) customers, more than one of them confirmed"
                    : "one document has \(lives.count) customers that are not unregistered",
                lives.map { customer(facts.events[Int($0.last)].customer) }, lives.map { place(event: $0.last) })
        }
        findings.examined(.u1, confirmed, "confirmed customers")
    }

    private mutating func checkGround(of event: StreamFact, _ number: Int32) {
        let names = [customer(event.customer)]
        let registrationIndex = streams.lives[Int(event.customer)].registration
        guard registrationIndex >= 0 else {
            findings.add(
                .u1, .always, "\(id(of: event)) confirms what was never registered", names, [place(event: number)])
            return
        }
        let registration = facts.events[Int(registrationIndex)]
        if registration.document != event.document {
            findings.add(
                .u1, .always, "\(id(of: event)) confirms another document than was registered", names,
                [place(event: number), place(event: registrationIndex)])
            return
        }
        guard let claim = claim(ofRegistration: registration) else {
            findings.add(
                .u1, .atRest, "\(id(of: event)) confirms a customer that never claimed the document", names,
                [place(event: number)])
            return
        }
        switch index.rulings[Int(claim)] {
        case .claimed, .reserved: break
        case .rejected(let holder):
            findings.add(
                .u1, .always, "\(id(of: event)) confirms a customer whose document was another's",
                names + [customer(holder)],
                [place(event: number), place(claim: claim)])
        case .released, .nothing, .repeated, .void, .misplaced: break
        }
    }

    /// U3.
    mutating func checkLosers() {
        var losers = 0
        for (number, claim) in facts.claims.enumerated()
        where claim.kind == .claim && claim.reference.purpose == .registration {
            let life = streams.lives[Int(claim.reference.customer)]
            let names = [customer(claim.reference.customer)]
            let undone = life.end >= 0 ? facts.events[Int(life.end)] : nil
            switch index.rulings[number] {
            case .claimed:
                if let event = undone, event.kind == .unregisteredAsDuplicate,
                    event.document == claim.reference.document
                {
                    findings.add(
                        .u3, .always, "the winner of a document was compensated by \(id(of: event))", names,
                        [place(event: life.end), place(claim: Int32(number))])
                }
            case .rejected(let holder):
                losers += 1
                guard let event = undone else {
                    findings.add(
                        .u3, .atRest, "the loser of a document was not undone", names + [customer(holder)],
                        [place(claim: Int32(number))])
                    continue
                }
                if event.kind == .unregisteredAsDuplicate, event.heldBy >= 0, event.heldBy != holder {
                    findings.add(
                        .u3, .always, "\(id(of: event)) names another holder than the index's log",
                        names + [customer(holder)],
                        [place(event: life.end), place(claim: Int32(number))])
                }
            case .reserved, .released, .nothing, .repeated, .void, .misplaced: continue
            }
        }
        checkUndoing()
        findings.examined(.u3, losers, "losers")
    }

    private mutating func checkUndoing() {
        for (number, life) in streams.lives.enumerated() where life.unregistrations > 0 {
            let names = [customer(Int32(number))]
            let ends = streams.byCustomer[number].filter {
                streams.counts[Int($0)] && facts.events[Int($0)].kind.isUnregistration
            }
            if ends.count > 1 {
                findings.add(
                    .u3, .always, "a customer was unregistered \(ends.count) times", names,
                    ends.map { place(event: $0) })
            }
            guard life.registration >= 0 else { continue }
            for end in ends where facts.events[Int(end)].kind == .unregisteredAsDuplicate {
                if claim(ofRegistration: facts.events[Int(life.registration)]) == nil {
                    findings.add(
                        .u3, .atRest, "\(id(of: facts.events[Int(end)])) undoes a registration that lost nothing",
                        names,
                        [place(event: end)])
                }
            }
        }
    }

    /// U6.
    mutating func checkLeaks() {
        var active = 0
        for (number, life) in streams.lives.enumerated() where life.isActive {
            active += 1
            let names = [customer(Int32(number))]
            if life.status == .pending {
                findings.add(.u6, .atRest, "a customer is still pending", names, [place(event: life.last)])
            }
            let holding = life.document >= 0 ? index.holdings[Int(life.document)] : IndexFold.Holding()
            if holding.status == .free || holding.customer != Int32(number) {
                findings.add(
                    .u6, .atRest, "a customer that is not unregistered does not hold its document", names,
                    [place(event: life.last)])
            }
        }
        var held = 0
        for (document, holding) in index.holdings.enumerated() where holding.status != .free {
            held += 1
            let life = streams.lives[Int(holding.customer)]
            if life.isActive, life.document == Int32(document) { continue }
            let kind = holding.status == .reserved ? "reservation" : "claim"
            let why =
                life.status == .unknown
                ? "was never registered" : life.isActive ? "has another document" : "is unregistered"
            findings.add(
                .u6, .atRest, "a \(kind) is left, and its customer \(why)", [customer(holding.customer)],
                [place(claim: holding.since)])
        }
        checkReleases()
        findings.examined(.u6, active, "customers, \(grouped(held)) held documents")
    }

    /// Who releases a claim must be unregistered first; else it loses its document while it is still there.
    private mutating func checkReleases() {
        for (number, claim) in facts.claims.enumerated() {
            guard claim.kind == .release, index.rulings[number] == .released, claim.reference.reservation == .none
            else {
                continue
            }
            let life = streams.lives[Int(claim.reference.customer)]
            if life.isActive || life.status == .unknown {
                findings.add(
                    .u6, .atRest, "a claim was released, and its customer was not unregistered",
                    [customer(claim.reference.customer)], [place(claim: Int32(number))])
            }
        }
    }
}
