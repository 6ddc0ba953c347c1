public import Deciding
public import Messages

/// The automation of a human supervisor for one document that someone wants, in one of three ways (`Strategy`):
/// - `compensate`: a registration waits for the verdict of the unique index, and is confirmed or undone;
/// - `change`: a change of a customer's document waits for the verdict, and is confirmed or ended;
/// - `reserve`: the document is reserved first, then the customer is registered, and the reservation is released if
///   that is refused.
///
/// It sends until the customer's stream tells that it was done. Its signals come through several topics and therefore in
/// any order: the verdict may be read before the registration that it is about. Whichever comes first starts the process.
public enum RegistrationProcess: ProcessManager {
    public enum State: Hashable, Sendable {
        case unknown
        /// Begun; the next thing is the verdict's or, with a wish, its own.
        case waiting(wish: Wish?)
        /// A command is out, and its deadline runs.
        case sending(Sending)
        /// - Parameter release: of a reservation whose registration was refused: the last thing that was sent, after
        ///   which nothing is waited for. Kept for the case that it stands in the book alone.
        case ended(release: [UInt8]?)
    }

    /// What a request asks for.
    public struct Wish: Hashable, Sendable {
        public var document: String
        public var name: String?

        public init(document: String, name: String?) {
            self.document = document
            self.name = name
        }
    }

    /// A command that is out.
    public struct Sending: Hashable, Sendable {
        public var step: Step
        public var topic: Topic
        /// How often it was sent, this time included.
        public var attempt: Int64
        /// The whole message.
        public var command: [UInt8]
        public var issuedAt: Timestamp
        public var isEscalated: Bool
        /// Of a request: what it asks for.
        public var wish: Wish?

        public init(
            step: Step, topic: Topic, attempt: Int64, command: [UInt8], issuedAt: Timestamp, isEscalated: Bool,
            wish: Wish? = nil
        ) {
            self.step = step
            self.topic = topic
            self.attempt = attempt
            self.command = command
            self.issuedAt = issuedAt
            self.isEscalated = isEscalated
            self.wish = wish
        }
    }

    /// What is sent, and what is put behind the process's name to name it.
    public enum Step: String, Hashable, Sendable, CaseIterable {
        // To the customer, after the verdict.
        case confirm, unregister
        case confirmChange = "confirm-change"
        case rejectChange = "reject-change"
        // Of a request, one after the other.
        case reserve, register, release

        /// Which of a process's steps comes after which.
        var place: Int {
            switch self {
            case .confirm, .unregister, .confirmChange, .rejectChange, .reserve: 0
            case .register: 1
            case .release: 2
            }
        }
    }

    public struct Signal: Hashable, Sendable {
        public enum Kind: Hashable, Sendable {
            /// A customer wants a document, and waits: registered and pending, or with a change begun at `version`.
            case wanted(ClaimPurpose, document: String, version: Int64)
            /// A client asks for a document to be reserved, and a customer to be registered with it.
            case requested(Wish)
            /// The verdict: the document is the customer's, or someone else's.
            case won(ClaimPurpose, document: String, version: Int64)
            case lost(ClaimPurpose, document: String, version: Int64, heldBy: String?)
            /// The document is reserved for this request, or can't be.
            case reserved
            case reservationRejected(heldBy: String?)
            /// The customer's stream tells that it has the document for good: confirmed, changed, or registered with
            /// this request's reservation.
            case settled
            /// It tells that the change was ended.
            case changeRejected(heldBy: String?)
            case unregistered(reason: CustomerEvent.Reason, heldBy: String?)
            /// The command was refused.
            case refused(RejectionCode)
            /// The time for an answer is over.
            case deadline
        }
        public var process: String
        public var customerID: String
        public var kind: Kind
        /// The message that told it. What follows carries on its correlation and names it as its cause.
        public var cause: Metadata
        public var now: Timestamp

        public init(process: String, customerID: String, kind: Kind, cause: Metadata, now: Timestamp) {
            self.process = process
            self.customerID = customerID
            self.kind = kind
            self.cause = cause
            self.now = now
        }
    }

    public typealias Event = Message<RegistrationEvent>

    public static var initialState: State { .unknown }

    /// The name of the process that an event of a customer's stream begins: that event's id.
    public static func name(customerID: String, version: Int64) -> String {
        CustomerEvent.id(customerID: customerID, version: version)
    }

    public static func react(to signal: Signal, in state: State) -> [Event] {
        switch (signal.kind, state) {
        case (_, .ended): return []
        case (.wanted(let purpose, let document, let version), .unknown):
            return [signal.started(purpose.strategy, document, version: version)]
        case (.won(let purpose, let document, let version), .unknown):
            return [
                signal.started(purpose.strategy, document, version: version),
                signal.confirmation(purpose, document, version),
            ]
        case (.won(let purpose, let document, let version), .waiting):
            return [signal.confirmation(purpose, document, version)]
        case (.lost(let purpose, let document, let version, let heldBy), .unknown):
            return [
                signal.started(purpose.strategy, document, version: version),
                signal.refusal(purpose, document, version, heldBy),
            ]
        case (.lost(let purpose, let document, let version, let heldBy), .waiting):
            return [signal.refusal(purpose, document, version, heldBy)]

        case (.requested(let wish), .unknown):
            return [signal.started(.reserve, wish.document, name: wish.name), signal.reservation(wish)]
        // Begun, and cut off before the reservation was written down. What the book says counts, not what is asked now.
        case (.requested, .waiting(let wish?)): return [signal.reservation(wish)]
        case (.reserved, .sending(let sending)):
            guard sending.step == .reserve, let wish = sending.wish else { return [] }
            return [signal.registration(wish)]
        case (.reservationRejected(let heldBy), .sending(let sending)):
            guard sending.step == .reserve else { return [] }
            return [signal.rejected(RejectionCode.documentTaken, heldBy: heldBy)]

        case (.settled, .waiting), (.settled, .sending): return [signal.event("completed", .completed)]
        case (.changeRejected(let heldBy), .waiting), (.changeRejected(let heldBy), .sending):
            return [signal.rejected(.documentTaken, heldBy: heldBy)]
        case (.unregistered(.duplicateDocument, let heldBy), .waiting),
            (.unregistered(.duplicateDocument, let heldBy), .sending):
            return [signal.event("compensated", .compensated(heldBy: heldBy))]
        // As its client asked, or for a reason of a later version: it is gone.
        case (.unregistered, .waiting), (.unregistered, .sending):
            return [signal.rejected(.alreadyUnregistered)]

        case (.refused(let code), .sending(let sending)): return refused(signal, code, sending)
        case (.deadline, .sending(let sending)): return deadline(signal, sending)

        // Told before, or told too late: nothing to do.
        case (.wanted, .waiting), (.wanted, .sending), (.won, .sending), (.lost, .sending), (.requested, .waiting),
            (.requested, .sending), (.reserved, .unknown), (.reserved, .waiting), (.reservationRejected, .unknown),
            (.reservationRejected, .waiting), (.settled, .unknown), (.changeRejected, .unknown),
            (.unregistered, .unknown), (.refused, .unknown), (.refused, .waiting), (.deadline, .unknown),
            (.deadline, .waiting):
            return []
        }
    }

    private static func refused(_ signal: Signal, _ code: RejectionCode, _ sending: Sending) -> [Event] {
        switch sending.step {
        case .reserve: return []
        case .register:
            // Whatever came first under this name, it was not this: the first outcome stands, and may have been a yes.
            if code == .deduplicationKeyReused { return escalated(signal, code, sending) }
            // A refused registration stays refused: nobody will ever stand on this reservation.
            guard let wish = sending.wish else { return escalated(signal, code, sending) }
            return [signal.release(wish), signal.rejected(code)]
        // Cut off between the two.
        case .release: return [signal.rejected(code)]
        case .confirm, .unregister, .confirmChange, .rejectChange:
            switch code {
            // The stream has moved on by itself; there is nothing left to do.
            case .superseded, .alreadyUnregistered: return [signal.rejected(code)]
            // The event that says so is on its way, and ends the process.
            case .alreadyConfirmed: return []
            // Among them `notRegistered`: the verdict is about an event of that stream, so who says so has not read it.
            // With the process ended, the customer would be pending for ever. And codes of later versions.
            default: return escalated(signal, code, sending)
            }
        }
    }

    private static func escalated(_ signal: Signal, _ code: RejectionCode, _ sending: Sending) -> [Event] {
        sending.isEscalated ? [] : [signal.event("escalated", .escalated(reason: code.rawValue))]
    }

    private static func deadline(_ signal: Signal, _ sending: Sending) -> [Event] {
        let attempt = sending.attempt + 1
        let again = signal.issued(sending.step, sending.topic, attempt: attempt, sending.command)
        if attempt > RetryPolicy.attemptsBeforeEscalation, !sending.isEscalated {
            return [again, signal.event("escalated", .escalated(reason: "no-answer"))]
        }
        return [again]
    }

    public static func evolve(_ state: inout State, _ event: Event) {
        switch event.body.kind {
        case .started(let strategy, let document, let name, _):
            guard state == .unknown else { return }
            state = .waiting(wish: strategy == .reserve ? Wish(document: document, name: name) : nil)
        case .commandIssued(let topic, let attempt, let command):
            var isEscalated = false
            var wish: Wish?
            let step = step(of: event, topic)
            switch state {
            case .unknown: break
            case .waiting(let waiting): wish = waiting
            case .sending(let sending):
                // Written once more, as a repeat or by an instance that did not know what had come after it. Taken, it
                // would put the process back to where nobody answers any more.
                guard (step.place, attempt) > (sending.step.place, sending.attempt) else { return }
                (isEscalated, wish) = (sending.isEscalated, sending.wish)
            case .ended: return
            }
            state = .sending(
                Sending(
                    step: step, topic: topic, attempt: attempt, command: command, issuedAt: event.metadata.time,
                    isEscalated: isEscalated, wish: wish))
        case .escalated:
            if case .sending(var sending) = state {
                sending.isEscalated = true
                state = .sending(sending)
            }
        case .completed, .compensated: state = .ended(release: nil)
        case .rejected:
            if case .ended = state { return }
            if case .sending(let sending) = state, sending.step == .release {
                state = .ended(release: sending.command)
            } else {
                state = .ended(release: nil)
            }
        }
    }

    /// Read off the event's id, `<process>/<step>/issued/<attempt>`. Books of before the steps had names hold answers to
    /// registrations alone, which are treated alike.
    private static func step(of event: Event, _ topic: Topic) -> Step {
        let rest = event.metadata.id.dropFirst(event.body.process.count + 1)
        return Step(rawValue: String(rest.prefix { $0 != "/" })) ?? .confirm
    }
}

extension ClaimPurpose {
    var strategy: Strategy {
        switch self {
        case .registration: .compensate
        case .change: .change
        }
    }
}
