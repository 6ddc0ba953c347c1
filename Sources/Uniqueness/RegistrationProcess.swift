public import Messages

/// The automation of a human supervisor for values that somebody wants, by one of three strategies (`Strategy`):
/// - `compensate`: a registration waits for the verdict of the unique index, and is confirmed or compensated;
/// - `change`: a change of a customer's values waits for the verdict, and is confirmed or rejected;
/// - `reserve`: the values are reserved first, then the customer is registered; where one of both is refused, all that was
///   reserved is released.
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
        /// Some of what was reserved is released, and the end is not written down yet: the book was cut off.
        case releasing(Wish, issued: [Release])
        /// - Parameter releases: the last that was sent, after which nothing is waited for. Kept for the case that it
        ///   stands in the book alone.
        case ended(releases: [Release])
    }

    /// What a request asks for.
    public struct Wish: Hashable, Sendable {
        public var values: UniqueValues
        public var name: String?

        public init(values: UniqueValues, name: String?) {
            self.values = values
            self.name = name
        }
    }

    /// A release that stands in the book.
    public struct Release: Hashable, Sendable {
        public var attribute: String
        /// The whole message.
        public var command: [UInt8]

        public init(attribute: String, command: [UInt8]) {
            self.attribute = attribute
            self.command = command
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

    /// What is sent and answered, and what is put behind the process's name to name it.
    public enum Step: String, Hashable, Sendable, CaseIterable {
        // To the customer, after the verdict.
        case confirm, unregister
        case confirmChange = "confirm-change"
        case rejectChange = "reject-change"
        // Of a request, one after the other.
        case reserve, register

        /// Which of a process's steps comes after which.
        var place: Int {
            switch self {
            case .confirm, .unregister, .confirmChange, .rejectChange, .reserve: 0
            case .register: 1
            }
        }
    }

    public struct Signal: Hashable, Sendable {
        public enum Kind: Hashable, Sendable {
            /// A stream wants values, and waits: registered and pending, or with a change begun at `version`.
            case wanted(ClaimPurpose, ValueChanges, version: Int64)
            /// A client asks for values to be reserved, and a customer to be registered with them.
            case requested(Wish)
            /// The verdict: the values are the customer's, or one of them is somebody else's.
            case won(ClaimPurpose, UniqueValues, version: Int64)
            case lost(ClaimPurpose, UniqueValues, version: Int64, Loss)
            /// The values are reserved for this request, or can't be.
            case reserved
            case reservationRejected(Loss)
            /// The customer's stream tells how it ended.
            case ended(StreamMeaning.End)
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
        case (.wanted(let purpose, let values, let version), .unknown):
            let started = signal.started(purpose.strategy, values, version: version)
            // No key is asked for, and so there is no verdict to wait for.
            return values.wanted.isEmpty ? [started, signal.confirmation(purpose, version)] : [started]
        // Begun, and cut off before the confirmation was written down.
        case (.wanted(let purpose, let values, let version), .waiting):
            return values.wanted.isEmpty ? [signal.confirmation(purpose, version)] : []
        case (.won(let purpose, let values, let version), .unknown):
            return [
                signal.started(purpose.strategy, ValueChanges(values), version: version),
                signal.confirmation(purpose, version),
            ]
        case (.won(let purpose, _, let version), .waiting): return [signal.confirmation(purpose, version)]
        case (.lost(let purpose, let values, let version, let loss), .unknown):
            return [
                signal.started(purpose.strategy, ValueChanges(values), version: version),
                signal.compensation(purpose, version, loss),
            ]
        case (.lost(let purpose, _, let version, let loss), .waiting):
            return [signal.compensation(purpose, version, loss)]

        case (.requested(let wish), .unknown):
            return [
                signal.started(.reserve, ValueChanges(wish.values), name: wish.name), signal.reservation(wish),
            ].compactMap { $0 }
        // Begun, and cut off before the reservation was written down. What the book says counts, not what is asked now.
        case (.requested, .waiting(let wish?)): return [signal.reservation(wish)].compactMap { $0 }
        case (.reserved, .sending(let sending)):
            guard sending.step == .reserve, let wish = sending.wish else { return [] }
            return [signal.registration(wish)]
        case (.reservationRejected(let loss), .sending(let sending)):
            guard sending.step == .reserve, let wish = sending.wish else { return [] }
            return signal.releases(wish) + [signal.rejected(.valueTaken, loss)]
        case (.reservationRejected(let loss), .releasing(let wish, let issued)):
            return signal.releases(wish, but: issued) + [signal.rejected(.valueTaken, loss)]
        case (.refused(let code), .releasing(let wish, let issued)):
            return signal.releases(wish, but: issued) + [signal.rejected(code)]

        case (.ended(let end), .waiting), (.ended(let end), .sending): return [ended(signal, end)]
        case (.refused(let code), .sending(let sending)): return refused(signal, code, sending)
        case (.deadline, .sending(let sending)): return deadline(signal, sending)

        // Told before, or told too late: nothing to do.
        case (.wanted, .sending), (.won, .sending), (.lost, .sending), (.requested, .waiting), (.requested, .sending),
            (.reserved, .unknown), (.reserved, .waiting), (.reservationRejected, .unknown),
            (.reservationRejected, .waiting), (.ended, .unknown), (.refused, .unknown), (.refused, .waiting),
            (.deadline, .unknown), (.deadline, .waiting), (_, .releasing):
            return []
        }
    }

    private static func ended(_ signal: Signal, _ end: StreamMeaning.End) -> Event {
        switch end {
        case .settled: signal.event("completed", .completed)
        case .rejected(let loss): signal.rejected(.valueTaken, loss)
        case .unregistered(.duplicate, let loss): signal.event("compensated", .compensated(loss))
        // As its client asked, or for a reason of a later version: it is gone.
        case .unregistered: signal.rejected(.alreadyUnregistered)
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
            return signal.releases(wish) + [signal.rejected(code)]
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
        let again = signal.issued(sending.step.rawValue, sending.topic, attempt: attempt, sending.command)
        if attempt > RetryPolicy.attemptsBeforeEscalation, !sending.isEscalated {
            return [again, signal.event("escalated", .escalated(reason: "no-answer"))]
        }
        return [again]
    }

    public static func evolve(_ state: inout State, _ event: Event) {
        switch event.body.kind {
        case .started(let strategy, let values, let name, _):
            guard state == .unknown else { return }
            state = .waiting(wish: strategy == .reserve ? Wish(values: values.wanted, name: name) : nil)
        case .commandIssued(let topic, let attempt, let command):
            switch Issued(event) {
            case .release(let attribute): state.add(Release(attribute: attribute, command: command))
            case .step(let step): state.send(step, topic, attempt, command, event.metadata.time)
            case nil: break
            }
        case .escalated:
            if case .sending(var sending) = state {
                sending.isEscalated = true
                state = .sending(sending)
            }
        case .completed, .compensated: state = .ended(releases: [])
        case .rejected:
            switch state {
            case .ended: break
            case .releasing(_, let issued): state = .ended(releases: issued)
            case .unknown, .waiting, .sending: state = .ended(releases: [])
            }
        }
    }

    /// What an event's id says that was issued: `<process>/<step>/issued/<attempt>`.
    private enum Issued {
        case step(Step)
        case release(attribute: String)

        init?(_ event: Event) {
            let parts = event.metadata.id.dropFirst(event.body.process.count + 1).split(separator: "/")
            if parts.count == 4, parts[0] == "release" {
                self = .release(attribute: String(parts[1]))
            } else if let step = parts.first.flatMap({ Step(rawValue: String($0)) }) {
                self = .step(step)
            } else {
                return nil
            }
        }
    }
}

extension RegistrationProcess.State {
    fileprivate mutating func add(_ release: RegistrationProcess.Release) {
        switch self {
        case .sending(let sending):
            if let wish = sending.wish { self = .releasing(wish, issued: [release]) }
        case .releasing(let wish, let issued):
            if issued.contains(where: { $0.attribute == release.attribute }) { return }
            self = .releasing(wish, issued: issued + [release])
        case .unknown, .waiting, .ended: break
        }
    }

    fileprivate mutating func send(
        _ step: RegistrationProcess.Step, _ topic: Topic, _ attempt: Int64, _ command: [UInt8], _ time: Timestamp
    ) {
        var isEscalated = false
        var wish: RegistrationProcess.Wish?
        switch self {
        case .unknown: break
        case .waiting(let waiting): wish = waiting
        case .sending(let sending):
            // Written once more, as a repeat or by an instance that did not know what had come after it. Taken, it would
            // put the process back to where nobody answers any more.
            guard (step.place, attempt) > (sending.step.place, sending.attempt) else { return }
            (isEscalated, wish) = (sending.isEscalated, sending.wish)
        case .releasing, .ended: return
        }
        self = .sending(
            RegistrationProcess.Sending(
                step: step, topic: topic, attempt: attempt, command: command, issuedAt: time, isEscalated: isEscalated,
                wish: wish))
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
