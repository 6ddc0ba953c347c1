/// An event in a customer's stream: the book of record.
public struct CustomerEvent: MessageBody {
    /// What happened. The document is always the normalized one.
    public enum Kind: Hashable, Sendable {
        case registered(name: String?, status: Status, reservation: String?)
        case confirmed
        /// - Parameter wantedDocument: of a change that was in flight; it is given up together with `document`.
        case unregistered(reason: Reason, heldBy: String?, wantedDocument: String? = nil)
        /// The event's document is the wanted one, `previous` the one that is held until the verdict.
        case documentChangeStarted(previous: String)
        /// The event's document is the new one, `previous` the one that is given up.
        case documentChanged(previous: String)
        /// The event's document is the one that is kept.
        case documentChangeRejected(rejected: String, heldBy: String?)
    }
    /// How sure a registration is of its document.
    public enum Status: String, Hashable, Sendable { case pending, confirmed }
    /// Why a customer was unregistered. A reason of a later version is carried as it came; whatever it is, the customer
    /// is gone.
    public struct Reason: RawRepresentable, Hashable, Sendable {
        public let rawValue: String

        public init(rawValue: String) { self.rawValue = rawValue }

        public static let requested = Self(rawValue: "requested")
        public static let duplicateDocument = Self(rawValue: "duplicate-document")
    }

    public var customerID: String
    /// The event's place in its stream, from 1.
    public var version: Int64
    public var document: String
    public var kind: Kind

    public init(customerID: String, version: Int64, document: String, kind: Kind) {
        self.customerID = customerID
        self.version = version
        self.document = document
        self.kind = kind
    }

    /// The id that this event has, as a function of its place.
    public var id: String { Self.id(customerID: customerID, version: version) }

    public static func id(customerID: String, version: Int64) -> String { "\(customerID)@\(version)" }

    public var subject: String { customerID }

    public var type: String {
        switch kind {
        case .registered: "CustomerRegistered"
        case .confirmed: "CustomerConfirmed"
        case .unregistered: "CustomerUnregistered"
        case .documentChangeStarted: "CustomerDocumentChangeStarted"
        case .documentChanged: "CustomerDocumentChanged"
        case .documentChangeRejected: "CustomerDocumentChangeRejected"
        }
    }

    public func write(to writer: inout JSONWriter) {
        writer.member("customerId", customerID)
        writer.member("version", version)
        writer.member("document", document)
        switch kind {
        case .registered(let name, let status, let reservation):
            writer.member("name", name)
            writer.member("status", status.rawValue)
            writer.member("reservation", reservation)
        case .confirmed: break
        case .unregistered(let reason, let heldBy, let wantedDocument):
            writer.member("reason", reason.rawValue)
            writer.member("heldBy", heldBy)
            writer.member("wantedDocument", wantedDocument)
        case .documentChangeStarted(let previous), .documentChanged(let previous):
            writer.member("previousDocument", previous)
        case .documentChangeRejected(let rejected, let heldBy):
            writer.member("rejectedDocument", rejected)
            writer.member("heldBy", heldBy)
        }
    }

    public init(type: String, data: JSONObject) throws(MessageProblem) {
        switch type {
        case "CustomerRegistered":
            guard let status = Status(rawValue: try data.required("status")) else {
                throw .malformed("`status` is neither pending nor confirmed")
            }
            kind = .registered(name: data.text("name"), status: status, reservation: data.text("reservation"))
        case "CustomerConfirmed": kind = .confirmed
        case "CustomerUnregistered":
            kind = .unregistered(
                reason: Reason(rawValue: try data.required("reason")), heldBy: data.text("heldBy"),
                wantedDocument: data.text("wantedDocument"))
        case "CustomerDocumentChangeStarted":
            kind = .documentChangeStarted(previous: try data.required("previousDocument"))
        case "CustomerDocumentChanged": kind = .documentChanged(previous: try data.required("previousDocument"))
        case "CustomerDocumentChangeRejected":
            kind = .documentChangeRejected(
                rejected: try data.required("rejectedDocument"), heldBy: data.text("heldBy"))
        default: throw .unknownType
        }
        customerID = try data.required("customerId")
        version = try data.requiredInteger("version")
        document = try data.required("document")
        if version < 1 { throw .malformed("`version` is not positive") }
    }
}
