internal import Customers
public import EventLog
public import Messages
public import Processing

/// The second half of the projection: the uniquely-indexed-by-document collection. It answers each claim once, in the
/// order of the document's partition, and tells the present holder.
public final class DocumentIndexCore: ServiceCore {
    public let group = ConsumerGroup.projectionIndex
    public let served = [Topic.documentIndex]
    public let tables = [DocumentEntry.table, DocumentIndexCore.seen]
    /// The ids that were answered, for ever.
    static let seen = StateTable("seen")

    public init() {}

    public func handle(_ record: LogRecord, from topic: Topic, customerID: String, in step: Step)
        throws(StateStoreError)
    {
        let message: Message<DocumentClaim>
        do throws(MessageProblem) { message = try Message(decoding: record.value) } catch {
            switch error {
            case .unknownType: step.count(.skipped, topic)
            case .malformed(let detail): step.deadLetter(record, from: topic, reason: "malformed", detail: detail)
            }
            return
        }
        let claim = message.body
        let key = claim.reference.uniqueKey
        guard record.key == key else {
            step.deadLetter(record, from: topic, reason: "malformed", detail: "`document` is not the record's key")
            return
        }
        let identity = NameID(name: "\(message.metadata.source)\u{1F}\(message.metadata.id)").bytes
        guard try step.state.value(Self.seen, identity) == nil else {
            step.count(.repeated, topic)
            return
        }
        step.state.set(Self.seen, identity, to: [])

        var entry = try step.state.value(DocumentEntry.table, key).flatMap(DocumentEntry.init) ?? DocumentEntry()
        for event in UniqueIndex.decide(UniqueIndex.Wish(claim, at: message.metadata.time), in: entry.holder) {
            let before = entry.holder
            UniqueIndex.evolve(&entry.holder, event)
            step.emit(
                Message(
                    message.metadata.causing(
                        id: "\(message.metadata.id)/\(event.kind.suffix)", source: Source.projection, time: step.now),
                    event), to: .documentEvents)
            if entry.holder != before {
                entry.position = record.offset
                step.state.set(DocumentEntry.table, key, to: entry.encoded)
                publish(entry, claim.reference.document, key, message.metadata, step)
            }
        }
    }

    public func judge(_ record: LogRecord, from topic: Topic, by state: PartitionState) throws(StateStoreError)
        -> ServedVerdict
    {
        guard let key = record.key, let document = DocumentReference.document(ofUniqueKey: key) else { return .right }
        let entry = try state.value(DocumentEntry.table, key).flatMap(DocumentEntry.init)
        guard let entry, let holder = entry.published(document: document) else {
            return record.value == nil ? .right : .superfluous
        }
        let told = try? Message<DocumentHolder>(decoding: record.value)
        return told?.body == holder ? .right : .superseded(by: entry.position)
    }

    public func serveAgain(_ record: LogRecord, from topic: Topic, in step: Step) throws(StateStoreError) {
        guard let message = try? Message<DocumentClaim>(decoding: record.value) else { return }
        let reference = message.body.reference
        guard let entry = try step.state.value(DocumentEntry.table, reference.uniqueKey).flatMap(DocumentEntry.init),
            entry.position == record.offset
        else { return }
        publish(entry, reference.document, reference.uniqueKey, message.metadata, step)
    }

    private func publish(
        _ entry: DocumentEntry, _ document: String, _ key: [UInt8], _ cause: Metadata, _ step: Step
    ) {
        guard let holder = entry.published(document: document) else {
            step.emit(value: nil, key: key, to: .documentIndex)
            return
        }
        step.emit(
            Message(cause.causing(id: "\(cause.id)/holder", source: Source.projection, time: step.now), holder),
            key: key, to: .documentIndex)
    }
}

/// The entry of one document: who holds it, and since which claim.
public struct DocumentEntry: Sendable {
    public static let table = StateTable("documents")

    var holder = UniqueIndex.State.free
    /// Offset of the deciding record in `document-claims`.
    var position: Int64 = -1

    init() {}

    var encoded: [UInt8] {
        var writer = StateWriter()
        writer.integer(position)
        switch holder {
        case .free: writer.byte(0)
        case .claimed(let customer):
            writer.byte(1)
            writer.text(customer)
        case .reserved(let customer, let reservation):
            writer.byte(2)
            writer.text(customer)
            writer.text(reservation)
        case .resting(let until):
            writer.byte(3)
            writer.text(until.description)
        }
        return writer.bytes
    }

    /// Reads a value of the table.
    public init?(_ bytes: [UInt8]) {
        var reader = StateReader(bytes)
        guard let position = reader.integer(), let kind = reader.byte() else { return nil }
        self.position = position
        switch kind {
        case 0: holder = .free
        case 1:
            guard let customer = reader.text() else { return nil }
            holder = .claimed(by: customer)
        case 2:
            guard let customer = reader.text(), let reservation = reader.text() else { return nil }
            holder = .reserved(by: customer, reservation: reservation)
        case 3:
            guard let until = reader.text().flatMap(ReusableFrom.init) else { return nil }
            holder = .resting(until)
        default: return nil
        }
    }

    /// As others may know it; nil while nobody holds the document.
    public func published(document: String) -> DocumentHolder? {
        switch holder {
        case .free, .resting: nil
        case .claimed(let customer):
            DocumentHolder(
                document: document, customerID: customer, status: .claimed, reservation: nil, position: position)
        case .reserved(let customer, let reservation):
            DocumentHolder(
                document: document, customerID: customer, status: .reserved, reservation: reservation,
                position: position)
        }
    }

    /// The answer of `GET /documents/{document}`; nil while nobody holds it.
    public func json(document: String) -> [UInt8]? {
        guard let holder = published(document: document) else { return nil }
        var writer = JSONWriter(capacity: 160)
        writer.beginObject()
        writer.member("document", holder.document)
        writer.member("customerId", holder.customerID)
        writer.member("status", holder.status.rawValue)
        writer.endObject()
        return writer.bytes
    }
}
