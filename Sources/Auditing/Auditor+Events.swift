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
        let values = keys.list(body.values)
        if !isDeclared(values) { flaws.insert(.values) }
        if case .registered = body.kind, !required.isSubset(of: keys[values].map(keys.attribute)) {
            flaws.insert(.values)
        }
        var fact = StreamFact(
            record: self.record(record, message, flaws), customer: customers.number(body.customerID),
            values: values, others: .none, version: body.version, kind: .confirmed, loss: nil, reservation: .none,
            reuse: [])
        describe(body.kind, in: &fact)
        events.append(fact)
    }

    /// Whether these are values of declared attributes, in their order.
    func isDeclared(_ list: KeyList) -> Bool {
        let places = keys[list].map { order.firstIndex(of: keys.attribute(of: $0)) ?? -1 }
        return (places.first ?? 0) >= 0 && zip(places, places.dropFirst()).allSatisfy { $0 < $1 }
    }

    mutating func fact(_ loss: Loss?) -> LossFact? {
        loss.map { loss in
            LossFact(
                attribute: keys.attribute(named: loss.attribute), heldBy: loss.heldBy.map { customers.number($0) } ?? -1
            )
        }
    }

    private mutating func facts(_ times: ReuseTimes) -> [ReuseFact] {
        times.all.map {
            ReuseFact(attribute: keys.attribute(named: $0.attribute), from: Self.microseconds($0.from))
        }
    }

    static func microseconds(_ reusableFrom: ReusableFrom?) -> Int64 {
        switch reusableFrom {
        case nil: ReuseFact.atOnce
        case .time(let time): time.microseconds
        case .never: ReuseFact.never
        }
    }

    private mutating func describe(_ kind: CustomerEvent.Kind, in fact: inout StreamFact) {
        switch kind {
        case .registered(_, .pending, _): fact.kind = .registeredPending
        case .registered(_, .confirmed, let reservation):
            fact.kind = .registeredConfirmed
            fact.reservation = reservation.map { Fingerprint($0) } ?? .none
        case .confirmed: fact.kind = .confirmed
        case .unregistered(let reason, let loss, let wanted, let times):
            fact.kind = reason == .duplicate ? .unregisteredAsDuplicate : .unregisteredByRequest
            fact.loss = self.fact(loss)
            fact.others = wanted.map { keys.list($0) } ?? .none
            fact.reuse = facts(times)
        case .changeStarted(let wanted):
            fact.kind = .changeStarted
            fact.others = keys.list(wanted)
        case .changed(let previous, let times):
            fact.kind = .changed
            fact.others = keys.list(previous)
            fact.reuse = facts(times)
        case .changeRejected(let rejected, let loss):
            fact.kind = .changeRejected
            fact.others = keys.list(rejected)
            fact.loss = self.fact(loss)
        }
    }

    /// The id of the process manager's command that an event follows from; nil where a client's command causes it. What
    /// a process sends is named after the event that began it, and that is the one before.
    private static func processCommand(causing event: CustomerEvent) -> String? {
        let step: String
        switch event.kind {
        case .registered(_, .confirmed, let reservation): return (reservation ?? "") + "/register"
        case .confirmed: step = "confirm"
        case .unregistered(.duplicate, _, _, _): step = "unregister"
        case .changed: step = "confirm-change"
        case .changeRejected: step = "reject-change"
        case .registered(_, .pending, _), .unregistered, .changeStarted: return nil
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
                customer: customers.number(customerID), values: .none, others: .none, version: version,
                kind: .unknown, loss: nil, reservation: .none, reuse: []))
        return true
    }
}
