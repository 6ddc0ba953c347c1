/// What can be asked of a customer. Documents are normalized.
public enum CustomerCommand: Hashable, Sendable {
    /// A client registers a customer.
    case register(document: String, name: String?)
    /// A client unregisters it.
    case unregister
    /// The process manager answers a registration whose document was free.
    case confirm(document: String, version: Int64)
    /// The process manager undoes a registration whose document someone else holds.
    case compensate(document: String, heldBy: String?, version: Int64)
}

/// A command of the process manager as it is written to `process-commands`.
public struct ProcessCommand: MessageBody {
    public enum Kind: Hashable, Sendable {
        case confirm
        case compensate(heldBy: String?)
    }
    public var kind: Kind
    public var customerID: String
    public var document: String
    /// Version of the event that the process answers.
    public var version: Int64

    public init(_ kind: Kind, customerID: String, document: String, version: Int64) {
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
        }
    }

    public func write(to writer: inout JSONWriter) {
        writer.member("customerId", customerID)
        if case .compensate = kind { writer.member("reason", CustomerEvent.Reason.duplicateDocument.rawValue) }
        writer.member("document", document)
        if case .compensate(let heldBy) = kind { writer.member("heldBy", heldBy) }
        writer.member("version", version)
    }

    public init(type: String, data: JSONObject) throws(MessageProblem) {
        switch type {
        case "ConfirmCustomer": kind = .confirm
        case "UnregisterCustomer":
            guard data.text("reason") == CustomerEvent.Reason.duplicateDocument.rawValue else {
                throw .malformed("`reason` is not duplicate-document")
            }
            kind = .compensate(heldBy: data.text("heldBy"))
        default: throw .unknownType
        }
        customerID = try data.required("customerId")
        document = try data.required("document")
        version = try data.requiredInteger("version")
    }
}
