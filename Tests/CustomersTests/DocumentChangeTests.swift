import Customers
import Messages
import Testing

private typealias Spec = Specification<Customer>

private func ask(_ action: CustomerCommand) -> Customer.Command { .init(customerID: "c-1", action) }
private func event(_ version: Int64, _ document: String, _ kind: CustomerEvent.Kind) -> CustomerEvent {
    CustomerEvent(customerID: "c-1", version: version, document: document, kind: kind)
}
private let registered = event(1, "D1", .registered(name: nil, status: .pending, reservation: nil))
private let reserved = event(1, "D1", .registered(name: "Ana", status: .confirmed, reservation: "r-1"))
private let confirmed = event(2, "D1", .confirmed)
private let started = event(3, "D2", .documentChangeStarted(previous: "D1"))
private let change = ask(.changeDocument(document: "D2"))
private let confirmChange = ask(.confirmChange(document: "D2", version: 3))
private let rejectChange = ask(.rejectChange(document: "D2", heldBy: "c-9", version: 3))

@Suite struct DocumentChangeTests {
    @Test func aChangeWaitsForItsVerdict() {
        Spec.given(registered, confirmed).when(change).then(started)
        Spec.given(registered, confirmed, started).when(confirmChange)
            .then(event(4, "D2", .documentChanged(previous: "D1")))
        Spec.given(registered, confirmed, started).when(rejectChange)
            .then(event(4, "D1", .documentChangeRejected(rejected: "D2", heldBy: "c-9")))
    }

    @Test func theSameDocumentIsNoChange() {
        Spec.given(registered, confirmed).when(ask(.changeDocument(document: "D1"))).then()
        Spec.given(reserved).when(ask(.changeDocument(document: "D1"))).then()
    }

    @Test func whoCanNotChangeNow() {
        Spec.given().when(change).thenRefused(.notRegistered)
        Spec.given(registered).when(change).thenRefused(.notConfirmed)
        Spec.given(registered).when(ask(.changeDocument(document: "D1"))).thenRefused(.notConfirmed)
        Spec.given(registered, confirmed, started).when(ask(.changeDocument(document: "D3")))
            .thenRefused(.changeInProgress)
        Spec.given(registered, event(2, "D1", .unregistered(reason: .requested, heldBy: nil))).when(change)
            .thenRefused(.alreadyUnregistered)
    }

    @Test func aVerdictOnAnotherChangeIsSuperseded() {
        let inFlight = Spec.given(registered, confirmed, started)
        inFlight.when(ask(.confirmChange(document: "D3", version: 3))).thenRefused(.superseded)
        inFlight.when(ask(.confirmChange(document: "D2", version: 2))).thenRefused(.superseded)
        inFlight.when(ask(.rejectChange(document: "D1", heldBy: nil, version: 3))).thenRefused(.superseded)
        for verdict in [confirmChange, rejectChange] {
            Spec.given(registered).when(verdict).thenRefused(.superseded)
            Spec.given(registered, confirmed).when(verdict).thenRefused(.superseded)
            Spec.given().when(verdict).thenRefused(.notRegistered)
        }
    }

    @Test func aWinnerWhoChangesIsNotCompensated() {
        Spec.given(registered, confirmed, started)
            .when(ask(.compensate(document: "D1", heldBy: nil, version: 1))).thenRefused(.superseded)
        Spec.given(registered, confirmed, started).when(ask(.confirm(document: "D1", version: 1)))
            .thenRefused(.alreadyConfirmed)
    }

    @Test func leavingGivesUpBothDocuments() {
        Spec.given(registered, confirmed, started).when(ask(.unregister))
            .then(event(4, "D1", .unregistered(reason: .requested, heldBy: nil, wantedDocument: "D2")))
    }

    @Test func afterItsEndTheNextChangeMayBegin() {
        let changed = event(4, "D2", .documentChanged(previous: "D1"))
        Spec.given(registered, confirmed, started, changed).when(ask(.changeDocument(document: "D1")))
            .then(event(5, "D1", .documentChangeStarted(previous: "D2")))
        let rejected = event(4, "D1", .documentChangeRejected(rejected: "D2", heldBy: nil))
        Spec.given(registered, confirmed, started, rejected).when(change)
            .then(event(5, "D2", .documentChangeStarted(previous: "D1")))
    }

    @Test func whoseIdIsItsDocument() {
        let id = NameID.customer(ofDocument: "D1").description
        let stream = CustomerEvent(
            customerID: id, version: 1, document: "D1",
            kind: .registered(name: nil, status: .confirmed, reservation: nil))
        Spec.given(stream).when(.init(customerID: id, .changeDocument(document: "D2"))).thenRefused(.notAllowed)
        Spec.given(stream).when(.init(customerID: id, .changeDocument(document: "D1"))).then()
    }

    @Test func aReservedDocumentMakesAConfirmedCustomer() {
        let register = ask(.registerReserved(document: "D1", name: "Ana", reservation: "r-1"))
        Spec.given().when(register).then(reserved)
        Spec.given(registered).when(register).thenRefused(.alreadyRegistered)
        Spec.given(reserved).when(register).thenRefused(.alreadyRegistered)
        Spec.given(registered, event(2, "D1", .unregistered(reason: .requested, heldBy: nil))).when(register)
            .thenRefused(.alreadyUnregistered)
    }
}
