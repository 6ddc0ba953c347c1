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
    }

    public static var initialState: State { .free }

    /// Nobody is refused by an error: a rejection is an answer like any other.
    public static func decide(_ claim: DocumentClaim, in state: State) throws(Never) -> [DocumentEvent] {
        let wish = claim.reference
        switch (claim.kind, state) {
        case (.claim, .free): return [DocumentEvent(.claimed, wish)]
        case (.claim, .claimed(let holder)), (.claim, .reserved(let holder, _)):
            return holder.isExactly(wish.customerID)
                ? [DocumentEvent(.claimed, wish)] : [DocumentEvent(.claimRejected, wish, heldBy: holder)]

        case (.reserve, .free): return [DocumentEvent(.reserved, wish)]
        case (.reserve, .reserved(let holder, let reservation)):
            return holder.isExactly(wish.customerID) && reservation.isExactly(wish.reservation ?? "")
                ? [DocumentEvent(.reserved, wish)] : [DocumentEvent(.reservationRejected, wish, heldBy: holder)]
        // The customer's own claim included: whoever is there already can't be preallocated.
        case (.reserve, .claimed(let holder)): return [DocumentEvent(.reservationRejected, wish, heldBy: holder)]

        case (.release, .claimed(let holder)):
            return holder.isExactly(wish.customerID) && wish.reservation == nil ? [DocumentEvent(.released, wish)] : []
        case (.release, .reserved(let holder, let reservation)):
            return holder.isExactly(wish.customerID) && reservation.isExactly(wish.reservation ?? "")
                ? [DocumentEvent(.released, wish)] : []
        case (.release, .free): return []
        }
    }

    public static func evolve(_ state: inout State, _ event: DocumentEvent) {
        switch event.kind {
        case .claimed: state = .claimed(by: event.reference.customerID)
        case .reserved:
            state = .reserved(by: event.reference.customerID, reservation: event.reference.reservation ?? "")
        case .released: state = .free
        case .claimRejected, .reservationRejected: break
        }
    }
}
