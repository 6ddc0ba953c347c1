internal import Messages

/// What belongs together across the topics, as ids and causes tell: events and what they asked of the index, requests'
/// reservations and what became of them, processes and their commands' refusals.
struct Links {
    struct Reservation: Sendable {
        /// The wish for it, and its release; negative for none.
        var reserve: Int32 = -1
        var release: Int32 = -1
        /// The event that registers a customer with it.
        var registration: Int32 = -1
    }

    /// For each event, the wish that follows from it: a claim, or a release. Negative for none.
    private(set) var wishes: [Int32]
    /// For each event that ends a customer with a change in flight, the release of what was wanted.
    private(set) var wantedReleases: [Int32: Int32] = [:]
    /// For each event, the process that it began. Negative for none.
    private(set) var processes: [Int32]
    /// By the reservation's name.
    private(set) var reservations: [Fingerprint: Reservation] = [:]
    /// Why a command of the process manager was refused, by its source and id.
    private(set) var refusals: [Fingerprint: RejectionCode] = [:]

    init(_ facts: Auditor, _ index: IndexFold, _ streams: StreamFold) {
        wishes = Array(repeating: -1, count: facts.events.count)
        processes = Array(repeating: -1, count: facts.events.count)
        for (number, claim) in facts.claims.enumerated() {
            switch index.rulings[number] {
            // The first one counts, where it is looked for.
            case .repeated, .void, .misplaced: continue
            case .claimed, .reserved, .released, .rejected, .nothing: break
            }
            link(claim, Int32(number), facts, streams)
        }
        for (number, process) in facts.processes.enumerated() where !process.isOfRequest {
            if let event = streams.event(process.version, of: process.customer, in: facts.events) {
                processes[Int(event)] = Int32(number)
            }
        }
        for (number, event) in facts.events.enumerated()
        where event.kind == .registeredConfirmed && streams.counts[number] {
            if reservations[event.reservation, default: Reservation()].registration < 0 {
                reservations[event.reservation, default: Reservation()].registration = Int32(number)
            }
        }
        for outcome in facts.processOutcomes where outcome.repeats == nil {
            if case .rejected(let code) = outcome.verdict, refusals[outcome.command] == nil {
                refusals[outcome.command] = code
            }
        }
    }

    private mutating func link(_ claim: ClaimFact, _ number: Int32, _ facts: Auditor, _ streams: StreamFold) {
        let reference = claim.reference
        switch claim.stem {
        case .unknown: return
        case .reserve:
            let known = reservations[reference.reservation, default: Reservation()].reserve
            if known < 0 { reservations[reference.reservation, default: Reservation()].reserve = number }
        case .requestRelease:
            let known = reservations[reference.reservation, default: Reservation()].release
            if known < 0 { reservations[reference.reservation, default: Reservation()].release = number }
        case .claim, .release, .wantedRelease:
            guard let event = streams.event(reference.version, of: reference.customer, in: facts.events) else {
                return
            }
            if claim.stem == .wantedRelease {
                if wantedReleases[event] == nil { wantedReleases[event] = number }
            } else if wishes[Int(event)] < 0 {
                wishes[Int(event)] = number
            }
        }
    }

    /// What an event asks of the index; nil for nothing. The time of reuse is for the projection to choose.
    static func wish(of event: StreamFact) -> (kind: DocumentClaim.Kind, reference: ReferenceFact)? {
        func reference(_ document: Int32, _ purpose: ClaimPurpose) -> ReferenceFact {
            ReferenceFact(
                document: document, customer: event.customer, reservation: .none, version: event.version,
                purpose: purpose, reusableFrom: ReferenceFact.atOnce)
        }
        switch event.kind {
        case .registeredPending: return (.claim, reference(event.document, .registration))
        case .registeredConfirmed:
            var wish = reference(event.document, .registration)
            wish.reservation = event.reservation
            return (.claim, wish)
        case .changeStarted: return (.claim, reference(event.document, .change))
        case .changed: return (.release, reference(event.otherDocument, .change))
        case .unregisteredByRequest, .unregisteredAsDuplicate:
            return (.release, reference(event.document, .registration))
        case .confirmed, .changeRejected, .unknown: return nil
        }
    }

    /// The release of what a customer wanted besides, that ends with a change in flight; nil for none.
    static func wantedRelease(of event: StreamFact) -> ReferenceFact? {
        guard event.kind.isUnregistration, event.otherDocument >= 0 else { return nil }
        return ReferenceFact(
            document: event.otherDocument, customer: event.customer, reservation: .none, version: event.version,
            purpose: .change, reusableFrom: ReferenceFact.atOnce)
    }
}
