/// What can be asked of a customer. Documents are normalized.
public enum CustomerCommand: Hashable, Sendable {
    /// A client registers a customer.
    case register(document: String, name: String?)
    /// A client registers it with another document.
    case changeDocument(document: String)
    /// A client unregisters it.
    case unregister
    /// The process manager registers a customer whose document it has reserved.
    case registerReserved(document: String, name: String?, reservation: String)
    /// The process manager answers a registration whose document was free.
    case confirm(document: String, version: Int64)
    /// The process manager undoes a registration whose document someone else holds.
    case compensate(document: String, heldBy: String?, version: Int64)
    /// The process manager answers a change whose document was free.
    case confirmChange(document: String, version: Int64)
    /// The process manager ends a change whose document someone else holds.
    case rejectChange(document: String, heldBy: String?, version: Int64)
}

/// What a client or the process manager asks, by the topic that it asks through.
public enum Asked: Hashable, Sendable {
    /// Through a topic for commands.
    case command(CustomerCommand)
    /// Through `registration-requests`: reserve the document, then register the customer.
    case registration(document: String, name: String?)
}

/// A command of the process manager as it is written to `process-commands`.
public struct ProcessCommand: MessageBody {
    public enum Kind: Hashable, Sendable {
        case confirm
        case compensate(heldBy: String?)
        case confirmChange
        case rejectChange(heldBy: String?)
        /// Registers a customer whose document is reserved; there is no event yet that it could answer.
        case register(name: String?, reservation: String)
    }
    public var kind: Kind
    public var customerID: String
    public var document: String
    /// Version of the event that the process answers; nil for `register` alone.
    public var version: Int64?

    public init(_ kind: Kind, customerID: String, document: String, version: Int64? = nil) {
        self.kind = kind
        self.customerID = customerID
        self.document = document
        self.version = version
    }

    public var subject: String { customerID }

    public var type: String {
        switch kind {
        case .confirm: "ConfirmCustomer"
        case .compensate: "UnregisterCustomer"
        case .confirmChange: "ConfirmDocumentChange"
        case .rejectChange: "RejectDocumentChange"
        case .register: "RegisterCustomer"
        }
    }

    public func write(to writer: inout JSONWriter) {
        writer.member("customerId", customerID)
        if case .compensate = kind { writer.member("reason", CustomerEvent.Reason.duplicateDocument.rawValue) }
        writer.member("document", document)
        switch kind {
        case .compensate(let heldBy), .rejectChange(let heldBy): writer.member("heldBy", heldBy)
        case .register(let name, let reservation):
            writer.member("name", name)
            writer.member("reservation", reservation)
        case .confirm, .confirmChange: break
        }
        if let version { writer.member("version", version) }
    }

    public init(type: String, data: JSONObject) throws(MessageProblem) {
        switch type {
        case "ConfirmCustomer": kind = .confirm
        case "UnregisterCustomer":
            guard data.text("reason") == CustomerEvent.Reason.duplicateDocument.rawValue else {
                throw .malformed("`reason` is not duplicate-document")
            }
            kind = .compensate(heldBy: data.text("heldBy"))
        case "ConfirmDocumentChange": kind = .confirmChange
        case "RejectDocumentChange": kind = .rejectChange(heldBy: data.text("heldBy"))
        case "RegisterCustomer":
            kind = .register(name: data.text("name"), reservation: try data.required("reservation"))
        default: throw .unknownType
        }
        customerID = try data.required("customerId")
        document = try data.required("document")
        if case .register = kind { version = nil } else { version = try data.requiredInteger("version") }
    }
}
