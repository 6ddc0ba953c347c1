public import Deciding
public import Messages

/// The customer aggregate: one stream, decided alone. It knows nothing of other customers; that a document is unique
/// is not its rule to keep, which is why a registration is pending until it is told the verdict.
public enum Customer: Decider {
    public enum State: Hashable, Sendable {
        /// No stream yet.
        case unknown
        /// Registered at `version`, waiting for the verdict on its document.
        case pending(document: String, version: Int64)
        /// Holds its document for good. `version` is that of the stream's last event.
        case confirmed(document: String, version: Int64)
        /// Holds its document, and waits since `version` for the verdict on another one.
        case changing(document: String, wanted: String, version: Int64)
        /// The stream is finished.
        case unregistered(version: Int64)

        /// Version of the stream's last event; 0 for none.
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

        public init(customerID: String, _ action: CustomerCommand) {
            self.customerID = customerID
            self.action = action
        }
    }

    public static var initialState: State { .unknown }

    public static func decide(_ command: Command, in state: State) throws(RejectionCode) -> [CustomerEvent] {
        func event(_ document: String, _ kind: CustomerEvent.Kind) -> [CustomerEvent] {
            [
                CustomerEvent(
                    customerID: command.customerID, version: state.version + 1, document: document, kind: kind)
            ]
        }
        switch (command.action, state) {
        case (_, .unregistered): throw .alreadyUnregistered

        case (.register(let document, let name), .unknown):
            return event(document, .registered(name: name, status: .pending, reservation: nil))
        // The document is the customer's already: it was reserved for it.
        case (.registerReserved(let document, let name, let reservation), .unknown):
            return event(document, .registered(name: name, status: .confirmed, reservation: reservation))
        case (.register, _), (.registerReserved, _): throw .alreadyRegistered

        case (_, .unknown): throw .notRegistered

        case (.unregister, .pending(let document, _)), (.unregister, .confirmed(let document, _)):
            return event(document, .unregistered(reason: .requested, heldBy: nil))
        case (.unregister, .changing(let document, let wanted, _)):
            return event(document, .unregistered(reason: .requested, heldBy: nil, wantedDocument: wanted))

        case (.changeDocument, .pending): throw .notConfirmed
        case (.changeDocument, .changing): throw .changeInProgress
        case (.changeDocument(let wanted), .confirmed(let document, _)):
            if wanted.isExactly(document) { return [] }
            // Its id is made of the document: with another one, the next who registers it would not meet this stream.
            if command.customerID.isExactly(NameID.customer(ofDocument: document).description) { throw .notAllowed }
            return event(wanted, .documentChangeStarted(previous: document))

        case (.confirm(let document, let version), .pending(let pending, let since)):
            if !document.isExactly(pending) || version != since { throw .superseded }
            return event(document, .confirmed)
        case (.confirm, .confirmed), (.confirm, .changing): throw .alreadyConfirmed

        case (.compensate(let document, let heldBy, let version), .pending(let pending, let since)):
            if !document.isExactly(pending) || version != since { throw .superseded }
            return event(document, .unregistered(reason: .duplicateDocument, heldBy: heldBy))
        // A winner is never compensated, whatever arrives.
        case (.compensate, .confirmed), (.compensate, .changing): throw .superseded

        case (.confirmChange(let document, let version), .changing(let previous, let wanted, let since)):
            if !document.isExactly(wanted) || version != since { throw .superseded }
            return event(wanted, .documentChanged(previous: previous))
        case (.rejectChange(let document, let heldBy, let version), .changing(let kept, let wanted, let since)):
            if !document.isExactly(wanted) || version != since { throw .superseded }
            return event(kept, .documentChangeRejected(rejected: wanted, heldBy: heldBy))
        // The change that they answer is over, or never began.
        case (.confirmChange, .pending), (.confirmChange, .confirmed), (.rejectChange, .pending),
            (.rejectChange, .confirmed):
            throw .superseded
        }
    }

    public static func evolve(_ state: inout State, _ event: CustomerEvent) {
        switch event.kind {
        case .registered(_, .pending, _): state = .pending(document: event.document, version: event.version)
        case .registered(_, .confirmed, _), .confirmed, .documentChanged, .documentChangeRejected:
            state = .confirmed(document: event.document, version: event.version)
        case .documentChangeStarted(let previous):
            state = .changing(document: previous, wanted: event.document, version: event.version)
        case .unregistered: state = .unregistered(version: event.version)
        }
    }
}
