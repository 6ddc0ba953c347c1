public import Messages

/// The rules of the unique index, for one key. The first one in the key's partition wins.
///
/// That an id is answered once only is kept by whoever feeds the wishes in.
public enum KeyIndex {
    /// Who has the key.
    public enum Holder: Hashable, Sendable {
        case free
        /// - Parameter version: of the customer's event that claimed it last.
        case claimed(by: String, version: Int64)
        case reserved(by: String, reservation: String)
        /// Nobody's, and nobody may take it yet.
        case resting(ReusableFrom)
    }

    /// What the index says to a wish.
    public enum Answer: Hashable, Sendable {
        case granted
        /// - Parameter heldBy: nil while nobody may take the key yet.
        case rejected(heldBy: String?)
        /// The key is free, or rests.
        case released
        /// A release that frees nothing.
        case nothing
    }

    public struct Ruling: Hashable, Sendable {
        public var answer: Answer
        /// Who has the key from now on.
        public var holder: Holder
        /// The highest version of this customer's releases that the key has seen; 0 for none.
        public var released: Int64
    }

    /// Rules on a wish.
    ///
    /// A customer's claims and releases come over whatever partitions, in any order. So versions decide: a release frees
    /// what earlier events have claimed, and a claim that a later release has overtaken is void: it goes on as if granted,
    /// and changes nothing.
    /// - Parameters:
    ///   - time: the wish's own, never that of whoever rules: the same log always folds to the same index.
    ///   - released: the highest version of this customer's releases that the key has seen; 0 for none.
    public static func rule(
        on wish: KeyWish, at time: Timestamp, holder: Holder, released: Int64
    ) -> Ruling {
        var ruling = Ruling(answer: .nothing, holder: holder, released: released)
        switch wish {
        case .claim(let claim):
            switch claim.ground {
            case .event(let version, _, _): ruling.claim(claim.customerID, version, at: time)
            case .reservation(let name): ruling.reserve(claim.customerID, name, at: time)
            }
        case .release(let release): ruling.release(release)
        }
        return ruling
    }
}

extension KeyIndex.Ruling {
    fileprivate mutating func claim(_ customerID: String, _ version: Int64, at time: Timestamp) {
        if version < released {
            answer = .granted
            return
        }
        switch holder {
        case .free: grant(.claimed(by: customerID, version: version))
        case .claimed(let other, let since):
            take(customerID, from: other, .claimed(by: customerID, version: max(version, since)))
        // It was reserved for this registration, or for one of the same customer that its own stream has overtaken.
        case .reserved(let other, _): take(customerID, from: other, .claimed(by: customerID, version: version))
        case .resting(let until): take(resting: until, at: time, .claimed(by: customerID, version: version))
        }
    }

    fileprivate mutating func reserve(_ customerID: String, _ name: String, at time: Timestamp) {
        let wanted = KeyIndex.Holder.reserved(by: customerID, reservation: name)
        switch holder {
        case .free: grant(wanted)
        case .reserved(let other, let reservation):
            let isOwn = other.isExactly(customerID) && reservation.isExactly(name)
            answer = isOwn ? .granted : .rejected(heldBy: other)
        // The customer's own claim included: whoever is there already can't be preallocated.
        case .claimed(let other, _): answer = .rejected(heldBy: other)
        case .resting(let until): take(resting: until, at: time, wanted)
        }
    }

    private mutating func grant(_ next: KeyIndex.Holder) {
        answer = .granted
        holder = next
    }

    private mutating func take(_ customerID: String, from other: String, _ next: KeyIndex.Holder) {
        if other.isExactly(customerID) { grant(next) } else { answer = .rejected(heldBy: other) }
    }

    private mutating func take(resting until: ReusableFrom, at time: Timestamp, _ next: KeyIndex.Holder) {
        if until.blocks(at: time) { answer = .rejected(heldBy: nil) } else { grant(next) }
    }

    fileprivate mutating func release(_ release: KeyRelease) {
        let isFreed: Bool
        switch (release.ground, holder) {
        case (.version(let version), _):
            released = max(released, version)
            isFreed =
                switch holder {
                case .claimed(let other, let since): other.isExactly(release.customerID) && since < version
                // A stream that exists takes no other registration.
                case .reserved(let other, _): other.isExactly(release.customerID)
                case .free, .resting: false
                }
        case (.reservation(let name), .reserved(let other, let reservation)):
            isFreed = other.isExactly(release.customerID) && reservation.isExactly(name)
        case (.reservation, _): isFreed = false
        }
        if !isFreed { return }
        answer = .released
        holder = release.reusableFrom.map { .resting($0) } ?? .free
    }
}
