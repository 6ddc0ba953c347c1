internal import Messages

/// What belongs together across the topics, as ids and causes tell: events and what they asked of the index, requests'
/// reservations and what became of them, processes and their commands' refusals.
struct Links {
    struct Reservation: Sendable {
        /// The claim that its slip began with; negative for none.
        var reserve: Int32 = -1
        /// By the key, the release of it.
        var releases: [Int32: Int32] = [:]
        /// The event that registers a customer with it.
        var registration: Int32 = -1
    }

    /// A release of an event, by its key.
    struct ReleaseName: Hashable, Sendable {
        var event: Int32
        var key: Int32
        /// Whether it is of what was wanted besides.
        var isOfWanted: Bool
    }

    /// How a slip ended.
    enum SlipEnd: Hashable, Sendable {
        /// All its keys were granted; by the last claim.
        case won(Int32)
        /// By the claim that was rejected.
        case lost(Int32, heldBy: Int32)
        /// Behind this claim nothing is there, or nothing that counts.
        case open(Int32)
    }

    /// For each event, the claim that its slip began with. Negative for none.
    private(set) var slips: [Int32]
    private(set) var releases: [ReleaseName: Int32] = [:]
    /// For each claim, the one that it was sent on as. Negative for none.
    private(set) var next: [Int32]
    /// For each claim, the one that it names as its cause, as what is sent on does. Negative for none.
    private(set) var previous: [Int32]
    /// By source and id, the claim that counts.
    private var claims: [Fingerprint: Int32] = [:]
    /// For each event, the process that it began. Negative for none.
    private(set) var processes: [Int32]
    /// By the reservation's name.
    private(set) var reservations: [Fingerprint: Reservation] = [:]
    /// Why a command of the process manager was refused, by its source and id.
    private(set) var refusals: [Fingerprint: RejectionCode] = [:]

    init(_ facts: Auditor, _ index: IndexFold, _ streams: StreamFold) {
        slips = Array(repeating: -1, count: facts.events.count)
        next = Array(repeating: -1, count: facts.claims.count)
        previous = next
        processes = Array(repeating: -1, count: facts.events.count)
        claims.reserveCapacity(facts.claims.count)
        for (number, claim) in facts.claims.enumerated() where index.rulings[number].isRuled {
            // The first one counts, where it is looked for.
            if claims[claim.record.identity] == nil { claims[claim.record.identity] = Int32(number) }
            link(claim, Int32(number), facts, streams)
        }
        for (number, claim) in facts.claims.enumerated() where index.rulings[number].isRuled && claim.at > 1 {
            guard let before = claims[claim.record.cause] else { continue }
            previous[number] = before
            if next[Int(before)] < 0 { next[Int(before)] = Int32(number) }
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
        switch claim.stem {
        case .unknown: return
        case .reserve:
            guard claim.at == 1, reservations[claim.reservation, default: Reservation()].reserve < 0 else { return }
            reservations[claim.reservation, default: Reservation()].reserve = number
        case .requestRelease:
            let known = reservations[claim.reservation, default: Reservation()].releases[claim.key]
            if known == nil { reservations[claim.reservation, default: Reservation()].releases[claim.key] = number }
        case .claim, .release, .wantedRelease:
            guard let event = streams.event(claim.version, of: claim.customer, in: facts.events) else { return }
            if claim.stem == .claim {
                if claim.at == 1, slips[Int(event)] < 0 { slips[Int(event)] = number }
                return
            }
            let name = ReleaseName(event: event, key: claim.key, isOfWanted: claim.stem == .wantedRelease)
            if releases[name] == nil { releases[name] = number }
        }
    }

    /// The claim of this source and id that counts; nil for none.
    func claim(named identity: Fingerprint) -> Int32? { claims[identity] }

    /// How a slip ended, from the claim that it began with on.
    func end(ofSlip first: Int32, _ facts: Auditor, _ index: IndexFold) -> SlipEnd {
        var number = first
        let keys = facts.keys[facts.claims[Int(first)].keys].count
        for _ in 0..<max(keys, 1) {
            let claim = facts.claims[Int(number)]
            switch index.rulings[Int(number)] {
            case .rejected(let holder): return .lost(number, heldBy: holder)
            case .claimed, .reserved, .overtaken:
                if Int(claim.at) == keys { return .won(number) }
                let following = next[Int(number)]
                guard following >= 0, facts.claims[Int(following)].at == claim.at + 1 else { return .open(number) }
                number = following
            case .released, .nothing, .repeated, .void, .misplaced: return .open(number)
            }
        }
        return .open(number)
    }

    /// What an event claims.
    static func claim(of event: StreamFact, _ keys: KeyTable) -> (keys: [Int32], purpose: ClaimPurpose)? {
        switch event.kind {
        case .registeredPending, .registeredConfirmed: (keys[event.values], .registration)
        case .changeStarted:
            // Nothing to ask for where values are given up alone.
            keys.keys(event.others).isEmpty ? nil : (keys.keys(event.others), .change)
        case .confirmed, .changed, .changeRejected, .unregisteredByRequest, .unregisteredAsDuplicate, .unknown: nil
        }
    }

    /// What an event gives back.
    static func releases(of event: StreamFact, _ keys: KeyTable) -> [(key: Int32, isOfWanted: Bool)] {
        switch event.kind {
        case .changed: keys.keys(event.others).map { ($0, false) }
        case .changeRejected: keys.keys(event.others).map { ($0, true) }
        case .unregisteredByRequest, .unregisteredAsDuplicate:
            keys[event.values].map { ($0, false) } + keys.keys(event.others).map { ($0, true) }
        case .registeredPending, .registeredConfirmed, .confirmed, .changeStarted, .unknown: []
        }
    }
}
