internal import Messages

/// U6: customers, their values, and what they asked of the index.
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
                findings.add(.u6, .atRest, "a change is still in flight", names, [place(event: life.last)])
            }
            let holdsAll = facts.keys[life.values].allSatisfy { key in
                let holding = index.holdings[Int(key)]
                return holding.status != .free && holding.customer == Int32(number)
            }
            if !holdsAll {
                findings.add(
                    .u6, .atRest, "a customer that is not unregistered does not hold all its values", names,
                    [place(event: life.last)])
            }
        }
        var held = 0
        for (key, holding) in index.holdings.enumerated() where holding.status != .free {
            held += 1
            let life = streams.lives[Int(holding.customer)]
            let isReserved = holding.status == .reserved
            let isItsOwn = facts.keys[life.values].contains(Int32(key))
            if !isReserved, life.isActive, isItsOwn { continue }
            let why =
                switch life.status {
                case .unknown: "was never registered"
                case .unregistered: "is unregistered"
                case .pending, .confirmed, .changing: isItsOwn ? "has not claimed it" : "has another value"
                }
            findings.add(
                .u6, .atRest, "a \(isReserved ? "reservation" : "claim") is left, and its customer \(why)",
                [customer(holding.customer)], [place(claim: holding.since)])
        }
        findings.examined(.u6, active, "customers, \(grouped(held)) held keys")
    }

    /// Each wish to the index follows from something, and what asks for a wish has one.
    mutating func checkWishes() {
        for (number, claim) in facts.claims.enumerated() where index.rulings[number].isRuled {
            guard let fault = fault(ofWish: claim) else { continue }
            findings.add(
                .u6, fault.moment, "a wish to the index \(fault.what)", [customer(claim.customer)],
                [place(claim: Int32(number))])
        }
        let faulty = Set(streams.faults.map(\.event))
        for (number, event) in facts.events.enumerated() where streams.counts[number] {
            let number = Int32(number)
            if faulty.contains(number) { continue }
            let isClaimGone = links.slips[Int(number)] < 0 && Links.claim(of: event, facts.keys) != nil
            let isReleaseGone = Links.releases(of: event, facts.keys).contains { release in
                let name = Links.ReleaseName(event: number, key: release.key, isOfWanted: release.isOfWanted)
                return links.releases[name] == nil
            }
            if isClaimGone || isReleaseGone {
                findings.add(
                    .u6, .atRest, "what \(id(of: event)) asks of the index is not there", [customer(event.customer)],
                    [place(event: number)])
            }
            if event.kind.beginsProcess, links.processes[Int(number)] < 0 {
                findings.add(
                    .u6, .atRest, "\(id(of: event)) has no process", [customer(event.customer)],
                    [place(event: number)])
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
        guard let number = event(claim.version, of: claim.customer) else {
            return ("stems from no event of its customer", .atRest)
        }
        let event = facts.events[Int(number)]
        if event.kind == .unknown { return nil }
        let isRight: Bool
        if claim.stem == .claim {
            isRight =
                Links.claim(of: event, facts.keys).map { asked in
                    asked.keys == facts.keys[claim.keys] && asked.purpose == claim.purpose
                        && event.reservation == claim.reservation
                } ?? false
        } else {
            let isOfWanted = claim.stem == .wantedRelease
            let attribute = facts.keys.attribute(of: claim.key)
            let reusableFrom = isOfWanted ? nil : event.reuse.first { $0.attribute == attribute }?.from
            isRight =
                Links.releases(of: event, facts.keys).contains { $0.key == claim.key && $0.isOfWanted == isOfWanted }
                && claim.reusableFrom == reusableFrom ?? ReuseFact.atOnce
        }
        // What is sent on names the claim before, which U2 looks at.
        let isCaused = claim.at > 1 || claim.record.cause == event.record.identity
        return isRight && isCaused ? nil : ("is not what \(id(of: event)) asks for", .always)
    }

    private func fault(ofProcessWish claim: ClaimFact) -> (what: String, moment: Findings.Moment)? {
        guard let number = facts.processNumbers[claim.reservation] else { return ("stems from no process", .atRest) }
        let process = facts.processes[Int(number)]
        let isItsOwn = process.customer == claim.customer && claim.reusableFrom == ReuseFact.atOnce
        let isAsked =
            process.beginning.map { beginning in
                claim.kind == .reserve
                    ? beginning.values == claim.keys : facts.keys[beginning.values].contains(claim.key)
            } ?? true
        if !isItsOwn || !isAsked { return ("is not what its process asks for", .always) }
        if claim.kind == .reserve { return nil }
        let reservation = links.reservations[claim.reservation, default: Links.Reservation()]
        if reservation.registration >= 0 {
            return ("releases a reservation that a customer was registered with", .always)
        }
        return isRefused(reservation, process) ? nil : ("releases a reservation that was not refused", .atRest)
    }

    /// Whether one of its keys was refused, or the registration that it was for.
    private func isRefused(_ reservation: Links.Reservation, _ process: ProcessFact) -> Bool {
        if links.refusals[process.command] != nil { return true }
        guard reservation.reserve >= 0, case .lost = end(ofSlip: reservation.reserve) else { return false }
        return true
    }

    /// What was reserved is given back where a key or the registration was refused, with all its keys.
    private mutating func checkReservations() {
        for (name, reservation) in links.reservations where reservation.reserve >= 0 && reservation.registration < 0 {
            guard let process = facts.processNumbers[name], isRefused(reservation, facts.processes[Int(process)])
            else { continue }
            let claim = facts.claims[Int(reservation.reserve)]
            if facts.keys[claim.keys].allSatisfy({ reservation.releases[$0] != nil }) { continue }
            findings.add(
                .u6, .atRest, "a reservation that was refused was not released with all its keys",
                [customer(claim.customer)], [place(claim: reservation.reserve)])
        }
    }
}
