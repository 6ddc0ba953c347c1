internal import Auditing
internal import EventLog
internal import Messages
internal import ServiceCores

extension Checker {
    /// A customer, as the events that count tell.
    struct Life {
        enum Status { case unknown, pending, confirmed, changing, unregistered }
        var status = Status.unknown
        var values = UniqueValues.none
        /// Of a change in flight.
        var wanted = ValueChanges([])
        var events: [CustomerEvent] = []
        var places: [AuditReport.Place] = []

        var version: Int64 { Int64(events.count) }
        /// Whether it keeps others from its values.
        var isActive: Bool { status == .pending || status == .confirmed || status == .changing }
    }

    /// Who is confirmed with a key.
    struct Confirmed {
        var customer: Int
        var place: AuditReport.Place
    }
}

/// The customers' streams: U5, U1, U3.
extension Checker {
    func takeCustomerEvent(_ record: LogRecord) throws(Violation) {
        let envelope = try envelope(record, .u5)
        let event = try body(CustomerEvent.self, of: envelope, record, .u5)
        let here = place(record)
        try check(envelope, record, key: Array(event.customerID.utf8), source: Source.commandService, .u5)
        if !envelope.id.isExactly(event.id) { throw Violation(.u5, "\(event.id) has the id \(envelope.id)", [here]) }
        let customer = texts.number(event.customerID)
        let life = lives[customer] ?? Life()
        if event.version <= life.version {
            let first = life.places[Int(event.version) - 1]
            if isExactlyOnce { throw Violation(.u5, "\(event.id) is there twice", [here, first]) }
            // The first one counts; whoever reads it drops this one.
            sightings.note(life.events[Int(event.version) - 1] == event ? .repeatedRecord : .voidRecord)
            return
        }
        if event.version != life.version + 1 {
            throw Violation(.u5, "\(event.id) follows version \(life.version): a gap", [here] + life.places.suffix(1))
        }
        if let fault = fault(of: event, in: life, at: envelope.object.text("time").flatMap { Timestamp($0) }) {
            throw Violation(.u5, "\(event.id) \(fault)", [here] + life.places.suffix(1))
        }
        try checkAlone(event, customer, here)
        try checkCause(of: event, envelope, here)
        try checkGround(of: event, here)
        if life.version == 0 { customers.append(customer) }
        apply(event, customer, here)
        answers.note(.customer(event.customerID), .version(event.version), at: record.offset)
    }

    /// Why an event can't be the next of its stream.
    private func fault(of event: CustomerEvent, in life: Life, at time: Timestamp?) -> String? {
        let another = "names values that its customer does not have or want"
        let had = event.values == life.values
        switch (event.kind, life.status) {
        case (_, .unregistered): return "comes after the unregistration"
        case (.registered, .unknown): return nil
        case (.confirmed, .pending): return had ? nil : another
        case (.unregistered(_, _, nil, let times), .pending):
            return had && times.isEmpty ? nil : another
        case (.unregistered(.requested, _, nil, let times), .confirmed):
            return had && isReuse(times, of: life.values, time) ? nil : another
        case (.unregistered(.requested, _, let wanted?, let times), .changing):
            return had && wanted == life.wanted && isReuse(times, of: life.values, time) ? nil : another
        case (.changeStarted(let wanted), .confirmed):
            return had && !wanted.isEmpty && wanted.differing(from: life.values) == wanted ? nil : another
        case (.changed(let previous, let times), .changing):
            let next = life.values.applying(life.wanted).sorted(by: declarations.last?.attributes.map(\.name) ?? [])
            let isRight =
                event.values == next && previous == life.values.replaced(by: life.wanted)
                && isReuse(times, of: previous, time)
            return isRight ? nil : another
        case (.changeRejected(let rejected, _), .changing):
            return had && rejected == life.wanted.wanted ? nil : another
        case (.registered, _), (.confirmed, _), (.unregistered, _), (.changeStarted, _),
            (.changed, _), (.changeRejected, _):
            return "(\(event.type)) can't follow what is there"
        }
    }

    /// Whether values rest as they are declared to, now or later in the run.
    private func isReuse(_ times: ReuseTimes, of values: UniqueValues, _ time: Timestamp?) -> Bool {
        guard let time else { return false }
        return declarations.contains { $0.reuseTimes(of: values, givenUpAt: time) == times }
    }

    /// Who had a key before must have left it: that was read before it could be given to the next.
    private func checkAlone(_ event: CustomerEvent, _ customer: Int, _ here: AuditReport.Place) throws(Violation) {
        switch event.kind {
        case .registered(_, .confirmed, _), .confirmed, .changed: break
        case .registered(_, .pending, _), .unregistered, .changeStarted, .changeRejected: return
        }
        for key in event.values.keys {
            guard let other = confirmed[texts.number(key.text)], other.customer != customer else { continue }
            throw Violation(
                .u1, "\(texts[customer]) and \(texts[other.customer]) are confirmed with one key", [here, other.place])
        }
    }

    /// The command that an event follows from was read before it was decided.
    private func checkCause(of event: CustomerEvent, _ envelope: Envelope, _ here: AuditReport.Place)
        throws(Violation)
    {
        let step: String
        let process = CustomerEvent.id(customerID: event.customerID, version: event.version - 1)
        var topic = Topic.processCommands
        switch event.kind {
        case .registered(_, .confirmed, let reservation): step = (reservation ?? "") + "/register"
        case .confirmed: step = process + "/confirm"
        case .unregistered(.duplicate, _, _, _): step = process + "/unregister"
        case .changed: step = process + "/confirm-change"
        case .changeRejected: step = process + "/reject-change"
        case .registered(_, .pending, _), .unregistered, .changeStarted:
            topic = .customerCommands
            step = envelope.causationID
        }
        if topic == .processCommands {
            if !envelope.causationID.isExactly(step) || envelope.causationSource != Source.processManager {
                throw Violation(.u4, "\(event.id) is caused by \(envelope.causationID) instead of \(step)", [here])
            }
        }
        let name = CommandName(
            topic: topic, customer: texts.number(event.customerID),
            message: identity(envelope.causationSource, envelope.causationID))
        if commandNames[name] == nil { throw Violation(.u4, "\(event.id) has no command that caused it", [here]) }
    }

    /// A verdict agrees with the index, whose log had the claim before anybody could answer.
    private func checkGround(of event: CustomerEvent, _ here: AuditReport.Place) throws(Violation) {
        let asked = CustomerEvent.id(customerID: event.customerID, version: event.version - 1)
        switch event.kind {
        case .registered(_, .confirmed, let reservation): try checkReservation(reservation ?? "", of: event, here)
        case .confirmed, .changed:
            if end(ofSlip: Source.projection, asked + "/claim") == .won { return }
            let wish = wish(Source.projection, asked + "/claim")
            if wish == nil, case .changed = event.kind,
                lives[texts.number(event.customerID)]?.wanted.wanted.isEmpty ?? false
            {
                return
            }
            throw Violation(
                .u1, "\(event.id) confirms a customer that was not given all its keys",
                [here] + (wish.map { [$0.place] } ?? []))
        case .unregistered(.duplicate, let loss, _, _): try checkUndoing(event, asked, loss, here)
        case .changeRejected(_, let loss): try checkUndoing(event, asked, loss, here)
        case .registered(_, .pending, _), .unregistered, .changeStarted: return
        }
    }

    private func checkUndoing(_ event: CustomerEvent, _ asked: String, _ loss: Loss?, _ here: AuditReport.Place)
        throws(Violation)
    {
        let wish = wish(Source.projection, asked + "/claim")
        let places = [here] + (wish.map { [$0.place] } ?? [])
        guard case .lost(let known) = end(ofSlip: Source.projection, asked + "/claim") else {
            throw Violation(.u3, "\(event.id) undoes \(wish == nil ? "who claimed nothing" : "a winner")", places)
        }
        if loss != known { throw Violation(.u3, "\(event.id) names another loss than the index", places) }
    }

    private func checkReservation(_ reservation: String, of event: CustomerEvent, _ here: AuditReport.Place)
        throws(Violation)
    {
        let wish = wish(Source.processManager, reservation + "/reserve")
        guard let wish, case .claim(let claim) = wish.body, claim.keys == event.values.keys,
            end(ofSlip: Source.processManager, reservation + "/reserve") == .won,
            event.customerID.isExactly(texts[wish.customer])
        else {
            throw Violation(
                .u1, "\(event.id) stands on a reservation that was not won", [here] + (wish.map { [$0.place] } ?? []))
        }
        for key in claim.keys {
            guard let release = self.wish(Source.processManager, "\(reservation)/release/\(key.attribute)") else {
                continue
            }
            throw Violation(.u1, "\(event.id) stands on a reservation that was released", [here, release.place])
        }
        let number = texts.number(reservation)
        if let first = registrations[number] {
            throw Violation(.u1, "\(event.id) stands on a reservation that was used", [here, first])
        }
        registrations[number] = here
    }

    private func apply(_ event: CustomerEvent, _ customer: Int, _ here: AuditReport.Place) {
        var life = lives[customer] ?? Life()
        switch event.kind {
        case .registered(_, .pending, _):
            life.status = .pending
            life.values = event.values
        case .registered(_, .confirmed, _), .confirmed:
            if case .registered = event.kind { sightings.note(.registeredWithReservation) }
            life.status = .confirmed
            life.values = event.values
            confirm(event.values, customer, here)
        case .changeStarted(let wanted):
            life.status = .changing
            life.wanted = wanted
            if wanted.all.contains(where: { $0.value == nil }) { sightings.note(.valueGivenUp) }
        case .changed:
            sightings.note(.changeAccepted)
            release(life.values, of: customer)
            life.status = .confirmed
            (life.values, life.wanted) = (event.values, ValueChanges([]))
            confirm(event.values, customer, here)
        case .changeRejected:
            sightings.note(.changeRejected)
            life.status = .confirmed
            life.wanted = ValueChanges([])
        case .unregistered(let reason, _, _, _):
            switch (reason, life.status) {
            case (.duplicate, _): sightings.note(.compensation)
            case (.requested, .pending): sightings.note(.leftWhilePending)
            case (.requested, .changing): sightings.note(.leftWhileChanging)
            default: break
            }
            release(event.values, of: customer)
            life.status = .unregistered
            life.wanted = ValueChanges([])
        }
        life.events.append(event)
        life.places.append(here)
        lives[customer] = life
    }

    private func confirm(_ values: UniqueValues, _ customer: Int, _ here: AuditReport.Place) {
        for key in values.keys { confirmed[texts.number(key.text)] = Confirmed(customer: customer, place: here) }
    }

    private func release(_ values: UniqueValues, of customer: Int) {
        for key in values.keys.map({ texts.number($0.text) }) where confirmed[key]?.customer == customer {
            confirmed[key] = nil
        }
    }
}
