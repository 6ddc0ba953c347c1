internal import EventLog
internal import Messages

/// The index: what is asked of it, what it answers, what it serves.
extension Auditor {
    mutating func observeClaim(_ record: LogRecord) {
        let message: Message<KeyWish>
        do { message = try Message(decoding: record.value) } catch {
            noteUnreadable(record, .uniqueClaims, error)
            return
        }
        let body = message.body
        let id = message.metadata.id
        var fact = ClaimFact(
            record: self.record(record, message, []), kind: .claim, customer: customers.number(body.customerID),
            key: keys.number(body.key), keys: .none, at: 1, reservation: .none, version: 0, purpose: nil,
            reusableFrom: ReuseFact.atOnce, stem: .unknown, slip: Fingerprint(id),
            time: message.metadata.time.microseconds)
        var flaws = flaws(of: record, key: body.key.bytes)
        switch body {
        case .claim(let claim):
            fact.kind = claim.isReservation ? .reserve : .claim
            fact.keys = keys.list(claim.keys)
            fact.at = Int32(claim.at)
            fact.reservation = claim.ground.reservation.map { Fingerprint($0) } ?? .none
            if case .event(let version, let purpose, _) = claim.ground {
                (fact.version, fact.purpose) = (version, purpose)
            }
            let first = Self.firstID(of: claim)
            fact.slip = Fingerprint(first)
            let writer = claim.at == 1 && claim.isReservation ? Source.processManager : Source.projection
            if message.metadata.source != writer { flaws.insert(.source) }
            if id == (claim.at == 1 ? first : "\(first)/\(claim.at)") {
                fact.stem = claim.isReservation ? .reserve : .claim
            } else {
                flaws.insert(.id)
            }
            if !isDeclared(fact.keys) { flaws.insert(.values) }
            if fact.stem == .reserve, claim.at == 1, Self.request(of: message) != claim.ground.reservation {
                flaws.insert(.cause)
            }
        case .release(let release):
            fact.kind = .release
            fact.keys = keys.list([release.key])
            fact.reusableFrom = Self.microseconds(release.reusableFrom)
            switch release.ground {
            case .version(let version): fact.version = version
            case .reservation(let name): fact.reservation = Fingerprint(name)
            }
            fact.stem = Self.stem(of: release, id)
            if fact.stem == .unknown { flaws.insert(.id) }
            let writer = fact.version == 0 ? Source.processManager : Source.projection
            if message.metadata.source != writer { flaws.insert(.source) }
        }
        fact.record.flaws = flaws
        claims.append(fact)
    }

    /// The id of the claim that a slip begins with.
    private static func firstID(of claim: KeyClaim) -> String {
        switch claim.ground {
        case .event(let version, _, _): CustomerEvent.id(customerID: claim.customerID, version: version) + "/claim"
        case .reservation(let name): name + "/reserve"
        }
    }

    /// What a release follows from: its id is made of that.
    private static func stem(of release: KeyRelease, _ id: String) -> ClaimFact.Stem {
        let attribute = release.key.attribute
        switch release.ground {
        case .version(let version):
            let event = CustomerEvent.id(customerID: release.customerID, version: version)
            if id == "\(event)/release/\(attribute)" { return .release }
            return id == "\(event)/release-wanted/\(attribute)" ? .wantedRelease : .unknown
        case .reservation(let name): return id == "\(name)/release/\(attribute)" ? .requestRelease : .unknown
        }
    }

    /// The K of the request that a wish names as its cause.
    private static func request(of message: Message<KeyWish>) -> String {
        DeduplicationKey(
            topic: .registrationRequests, customerID: message.body.customerID,
            source: message.metadata.causationSource ?? "", id: message.metadata.causationID ?? ""
        ).description
    }

    mutating func observeAnswer(_ record: LogRecord) {
        let message: Message<KeyAnswer>
        do { message = try Message(decoding: record.value) } catch {
            noteUnreadable(record, .uniqueVerdicts, error)
            return
        }
        let id = message.metadata.id
        var flaws = flaws(of: record, key: Array(message.body.subject.utf8))
        if message.metadata.source != Source.projection { flaws.insert(.source) }
        var fact = AnswerFact(
            record: self.record(record, message, []), kind: .released, customer: customers.number(message.body.subject),
            keys: .none, reservation: .none, version: 0, purpose: nil, loss: nil, slip: .none)
        let suffix: String
        switch message.body {
        case .verdict(let verdict):
            fact.kind = AnswerFact.Kind(rawValue: message.body.type) ?? .claimed
            fact.keys = keys.list(verdict.keys)
            fact.reservation = verdict.ground.reservation.map { Fingerprint($0) } ?? .none
            if case .event(let version, let purpose, _) = verdict.ground {
                (fact.version, fact.purpose) = (version, purpose)
            }
            fact.loss = self.fact(verdict.loss)
            suffix = verdict.loss == nil ? "/granted" : "/rejected"
        case .released(let release):
            fact.keys = keys.list([release.key])
            switch release.ground {
            case .version(let version): fact.version = version
            case .reservation(let name): fact.reservation = Fingerprint(name)
            }
            suffix = "/released"
        }
        if id.hasSuffix(suffix) {
            fact.slip = Fingerprint(String(id.dropLast(suffix.count)))
        } else {
            flaws.insert(.id)
        }
        fact.record.flaws = flaws
        answers.append(fact)
    }

    mutating func observeHolder(_ record: LogRecord) {
        guard let bytes = record.key, let key = UniqueKey(bytes) else {
            noteUnreadable(record, .uniqueIndex, .malformed("the key is no unique key"))
            return
        }
        var fact = HolderFact(
            spot: record.spot, key: keys.number(key), customer: -1, isReserved: false, reservation: .none, position: -1,
            flaws: isPlaced(bytes, on: record.partition) ? [] : .partition)
        if record.value == nil {
            if let position = record.header(KeyHolder.positionHeader).flatMap(Int64.init) {
                fact.position = position
            } else {
                fact.flaws.insert(.position)
            }
        } else {
            let message: Message<KeyHolder>
            do { message = try Message(decoding: record.value) } catch {
                noteUnreadable(record, .uniqueIndex, error)
                return
            }
            let body = message.body
            if body.key != key { fact.flaws.insert(.key) }
            if message.metadata.source != Source.projection { fact.flaws.insert(.source) }
            fact.customer = customers.number(body.customerID)
            fact.isReserved = body.status == .reserved
            fact.reservation = body.reservation.map { Fingerprint($0) } ?? .none
            fact.position = body.position
        }
        holders.append(fact)
    }
}
