import EventLog
import Messages

@testable import Auditing

/// What the projection and the process manager write.
extension History {
    /// What a wish of an event is called: a claim or a release, or the release of what was wanted besides.
    enum Wish: String {
        case claim, release
        case releaseWanted = "release-wanted"
    }

    @discardableResult
    mutating func claim(
        _ kind: DocumentClaim.Kind, _ customer: String, _ version: Int64, _ document: String,
        for purpose: ClaimPurpose = .registration, as wish: Wish? = nil, reservation: String? = nil,
        reusableFrom: ReusableFrom? = nil
    ) -> Spot {
        let event = CustomerEvent.id(customerID: customer, version: version)
        let body = DocumentClaim(
            kind,
            DocumentReference(
                document: document, customerID: customer, reservation: reservation, version: version,
                purpose: purpose, reusableFrom: reusableFrom))
        let wish = wish ?? (kind == .release ? .release : .claim)
        return write(
            .documentClaims, "\(event)/\(wish.rawValue)", Source.projection, (Source.commandService, event),
            key: body.reference.uniqueKey, body)
    }

    @discardableResult
    mutating func answer(
        _ kind: DocumentEvent.Kind, _ customer: String, _ version: Int64, _ document: String,
        for purpose: ClaimPurpose = .registration, as wish: Wish? = nil, reservation: String? = nil,
        reusableFrom: ReusableFrom? = nil, heldBy: String? = nil, cause: String? = nil
    ) -> Spot {
        let event = CustomerEvent.id(customerID: customer, version: version)
        let wish = cause ?? "\(event)/\((wish ?? (kind == .released ? .release : .claim)).rawValue)"
        let body = DocumentEvent(
            kind,
            DocumentReference(
                document: document, customerID: customer, reservation: reservation, version: version,
                purpose: purpose, reusableFrom: reusableFrom), heldBy: heldBy)
        return write(
            .documentEvents, "\(wish)/\(kind.suffix)", Source.projection, (Source.projection, wish), customer, body)
    }

    mutating func holder(_ customer: String?, _ document: String, _ position: Int64, reservation: String? = nil) {
        guard let customer else {
            append(.documentIndex, key: DocumentReference.uniqueKey(document), value: nil)
            return
        }
        let body = DocumentHolder(
            document: document, customerID: customer, status: reservation == nil ? .claimed : .reserved,
            reservation: reservation, position: position)
        write(
            .documentIndex, "holder", Source.projection, ("", ""), key: DocumentReference.uniqueKey(document), body)
    }

    /// An entry of the book, of the process that an event began.
    mutating func process(_ customer: String, _ kind: RegistrationEvent.Kind, id: String, version: Int64 = 1) {
        book(customer, "\(customer)@\(version)", kind, id: id)
    }

    /// An entry of the book.
    mutating func book(_ customer: String, _ process: String, _ kind: RegistrationEvent.Kind, id: String) {
        write(
            .registrationEvents, "\(process)/\(id)", Source.processManager, ("", ""), customer,
            RegistrationEvent(process: process, customerID: customer, kind: kind))
    }

    /// The book's entry that a command is out, and the command.
    @discardableResult
    mutating func processCommand(
        _ kind: ProcessCommand.Kind, _ customer: String, _ document: String, version: Int64 = 1
    ) -> Sent {
        let step: String
        var process = "\(customer)@\(version)"
        switch kind {
        case .confirm: step = "confirm"
        case .compensate: step = "unregister"
        case .confirmChange: step = "confirm-change"
        case .rejectChange: step = "reject-change"
        case .register(_, let reservation): (step, process) = ("register", reservation)
        }
        let id = "\(process)/\(step)"
        let body = ProcessCommand(
            kind, customerID: customer, document: document, version: step == "register" ? nil : version)
        let value = Message(metadata(id, Source.processManager, ("", "")), body).encoded()
        book(
            customer, process, .commandIssued(topic: .processCommands, attempt: 1, command: value),
            id: "\(step)/issued/1")
        let spot = append(.processCommands, key: Array(customer.utf8), value: value)
        return Sent(
            customer: customer, id: id, source: Source.processManager, spot: spot,
            hash: Self.hash(value, customer, .processCommands), topic: .processCommands)
    }

    /// The book's entry that a request's process asks something of the index, and the wish.
    mutating func processWish(
        _ kind: DocumentClaim.Kind, _ request: Sent, _ document: String, cause: (source: String, id: String)? = nil
    ) {
        let process = "\(request.key)"
        let step = kind == .reserve ? "reserve" : "release"
        let body = DocumentClaim(
            kind, DocumentReference(document: document, customerID: request.customer, reservation: process))
        let metadata = self.metadata("\(process)/\(step)", Source.processManager, cause ?? request.cause)
        let value = Message(metadata, body).encoded()
        book(
            request.customer, process, .commandIssued(topic: .documentClaims, attempt: 1, command: value),
            id: "\(step)/issued/1")
        append(.documentClaims, key: body.reference.uniqueKey, value: value)
    }

    /// The index's answer to a request's process.
    mutating func processAnswer(
        _ kind: DocumentEvent.Kind, _ request: Sent, _ document: String, heldBy: String? = nil
    ) {
        let wish = "\(request.key)/\(kind == .released ? "release" : "reserve")"
        let body = DocumentEvent(
            kind,
            DocumentReference(document: document, customerID: request.customer, reservation: "\(request.key)"),
            heldBy: heldBy)
        write(
            .documentEvents, "\(wish)/\(kind.suffix)", Source.projection, (Source.processManager, wish),
            request.customer, body)
    }

    var lastClaim: Int64 { records.last { $0.topic == "t.document-claims" }?.offset ?? -1 }
}
