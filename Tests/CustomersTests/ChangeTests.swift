import Customers
import Messages
import Testing

@Suite struct ChangeTests {
    private static let inFlight = Spec.given(registered, confirmed, started)

    @Test("several values change at once, and the change waits for its verdict") func begins() {
        Spec.given(registered, confirmed).when(ask(.change(wanted))).then(started)
    }

    @Test("what is wanted holds only what differs; where nothing does, nothing happens") func differences() {
        func begins(_ asked: ValueChanges, _ wanted: ValueChanges) {
            Spec.given(registered, confirmed).when(ask(.change(asked)))
                .then(event(3, both, .changeStarted(wanted: wanted)))
        }
        begins(changes(["document": "D1", "email": "E2"]), changes(["email": "E2"]))
        begins(changes(["document": "D2", "email": "E1", "plate": nil]), changes(["document": "D2"]))
        begins(changes(["email": nil]), changes(["email": nil]))
        begins(changes(["plate": "P1"]), changes(["plate": "P1"]))
        for nothing in [
            changes([:]), changes(["document": "D1"]), changes(["document": "D1", "email": "E1", "plate": nil]),
        ] {
            Spec.given(registered, confirmed).when(ask(.change(nothing))).then()
            Spec.given(reserved).when(ask(.change(nothing))).then()
            // Nothing is said of whether it would be one, while something else is pending.
            Spec.given(registered).when(ask(.change(nothing))).thenRefused(.notConfirmed)
            Self.inFlight.when(ask(.change(nothing))).thenRefused(.changeInProgress)
        }
        // Spellings of one character are two values.
        let cafe = event(
            1, values(["document": "caf\u{E9}"]), .registered(name: nil, status: .confirmed, reservation: nil))
        Spec.given(cafe).when(ask(.change(changes(["document": "cafe\u{301}"]))))
            .then(event(2, cafe.values, .changeStarted(wanted: changes(["document": "cafe\u{301}"]))))
    }

    @Test("confirmed, the values are the new ones in the declared order, and those given up rest by their rules")
    func confirmedChange() {
        Self.inFlight.when(ask(.confirmChange(version: 3)))
            .then(
                event(
                    4, values(["document": "D2", "plate": "P1"]),
                    .changed(previous: both, reusableFrom: times(["email": .never]))))
    }

    @Test("a value that comes to those that are there takes its declared place") func declaredOrder() {
        let some = values(["document": "D1", "plate": "P1"])
        let first = event(1, some, .registered(name: nil, status: .confirmed, reservation: nil))
        let began = event(2, some, .changeStarted(wanted: changes(["email": "E1"])))
        Spec.given(first, began).when(ask(.confirmChange(version: 2)))
            .then(
                event(
                    3, values(["document": "D1", "email": "E1", "plate": "P1"]),
                    .changed(previous: .none, reusableFrom: .none)))
    }

    @Test("only what is given up rests") func previous() {
        let began = event(3, both, .changeStarted(wanted: changes(["document": "D2"])))
        Spec.given(registered, confirmed, began).when(ask(.confirmChange(version: 3)))
            .then(
                event(
                    4, values(["document": "D2", "email": "E1"]),
                    .changed(previous: values(["document": "D1"]), reusableFrom: .none)))
        let without = event(3, both, .changeStarted(wanted: changes(["email": nil])))
        Spec.given(registered, confirmed, without).when(ask(.confirmChange(version: 3)))
            .then(
                event(
                    4, values(["document": "D1"]),
                    .changed(previous: values(["email": "E1"]), reusableFrom: times(["email": .never]))))
    }

    @Test("rejected, the values stay, and what was lost stands in the event") func rejectedChange() {
        for loss in [Loss(attribute: "plate", heldBy: "c-9"), Loss(attribute: "document", heldBy: nil)] {
            Self.inFlight.when(ask(.rejectChange(loss, version: 3)))
                .then(event(4, both, .changeRejected(rejected: values(["document": "D2", "plate": "P1"]), loss)))
        }
    }

    @Test("after its end the next change begins, and an answer to the first one is superseded") func next() {
        let changed = event(
            4, values(["document": "D2", "plate": "P1"]), .changed(previous: both, reusableFrom: .none))
        let rejected = event(
            4, both, .changeRejected(rejected: values(["document": "D2", "plate": "P1"]), loss))
        for (end, back) in [(changed, changes(["document": "D1"])), (rejected, changes(["document": "D2"]))] {
            let spec = Spec.given(registered, confirmed, started, end)
            spec.when(ask(.change(back))).then(event(5, end.values, .changeStarted(wanted: back)))
            spec.when(ask(.confirmChange(version: 3))).thenRefused(.superseded)
            let again = Spec.given(
                registered, confirmed, started, end, event(5, end.values, .changeStarted(wanted: back)))
            again.when(ask(.confirmChange(version: 3))).thenRefused(.superseded)
            again.when(ask(.rejectChange(loss, version: 3))).thenRefused(.superseded)
            again.when(ask(.confirm(version: 1))).thenRefused(.alreadyConfirmed)
        }
    }
}
