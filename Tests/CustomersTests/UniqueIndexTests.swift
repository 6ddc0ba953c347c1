import Customers
import Messages
import Testing

private typealias Spec = Specification<UniqueIndex>

private func reference(_ customer: String, _ reservation: String? = nil) -> DocumentReference {
    DocumentReference(document: "D1", customerID: customer, reservation: reservation, version: 1)
}
private let noon = Timestamp(microseconds: 1_700_000_000_000_000)
private func wish(_ kind: DocumentClaim.Kind, _ reference: DocumentReference, _ time: Timestamp) -> UniqueIndex.Wish {
    .init(DocumentClaim(kind, reference), at: time)
}
private func claim(_ customer: String, at time: Timestamp = noon) -> UniqueIndex.Wish {
    wish(.claim, reference(customer), time)
}
private func reserve(_ customer: String, _ name: String, at time: Timestamp = noon) -> UniqueIndex.Wish {
    wish(.reserve, reference(customer, name), time)
}
private func release(_ customer: String, _ name: String? = nil) -> UniqueIndex.Wish {
    wish(.release, reference(customer, name), noon)
}
private func claimed(_ customer: String) -> DocumentEvent { .init(.claimed, reference(customer)) }
private func reserved(_ customer: String, _ name: String) -> DocumentEvent {
    .init(.reserved, reference(customer, name))
}
private func released(_ customer: String, _ name: String? = nil) -> DocumentEvent {
    .init(.released, reference(customer, name))
}

@Suite struct UniqueIndexTests {
    @Test func theFirstClaimWins() {
        Spec.given().when(claim("a")).then(claimed("a"))
        Spec.given(claimed("a")).when(claim("b"))
            .then(DocumentEvent(.claimRejected, reference("b"), heldBy: "a"))
    }

    @Test func theHolderMayClaimAgain() { Spec.given(claimed("a")).when(claim("a")).then(claimed("a")) }

    @Test func aReservationBecomesAClaim() {
        Spec.given(reserved("a", "r")).when(claim("a")).then(claimed("a"))
        Spec.given(reserved("a", "r")).when(claim("b"))
            .then(DocumentEvent(.claimRejected, reference("b"), heldBy: "a"))
    }

    @Test func reservingIsForWhatIsFree() {
        Spec.given().when(reserve("a", "r")).then(reserved("a", "r"))
        Spec.given(reserved("a", "r")).when(reserve("a", "r")).then(reserved("a", "r"))
        Spec.given(reserved("a", "r")).when(reserve("a", "s"))
            .then(DocumentEvent(.reservationRejected, reference("a", "s"), heldBy: "a"))
        Spec.given(reserved("a", "r")).when(reserve("b", "r"))
            .then(DocumentEvent(.reservationRejected, reference("b", "r"), heldBy: "a"))
        // A customer's own claim can't be preallocated either.
        Spec.given(claimed("a")).when(reserve("a", "r"))
            .then(DocumentEvent(.reservationRejected, reference("a", "r"), heldBy: "a"))
    }

    @Test func onlyTheHolderReleases() {
        Spec.given(claimed("a")).when(release("a")).then(released("a"))
        Spec.given(claimed("a")).when(release("b")).then()
        Spec.given().when(release("a")).then()
    }

    @Test func aReservationIsReleasedByItsNameAlone() {
        Spec.given(reserved("a", "r")).when(release("a", "r")).then(released("a", "r"))
        Spec.given(reserved("a", "r")).when(release("a")).then()
        Spec.given(reserved("a", "r")).when(release("a", "s")).then()
        // The claim that grew out of it is not the reservation's any more.
        Spec.given(reserved("a", "r"), claimed("a")).when(release("a", "r")).then()
    }

    @Test func whatWasReleasedIsFree() { Spec.given(claimed("a"), released("a")).when(claim("b")).then(claimed("b")) }
}

extension UniqueIndexTests {
    @Test func spellingsOfOneCharacterAreTwoCustomers() {
        let composed = "caf\u{E9}"
        let decomposed = "cafe\u{301}"
        Spec.given(claimed(composed)).when(claim(decomposed))
            .then(DocumentEvent(.claimRejected, reference(decomposed), heldBy: composed))
        Spec.given(claimed(composed)).when(release(decomposed)).then()
    }

    @Test func aDocumentRestsUntilItsTime() {
        let later = noon.advanced(by: .seconds(60))
        var reference = reference("a")
        reference.reusableFrom = .time(later)
        let given = DocumentEvent(.released, reference)
        Spec.given(claimed("a")).when(wish(.release, reference, noon)).then(given)
        let resting = Spec.given(claimed("a"), given)
        resting.when(claim("b")).then(DocumentEvent(.claimRejected, Self.of("b")))
        resting.when(claim("a")).then(DocumentEvent(.claimRejected, Self.of("a")))
        resting.when(reserve("b", "r")).then(DocumentEvent(.reservationRejected, Self.of("b", "r")))
        resting.when(release("a")).then()
        resting.when(claim("b", at: later)).then(claimed("b"))
        resting.when(reserve("b", "r", at: later)).then(reserved("b", "r"))
    }

    @Test func neverIsForEver() {
        var reference = reference("a")
        reference.reusableFrom = .never
        Spec.given(claimed("a"), DocumentEvent(.released, reference))
            .when(claim("b", at: Timestamp(microseconds: .max))).then(DocumentEvent(.claimRejected, Self.of("b")))
    }

    private static func of(_ customer: String, _ reservation: String? = nil) -> DocumentReference {
        DocumentReference(document: "D1", customerID: customer, reservation: reservation, version: 1)
    }
}
