internal import Auditing
internal import EventLog
internal import Messages
internal import ServiceCores

extension Checker {
    /// A customer, as the events that count tell.
    struct Life {
        enum Status { case unknown, pending, confirmed, changing, unregistered }
        var status = Status.unknown
        var document = -1
        /// Of a change in flight; negative for none.
        var wanted = -1
        var events: [CustomerEvent] = []
        var places: [AuditReport.Place] = []

        var version: Int64 { Int64(events.count) }
        /// Whether it keeps others from its document.
        var isActive: Bool { status == .pending || status == .confirmed || status == .changing }
    }

    /// Who is confirmed with a document.
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
        if let fault = fault(of: event, in: life) {
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
    private func fault(of event: CustomerEvent, in life: Life) -> String? {
        func isIt(_ document: String, _ number: Int) -> Bool { number >= 0 && document.isExactly(texts[number]) }
        let another = "names a document that its customer does not have or want"
        switch (event.kind, life.status) {
        case (_, .unregistered): return "comes after the unregistration"
        case (.registered, .unknown): return nil
        case (.confirmed, .pending), (.unregistered(_, _, nil), .pending),
            (.unregistered(.requested, _, nil), .confirmed):
            return isIt(event.document, life.document) ? nil : another
        case (.unregistered(.requested, _, let wanted?), .changing):
            return isIt(event.document, life.document) && isIt(wanted, life.wanted) ? nil : another
        case (.documentChangeStarted(let previous), .confirmed):
            return isIt(previous, life.document) && !previous.isExactly(event.document) ? nil : another
        case (.documentChanged(let previous), .changing):
            return isIt(previous, life.document) && isIt(event.document, life.wanted) ? nil : another
        case (.documentChangeRejected(let rejected, _), .changing):
            return isIt(event.document, life.document) && isIt(rejected, life.wanted) ? nil : another
        case (.registered, _), (.confirmed, _), (.unregistered, _), (.documentChangeStarted, _),
            (.documentChanged, _), (.documentChangeRejected, _):
            return "(\(event.type)) can't follow what is there"
        }
    }

    /// Who had the document before must have left it: that was read before it could be given to the next.
    private func checkAlone(_ event: CustomerEvent, _ customer: Int, _ here: AuditReport.Place) throws(Violation) {
        switch event.kind {
        case .registered(_, .confirmed, _), .confirmed, .documentChanged: break
        case .registered(_, .pending, _), .unregistered, .documentChangeStarted, .documentChangeRejected: return
        }
        guard let other = confirmed[texts.number(event.document)], other.customer != customer else { return }
        throw Violation(
            .u1, "\(texts[customer]) and \(texts[other.customer]) are confirmed with one document", [here, other.place])
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
        case .unregistered(.duplicateDocument, _, _): step = process + "/unregister"
        case .documentChanged: step = process + "/confirm-change"
        case .documentChangeRejected: step = process + "/reject-change"
        case .registered(_, .pending, _), .unregistered, .documentChangeStarted:
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

    /// A verdict on a document agrees with the index, whose log had the claim before anybody could answer.
    private func checkGround(of event: CustomerEvent, _ here: AuditReport.Place) throws(Violation) {
        let asked = CustomerEvent.id(customerID: event.customerID, version: event.version - 1)
        switch event.kind {
        case .registered(_, .confirmed, let reservation): try checkReservation(reservation ?? "", of: event, here)
        case .confirmed, .documentChanged:
            let wish = wish(Source.projection, asked + "/claim")
            if let wish, wish.ruling == .claimed, event.document.isExactly(texts[wish.document]) { return }
            throw Violation(
                .u1, "\(event.id) confirms a customer that was not given the document",
                [here] + (wish.map { [$0.place] } ?? []))
        case .unregistered(.duplicateDocument, let heldBy, _), .documentChangeRejected(_, let heldBy):
            let wish = wish(Source.projection, asked + "/claim")
            guard let wish, case .rejected(let holder) = wish.ruling else {
                let what = wish == nil ? "who claimed nothing" : "a winner"
                throw Violation(.u3, "\(event.id) undoes \(what)", [here] + (wish.map { [$0.place] } ?? []))
            }
            if heldBy.map({ texts.number($0) }) != holder {
                throw Violation(.u3, "\(event.id) names another holder than the index", [here, wish.place])
            }
        case .registered(_, .pending, _), .unregistered, .documentChangeStarted: return
        }
    }

    private func checkReservation(_ reservation: String, of event: CustomerEvent, _ here: AuditReport.Place)
        throws(Violation)
    {
        let wish = wish(Source.processManager, reservation + "/reserve")
        guard let wish, wish.ruling == .reserved, event.document.isExactly(texts[wish.document]),
            event.customerID.isExactly(texts[wish.customer])
        else {
            throw Violation(
                .u1, "\(event.id) stands on a reservation that was not won", [here] + (wish.map { [$0.place] } ?? []))
        }
        if let release = self.wish(Source.processManager, reservation + "/release") {
            throw Violation(.u1, "\(event.id) stands on a reservation that was released", [here, release.place])
        }
        let number = texts.number(reservation)
        if let first = registrations[number] {
            throw Violation(.u1, "\(event.id) stands on a reservation that was used", [here, first])
        }
        registrations[number] = here
    }

    private func apply(_ event: CustomerEvent, _ customer: Int, _ here: AuditReport.Place) {
        let document = texts.number(event.document)
        var life = lives[customer] ?? Life()
        switch event.kind {
        case .registered(_, .pending, _):
            life.status = .pending
            life.document = document
        case .registered(_, .confirmed, _), .confirmed:
            if case .registered = event.kind { sightings.note(.registeredWithReservation) }
            life.status = .confirmed
            life.document = document
            confirmed[document] = Confirmed(customer: customer, place: here)
        case .documentChangeStarted:
            life.status = .changing
            life.wanted = document
        case .documentChanged:
            sightings.note(.changeAccepted)
            release(life.document, of: customer)
            life.status = .confirmed
            (life.document, life.wanted) = (document, -1)
            confirmed[document] = Confirmed(customer: customer, place: here)
        case .documentChangeRejected:
            sightings.note(.changeRejected)
            life.status = .confirmed
            life.wanted = -1
        case .unregistered(let reason, _, _):
            switch (reason, life.status) {
            case (.duplicateDocument, _): sightings.note(.compensation)
            case (.requested, .pending): sightings.note(.leftWhilePending)
            case (.requested, .changing): sightings.note(.leftWhileChanging)
            default: break
            }
            release(document, of: customer)
            life.status = .unregistered
            life.wanted = -1
        }
        life.events.append(event)
        life.places.append(here)
        lives[customer] = life
    }

    private func release(_ document: Int, of customer: Int) {
        if confirmed[document]?.customer == customer { confirmed[document] = nil }
    }
}
