internal import EventLog
internal import Messages

/// The index: what is asked of it, what it answers, what it serves.
extension Auditor {
    mutating func observeClaim(_ record: LogRecord) {
        let message: Message<DocumentClaim>
        do { message = try Message(decoding: record.value) } catch {
            noteUnreadable(record, .documentClaims, error)
            return
        }
        let reference = message.body.reference
        let stem = Self.stem(of: message)
        var flaws = flaws(of: record, key: reference.uniqueKey)
        if ![Source.projection, Source.processManager].contains(message.metadata.source) { flaws.insert(.source) }
        if stem == .unknown { flaws.insert(.id) }
        if stem == .reserve, Self.request(of: message) != reference.reservation { flaws.insert(.cause) }
        claims.append(
            ClaimFact(
                record: self.record(record, message, flaws), reference: self.reference(reference),
                kind: message.body.kind, stem: stem, time: message.metadata.time.microseconds))
    }

    /// What a wish follows from: its id is made of that.
    private static func stem(of message: Message<DocumentClaim>) -> ClaimFact.Stem {
        let reference = message.body.reference
        let id = message.metadata.id
        switch (message.metadata.source, message.body.kind) {
        case (Source.projection, .claim), (Source.projection, .release):
            guard let version = reference.version else { return .unknown }
            let event = CustomerEvent.id(customerID: reference.customerID, version: version)
            if message.body.kind == .claim { return id == event + "/claim" ? .claim : .unknown }
            if id == event + "/release" { return .release }
            return id == event + "/release-wanted" ? .wantedRelease : .unknown
        case (Source.processManager, .reserve):
            return id == (reference.reservation ?? "") + "/reserve" ? .reserve : .unknown
        case (Source.processManager, .release):
            return id == (reference.reservation ?? "") + "/release" ? .requestRelease : .unknown
        default: return .unknown
        }
    }

    /// The K of the request that a wish names as its cause.
    private static func request(of message: Message<DocumentClaim>) -> String {
        DeduplicationKey(
            topic: .registrationRequests, customerID: message.body.reference.customerID,
            source: message.metadata.causationSource ?? "", id: message.metadata.causationID ?? ""
        ).description
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

    private mutating func reference(_ reference: DocumentReference) -> ReferenceFact {
        ReferenceFact(
            document: documents.number(reference.document), customer: customers.number(reference.customerID),
            reservation: reference.reservation.map { Fingerprint($0) } ?? .none, version: reference.version ?? 0,
            purpose: reference.purpose, reusableFrom: Self.microseconds(reference.reusableFrom))
    }

    private static func microseconds(_ reusableFrom: ReusableFrom?) -> Int64 {
        switch reusableFrom {
        case nil: ReferenceFact.atOnce
        case .time(let time): time.microseconds
        case .never: ReferenceFact.never
        }
    }
}
