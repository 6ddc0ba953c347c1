internal import Messages

/// The unique index as its log alone makes it: section 4's rules, written down once more.
struct IndexFold {
    enum Ruling: Hashable, Sendable {
        case claimed, reserved, released
        /// The holder is negative when nobody has it, and nobody may take it yet.
        case rejected(heldBy: Int32)
        /// A release that frees nothing: not answered.
        case nothing
        /// The id was there before, with the same content or with another one.
        case repeated, void
        /// On a partition where nobody looks for it.
        case misplaced

        var isGrant: Bool { self == .claimed || self == .reserved }
    }

    struct Holding: Hashable, Sendable {
        enum Status: Hashable, Sendable { case free, claimed, reserved }
        var status = Status.free
        var customer: Int32 = -1
        var reservation = Fingerprint.none
        /// The claim that began it, and the last one that affirmed it.
        var since: Int32 = -1
        /// While it is free: from when it can be taken, in microseconds.
        var reusableFrom = ReferenceFact.atOnce

        /// By the time of the wish itself: the log's, so that whoever folds it comes to the same.
        func rests(at time: Int64) -> Bool {
            status == .free && (reusableFrom == ReferenceFact.never || time < reusableFrom)
        }
    }

    /// For each claim.
    private(set) var rulings: [Ruling] = []
    /// For each document.
    private(set) var holdings: [Holding]

    init(_ claims: [ClaimFact], documents: Int) {
        holdings = Array(repeating: Holding(), count: documents)
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
            rulings.append(Self.rule(claim, Int32(index), &holdings[Int(claim.reference.document)]))
        }
    }

    private static func rule(_ claim: ClaimFact, _ index: Int32, _ holding: inout Holding) -> Ruling {
        let wish = claim.reference
        let isOwn = holding.status != .free && holding.customer == wish.customer
        switch claim.kind {
        case .claim, .reserve:
            if holding.rests(at: claim.time) { return .rejected(heldBy: -1) }
        case .release: break
        }
        switch claim.kind {
        case .claim:
            if holding.status != .free, !isOwn { return .rejected(heldBy: holding.customer) }
            if holding.status != .claimed {
                holding = Holding(status: .claimed, customer: wish.customer, reservation: .none, since: index)
            }
            return .claimed
        case .reserve:
            if holding.status == .free {
                holding = Holding(
                    status: .reserved, customer: wish.customer, reservation: wish.reservation, since: index)
                return .reserved
            }
            let isSame = isOwn && holding.status == .reserved && holding.reservation == wish.reservation
            return isSame ? .reserved : .rejected(heldBy: holding.customer)
        case .release:
            let frees =
                wish.reservation == .none
                ? holding.status == .claimed : holding.status == .reserved && holding.reservation == wish.reservation
            if !isOwn || !frees { return .nothing }
            holding = Holding(reusableFrom: wish.reusableFrom)
            return .released
        }
    }
}
