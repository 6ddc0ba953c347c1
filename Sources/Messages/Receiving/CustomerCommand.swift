/// What can be asked of a customer. Values are normalized.
public enum CustomerCommand: Hashable, Sendable {
    /// A client registers a customer.
    case register(UniqueValues, name: String?)
    /// A client gives it other values.
    case change(ValueChanges)
    /// A client unregisters it.
    case unregister
    /// The process manager registers a customer whose values it has reserved.
    case registerReserved(UniqueValues, name: String?, reservation: String)
    /// The process manager answers a registration whose values were free.
    case confirm(version: Int64)
    /// The process manager undoes a registration of a value that somebody else has.
    case compensate(Loss, version: Int64)
    /// The process manager answers a change to values that were free.
    case confirmChange(version: Int64)
    /// The process manager ends a change to a value that somebody else has.
    case rejectChange(Loss, version: Int64)
}

/// What a client or the process manager asks, by the topic that it asks through.
public enum Asked: Hashable, Sendable {
    /// Through a topic for commands.
    case command(CustomerCommand)
    /// Through `registration-requests`: reserve the values, then register the customer.
    case registration(UniqueValues, name: String?)
}

/// A command of the process manager as it is written to `process-commands`.
public struct ProcessCommand: MessageBody {
    public enum Kind: Hashable, Sendable {
        // Each with the version of the event that the process answers.
        case confirm(version: Int64)
        case compensate(Loss, version: Int64)
        case confirmChange(version: Int64)
        case rejectChange(Loss, version: Int64)
        /// Registers a customer whose values are reserved; there is no event yet that it could answer.
        case register(UniqueValues, name: String?, reservation: String)
    }
    public var kind: Kind
    public var customerID: String

    public init(_ kind: Kind, customerID: String) {
        self.kind = kind
        self.customerID = customerID
    }

    public var subject: String { customerID }

    public var type: String { CommandType(kind).name }

    public func write(to writer: inout JSONWriter) {
        writer.member("customerId", customerID)
        switch kind {
        case .confirm(let version), .confirmChange(let version): writer.member("version", version)
        case .compensate(let loss, let version):
            writer.member("reason", CustomerEvent.Reason.duplicate.rawValue)
            loss.write(to: &writer)
            writer.member("version", version)
        case .rejectChange(let loss, let version):
            loss.write(to: &writer)
            writer.member("version", version)
        case .register(let values, let name, let reservation):
            writer.member("values", values)
            writer.member("name", name)
            writer.member("reservation", reservation)
        }
    }

    public init(type: String, data: JSONObject) throws(MessageProblem) {
        switch CommandType(type, in: .processCommands) {
        case .confirm: kind = .confirm(version: try data.requiredInteger("version"))
        case .compensate:
            guard data.text("reason") == CustomerEvent.Reason.duplicate.rawValue else {
                throw .malformed("`reason` is not duplicate")
            }
            kind = .compensate(try Loss(data: data), version: try data.requiredInteger("version"))
        case .confirmChange: kind = .confirmChange(version: try data.requiredInteger("version"))
        case .rejectChange:
            kind = .rejectChange(try Loss(data: data), version: try data.requiredInteger("version"))
        case .registerReserved:
            kind = .register(
                try data.requiredValues("values"), name: data.text("name"),
                reservation: try data.required("reservation"))
        case .register, .change, .unregister, .startRegistration, nil: throw .unknownType
        }
        customerID = try data.required("customerId")
    }
}
