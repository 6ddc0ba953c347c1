public import Deciding
public import Messages

/// The entry of one document in the unique index: who holds it. The first one in the document's partition wins.
///
/// That an id is answered once only is kept by whoever feeds the claims in; these are the rules of the entry.
public enum UniqueIndex: Decider {
    public enum State: Hashable, Sendable {
        case free
        case claimed(by: String)
        case reserved(by: String, reservation: String)
        /// Nobody's, and nobody may take it yet.
        case resting(ReusableFrom)
    }

    /// A wish, with the time that it carries: the log's, never that of whoever answers, so that the same log always
    /// folds to the same index.
    public struct Wish: Hashable, Sendable {
        public var claim: DocumentClaim
        public var time: Timestamp

        public init(_ claim: DocumentClaim, at time: Timestamp) {
            self.claim = claim
            self.time = time
        }
    }

    public static var initialState: State { .free }

    /// Nobody is refused by an error: a rejection is an answer like any other.
    public static func decide(_ wish: Wish, in state: State) throws(Never) -> [DocumentEvent] {
        let reference = wish.claim.reference
        func rejected(_ kind: DocumentEvent.Kind, heldBy: String?) -> [DocumentEvent] {
            [DocumentEvent(kind, reference, heldBy: heldBy)]
        }
        switch (wish.claim.kind, state) {
        case (.claim, .free): return [DocumentEvent(.claimed, reference)]
        case (.claim, .claimed(let holder)), (.claim, .reserved(let holder, _)):
            return holder.isExactly(reference.customerID)
                ? [DocumentEvent(.claimed, reference)] : rejected(.claimRejected, heldBy: holder)
        case (.claim, .resting(let until)):
            return until.blocks(at: wish.time)
                ? rejected(.claimRejected, heldBy: nil) : [DocumentEvent(.claimed, reference)]

        case (.reserve, .free): return [DocumentEvent(.reserved, reference)]
        case (.reserve, .reserved(let holder, let reservation)):
            return holder.isExactly(reference.customerID) && reservation.isExactly(reference.reservation ?? "")
                ? [DocumentEvent(.reserved, reference)] : rejected(.reservationRejected, heldBy: holder)
        // The customer's own claim included: whoever is there already can't be preallocated.
        case (.reserve, .claimed(let holder)): return rejected(.reservationRejected, heldBy: holder)
        case (.reserve, .resting(let until)):
            return until.blocks(at: wish.time)
                ? rejected(.reservationRejected, heldBy: nil) : [DocumentEvent(.reserved, reference)]

        case (.release, .claimed(let holder)):
            return holder.isExactly(reference.customerID) && reference.reservation == nil
                ? [DocumentEvent(.released, reference)] : []
        case (.release, .reserved(let holder, let reservation)):
            return holder.isExactly(reference.customerID) && reservation.isExactly(reference.reservation ?? "")
                ? [DocumentEvent(.released, reference)] : []
        case (.release, .free), (.release, .resting): return []
        }
    }

    public static func evolve(_ state: inout State, _ event: DocumentEvent) {
        switch event.kind {
        case .claimed: state = .claimed(by: event.reference.customerID)
        case .reserved:
            state = .reserved(by: event.reference.customerID, reservation: event.reference.reservation ?? "")
        case .released: state = event.reference.reusableFrom.map { .resting($0) } ?? .free
        case .claimRejected, .reservationRejected: break
        }
    }
}
