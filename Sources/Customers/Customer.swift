public import Messages
public import Uniqueness

/// The customer aggregate: one stream, decided alone. It knows nothing of other customers; that values are unique is not
/// its rule to keep, which is why a registration is pending until it is told the verdict.
public enum Customer: Decider {
    public enum State: Hashable, Sendable {
        /// No stream yet.
        case unknown
        /// Registered, and waiting since `since` for the verdict on its values.
        case pending(UniqueValues, since: Int64)
        /// Has its values for good. `version` is that of the stream's last event.
        case confirmed(UniqueValues, version: Int64)
        /// Has its values, and waits since `since` for the verdict on what it wants.
        case changing(UniqueValues, wanted: ValueChanges, since: Int64)
        /// The stream is finished.
        case unregistered(version: Int64)

        /// Version of the stream's last event; 0 for none. While a stream waits, nothing follows the event that it waits
        /// since.
        public var version: Int64 {
            switch self {
            case .unknown: 0
            case .pending(_, let version), .confirmed(_, let version), .changing(_, _, let version),
                .unregistered(let version):
                version
            }
        }
    }

    public struct Command: Hashable, Sendable {
        public var customerID: String
        public var action: CustomerCommand
        /// What is declared: the order of the values, and when those that are given up can be taken again.
        public var declaration: Declaration
        /// Of the event that follows: what can be taken again some time after it, by the event's own time.
        public var now: Timestamp

        public init(_ customerID: String, _ action: CustomerCommand, by declaration: Declaration, at now: Timestamp) {
            self.customerID = customerID
            self.action = action
            self.declaration = declaration
            self.now = now
        }

        /// Only what a customer was confirmed with rests: a registration that failed half-way burns no value.
        func reuse(_ values: UniqueValues) -> ReuseTimes { declaration.reuseTimes(of: values, givenUpAt: now) }

        /// Whether the customer's id is made of the first of these values.
        func isDerived(from values: UniqueValues) -> Bool {
            guard let value = values[declaration.first.name] else { return false }
            let key = UniqueKey(attribute: declaration.first.name, value: value)
            return customerID.isExactly(NameID.customer(of: key).description)
        }
    }

    public static var initialState: State { .unknown }

    public static func decide(_ command: Command, in state: State) throws(RejectionCode) -> [CustomerEvent] {
        func event(_ values: UniqueValues, _ kind: CustomerEvent.Kind) -> [CustomerEvent] {
            [CustomerEvent(customerID: command.customerID, version: state.version + 1, values: values, kind: kind)]
        }
        switch (command.action, state) {
        case (_, .unregistered): throw .alreadyUnregistered

        case (.register(let values, let name), .unknown):
            // A further value may be somebody else's: undone, the stream would be finished, and with it the id that the
            // first value has for good.
            if values.keys.count > 1, command.isDerived(from: values) { throw .notAllowed }
            return event(values, .registered(name: name, status: .pending, reservation: nil))
        // The values are the customer's already: they were reserved for it.
        case (.registerReserved(let values, let name, let reservation), .unknown):
            return event(values, .registered(name: name, status: .confirmed, reservation: reservation))
        case (.register, _), (.registerReserved, _): throw .alreadyRegistered

        case (_, .unknown): throw .notRegistered

        case (.unregister, .pending(let values, _)):
            return event(values, .unregistered(.requested, loss: nil, wanted: nil, reusableFrom: .none))
        case (.unregister, .confirmed(let values, _)):
            return event(
                values, .unregistered(.requested, loss: nil, wanted: nil, reusableFrom: command.reuse(values)))
        case (.unregister, .changing(let values, let wanted, _)):
            return event(
                values, .unregistered(.requested, loss: nil, wanted: wanted, reusableFrom: command.reuse(values)))

        case (.change, .pending): throw .notConfirmed
        case (.change, .changing): throw .changeInProgress
        case (.change(let changes), .confirmed(let values, _)):
            let wanted = changes.differing(from: values)
            if wanted.isEmpty { return [] }
            // Its id is made of the value: with another one, the next who registers it would not meet this stream.
            if wanted.all.contains(where: { $0.attribute == command.declaration.first.name }),
                command.isDerived(from: values)
            {
                throw .notAllowed
            }
            return event(values, .changeStarted(wanted: wanted))

        case (.confirm(let version), .pending(let values, let since)):
            if version != since { throw .superseded }
            return event(values, .confirmed)
        case (.confirm, .confirmed), (.confirm, .changing): throw .alreadyConfirmed

        case (.compensate(let loss, let version), .pending(let values, let since)):
            if version != since { throw .superseded }
            return event(values, .unregistered(.duplicate, loss: loss, wanted: nil, reusableFrom: .none))
        // A winner is never compensated, whatever arrives.
        case (.compensate, .confirmed), (.compensate, .changing): throw .superseded

        case (.confirmChange(let version), .changing(let values, let wanted, let since)):
            if version != since { throw .superseded }
            let previous = values.replaced(by: wanted)
            let next = values.applying(wanted).sorted(by: command.declaration.attributes.map(\.name))
            return event(next, .changed(previous: previous, reusableFrom: command.reuse(previous)))
        case (.rejectChange(let loss, let version), .changing(let values, let wanted, let since)):
            if version != since { throw .superseded }
            return event(values, .changeRejected(rejected: wanted.wanted, loss))
        // The change that they answer is over, or never began.
        case (.confirmChange, .pending), (.confirmChange, .confirmed), (.rejectChange, .pending),
            (.rejectChange, .confirmed):
            throw .superseded
        }
    }

    public static func evolve(_ state: inout State, _ event: CustomerEvent) {
        switch event.kind {
        case .registered(_, .pending, _): state = .pending(event.values, since: event.version)
        case .registered(_, .confirmed, _), .confirmed, .changed, .changeRejected:
            state = .confirmed(event.values, version: event.version)
        case .changeStarted(let wanted): state = .changing(event.values, wanted: wanted, since: event.version)
        case .unregistered: state = .unregistered(version: event.version)
        }
    }
}
