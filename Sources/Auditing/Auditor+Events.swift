internal import EventLog
internal import Messages

/// The customers' streams.
extension Auditor {
    mutating func observeCustomerEvent(_ record: LogRecord) {
        let message: Message<CustomerEvent>
        do { message = try Message(decoding: record.value) } catch {
            if error == .unknownType, observeUnknownEvent(record) { return }
            noteUnreadable(record, .customerEvents, error)
            return
        }
        let body = message.body
        var flaws = flaws(of: record, key: Array(body.customerID.utf8))
        if message.metadata.id != body.id { flaws.insert(.id) }
        if message.metadata.source != Source.commandService { flaws.insert(.source) }
        if let cause = Self.processCommand(causing: body) {
            let metadata = message.metadata
            if metadata.causationID != cause || metadata.causationSource != Source.processManager {
                flaws.insert(.cause)
            }
        }
        var fact = StreamFact(
            record: self.record(record, message, flaws), customer: customers.number(body.customerID),
            document: documents.number(body.document), otherDocument: -1, version: body.version, kind: .confirmed,
            heldBy: -1, reservation: .none)
        describe(body.kind, in: &fact)
        events.append(fact)
    }

    private mutating func describe(_ kind: CustomerEvent.Kind, in fact: inout StreamFact) {
        switch kind {
        case .registered(_, .pending, _): fact.kind = .registeredPending
        case .registered(_, .confirmed, let reservation):
            fact.kind = .registeredConfirmed
            fact.reservation = reservation.map { Fingerprint($0) } ?? .none
        case .confirmed: fact.kind = .confirmed
        case .unregistered(let reason, let holder, let wanted):
            fact.kind = reason == .duplicateDocument ? .unregisteredAsDuplicate : .unregisteredByRequest
            fact.heldBy = holder.map { customers.number($0) } ?? -1
            fact.otherDocument = wanted.map { documents.number($0) } ?? -1
        case .documentChangeStarted(let previous):
            fact.kind = .changeStarted
            fact.otherDocument = documents.number(previous)
        case .documentChanged(let previous):
            fact.kind = .changed
            fact.otherDocument = documents.number(previous)
        case .documentChangeRejected(let rejected, let holder):
            fact.kind = .changeRejected
            fact.otherDocument = documents.number(rejected)
            fact.heldBy = holder.map { customers.number($0) } ?? -1
        }
    }

    /// The id of the process manager's command that an event follows from; nil where a client's command causes it. What
    /// a process sends is named after the event that began it, and that is the one before.
    private static func processCommand(causing event: CustomerEvent) -> String? {
        let step: String
        switch event.kind {
        case .registered(_, .confirmed, let reservation): return (reservation ?? "") + "/register"
        case .confirmed: step = "confirm"
        case .unregistered(.duplicateDocument, _, _): step = "unregister"
        case .documentChanged: step = "confirm-change"
        case .documentChangeRejected: step = "reject-change"
        case .registered(_, .pending, _), .unregistered, .documentChangeStarted: return nil
        }
        return CustomerEvent.id(customerID: event.customerID, version: event.version - 1) + "/" + step
    }

    /// An event of a later version of the contract has its place in its stream all the same.
    private mutating func observeUnknownEvent(_ record: LogRecord) -> Bool {
        guard let value = record.value, let envelope = try? JSONObject(value), let data = envelope.object("data"),
            let customerID = data.text("customerId"), let version = data.integer("version"), version > 0,
            let id = envelope.text("id"), let source = envelope.text("source")
        else { return false }
        unknownTypes[.customerEvents, default: 0] += 1
        var flaws = flaws(of: record, key: Array(customerID.utf8))
        if id != CustomerEvent.id(customerID: customerID, version: version) { flaws.insert(.id) }
        events.append(
            StreamFact(
                record: RecordFact(
                    spot: record.spot, identity: Fingerprint(source, id),
                    cause: Fingerprint(envelope.text("causationsource") ?? "", envelope.text("causationid") ?? ""),
                    content: Fingerprint(data.bytes[data.range]), flaws: flaws),
                customer: customers.number(customerID), document: -1, otherDocument: -1, version: version,
                kind: .unknown, heldBy: -1, reservation: .none))
        return true
    }
}
