/// What became of a command: `CommandAccepted` or `CommandRejected`.
public struct Outcome: MessageBody {
    public enum Result: Hashable, Sendable {
        /// With the ids of its events.
        case accepted(events: [String])
        case rejected(RejectionCode, message: String)
    }

    public var customerID: String
    public var commandID: String
    public var commandSource: String
    /// SHA-256, in hex, of what the command said; nil where that could not be read.
    public var commandHash: String?
    public var result: Result
    /// Whether this answers a command that was sent again.
    public var isDuplicate: Bool
    /// The offset of the record that this answers, in its topic's partition of the same number. It lets a reader, and
    /// a service that lost its state, tell the same record read again from another record with the same key.
    public var position: Int64?

    public init(
        customerID: String, commandID: String, commandSource: String, commandHash: String?, result: Result,
        isDuplicate: Bool, position: Int64?
    ) {
        self.customerID = customerID
        self.commandID = commandID
        self.commandSource = commandSource
        self.commandHash = commandHash
        self.result = result
        self.isDuplicate = isDuplicate
        self.position = position
    }

    public var subject: String { customerID }

    public var type: String {
        switch result {
        case .accepted: "CommandAccepted"
        case .rejected: "CommandRejected"
        }
    }

    public func write(to writer: inout JSONWriter) {
        writer.member("customerId", customerID)
        writer.member("commandId", commandID)
        writer.member("commandSource", commandSource)
        writer.member("commandHash", commandHash)
        switch result {
        case .accepted(let events): writer.member("events", events)
        case .rejected(let code, let message):
            writer.member("code", code.rawValue)
            writer.member("message", message)
        }
        if isDuplicate { writer.member("duplicate", true) }
        if let position { writer.member("position", position) }
    }

    public init(type: String, data: JSONObject) throws(MessageProblem) {
        switch type {
        case "CommandAccepted":
            guard let events = data.texts("events") else { throw .malformed("`events` is not a list of ids") }
            result = .accepted(events: events)
        case "CommandRejected":
            let code = RejectionCode(rawValue: try data.required("code"))
            result = .rejected(code, message: data.text("message") ?? code.message)
        default: throw .unknownType
        }
        customerID = try data.required("customerId")
        commandID = try data.required("commandId")
        commandSource = data.text("commandSource") ?? ""
        commandHash = data.text("commandHash")
        isDuplicate = (try? data.element("duplicate")).map { $0.map { data.raw($0) } == Array("true".utf8) } ?? false
        position = data.integer("position")
    }
}
