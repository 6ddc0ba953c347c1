internal import Messages

/// U1: one confirmed customer for a key.
extension Judge {
    /// Partitions have no common order, so "at the same time" is decided through the index: its log gives each key to
    /// one customer after the other; who is confirmed must have been given it, and who gives it back must have left it.
    mutating func checkUniqueness() {
        var (confirmed, reserved, changed) = (0, 0, 0)
        for (number, event) in facts.events.enumerated() where streams.counts[number] && event.kind.isConfirmation {
            confirmed += 1
            if event.kind == .registeredConfirmed {
                reserved += 1
                checkReservation(of: event, Int32(number))
            } else {
                changed += event.kind == .changed ? 1 : 0
                checkGround(of: event, Int32(number))
            }
        }
        checkDoubles()
        checkSuccessors()
        findings.examined(.u1, confirmed, "confirmed customers")
        findings.note(.u1, reserved, "of them registered with a reservation")
        findings.note(.u1, changed, "of them by a change of their values")
    }

    private mutating func checkDoubles() {
        /// A customer at one of its keys.
        var holdings: [(key: Int32, life: Int32)] = []
        for (number, life) in streams.lives.enumerated() where life.isActive {
            for key in facts.keys[life.values] { holdings.append((key, Int32(number))) }
        }
        let active = Grouping(holdings, groups: facts.keys.count) { $0.key }
        for key in 0..<facts.keys.count where active[key].count > 1 {
            let lives = active[key].map { streams.lives[Int(holdings[Int($0)].life)] }.sorted {
                place(event: $0.last) < place(event: $1.last)
            }
            let isDouble = lives.count { $0.status != .pending } > 1
            // Not at rest, the end of the one may lie in a partition that was read before the beginning of the other.
            findings.add(
                .u1, .atRest,
                isDouble
                    ? "one key has \(lives.count) customers, more than one of them confirmed"
                    : "one key has \(lives.count) customers that are not unregistered",
                lives.map { customer(facts.events[Int($0.last)].customer) }, lives.map { place(event: $0.last) })
        }
    }

    /// Of a confirmation after a verdict: of a registration, or of a change.
    private mutating func checkGround(of event: StreamFact, _ number: Int32) {
        let names = [customer(event.customer)]
        let isChange = event.kind == .changed
        guard let begun = ground(of: event) else {
            findings.add(
                .u1, .always, "\(id(of: event)) confirms \(isChange ? "a change" : "what") that was never begun",
                names, [place(event: number)])
            return
        }
        let before = facts.events[Int(begun)]
        let due = isChange ? facts.keys.applying(before.others, to: before.values) : Set(facts.keys[before.values])
        if Set(facts.keys[event.values]) != due {
            findings.add(
                .u1, .always,
                "\(id(of: event)) confirms other values than were \(isChange ? "wanted" : "registered")", names,
                [place(event: number), place(event: begun)])
            return
        }
        switch end(ofClaimBy: begun) {
        case .won?: return
        case .lost(let claim, let holder)?: tellLost(event, number, claim, holder)
        case .open(let claim)?:
            findings.add(
                .u1, .atRest, "\(id(of: event)) confirms a customer that has not claimed all its values", names,
                [place(event: number), place(claim: claim)])
        case nil:
            // What gives up values alone claims nothing.
            if Links.claim(of: before, facts.keys) == nil { return }
            findings.add(
                .u1, .atRest, "\(id(of: event)) confirms a customer that never claimed its values", names,
                [place(event: number)])
        }
    }

    /// Of a registration with a reservation, which is confirmed from the beginning.
    private mutating func checkReservation(of event: StreamFact, _ number: Int32) {
        let names = [customer(event.customer)]
        let reservation = links.reservations[event.reservation, default: Links.Reservation()]
        if reservation.registration != number {
            findings.add(
                .u1, .always, "\(id(of: event)) has the reservation of another registration", names,
                [place(event: number), place(event: reservation.registration)])
        }
        if reservation.reserve < 0 {
            findings.add(
                .u1, .atRest, "\(id(of: event)) is confirmed with a reservation that was never asked for", names,
                [place(event: number)])
            return
        }
        let wish = facts.claims[Int(reservation.reserve)]
        if wish.customer != event.customer || wish.keys != event.values {
            findings.add(
                .u1, .always, "\(id(of: event)) is confirmed with a reservation of another customer or other values",
                names, [place(event: number), place(claim: reservation.reserve)])
            return
        }
        // The one that it stands on, and then the claim that makes the values its own.
        switch (end(ofSlip: reservation.reserve), end(ofClaimBy: number)) {
        case (.lost(let claim, let holder), _), (.won, .lost(let claim, let holder)?):
            tellLost(event, number, claim, holder)
        case (.open(let claim), _):
            findings.add(
                .u1, .atRest, "\(id(of: event)) is confirmed and has not reserved all its values", names,
                [place(event: number), place(claim: claim)])
        case (.won, .won?), (.won, .open?), (.won, nil): return
        }
    }

    private mutating func tellLost(_ event: StreamFact, _ number: Int32, _ claim: Int32, _ holder: Int32) {
        findings.add(
            .u1, .always,
            holder < 0
                ? "\(id(of: event)) confirms a customer with a value that nobody could take yet"
                : "\(id(of: event)) confirms a customer with a value that was another's",
            [customer(event.customer)] + (holder < 0 ? [] : [customer(holder)]),
            [place(event: number), place(claim: claim)])
    }

    /// Whoever got a key after a release that nothing called for had it together with the one before.
    private mutating func checkSuccessors() {
        /// By the key, its last release without ground.
        var releases: [Int32: (claim: Int32, moment: Findings.Moment)] = [:]
        for (number, claim) in facts.claims.enumerated() {
            let key = claim.key
            switch index.rulings[number] {
            case .released: releases[key] = fault(ofWish: claim).map { (Int32(number), $0.moment) }
            case .claimed, .reserved:
                guard let release = releases.removeValue(forKey: key) else { continue }
                let before = facts.claims[Int(release.claim)].customer
                let after = claim.customer
                guard before != after, let first = confirmation(of: before, key),
                    let second = confirmation(of: after, key)
                else { continue }
                findings.add(
                    .u1, release.moment, "a key was given to another, and its customer had not left it",
                    [customer(after), customer(before)],
                    [place(event: second), place(event: first), place(claim: release.claim)])
            case .overtaken, .rejected, .nothing, .repeated, .void, .misplaced: continue
            }
        }
    }

    private func confirmation(of customer: Int32, _ key: Int32) -> Int32? {
        streams.byCustomer[Int(customer)].first {
            let event = facts.events[Int($0)]
            return streams.counts[Int($0)] && event.kind.isConfirmation && facts.keys[event.values].contains(key)
        }
    }
}
