internal import Auditing
internal import EventLog
internal import Messages
internal import ServiceCores

extension Checker {
    /// A wish to the index, with what the index must have made of it.
    struct Wish {
        enum Ruling: Hashable {
            case claimed, reserved, released
            /// The holder's number; nil while nobody may take the document.
            case rejected(heldBy: Int?)
            /// Nobody is told.
            case nothing

            /// The answer that the contract gives it; nil for none.
            func answer(to kind: DocumentClaim.Kind) -> DocumentEvent.Kind? {
                switch self {
                case .claimed: .claimed
                case .reserved: .reserved
                case .released: .released
                case .rejected: kind == .reserve ? .reservationRejected : .claimRejected
                case .nothing: nil
                }
            }
        }
        var kind: DocumentClaim.Kind
        var reference: DocumentReference
        var document: Int
        var customer: Int
        var ruling: Ruling
        var place: AuditReport.Place
        var isAnswered = false
    }

    /// Who holds a document.
    struct Holding {
        enum Status { case free, claimed, reserved }
        var status = Status.free
        var customer = -1
        var reservation = -1
        var reusableFrom: ReusableFrom?
        /// The number of the wish that it was given to.
        var since = -1
        /// The last one who gave it up; negative for none.
        var last = -1
    }
}

/// The index: its log folded once more, and everything that is told of it held against that. U2, U6, U7.
extension Checker {
    func wish(_ source: String, _ id: String) -> Wish? {
        guard let source = texts.known(source), let id = texts.known(id),
            let number = wishNumbers[Identity(source: source, id: id)]
        else { return nil }
        return wishes[number]
    }

    func takeClaim(_ record: LogRecord) throws(Violation) {
        let envelope = try envelope(record, .u2)
        let claim = try body(DocumentClaim.self, of: envelope, record, .u2)
        let reference = claim.reference
        let here = place(record)
        try check(envelope, record, key: reference.uniqueKey, source: envelope.source, .u2)
        let identity = identity(envelope.source, envelope.id)
        if let number = wishNumbers[identity] {
            let first = wishes[number]
            if first.kind == claim.kind, first.reference == reference { return }
            if isExactlyOnce {
                throw Violation(.u2, "\(envelope.id) is there with another content", [here, first.place])
            }
            sightings.note(.voidRecord)
            return
        }
        try checkStem(of: claim, envelope, here)
        guard let time = envelope.object.text("time").flatMap({ Timestamp($0) }) else {
            throw Violation(.u2, "\(envelope.id) has no time", [here])
        }
        let document = texts.number(reference.document)
        let customer = texts.number(reference.customerID)
        let ruling = rule(claim, document, customer, at: time)
        wishNumbers[identity] = wishes.count
        wishesAt[Spot(topic: .documentClaims, partition: record.partition, offset: record.offset)] = wishes.count
        wishes.append(
            Wish(
                kind: claim.kind, reference: reference, document: document, customer: customer, ruling: ruling,
                place: here))
        note(ruling, claim)
        let holding = holdings[document] ?? Holding()
        answers.note(
            .document(reference.document),
            holding.status == .free
                ? nil : .holder(Array(texts[holding.customer].utf8), isReserved: holding.status == .reserved),
            at: record.offset)
    }

    private func note(_ ruling: Wish.Ruling, _ claim: DocumentClaim) {
        switch (ruling, claim.kind) {
        case (.reserved, _): sightings.note(.reservationWon)
        case (.rejected(nil), _): sightings.note(.restingDocument)
        case (.rejected, .reserve): sightings.note(.reservationRejected)
        case (.released, _): if claim.reference.reservation != nil { sightings.note(.reservationReleased) }
        case (.rejected, _), (.claimed, _), (.nothing, _): break
        }
    }

    /// By the time that the wish itself carries: the log's, so that whoever folds it comes to the same.
    private func rule(_ claim: DocumentClaim, _ document: Int, _ customer: Int, at time: Timestamp) -> Wish.Ruling {
        var holding = holdings[document] ?? Holding()
        defer { holdings[document] = holding }
        let reservation = claim.reference.reservation.map { texts.number($0) } ?? -1
        let isOwn = holding.status != .free && holding.customer == customer
        switch claim.kind {
        case .claim, .reserve:
            if holding.status == .free, holding.reusableFrom?.blocks(at: time) ?? false {
                return .rejected(heldBy: nil)
            }
            if holding.status == .free, holding.last >= 0, holding.last != customer {
                sightings.note(.documentPassedOn)
            }
        case .release: break
        }
        switch claim.kind {
        case .claim:
            if holding.status != .free, !isOwn { return .rejected(heldBy: holding.customer) }
            if holding.status != .claimed {
                holding = Holding(status: .claimed, customer: customer, since: wishes.count)
            }
            return .claimed
        case .reserve:
            if holding.status == .free {
                holding = Holding(status: .reserved, customer: customer, reservation: reservation, since: wishes.count)
                return .reserved
            }
            let isSame = isOwn && holding.status == .reserved && holding.reservation == reservation
            return isSame ? .reserved : .rejected(heldBy: holding.customer)
        case .release:
            let frees =
                reservation < 0
                ? holding.status == .claimed : holding.status == .reserved && holding.reservation == reservation
            if !isOwn || !frees { return .nothing }
            holding = Holding(reusableFrom: claim.reference.reusableFrom, last: customer)
            return .released
        }
    }

    /// A wish follows from an event of its customer, or from a request, and what it follows from was read before.
    private func checkStem(of claim: DocumentClaim, _ envelope: Envelope, _ here: AuditReport.Place)
        throws(Violation)
    {
        let reference = claim.reference
        switch (envelope.source, claim.kind) {
        case (Source.projection, .claim), (Source.projection, .release):
            let life = lives[texts.number(reference.customerID)] ?? Life()
            guard let version = reference.version, (1...max(life.version, 1)).contains(version), life.version > 0 else {
                throw Violation(.u6, "\(envelope.id) stems from no event of its customer", [here])
            }
            let event = life.events[Int(version) - 1]
            let suffix = Self.wish(claim, followingFrom: event)
            if suffix.map({ envelope.id.isExactly(event.id + $0) }) ?? false { return }
            throw Violation(
                .u6, "\(envelope.id) is not what its event asks for", [here, life.places[Int(version) - 1]])
        case (Source.processManager, .reserve):
            let reservation = reference.reservation ?? ""
            if !envelope.id.isExactly(reservation + "/reserve") {
                throw Violation(.u6, "\(envelope.id) is not named after its reservation", [here])
            }
            let command = command(ofKey: reservation)
            guard command?.name.topic == .registrationRequests,
                command?.name.customer == texts.number(reference.customerID)
            else { throw Violation(.u4, "\(envelope.id) stems from no request of its customer", [here]) }
        case (Source.processManager, .release):
            let reservation = reference.reservation ?? ""
            if !envelope.id.isExactly(reservation + "/release") {
                throw Violation(.u6, "\(envelope.id) is not named after its reservation", [here])
            }
            if let registration = registrations[texts.number(reservation)] {
                throw Violation(
                    .u6, "\(envelope.id) releases a reservation that a customer stands on", [here, registration])
            }
            if refusals[texts.number(reservation + "/register")] == nil {
                throw Violation(.u6, "\(envelope.id) releases a reservation whose registration was not refused", [here])
            }
        case (_, _): throw Violation(.u6, "\(envelope.id) is a stranger's", [here])
        }
    }

    /// What an event asks of the index: what is put behind the event's id to name it. Nil for a wish that it does not
    /// have.
    private static func wish(_ claim: DocumentClaim, followingFrom event: CustomerEvent) -> String? {
        let reference = claim.reference
        func isRight(_ kind: DocumentClaim.Kind, _ document: String, _ purpose: ClaimPurpose, _ reservation: String?)
            -> Bool
        {
            claim.kind == kind && reference.document.isExactly(document) && reference.purpose == purpose
                && reference.reservation == reservation
        }
        switch event.kind {
        case .registered(_, _, let reservation):
            return isRight(.claim, event.document, .registration, reservation) ? "/claim" : nil
        case .documentChangeStarted: return isRight(.claim, event.document, .change, nil) ? "/claim" : nil
        case .documentChanged(let previous): return isRight(.release, previous, .change, nil) ? "/release" : nil
        case .unregistered(_, _, let wanted):
            if isRight(.release, event.document, .registration, nil) { return "/release" }
            return wanted.map { isRight(.release, $0, .change, nil) } ?? false ? "/release-wanted" : nil
        case .confirmed, .documentChangeRejected: return nil
        }
    }

    // MARK: What is told of it

    func takeAnswer(_ record: LogRecord) throws(Violation) {
        let envelope = try envelope(record, .u2)
        let event = try body(DocumentEvent.self, of: envelope, record, .u2)
        let here = place(record)
        try check(envelope, record, key: Array(event.reference.customerID.utf8), source: Source.projection, .u2)
        if try isRepeat(envelope.id, in: .documentEvents, .u2, here) { sightings.note(.repeatedRecord) }
        guard let number = wishNumbers[identity(envelope.causationSource, envelope.causationID)] else {
            throw Violation(.u2, "\(envelope.id) answers a wish that is not there", [here])
        }
        let wish = wishes[number]
        if !envelope.id.isExactly(envelope.causationID + "/" + event.kind.suffix) || event.reference != wish.reference {
            throw Violation(.u2, "\(envelope.id) is not an answer to its wish", [here, wish.place])
        }
        var heldBy: Int?
        if case .rejected(let holder) = wish.ruling { heldBy = holder }
        if wish.ruling.answer(to: wish.kind) != event.kind || event.heldBy.map({ texts.number($0) }) != heldBy {
            throw Violation(.u2, "\(envelope.id) answers otherwise than the index's log", [here, wish.place])
        }
        wishes[number].isAnswered = true
    }

    func takeHolder(_ record: LogRecord) throws(Violation) {
        // A tombstone says nothing that could be wrong by itself; what is left at rest is the auditor's.
        guard record.value != nil else { return }
        let envelope = try envelope(record, .u7)
        let holder = try body(DocumentHolder.self, of: envelope, record, .u7)
        try check(
            envelope, record, key: DocumentReference.uniqueKey(holder.document), source: Source.projection, .u7)
        let spot = Spot(topic: .documentClaims, partition: record.partition, offset: holder.position)
        guard let number = wishesAt[spot] else {
            throw Violation(.u7, "\(envelope.id) names no claim as its ground", [place(record), place(spot)])
        }
        let wish = wishes[number]
        let ruling: Wish.Ruling = holder.status == .claimed ? .claimed : .reserved
        let isReserved = holder.status == .reserved
        if wish.ruling != ruling || !holder.document.isExactly(texts[wish.document])
            || !holder.customerID.isExactly(texts[wish.customer])
            || holder.reservation != (isReserved ? wish.reference.reservation : nil)
        {
            throw Violation(.u7, "\(envelope.id) is not what its claim was answered", [place(record), wish.place])
        }
    }
}
