internal import Messages

/// U6: customers, their documents, and what they asked of the index.
extension Judge {
    mutating func checkLeaks() {
        var active = 0
        for (number, life) in streams.lives.enumerated() where life.isActive {
            active += 1
            let names = [customer(Int32(number))]
            if life.status == .pending {
                findings.add(.u6, .atRest, "a customer is still pending", names, [place(event: life.last)])
            }
            if life.status == .changing {
                findings.add(
                    .u6, .atRest, "a change of a document is still in flight", names, [place(event: life.last)])
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
            let isReserved = holding.status == .reserved
            if !isReserved, life.isActive, life.document == Int32(document) { continue }
            let why =
                switch life.status {
                case .unknown: "was never registered"
                case .unregistered: "is unregistered"
                case .pending, .confirmed, .changing:
                    life.document == Int32(document) ? "has not claimed it" : "has another document"
                }
            findings.add(
                .u6, .atRest, "a \(isReserved ? "reservation" : "claim") is left, and its customer \(why)",
                [customer(holding.customer)], [place(claim: holding.since)])
        }
        findings.examined(.u6, active, "customers, \(grouped(held)) held documents")
    }

    /// Each wish to the index follows from something, and what asks for a wish has one.
    mutating func checkWishes() {
        for (number, claim) in facts.claims.enumerated() {
            switch index.rulings[number] {
            case .repeated, .void, .misplaced: continue
            case .claimed, .reserved, .released, .rejected, .nothing: break
            }
            guard let fault = fault(ofWish: claim) else { continue }
            findings.add(
                .u6, fault.moment, "a wish to the index \(fault.what)", [customer(claim.reference.customer)],
                [place(claim: Int32(number))])
        }
        let faulty = Set(streams.faults.map(\.event))
        for (number, event) in facts.events.enumerated() where streams.counts[number] {
            if faulty.contains(Int32(number)) { continue }
            let isWishGone = links.wishes[number] < 0 && Links.wish(of: event) != nil
            let isWantedGone =
                Links.wantedRelease(of: event) != nil && links.wantedReleases[Int32(number)] == nil
            if isWishGone || isWantedGone {
                findings.add(
                    .u6, .atRest, "what \(id(of: event)) asks of the index is not there", [customer(event.customer)],
                    [place(event: Int32(number))])
            }
            if event.kind.asksForVerdict, links.processes[number] < 0 {
                findings.add(
                    .u6, .atRest, "\(id(of: event)) has no process", [customer(event.customer)],
                    [place(event: Int32(number))])
            }
        }
        checkReservations()
    }

    /// Why a wish should not be there; nil when it is as it should be.
    func fault(ofWish claim: ClaimFact) -> (what: String, moment: Findings.Moment)? {
        switch claim.stem {
        // Told by its flaws.
        case .unknown: nil
        case .claim, .release, .wantedRelease: fault(ofEventsWish: claim)
        case .reserve, .requestRelease: fault(ofProcessWish: claim)
        }
    }

    private func fault(ofEventsWish claim: ClaimFact) -> (what: String, moment: Findings.Moment)? {
        var reference = claim.reference
        guard let number = event(reference.version, of: reference.customer) else {
            return ("stems from no event of its customer", .atRest)
        }
        let event = facts.events[Int(number)]
        if event.kind == .unknown { return nil }
        if claim.kind == .release { reference.reusableFrom = ReferenceFact.atOnce }
        let isRight: Bool
        if claim.stem == .wantedRelease {
            isRight = claim.kind == .release && Links.wantedRelease(of: event) == reference
        } else {
            isRight = Links.wish(of: event).map { $0.kind == claim.kind && $0.reference == reference } ?? false
        }
        return isRight && claim.record.cause == event.record.identity
            ? nil : ("is not what \(id(of: event)) asks for", .always)
    }

    private func fault(ofProcessWish claim: ClaimFact) -> (what: String, moment: Findings.Moment)? {
        let reference = claim.reference
        guard let number = facts.processNumbers[reference.reservation] else {
            return ("stems from no process", .atRest)
        }
        let process = facts.processes[Int(number)]
        let isItsOwn =
            process.customer == reference.customer && reference.version == 0 && reference.purpose == nil
            && reference.reusableFrom == ReferenceFact.atOnce
        if !isItsOwn || process.beginning.map({ $0.document != reference.document }) ?? false {
            return ("is not what its process asks for", .always)
        }
        if claim.kind == .reserve { return nil }
        if links.reservations[reference.reservation].map({ $0.registration >= 0 }) ?? false {
            return ("releases a reservation that a customer was registered with", .always)
        }
        if links.refusals[process.command] == nil {
            return ("releases a reservation whose registration was not refused", .atRest)
        }
        return nil
    }

    /// What was reserved for a registration that was refused is given back.
    private mutating func checkReservations() {
        for (number, claim) in facts.claims.enumerated()
        where claim.stem == .reserve && index.rulings[number] == .reserved {
            guard let reservation = links.reservations[claim.reference.reservation], reservation.release < 0,
                let process = facts.processNumbers[claim.reference.reservation],
                links.refusals[facts.processes[Int(process)].command] != nil
            else { continue }
            findings.add(
                .u6, .atRest, "a reservation whose registration was refused was not released",
                [customer(claim.reference.customer)], [place(claim: Int32(number))])
        }
    }
}
