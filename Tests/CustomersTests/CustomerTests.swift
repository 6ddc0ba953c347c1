import Customers
import Messages
import Testing

private typealias Spec = Specification<Customer>

private func ask(_ action: CustomerCommand) -> Customer.Command { .init(customerID: "c-1", action) }
private func event(_ version: Int64, _ kind: CustomerEvent.Kind) -> CustomerEvent {
    CustomerEvent(customerID: "c-1", version: version, document: "D1", kind: kind)
}
private let registered = event(1, .registered(name: "Ana", status: .pending, reservation: nil))
private let confirmed = event(2, .confirmed)
private let register = ask(.register(document: "D1", name: "Ana"))
private let confirm = ask(.confirm(document: "D1", version: 1))
private let compensate = ask(.compensate(document: "D1", heldBy: "c-0", version: 1))

@Suite struct CustomerTests {
    @Test func aNewCustomerIsPending() { Spec.given().when(register).then(registered) }

    @Test func aRegistrationIsTakenOnce() {
        Spec.given(registered).when(register).thenRefused(.alreadyRegistered)
        Spec.given(registered, confirmed).when(ask(.register(document: "D2", name: nil)))
            .thenRefused(.alreadyRegistered)
    }

    @Test func theVerdictConfirms() { Spec.given(registered).when(confirm).then(confirmed) }

    @Test func theVerdictUndoes() {
        Spec.given(registered).when(compensate)
            .then(event(2, .unregistered(reason: .duplicateDocument, heldBy: "c-0")))
    }

    @Test func aWinnerIsNeverCompensated() {
        Spec.given(registered, confirmed).when(compensate).thenRefused(.superseded)
    }

    @Test func aVerdictOnSomethingElseIsSuperseded() {
        Spec.given(registered).when(ask(.confirm(document: "D2", version: 1))).thenRefused(.superseded)
        Spec.given(registered).when(ask(.confirm(document: "D1", version: 7))).thenRefused(.superseded)
        Spec.given(registered).when(ask(.compensate(document: "D2", heldBy: nil, version: 1)))
            .thenRefused(.superseded)
        Spec.given(registered).when(ask(.compensate(document: "D1", heldBy: nil, version: 2)))
            .thenRefused(.superseded)
    }

    @Test func confirmingTwiceSaysSo() {
        Spec.given(registered, confirmed).when(confirm).thenRefused(.alreadyConfirmed)
    }

    @Test func aClientMayLeaveAtAnyTime() {
        Spec.given(registered).when(ask(.unregister)).then(event(2, .unregistered(reason: .requested, heldBy: nil)))
        Spec.given(registered, confirmed).when(ask(.unregister))
            .then(event(3, .unregistered(reason: .requested, heldBy: nil)))
    }

    @Test func anUnregisteredStreamIsFinished() {
        let left = event(2, .unregistered(reason: .requested, heldBy: nil))
        for command in [register, confirm, compensate, ask(.unregister)] {
            Spec.given(registered, left).when(command).thenRefused(.alreadyUnregistered)
        }
    }

    @Test func nobodyIsThere() {
        for command in [confirm, compensate, ask(.unregister)] {
            Spec.given().when(command).thenRefused(.notRegistered)
        }
    }
}
