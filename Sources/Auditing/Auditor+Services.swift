internal import EventLog
internal import Messages

/// What the services wrote, except outcomes.
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
        let kind: StreamFact.Kind
        var heldBy: Int32 = -1
        var reservation = Fingerprint.none
        switch body.kind {
        case .registered(_, .pending, _): kind = .registeredPending
        case .registered(_, .confirmed, let name):
            kind = .registeredConfirmed
            reservation = name.map { Fingerprint($0) } ?? .none
        case .confirmed: kind = .confirmed
        case .unregistered(.requested, _, _): kind = .unregisteredByRequest
        case .unregistered(.duplicateDocument, let holder, _):
            kind = .unregisteredAsDuplicate
            heldBy = holder.map { customers.number($0) } ?? -1
        case .documentChangeStarted, .documentChanged, .documentChangeRejected: kind = .unknown
        }
        events.append(
            StreamFact(
                record: self.record(record, message, flaws), customer: customers.number(body.customerID),
                document: documents.number(body.document), version: body.version, kind: kind, heldBy: heldBy,
                reservation: reservation))
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
                customer: customers.number(customerID), document: -1, version: version, kind: .unknown, heldBy: -1,
                reservation: .none))
        return true
    }

    mutating func observeClaim(_ record: LogRecord) {
        let message: Message<DocumentClaim>
        do { message = try Message(decoding: record.value) } catch {
            noteUnreadable(record, .documentClaims, error)
            return
        }
        var flaws = flaws(of: record, key: message.body.reference.uniqueKey)
        let writers = [Source.projection, Source.processManager]
        if !writers.contains(message.metadata.source) { flaws.insert(.source) }
        claims.append(
            ClaimFact(
                record: self.record(record, message, flaws), reference: reference(message.body.reference),
                kind: message.body.kind))
    }

    mutating func observeAnswer(_ record: LogRecord) {
        let message: Message<DocumentEvent>
        do { message = try Message(decoding: record.value) } catch {
            noteUnreadable(record, .documentEvents, error)
            return
        }
        let body = message.body
        var flaws = flaws(of: record, key: Array(body.reference.customerID.utf8))
        if message.metadata.source != Source.projection { flaws.insert(.source) }
        if message.metadata.id != (message.metadata.causationID ?? "") + "/" + body.kind.suffix { flaws.insert(.id) }
        answers.append(
            AnswerFact(
                record: self.record(record, message, flaws), reference: reference(body.reference), kind: body.kind,
                heldBy: body.heldBy.map { customers.number($0) } ?? -1))
    }

    mutating func observeHolder(_ record: LogRecord) {
        let prefix = DocumentReference.uniqueKey("")
        guard let key = record.key, key.starts(with: prefix),
            let document = String(validating: key.dropFirst(prefix.count), as: UTF8.self)
        else {
            noteUnreadable(record, .documentIndex, .malformed("the key is no unique key"))
            return
        }
        var fact = HolderFact(
            spot: record.spot, document: documents.number(document), customer: -1, isReserved: false,
            reservation: .none, position: -1, flaws: isPlaced(key, on: record.partition) ? [] : .partition)
        if record.value != nil {
            let message: Message<DocumentHolder>
            do { message = try Message(decoding: record.value) } catch {
                noteUnreadable(record, .documentIndex, error)
                return
            }
            let body = message.body
            if DocumentReference.uniqueKey(body.document) != key { fact.flaws.insert(.key) }
            if message.metadata.source != Source.projection { fact.flaws.insert(.source) }
            fact.customer = customers.number(body.customerID)
            fact.isReserved = body.status == .reserved
            fact.reservation = body.reservation.map { Fingerprint($0) } ?? .none
            fact.position = body.position
        }
        holders.append(fact)
    }

    mutating func observeProcess(_ record: LogRecord) {
        let message: Message<RegistrationEvent>
        do { message = try Message(decoding: record.value) } catch {
            noteUnreadable(record, .registrationEvents, error)
            return
        }
        let name = Fingerprint(message.body.process)
        var fact =
            processes[name]
            ?? ProcessFact(customer: customers.number(message.body.customerID), spot: record.spot)
        fact.spot = record.spot
        switch message.body.kind {
        case .started: break
        case .commandIssued: fact.isCommandOut = true
        case .escalated: fact.isEscalated = true
        case .completed, .compensated, .rejected: fact.isEnded = true
        }
        processes[name] = fact
    }

    mutating func noteUnreadable(_ record: LogRecord, _ topic: Topic, _ problem: MessageProblem) {
        // Readers of event topics skip what a later version added.
        if problem == .unknownType {
            unknownTypes[topic, default: 0] += 1
        } else {
            unreadable.append(UnreadableFact(topic: topic, spot: record.spot, detail: problem.description))
        }
    }

    func flaws(of record: LogRecord, key: [UInt8]) -> Flaws {
        var flaws: Flaws = []
        if record.key != key { flaws.insert(.key) }
        if !isPlaced(record.key, on: record.partition) { flaws.insert(.partition) }
        return flaws
    }

    func record<Body>(_ record: LogRecord, _ message: Message<Body>, _ flaws: Flaws) -> RecordFact {
        var writer = JSONWriter(capacity: 256)
        writer.beginObject(message.body.type)
        message.body.write(to: &writer)
        writer.endObject()
        let metadata = message.metadata
        return RecordFact(
            spot: record.spot, identity: Fingerprint(metadata.source, metadata.id),
            cause: Fingerprint(metadata.causationSource ?? "", metadata.causationID ?? ""),
            content: Fingerprint(writer.bytes), flaws: flaws)
    }

    private mutating func reference(_ reference: DocumentReference) -> ReferenceFact {
        ReferenceFact(
            document: documents.number(reference.document), customer: customers.number(reference.customerID),
            reservation: reference.reservation.map { Fingerprint($0) } ?? .none, version: reference.version ?? 0,
            purpose: reference.purpose)
    }
}
