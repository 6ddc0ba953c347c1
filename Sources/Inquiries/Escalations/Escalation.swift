public import Messages

/// A process of the process manager that told that a human is needed.
public struct Escalation: Hashable, Sendable {
    /// How a process ended after all.
    public enum Ending: Hashable, Sendable {
        case completed
        case compensated
        case rejected(code: String)
    }

    /// What was sent last.
    public struct LastCommand: Hashable, Sendable {
        public var type: String
        public var id: String
        public var topic: Topic
        /// How often it was sent, the first time included.
        public var attempts: Int64
        public var time: Timestamp
    }

    public var process: String
    public var customerID: String
    public var since: Timestamp
    /// A code of the contract, `no-answer`, or a later version's.
    public var reason: String
    /// Nil when the book tells of none.
    public var command: LastCommand?
    public var ending: Ending?
    public var endedAt: Timestamp?

    /// What a person can do.
    public var advice: String { EscalationAdvice.text(reason: reason, command: command?.type ?? "the command") }
}

extension Escalation.Ending {
    var text: String {
        switch self {
        case .completed: "completed"
        case .compensated: "compensated"
        case .rejected(let code): "rejected (\(code))"
        }
    }
}

/// What a person can do about an escalated process, for each reason.
enum EscalationAdvice {
    static func text(reason: String, command: String) -> String {
        if reason == "no-answer" {
            return
                "Nobody answers \(command). See that a command service runs and keeps up (/readyz, its lag), and that"
                + " process-commands has no dead letter of it (soleholder dead-letters list). The process goes on by"
                + " itself as soon as it is answered."
        }
        switch RejectionCode(rawValue: reason) {
        case .deduplicationKeyReused:
            return "\(command) was answered before under its id with another content: someone else wrote to"
                + " process-commands, or two versions of the process manager differ. Look at `soleholder explain` for the"
                + " first outcome, and allow writing to process-commands to the process manager alone."
        case .unknownType:
            return "The command service does not know \(command): it is older than the process manager. Update it; the"
                + " refusal stands for this id, so the customer has to be settled by its own client."
        case .notAllowed, .malformed, .invalidValue:
            return "The command service can't accept \(command) as the process manager writes it: the two are of"
                + " different versions. Update the older one, and report it with `soleholder explain --json`."
        case .alreadyRegistered, .notRegistered, .notConfirmed, .changeInProgress, .valueTaken:
            return "The customer's stream is not in the state that the process believes. Run `soleholder audit`, and"
                + " report it with `soleholder explain --json`."
        case .superseded, .alreadyUnregistered, .alreadyConfirmed:
            return
                "The customer's stream has moved on by itself; a process manager of this version ends such a process."
                + " Look at `soleholder explain`, and update the process manager if it is older."
        default: return "This reason is of another version: use the soleholder tool of the services' version."
        }
    }
}
