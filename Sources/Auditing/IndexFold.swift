internal import Messages

/// The unique index as its log alone makes it: section 5's rules, written down once more.
struct IndexFold {
    enum Ruling: Hashable, Sendable {
        case claimed, reserved, released
        /// A claim that a later release has overtaken: it goes on as if granted, and changes nothing.
        case overtaken
        /// The holder is negative when nobody has it, and nobody may take it yet.
        case rejected(heldBy: Int32)
        /// A release that frees nothing: not answered.
        case nothing
        /// The id was there before, with the same content or with another one.
        case repeated, void
        /// On a partition where nobody looks for it.
        case misplaced

        var isGrant: Bool { self == .claimed || self == .reserved || self == .overtaken }
        /// Whether the record counts.
        var isRuled: Bool { self != .repeated && self != .void && self != .misplaced }
    }

    struct Holding: Hashable, Sendable {
        enum Status: Hashable, Sendable { case free, claimed, reserved }
        var status = Status.free
        var customer: Int32 = -1
        var reservation = Fingerprint.none
        /// Of the event that claimed it last.
        var version: Int64 = 0
        /// The claim that made it so.
        var since: Int32 = -1
        /// While it is free: from when it can be taken, in microseconds.
        var reusableFrom = ReuseFact.atOnce

        /// By the time of the wish itself: the log's, so that whoever folds it comes to the same.
        func rests(at time: Int64) -> Bool {
            status == .free && (reusableFrom == ReuseFact.never || time < reusableFrom)
        }
    }

    /// A customer at a key.
    private struct Pair: Hashable {
        var key: Int32
        var customer: Int32
    }

    /// For each claim.
    private(set) var rulings: [Ruling] = []
    /// For each key.
    private(set) var holdings: [Holding]
    /// By a claim that was rejected: the claim by which its key was somebody else's then.
    private(set) var winners: [Int32: Int32] = [:]
    /// The highest version of a customer's releases.
    private var released: [Pair: Int64] = [:]

    init(_ claims: [ClaimFact], keys: Int) {
        holdings = Array(repeating: Holding(), count: keys)
        rulings.reserveCapacity(claims.count)
        var seen: [Int32: [Fingerprint: Int32]] = [:]
        for (index, claim) in claims.enumerated() {
            let record = claim.record
            if !record.flaws.isDisjoint(with: [.key, .partition]) {
                rulings.append(.misplaced)
                continue
            }
            if let first = seen[record.spot.partition]?[record.identity] {
                rulings.append(claims[Int(first)].record.content == record.content ? .repeated : .void)
                continue
            }
            seen[record.spot.partition, default: [:]][record.identity] = Int32(index)
            let before = holdings[Int(claim.key)]
            let ruling = rule(claim, Int32(index))
            if case .rejected(let holder) = ruling, holder >= 0 { winners[Int32(index)] = before.since }
            rulings.append(ruling)
        }
    }

    private mutating func rule(_ claim: ClaimFact, _ index: Int32) -> Ruling {
        var holding = holdings[Int(claim.key)]
        defer { holdings[Int(claim.key)] = holding }
        let isOwn = holding.status != .free && holding.customer == claim.customer
        let pair = Pair(key: claim.key, customer: claim.customer)
        switch claim.kind {
        case .claim:
            if claim.version < released[pair] ?? 0 { return .overtaken }
            if holding.rests(at: claim.time) { return .rejected(heldBy: -1) }
            if holding.status != .free, !isOwn { return .rejected(heldBy: holding.customer) }
            if holding.status != .claimed || holding.version < claim.version {
                holding = Holding(
                    status: .claimed, customer: claim.customer, version: claim.version, since: index)
            }
            return .claimed
        case .reserve:
            if holding.rests(at: claim.time) { return .rejected(heldBy: -1) }
            if holding.status == .free {
                holding = Holding(
                    status: .reserved, customer: claim.customer, reservation: claim.reservation, since: index)
                return .reserved
            }
            let isSame = isOwn && holding.status == .reserved && holding.reservation == claim.reservation
            return isSame ? .reserved : .rejected(heldBy: holding.customer)
        case .release:
            let frees: Bool
            if claim.version > 0 {
                released[pair] = max(released[pair] ?? 0, claim.version)
                frees = holding.status == .reserved || holding.version < claim.version
            } else {
                frees = holding.status == .reserved && holding.reservation == claim.reservation
            }
            if !isOwn || !frees { return .nothing }
            holding = Holding(reusableFrom: claim.reusableFrom)
            return .released
        }
    }
}
