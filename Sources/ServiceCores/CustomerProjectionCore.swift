public import EventLog
public import Messages
public import Processing

/// The first half of the projection: the read model of customers, and each event's wish to the unique index.
public final class CustomerProjectionCore: ServiceCore {
    public let group = ConsumerGroup.projectionCustomers
    public let tables = [CustomerView.table]
    private let reuse: DocumentReuse

    /// - Parameter reuse: when a document that a customer gives up can be taken again.
    public init(reuse: DocumentReuse = .immediately) { self.reuse = reuse }

    public func handle(_ record: LogRecord, from topic: Topic, customerID: String, in step: Step)
        throws(StateStoreError)
    {
        let message: Message<CustomerEvent>
        do throws(MessageProblem) { message = try Message(decoding: record.value) } catch {
            switch error {
            case .unknownType: step.count(.skipped, topic)
            case .malformed(let detail): step.deadLetter(record, from: topic, reason: "malformed", detail: detail)
            }
            return
        }
        let event = message.body
        guard event.customerID.isExactly(customerID) else {
            step.deadLetter(record, from: topic, reason: "malformed", detail: "`customerId` is not the record's key")
            return
        }
        let key = Array(customerID.utf8)
        var view = try step.state.value(CustomerView.table, key).flatMap(CustomerView.init) ?? CustomerView()
        guard event.version > view.version else {
            step.count(.repeated, topic)
            return
        }
        guard event.version == view.version + 1 else {
            step.deadLetter(
                record, from: topic, reason: "version-gap",
                detail: "version \(event.version) follows version \(view.version)")
            return
        }
        view.apply(event)
        step.state.set(CustomerView.table, key, to: view.encoded)
        for (suffix, claim) in Self.claims(of: event, freed: reuse.reusableFrom(message.metadata.time)) {
            step.emit(
                Message(
                    message.metadata.causing(
                        id: "\(message.metadata.id)/\(suffix)", source: Source.projection, time: step.now), claim),
                key: claim.reference.uniqueKey, to: .documentClaims)
        }
    }

    /// What an event means to the unique index, with what is put behind the event's id to name it.
    static func claims(of event: CustomerEvent, freed: ReusableFrom?) -> [(suffix: String, DocumentClaim)] {
        func claim(_ purpose: ClaimPurpose, reservation: String? = nil) -> (String, DocumentClaim) {
            let reference = DocumentReference(
                document: event.document, customerID: event.customerID, reservation: reservation,
                version: event.version, purpose: purpose)
            return ("claim", DocumentClaim(.claim, reference))
        }
        func release(_ document: String, _ purpose: ClaimPurpose, as suffix: String = "release")
            -> (String, DocumentClaim)
        {
            let reference = DocumentReference(
                document: document, customerID: event.customerID, version: event.version, purpose: purpose,
                reusableFrom: freed)
            return (suffix, DocumentClaim(.release, reference))
        }
        switch event.kind {
        case .registered(_, _, let reservation): return [claim(.registration, reservation: reservation)]
        case .documentChangeStarted: return [claim(.change)]
        case .confirmed: return []
        // The index said that it is someone else's: there is nothing to give back.
        case .documentChangeRejected: return []
        case .documentChanged(let previous): return [release(previous, .change)]
        case .unregistered(_, _, let wanted):
            let held = release(event.document, .registration)
            // A change was in flight: its document may have been claimed already, and is after this.
            return [held] + (wanted.map { [release($0, .change, as: "release-wanted")] } ?? [])
        }
    }
}

/// What is told about a customer to those who ask.
public struct CustomerView: Hashable, Sendable {
    public enum Status: String, Hashable, Sendable { case pending, confirmed, unregistered }

    public static let table = StateTable("customers")

    public var document = ""
    public var name: String?
    public var status = Status.pending
    /// 0 for a customer that nothing is known of.
    public var version: Int64 = 0

    init() {}

    mutating func apply(_ event: CustomerEvent) {
        version = event.version
        // The document that is held, whatever is wanted.
        if case .documentChangeStarted(let previous) = event.kind {
            document = previous
        } else {
            document = event.document
        }
        switch event.kind {
        case .registered(let name, let status, _):
            self.name = name
            self.status = status == .pending ? .pending : .confirmed
        case .confirmed: status = .confirmed
        case .unregistered: status = .unregistered
        case .documentChangeStarted, .documentChanged, .documentChangeRejected: break
        }
    }

    var encoded: [UInt8] {
        var writer = StateWriter()
        writer.integer(version)
        writer.text(document)
        writer.optionalText(name)
        writer.text(status.rawValue)
        return writer.bytes
    }

    /// Reads a value of the table.
    public init?(_ bytes: [UInt8]) {
        var reader = StateReader(bytes)
        guard let version = reader.integer(), let document = reader.text(), let name = reader.optionalText(),
            let status = reader.text().flatMap(Status.init)
        else { return nil }
        self.version = version
        self.document = document
        self.name = name
        self.status = status
    }

    /// The answer of `GET /customers/{id}`.
    public func json(customerID: String) -> [UInt8] {
        var writer = JSONWriter(capacity: 160)
        writer.beginObject()
        writer.member("customerId", customerID)
        writer.member("document", document)
        if let name { writer.member("name", name) } else { writer.memberNull("name") }
        writer.member("status", status.rawValue)
        writer.member("version", version)
        writer.endObject()
        return writer.bytes
    }
}
