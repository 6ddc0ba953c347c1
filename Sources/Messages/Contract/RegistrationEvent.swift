/// How a registration is kept unique.
public enum Strategy: String, Hashable, Sendable, CaseIterable { case compensate, reserve, change }

/// An event in the book of the process manager: what it has to send, and what became of it.
public struct RegistrationEvent: MessageBody {
    public enum Kind: Hashable, Sendable {
        /// - Parameter values: what is wanted; of a change with null for what is given up.
        case started(strategy: Strategy, values: ValueChanges, name: String?, version: Int64?)
        /// A command is to be sent. It stands here whole, so that the book alone can send it again.
        case commandIssued(topic: Topic, attempt: Int64, command: [UInt8])
        case completed
        case compensated(Loss?)
        /// The code is the contract's, or a later version's.
        case rejected(code: String, Loss?)
        /// A human is needed.
        case escalated(reason: String)
    }

    /// The process's name: the registration's event id, or the request's K.
    public var process: String
    public var customerID: String
    public var kind: Kind

    public init(process: String, customerID: String, kind: Kind) {
        self.process = process
        self.customerID = customerID
        self.kind = kind
    }

    public var subject: String { customerID }

    public var type: String {
        switch kind {
        case .started: "RegistrationStarted"
        case .commandIssued: "RegistrationCommandIssued"
        case .completed: "RegistrationCompleted"
        case .compensated: "RegistrationCompensated"
        case .rejected: "RegistrationRejected"
        case .escalated: "RegistrationEscalated"
        }
    }

    public func write(to writer: inout JSONWriter) {
        writer.member("customerId", customerID)
        writer.member("process", process)
        switch kind {
        case .started(let strategy, let values, let name, let version):
            writer.member("strategy", strategy.rawValue)
            writer.member("values", values)
            writer.member("name", name)
            if let version { writer.member("version", version) }
        case .commandIssued(let topic, let attempt, let command):
            writer.member("topic", topic.rawValue)
            writer.member("attempt", attempt)
            writer.member("command", json: command)
        case .completed: break
        case .compensated(let loss): loss?.write(to: &writer)
        case .rejected(let code, let loss):
            writer.member("code", code)
            loss?.write(to: &writer)
        case .escalated(let reason): writer.member("reason", reason)
        }
    }

    public init(type: String, data: JSONObject) throws(MessageProblem) {
        switch type {
        case "RegistrationStarted":
            guard let strategy = Strategy(rawValue: try data.required("strategy")) else {
                throw .malformed("`strategy` is unknown")
            }
            kind = .started(
                strategy: strategy, values: try data.requiredChanges("values"), name: data.text("name"),
                version: data.integer("version"))
        case "RegistrationCommandIssued":
            guard let topic = Topic(rawValue: try data.required("topic")) else {
                throw .malformed("`topic` is not one of the contract's")
            }
            guard let command = data.object("command") else { throw .malformed("`command` is not an object") }
            kind = .commandIssued(
                topic: topic, attempt: try data.requiredInteger("attempt"), command: Array(command.bytes[command.range])
            )
        case "RegistrationCompleted": kind = .completed
        case "RegistrationCompensated": kind = .compensated(Loss(optional: data))
        case "RegistrationRejected": kind = .rejected(code: try data.required("code"), Loss(optional: data))
        case "RegistrationEscalated": kind = .escalated(reason: try data.required("reason"))
        default: throw .unknownType
        }
        process = try data.required("process")
        customerID = try data.required("customerId")
    }
}
