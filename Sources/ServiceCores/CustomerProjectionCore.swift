internal import Customers
public import EventLog
public import Messages
public import Processing
internal import Uniqueness

/// The first half of the projection: the read model of customers, and each event's wishes to the unique index.
public final class CustomerProjectionCore: ServiceCore {
    public let group = ConsumerGroup.projectionCustomers
    public let tables = [CustomerView.table]
    public let stateVersion = 2

    public init() {}

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
        for (suffix, wish) in event.meaning.wishes {
            step.emit(
                Message(
                    message.metadata.causing(
                        id: "\(message.metadata.id)/\(suffix)", source: Source.projection, time: step.now), wish),
                key: wish.key.bytes, to: .uniqueClaims)
        }
    }
}

/// What is told about a customer to those who ask.
public struct CustomerView: Hashable, Sendable {
    public enum Status: String, Hashable, Sendable { case pending, confirmed, unregistered }

    public static let table = StateTable("customers")

    public var values = UniqueValues.none
    public var name: String?
    public var status = Status.pending
    /// 0 for a customer that nothing is known of.
    public var version: Int64 = 0

    init() {}

    mutating func apply(_ event: CustomerEvent) {
        version = event.version
        values = event.values
        switch event.kind {
        case .registered(let name, let status, _):
            self.name = name
            self.status = status == .pending ? .pending : .confirmed
        case .confirmed: status = .confirmed
        case .unregistered: status = .unregistered
        case .changeStarted, .changed, .changeRejected: break
        }
    }

    var encoded: [UInt8] {
        var writer = StateWriter()
        writer.integer(version)
        writer.values(values)
        writer.optionalText(name)
        writer.text(status.rawValue)
        return writer.bytes
    }

    /// Reads a value of the table.
    public init?(_ bytes: [UInt8]) {
        var reader = StateReader(bytes)
        guard let version = reader.integer(), let values = reader.values(), let name = reader.optionalText(),
            let status = reader.text().flatMap(Status.init)
        else { return nil }
        self.version = version
        self.values = values
        self.name = name
        self.status = status
    }

    /// The answer of `GET /customers/{id}`.
    public func json(customerID: String) -> [UInt8] {
        var writer = JSONWriter(capacity: 160)
        writer.beginObject()
        writer.member("customerId", customerID)
        writer.member("values", values)
        if let name { writer.member("name", name) } else { writer.memberNull("name") }
        writer.member("status", status.rawValue)
        writer.member("version", version)
        writer.endObject()
        return writer.bytes
    }
}
