import EventLog
import Messages

@testable import Auditing

/// What the projection and the process manager write.
extension History {
    enum WishKind { case claim, reserve, release }

    /// What a wish of an event is called: a claim or a release, or the release of what was wanted besides.
    enum Wish: String {
        case claim, release
        case releaseWanted = "release-wanted"
    }

    enum Answer { case claimed, claimRejected, reserved, reservationRejected, released }

    private static func claim(_ customer: String, _ values: String, _ ground: ClaimGround, at: Int) -> KeyClaim {
        guard var claim = KeyClaim(customerID: customer, keys: Self.values(values).keys, ground: ground) else {
            preconditionFailure("a claim needs a key")
        }
        for _ in 1..<max(at, 1) { claim = claim.next ?? claim }
        return claim
    }

    /// - Parameters:
    ///   - values: of a claim all that are asked for; of a release the one.
    ///   - at: the place of the one that is asked for now.
    @discardableResult
    mutating func claim(
        _ kind: WishKind, _ customer: String, _ version: Int64, _ values: String,
        for purpose: ClaimPurpose = .registration, as wish: Wish? = nil, reservation: String? = nil,
        reusableFrom: ReusableFrom? = nil, at: Int = 1
    ) -> Spot {
        let event = CustomerEvent.id(customerID: customer, version: version)
        if kind == .release {
            guard let key = Self.values(values).keys.first else { preconditionFailure("a release needs a key") }
            let body = KeyRelease(
                customerID: customer, key: key, ground: .version(version), reusableFrom: reusableFrom)
            return write(
                .uniqueClaims, "\(event)/\((wish ?? .release).rawValue)/\(key.attribute)", Source.projection,
                (Source.commandService, event), key: key.bytes, KeyWish.release(body))
        }
        let body = Self.claim(
            customer, values, .event(version: version, purpose: purpose, reservation: reservation), at: at)
        let first = "\(event)/claim"
        let cause =
            at == 1
            ? (Source.commandService, event) : (Source.projection, at == 2 ? first : "\(first)/\(at - 1)")
        return write(
            .uniqueClaims, at == 1 ? first : "\(first)/\(at)", Source.projection, cause, key: body.key.bytes,
            KeyWish.claim(body))
    }

    /// - Parameters:
    ///   - at: the place of the claim that was decided last; the last one where nil.
    ///   - slip: the id of the claim that the slip began with, where it is not this event's.
    @discardableResult
    mutating func answer(
        _ kind: Answer, _ customer: String, _ version: Int64, _ values: String,
        for purpose: ClaimPurpose = .registration, as wish: Wish? = nil, reservation: String? = nil,
        heldBy: String? = nil, attribute: String = "document", at: Int? = nil, slip: String? = nil
    ) -> Spot {
        let event = CustomerEvent.id(customerID: customer, version: version)
        if kind == .released {
            guard let key = Self.values(values).keys.first else { preconditionFailure("a release needs a key") }
            let id = "\(event)/\((wish ?? .release).rawValue)/\(key.attribute)"
            return write(
                .uniqueVerdicts, "\(id)/released", Source.projection, (Source.projection, id), customer,
                KeyAnswer.released(KeyRelease(customerID: customer, key: key, ground: .version(version))))
        }
        return answer(
            kind,
            Self.claim(customer, values, .event(version: version, purpose: purpose, reservation: reservation), at: 1),
            slip ?? "\(event)/claim", Source.projection, heldBy, attribute, at)
    }

    private mutating func answer(
        _ kind: Answer, _ claim: KeyClaim, _ slip: String, _ source: String, _ heldBy: String?, _ attribute: String,
        _ at: Int?
    ) -> Spot {
        let isRejected = kind == .claimRejected || kind == .reservationRejected
        let at = at ?? claim.keys.count
        let cause = at == 1 ? (source, slip) : (Source.projection, "\(slip)/\(at)")
        let verdict = KeyVerdict(on: claim, loss: isRejected ? Loss(attribute: attribute, heldBy: heldBy) : nil)
        return write(
            .uniqueVerdicts, "\(slip)/\(verdict.suffix)", Source.projection, cause, claim.customerID,
            KeyAnswer.verdict(verdict))
    }

    /// - Parameter customer: nil for a tombstone, by the last wish.
    mutating func holder(_ customer: String?, _ value: String, _ position: Int64, reservation: String? = nil) {
        guard let key = Self.values(value).keys.first else { return }
        guard let customer else {
            append(
                .uniqueIndex, key: key.bytes, value: nil,
                headers: [RecordHeader(KeyHolder.positionHeader, String(lastClaim))])
            return
        }
        let body = KeyHolder(
            key: key, customerID: customer, status: reservation == nil ? .claimed : .reserved,
            reservation: reservation, position: position)
        write(.uniqueIndex, "holder", Source.projection, ("", ""), key: key.bytes, body)
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

    enum Order {
        case confirm, confirmChange
        case compensate(heldBy: String?)
        case rejectChange(heldBy: String?)
        case register(reservation: String)
    }

    /// The book's entry that a command is out, and the command.
    /// - Parameters:
    ///   - values: those of a registration.
    ///   - attribute: the one that was lost.
    @discardableResult
    mutating func processCommand(
        _ order: Order, _ customer: String, _ values: String, version: Int64 = 1, attribute: String = "document"
    ) -> Sent {
        let step: String
        var process = "\(customer)@\(version)"
        let kind: ProcessCommand.Kind
        switch order {
        case .confirm: (step, kind) = ("confirm", .confirm(version: version))
        case .compensate(let heldBy):
            (step, kind) = ("unregister", .compensate(Self.loss(heldBy, attribute), version: version))
        case .confirmChange: (step, kind) = ("confirm-change", .confirmChange(version: version))
        case .rejectChange(let heldBy):
            (step, kind) = ("reject-change", .rejectChange(Self.loss(heldBy, attribute), version: version))
        case .register(let reservation):
            (step, process) = ("register", reservation)
            kind = .register(Self.values(values), name: nil, reservation: reservation)
        }
        let id = "\(process)/\(step)"
        let value = Message(metadata(id, Source.processManager, ("", "")), ProcessCommand(kind, customerID: customer))
            .encoded()
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
        _ kind: WishKind, _ request: Sent, _ values: String, cause: (source: String, id: String)? = nil
    ) {
        let process = "\(request.key)"
        for key in kind == .release ? Self.values(values).keys : Array(Self.values(values).keys.prefix(1)) {
            let step = kind == .release ? "release/\(key.attribute)" : "reserve"
            let body: KeyWish =
                kind == .release
                ? .release(KeyRelease(customerID: request.customer, key: key, ground: .reservation(process)))
                : .claim(Self.claim(request.customer, values, .reservation(process), at: 1))
            let metadata = self.metadata("\(process)/\(step)", Source.processManager, cause ?? request.cause)
            let value = Message(metadata, body).encoded()
            book(
                request.customer, process, .commandIssued(topic: .uniqueClaims, attempt: 1, command: value),
                id: "\(step)/issued/1")
            append(.uniqueClaims, key: body.key.bytes, value: value)
        }
    }

    /// A reservation that was granted one key is sent on to the next.
    mutating func sendOn(_ request: Sent, _ values: String, at: Int) {
        let process = "\(request.key)"
        let body = Self.claim(request.customer, values, .reservation(process), at: at)
        let first = "\(process)/reserve"
        let cause = at == 2 ? (Source.processManager, first) : (Source.projection, "\(first)/\(at - 1)")
        write(.uniqueClaims, "\(first)/\(at)", Source.projection, cause, key: body.key.bytes, KeyWish.claim(body))
    }

    /// The index's answer to a request's process.
    mutating func processAnswer(
        _ kind: Answer, _ request: Sent, _ values: String, heldBy: String? = nil, attribute: String = "document",
        at: Int? = nil
    ) {
        let process = "\(request.key)"
        if kind == .released {
            guard let key = Self.values(values).keys.first else { return }
            let id = "\(process)/release/\(key.attribute)"
            let body = KeyRelease(customerID: request.customer, key: key, ground: .reservation(process))
            write(
                .uniqueVerdicts, "\(id)/released", Source.projection, (Source.processManager, id), request.customer,
                KeyAnswer.released(body))
            return
        }
        _ = answer(
            kind, Self.claim(request.customer, values, .reservation(process), at: 1), "\(process)/reserve",
            Source.processManager, heldBy, attribute, at)
    }

    var lastClaim: Int64 { records.last { $0.topic == "t.unique-claims" }?.offset ?? -1 }
}
