public import Deciding
public import Messages

/// The automation of a human supervisor for one registration: it waits for the verdict of the unique index and sends
/// the confirmation, or the compensating command, until the customer's stream tells that it was done.
///
/// Its signals come through several topics and therefore in any order: the verdict may be read before the
/// registration that it is about. Whichever comes first starts the process.
public enum RegistrationProcess: ProcessManager {
    public enum State: Hashable, Sendable {
        case unknown
        /// The verdict is to come.
        case waiting
        /// A command is out, and its deadline runs.
        case sending(Sending)
        case ended
    }

    /// A command that is out.
    public struct Sending: Hashable, Sendable {
        public var topic: Topic
        /// How often it was sent, this time included.
        public var attempt: Int64
        /// The whole message.
        public var command: [UInt8]
        public var issuedAt: Timestamp
        public var isEscalated: Bool

        public init(topic: Topic, attempt: Int64, command: [UInt8], issuedAt: Timestamp, isEscalated: Bool) {
            self.topic = topic
            self.attempt = attempt
            self.command = command
            self.issuedAt = issuedAt
            self.isEscalated = isEscalated
        }
    }

    public struct Signal: Hashable, Sendable {
        public enum Kind: Hashable, Sendable {
            /// The customer is registered and pending.
            case registered(document: String, version: Int64)
            /// The verdict: the document is the customer's, or someone else's.
            case won(document: String, version: Int64)
            case lost(document: String, version: Int64, heldBy: String?)
            /// What the customer's stream tells.
            case confirmed
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

    /// The name of the process of a registration: its event's id.
    public static func name(customerID: String, version: Int64) -> String {
        CustomerEvent.id(customerID: customerID, version: version)
    }

    public static func react(to signal: Signal, in state: State) -> [Event] {
        switch (signal.kind, state) {
        case (_, .ended): return []
        case (.registered(let document, let version), .unknown): return [started(signal, document, version)]
        case (.won(let document, let version), .unknown):
            return [started(signal, document, version), confirmation(signal, document, version)]
        case (.won(let document, let version), .waiting): return [confirmation(signal, document, version)]
        case (.lost(let document, let version, let heldBy), .unknown):
            return [started(signal, document, version), compensation(signal, document, version, heldBy)]
        case (.lost(let document, let version, let heldBy), .waiting):
            return [compensation(signal, document, version, heldBy)]

        case (.confirmed, .waiting), (.confirmed, .sending): return [event(signal, "completed", .completed)]
        case (.unregistered(.duplicateDocument, let heldBy), .waiting),
            (.unregistered(.duplicateDocument, let heldBy), .sending):
            return [event(signal, "compensated", .compensated(heldBy: heldBy))]
        case (.unregistered(.requested, _), .waiting), (.unregistered(.requested, _), .sending):
            return [
                event(signal, "rejected", .rejected(code: RejectionCode.alreadyUnregistered.rawValue, heldBy: nil))
            ]

        case (.refused(let code), .sending(let sending)): return refused(signal, code, sending)
        case (.deadline, .sending(let sending)): return deadline(signal, sending)

        // Told before, or told too late: nothing to do.
        case (.registered, .waiting), (.registered, .sending), (.won, .sending), (.lost, .sending),
            (.confirmed, .unknown), (.unregistered, .unknown), (.refused, .unknown), (.refused, .waiting),
            (.deadline, .unknown), (.deadline, .waiting):
            return []
        }
    }

    private static func refused(_ signal: Signal, _ code: RejectionCode, _ sending: Sending) -> [Event] {
        switch code {
        // The stream has moved on by itself; there is nothing left to do.
        case .superseded, .alreadyUnregistered, .notRegistered:
            return [event(signal, "rejected", .rejected(code: code.rawValue, heldBy: nil))]
        // The event that says so is on its way, and ends the process.
        case .alreadyConfirmed: return []
        case .alreadyRegistered, .notConfirmed, .changeInProgress, .invalidDocument, .documentTaken, .notAllowed,
            .deduplicationKeyReused, .unknownType, .malformed:
            if sending.isEscalated { return [] }
            return [event(signal, "escalated", .escalated(reason: code.rawValue))]
        }
    }

    private static func deadline(_ signal: Signal, _ sending: Sending) -> [Event] {
        let attempt = sending.attempt + 1
        let again = event(
            signal, "issued/\(attempt)",
            .commandIssued(topic: sending.topic, attempt: attempt, command: sending.command))
        if attempt > RetryPolicy.attemptsBeforeEscalation, !sending.isEscalated {
            return [again, event(signal, "escalated", .escalated(reason: "no-answer"))]
        }
        return [again]
    }

    private static func started(_ signal: Signal, _ document: String, _ version: Int64) -> Event {
        event(
            signal, "started",
            .started(strategy: .compensate, document: document, name: nil, version: version))
    }

    private static func confirmation(_ signal: Signal, _ document: String, _ version: Int64) -> Event {
        command(
            signal, "confirm",
            ProcessCommand(.confirm, customerID: signal.customerID, document: document, version: version))
    }

    private static func compensation(
        _ signal: Signal, _ document: String, _ version: Int64, _ heldBy: String?
    ) -> Event {
        command(
            signal, "unregister",
            ProcessCommand(
                .compensate(heldBy: heldBy), customerID: signal.customerID, document: document, version: version))
    }

    private static func command(_ signal: Signal, _ name: String, _ body: ProcessCommand) -> Event {
        let metadata = signal.cause.causing(
            id: "\(signal.process)/\(name)", source: Source.processManager, time: signal.now)
        return event(
            signal, "issued/1",
            .commandIssued(topic: .processCommands, attempt: 1, command: Message(metadata, body).encoded()))
    }

    private static func event(_ signal: Signal, _ name: String, _ kind: RegistrationEvent.Kind) -> Event {
        Message(
            signal.cause.causing(id: "\(signal.process)/\(name)", source: Source.processManager, time: signal.now),
            RegistrationEvent(process: signal.process, customerID: signal.customerID, kind: kind))
    }

    public static func evolve(_ state: inout State, _ event: Event) {
        switch event.body.kind {
        case .started: if state == .unknown { state = .waiting }
        case .commandIssued(let topic, let attempt, let command):
            var isEscalated = false
            if case .sending(let sending) = state { isEscalated = sending.isEscalated }
            if state == .ended { return }
            state = .sending(
                Sending(
                    topic: topic, attempt: attempt, command: command, issuedAt: event.metadata.time,
                    isEscalated: isEscalated))
        case .escalated:
            if case .sending(var sending) = state {
                sending.isEscalated = true
                state = .sending(sending)
            }
        case .completed, .compensated, .rejected: state = .ended
        }
    }
}

/// When a command without an answer is sent again.
public enum RetryPolicy {
    /// After this many attempts without an answer a human is told. The process goes on trying all the same.
    public static let attemptsBeforeEscalation: Int64 = 6
    /// The pause after the first attempt; each further one is twice as long.
    public static let shortest = Duration.seconds(10)
    public static let longest = Duration.seconds(300)

    /// When the command is due again.
    public static func deadline(of sending: RegistrationProcess.Sending) -> Timestamp {
        if sending.isEscalated { return sending.issuedAt.advanced(by: longest) }
        let doublings = min(max(sending.attempt - 1, 0), 16)
        return sending.issuedAt.advanced(by: min(shortest * Int(1 << doublings), longest))
    }
}
