/// Why a document is claimed.
public enum ClaimPurpose: String, Hashable, Sendable { case registration, change }

/// From when a document that was given up can be taken again.
public enum ReusableFrom: Hashable, Sendable, CustomStringConvertible {
    case time(Timestamp)
    case never

    /// As it stands in messages: an RFC 3339 time, or `never`.
    public var description: String {
        switch self {
        case .time(let time): time.description
        case .never: "never"
        }
    }

    /// Reads the form of messages; nil for anything else.
    public init?(_ text: String) {
        if text == "never" {
            self = .never
        } else if let time = Timestamp(text) {
            self = .time(time)
        } else {
            return nil
        }
    }

    /// Whether nobody may take the document yet.
    public func blocks(at time: Timestamp) -> Bool {
        switch self {
        case .time(let from): time < from
        case .never: true
        }
    }
}

/// What the claims and the events of the unique index have in common.
public struct DocumentReference: Hashable, Sendable {
    public var document: String
    public var customerID: String
    /// The reservation's name, where there is one.
    public var reservation: String?
    /// Version of the customer's event that it stems from, where it stems from one.
    public var version: Int64?
    public var purpose: ClaimPurpose?
    /// In a release, and in what follows from it: from when the document can be taken again. At once when nil.
    public var reusableFrom: ReusableFrom?

    public init(
        document: String, customerID: String, reservation: String? = nil, version: Int64? = nil,
        purpose: ClaimPurpose? = nil, reusableFrom: ReusableFrom? = nil
    ) {
        self.document = document
        self.customerID = customerID
        self.reservation = reservation
        self.version = version
        self.purpose = purpose
        self.reusableFrom = reusableFrom
    }

    func write(to writer: inout JSONWriter) {
        writer.member("document", document)
        writer.member("customerId", customerID)
        writer.member("reservation", reservation)
        if let version { writer.member("version", version) }
        writer.member("purpose", purpose?.rawValue)
        writer.member("reusableFrom", reusableFrom?.description)
    }

    init(data: JSONObject) throws(MessageProblem) {
        document = try data.required("document")
        customerID = try data.required("customerId")
        reservation = data.text("reservation")
        version = data.integer("version")
        purpose = data.text("purpose").flatMap(ClaimPurpose.init)
        if let text = data.text("reusableFrom") {
            guard let value = ReusableFrom(text) else {
                throw .malformed("`reusableFrom` is neither an RFC 3339 time nor `never`")
            }
            reusableFrom = value
        }
    }

    /// The key of records about this document in the topics of the index.
    public var uniqueKey: [UInt8] { Self.uniqueKey(document) }

    public static func uniqueKey(_ document: String) -> [UInt8] { Array("document:".utf8) + Array(document.utf8) }

    /// The document that a unique key is of; nil for what is no such key.
    public static func document(ofUniqueKey key: [UInt8]) -> String? {
        let prefix = uniqueKey("")
        guard key.starts(with: prefix) else { return nil }
        return String(validating: key.dropFirst(prefix.count), as: UTF8.self)
    }
}

/// A wish to the unique index.
public struct DocumentClaim: MessageBody {
    public enum Kind: String, Hashable, Sendable {
        case claim = "ClaimDocument"
        case reserve = "ReserveDocument"
        case release = "ReleaseDocument"
    }
    public var kind: Kind
    public var reference: DocumentReference

    public init(_ kind: Kind, _ reference: DocumentReference) {
        self.kind = kind
        self.reference = reference
    }

    public var type: String { kind.rawValue }
    public var subject: String { reference.customerID }
    public func write(to writer: inout JSONWriter) { reference.write(to: &writer) }

    public init(type: String, data: JSONObject) throws(MessageProblem) {
        guard let kind = Kind(rawValue: type) else { throw .unknownType }
        self.kind = kind
        reference = try DocumentReference(data: data)
        if kind == .reserve, reference.reservation == nil { throw .malformed("`reservation` is missing") }
    }
}

/// An answer of the unique index.
public struct DocumentEvent: MessageBody {
    public enum Kind: String, Hashable, Sendable {
        case claimed = "DocumentClaimed"
        case reserved = "DocumentReserved"
        case released = "DocumentReleased"
        case claimRejected = "DocumentClaimRejected"
        case reservationRejected = "DocumentReservationRejected"

        /// What is appended to the id of the wish, to name the answer.
        public var suffix: String {
            switch self {
            case .claimed: "claimed"
            case .reserved: "reserved"
            case .released: "released"
            case .claimRejected, .reservationRejected: "rejected"
            }
        }
    }
    public var kind: Kind
    public var reference: DocumentReference
    /// Who holds the document, in a rejection.
    public var heldBy: String?

    public init(_ kind: Kind, _ reference: DocumentReference, heldBy: String? = nil) {
        self.kind = kind
        self.reference = reference
        self.heldBy = heldBy
    }

    public var type: String { kind.rawValue }
    public var subject: String { reference.customerID }

    public func write(to writer: inout JSONWriter) {
        reference.write(to: &writer)
        writer.member("heldBy", heldBy)
    }

    public init(type: String, data: JSONObject) throws(MessageProblem) {
        guard let kind = Kind(rawValue: type) else { throw .unknownType }
        self.kind = kind
        reference = try DocumentReference(data: data)
        heldBy = data.text("heldBy")
    }
}

/// The present holder of a document, as the compacted index topic tells it.
public struct DocumentHolder: MessageBody {
    public enum Status: String, Hashable, Sendable { case claimed, reserved }

    public var document: String
    public var customerID: String
    public var status: Status
    public var reservation: String?
    /// The deciding record's offset in `document-claims`; readers ignore a lower one than they have.
    public var position: Int64

    public init(document: String, customerID: String, status: Status, reservation: String?, position: Int64) {
        self.document = document
        self.customerID = customerID
        self.status = status
        self.reservation = reservation
        self.position = position
    }

    public var type: String { "DocumentHolder" }
    public var subject: String { customerID }

    public func write(to writer: inout JSONWriter) {
        writer.member("document", document)
        writer.member("customerId", customerID)
        writer.member("status", status.rawValue)
        writer.member("reservation", reservation)
        writer.member("position", position)
    }

    public init(type: String, data: JSONObject) throws(MessageProblem) {
        guard type == "DocumentHolder" else { throw .unknownType }
        document = try data.required("document")
        customerID = try data.required("customerId")
        guard let status = Status(rawValue: try data.required("status")) else {
            throw .malformed("`status` is neither claimed nor reserved")
        }
        self.status = status
        reservation = data.text("reservation")
        position = try data.requiredInteger("position")
    }
}
