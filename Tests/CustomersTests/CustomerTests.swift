import Customers
import Messages
import Testing

@Suite struct CustomerTests {
    private static let register = CustomerCommand.register(both, name: "Ana")

    @Test func aNewCustomerIsPending() {
        Spec.given().when(ask(Self.register)).then(registered)
        let one = values(["document": "D1"])
        Spec.given().when(ask(.register(one, name: nil)))
            .then(event(1, one, .registered(name: nil, status: .pending, reservation: nil)))
    }

    @Test func whatWasReservedIsConfirmedAtOnce() {
        Spec.given().when(ask(.registerReserved(both, name: "Ana", reservation: "r-1"))).then(reserved)
    }

    @Test func theVerdictConfirms() { Spec.given(registered).when(ask(.confirm(version: 1))).then(confirmed) }

    @Test("the verdict undoes, and what was lost stands in the event") func compensation() {
        for loss in [loss, Loss(attribute: "document", heldBy: "c-2"), Loss(attribute: "plate", heldBy: nil)] {
            Spec.given(registered).when(ask(.compensate(loss, version: 1)))
                .then(event(2, both, .unregistered(.duplicate, loss: loss, wanted: nil, reusableFrom: .none)))
        }
    }

    @Test("a winner is never compensated") func winner() {
        for version in Int64(1)...3 {
            for story in [[registered, confirmed], [registered, confirmed, started], [reserved]] {
                Spec.given(story).when(ask(.compensate(loss, version: version))).thenRefused(.superseded)
            }
        }
    }

    @Test("what answers another event than the one that is pending is superseded") func superseded() {
        for version in [Int64(2), 3, 7, 0] {
            Spec.given(registered).when(ask(.confirm(version: version))).thenRefused(.superseded)
            Spec.given(registered).when(ask(.compensate(loss, version: version))).thenRefused(.superseded)
        }
        for version in [Int64(1), 2, 4] {
            let inFlight = Spec.given(registered, confirmed, started)
            inFlight.when(ask(.confirmChange(version: version))).thenRefused(.superseded)
            inFlight.when(ask(.rejectChange(loss, version: version))).thenRefused(.superseded)
        }
    }

    @Test("a stream that is finished stands, whatever came before") func finished() {
        let stories: [[CustomerEvent]] = [
            [registered, gone],
            [registered, event(2, both, .unregistered(.duplicate, loss: loss, wanted: nil, reusableFrom: .none))],
            [reserved, gone],
            [
                registered, confirmed, started,
                event(4, both, .unregistered(.requested, loss: nil, wanted: wanted, reusableFrom: .none)),
            ],
            [
                registered,
                event(2, both, .unregistered(.init(rawValue: "later"), loss: nil, wanted: nil, reusableFrom: .none)),
            ],
        ]
        for story in stories {
            for action in Self.actions(of: 1) { Spec.given(story).when(ask(action)).thenRefused(.alreadyUnregistered) }
        }
    }

    // MARK: Each command in each state

    /// One of each kind, in the order of the table's columns.
    private static func actions(of version: Int64) -> [CustomerCommand] {
        [
            register, .registerReserved(both, name: nil, reservation: "r-2"), .change(changes(["document": "D2"])),
            .unregister, .confirm(version: version), .compensate(loss, version: version),
            .confirmChange(version: version), .rejectChange(loss, version: version),
        ]
    }

    private static let table: [(story: [CustomerEvent], codes: [RejectionCode?])] = [
        ([], [nil, nil] + Array(repeating: .notRegistered, count: 6)),
        (
            [registered],
            [.alreadyRegistered, .alreadyRegistered, .notConfirmed, nil, nil, nil, .superseded, .superseded]
        ),
        (
            [registered, confirmed],
            [
                .alreadyRegistered, .alreadyRegistered, nil, nil, .alreadyConfirmed, .superseded, .superseded,
                .superseded,
            ]
        ),
        (
            [reserved],
            [
                .alreadyRegistered, .alreadyRegistered, nil, nil, .alreadyConfirmed, .superseded, .superseded,
                .superseded,
            ]
        ),
        (
            [registered, confirmed, started],
            [
                .alreadyRegistered, .alreadyRegistered, .changeInProgress, nil, .alreadyConfirmed, .superseded, nil,
                nil,
            ]
        ),
        ([registered, gone], Array(repeating: .alreadyUnregistered, count: 8)),
    ]

    @Test("each command in each state", arguments: table) func codes(story: [CustomerEvent], codes: [RejectionCode?]) {
        let spec = Spec.given(story)
        for (action, code) in zip(Self.actions(of: max(spec.state.version, 1)), codes) {
            guard let code else {
                // One event, with the version that comes next.
                let events = try? Customer.decide(ask(action), in: spec.state)
                #expect(events?.map(\.version) == [spec.state.version + 1], "\(action)")
                #expect(events?.first?.customerID == "c-1")
                continue
            }
            spec.when(ask(action)).thenRefused(code)
        }
    }

    // MARK: Leaving

    @Test("whoever was never confirmed burns no value") func leavingPending() {
        Spec.given(registered).when(ask(.unregister)).then(gone)
    }

    @Test("what a customer was confirmed with rests by its attribute's rule, from the event's time") func leaving() {
        let all = values(["document": "D1", "email": "E1", "plate": "P1"])
        let first = event(1, all, .registered(name: nil, status: .confirmed, reservation: "r-1"))
        Spec.given(first).when(ask(.unregister))
            .then(
                event(
                    2, all,
                    .unregistered(
                        .requested, loss: nil, wanted: nil, reusableFrom: times(["email": .never, "plate": later]))))
    }

    @Test("a change in flight is given up as well, and what was only wanted does not rest") func leavingInFlight() {
        Spec.given(registered, confirmed, started).when(ask(.unregister))
            .then(
                event(
                    4, both,
                    .unregistered(.requested, loss: nil, wanted: wanted, reusableFrom: times(["email": .never]))))
    }

    // MARK: Derived ids

    @Test("under an id that is made of the first value, a client registers that value alone") func derived() {
        let id = NameID.customer(of: UniqueKey(attribute: "document", value: "D1")).description
        let one = values(["document": "D1"])
        Spec.given().when(ask(.register(one, name: nil), of: id))
            .then(event(1, one, .registered(name: nil, status: .pending, reservation: nil), of: id))
        Spec.given().when(ask(.register(both, name: nil), of: id)).thenRefused(.notAllowed)
        // It goes by a reservation: where a key is refused there, no stream is left behind.
        Spec.given().when(ask(.registerReserved(both, name: nil, reservation: "r-1"), of: id))
            .then(event(1, both, .registered(name: nil, status: .confirmed, reservation: "r-1"), of: id))
        // Of another value, or of another attribute's, it is an id like any other.
        for key in [UniqueKey(attribute: "document", value: "D2"), UniqueKey(attribute: "email", value: "E1")] {
            let other = NameID.customer(of: key).description
            Spec.given().when(ask(.register(both, name: "Ana"), of: other))
                .then(event(1, both, .registered(name: "Ana", status: .pending, reservation: nil), of: other))
        }
    }

    @Test("who has such an id can't change that value, and can change all others") func derivedChange() {
        let id = NameID.customer(of: UniqueKey(attribute: "document", value: "D1")).description
        let one = values(["document": "D1"])
        let spec = Spec.given(event(1, one, .registered(name: nil, status: .confirmed, reservation: nil), of: id))
        spec.when(ask(.change(changes(["document": "D2"])), of: id)).thenRefused(.notAllowed)
        spec.when(ask(.change(changes(["document": "D2", "email": "E1"])), of: id)).thenRefused(.notAllowed)
        spec.when(ask(.change(changes(["document": "D1"])), of: id)).then()
        spec.when(ask(.change(changes(["document": "D1", "email": "E1"])), of: id))
            .then(event(2, one, .changeStarted(wanted: changes(["email": "E1"])), of: id))
    }
}
