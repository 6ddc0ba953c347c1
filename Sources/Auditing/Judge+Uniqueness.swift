internal import Messages

/// U1: one confirmed customer for a document.
extension Judge {
    /// Partitions have no common order, so "at the same time" is decided through the index: its log gives each document
    /// to one customer after the other; who is confirmed must have been given it, and who gives it back must have left
    /// it.
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
        let active = Grouping(streams.lives, groups: facts.documents.count) { $0.isActive ? $0.document : -1 }
        for document in 0..<facts.documents.count where active[document].count > 1 {
            let lives = active[document].map { streams.lives[Int($0)] }.sorted {
                place(event: $0.last) < place(event: $1.last)
            }
            let isDouble = lives.count { $0.status != .pending } > 1
            // Not at rest, the end of the one may lie in a partition that was read before the beginning of the other.
            findings.add(
                .u1, .atRest,
                isDouble
                    ? "one document has \(lives.count) customers, more than one of them confirmed"
                    : "one document has \(lives.count) customers that are not unregistered",
                lives.map { customer(facts.events[Int($0.last)].customer) }, lives.map { place(event: $0.last) })
        }
        checkSuccessors()
        findings.examined(.u1, confirmed, "confirmed customers")
        findings.note(.u1, reserved, "of them registered with a reservation")
        findings.note(.u1, changed, "of them by a change of their document")
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
        if facts.events[Int(begun)].document != event.document {
            findings.add(
                .u1, .always,
                "\(id(of: event)) confirms another document than was \(isChange ? "wanted" : "registered")", names,
                [place(event: number), place(event: begun)])
            return
        }
        guard let claim = claim(of: begun) else {
            findings.add(
                .u1, .atRest, "\(id(of: event)) confirms a customer that never claimed the document", names,
                [place(event: number)])
            return
        }
        if case .rejected(let holder) = index.rulings[Int(claim)] { tellLost(event, number, claim, holder) }
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
        if wish.reference.customer != event.customer || wish.reference.document != event.document {
            findings.add(
                .u1, .always, "\(id(of: event)) is confirmed with a reservation of another customer or document",
                names, [place(event: number), place(claim: reservation.reserve)])
            return
        }
        // The one that it stands on, and then the claim that makes the document its own.
        for claim in [reservation.reserve, self.claim(of: number) ?? reservation.reserve] {
            if case .rejected(let holder) = index.rulings[Int(claim)] {
                tellLost(event, number, claim, holder)
                return
            }
        }
    }

    private mutating func tellLost(_ event: StreamFact, _ number: Int32, _ claim: Int32, _ holder: Int32) {
        findings.add(
            .u1, .always,
            holder < 0
                ? "\(id(of: event)) confirms a customer whose document nobody could take yet"
                : "\(id(of: event)) confirms a customer whose document was another's",
            [customer(event.customer)] + (holder < 0 ? [] : [customer(holder)]),
            [place(event: number), place(claim: claim)])
    }

    /// Whoever got a document after a release that nothing called for had it together with the one before.
    private mutating func checkSuccessors() {
        /// By the document, its last release without ground.
        var releases: [Int32: (claim: Int32, moment: Findings.Moment)] = [:]
        for (number, claim) in facts.claims.enumerated() {
            let document = claim.reference.document
            switch index.rulings[number] {
            case .released:
                releases[document] = fault(ofWish: claim).map { (Int32(number), $0.moment) }
            case .claimed, .reserved:
                guard let release = releases.removeValue(forKey: document) else { continue }
                let before = facts.claims[Int(release.claim)].reference.customer
                let after = claim.reference.customer
                guard before != after, let first = confirmation(of: before, document),
                    let second = confirmation(of: after, document)
                else { continue }
                findings.add(
                    .u1, release.moment, "a document was given to another, and its customer had not left it",
                    [customer(after), customer(before)],
                    [place(event: second), place(event: first), place(claim: release.claim)])
            case .rejected, .nothing, .repeated, .void, .misplaced: continue
            }
        }
    }

    private func confirmation(of customer: Int32, _ document: Int32) -> Int32? {
        streams.byCustomer[Int(customer)].first {
            let event = facts.events[Int($0)]
            return streams.counts[Int($0)] && event.kind.isConfirmation && event.document == document
        }
    }
}
