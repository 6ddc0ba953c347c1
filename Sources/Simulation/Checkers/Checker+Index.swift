internal import Auditing
internal import EventLog
internal import Messages
internal import ServiceCores

extension Checker {
    /// A wish to the index, with what the index must have made of it.
    struct Wish {
        enum Ruling: Hashable {
            case claimed, reserved, released
            /// Overtaken by a release of a later version: it goes on as if granted.
            case overtaken
            /// The holder's number; nil while nobody may take the key.
            case rejected(heldBy: Int?)
            /// Nobody is told.
            case nothing

            var isGrant: Bool { self == .claimed || self == .reserved || self == .overtaken }
        }
        var body: KeyWish
        var key: Int
        var customer: Int
        var ruling: Ruling
        var place: AuditReport.Place
        /// The id of the claim that its slip began with; of a release its own.
        var slip: String
        /// The number of the wish by which its key was held when it was rejected.
        var winner: Int?
        /// The number of the wish that it was sent on as.
        var next: Int?
        /// Whether it was answered, or sent on.
        var isDone = false

        /// Keys to come behind this one.
        var hasNext: Bool {
            if case .claim(let claim) = body { claim.next != nil } else { false }
        }
    }

    /// Who holds a key.
    struct Holding {
        enum Status { case free, claimed, reserved }
        var status = Status.free
        var customer = -1
        var reservation = -1
        var version: Int64 = 0
        var reusableFrom: ReusableFrom?
        /// The number of the wish that it was given to.
        var since = -1
        /// The last one who gave it up; negative for none.
        var last = -1
    }

    /// A customer at a key.
    struct Pair: Hashable {
        var key: Int
        var customer: Int
    }

    /// How a slip stands.
    enum SlipEnd: Hashable {
        case won
        case lost(Loss)
        case open
    }
}

/// The index: its log folded once more, and everything that is told of it held against that. U2, U6, U7.
extension Checker {
    func wish(_ source: String, _ id: String) -> Wish? { wishNumber(source, id).map { wishes[$0] } }

    func wishNumber(_ source: String, _ id: String) -> Int? {
        guard let source = texts.known(source), let id = texts.known(id) else { return nil }
        return wishNumbers[Identity(source: source, id: id)]
    }

    /// How what an event claims, or what a request reserves, has come out so far.
    func end(ofSlip source: String, _ id: String) -> SlipEnd {
        guard let first = wishNumber(source, id) else { return .open }
        let last = last(ofSlip: first)
        let wish = wishes[last]
        switch wish.ruling {
        case .claimed, .reserved, .overtaken: return wish.hasNext ? .open : .won
        case .rejected(let holder):
            return .lost(Loss(attribute: wish.body.key.attribute, heldBy: holder.map { texts[$0] }))
        case .released, .nothing: return .open
        }
    }

    /// The last wish of a slip so far.
    func last(ofSlip first: Int) -> Int {
        var number = first
        while let next = wishes[number].next { number = next }
        return number
    }

    func takeClaim(_ record: LogRecord) throws(Violation) {
        let envelope = try envelope(record, .u2)
        let wish = try body(KeyWish.self, of: envelope, record, .u2)
        let here = place(record)
        try check(envelope, record, key: wish.key.bytes, source: envelope.source, .u2)
        let identity = identity(envelope.source, envelope.id)
        if let number = wishNumbers[identity] {
            let first = wishes[number]
            if first.body == wish { return }
            if isExactlyOnce {
                throw Violation(.u2, "\(envelope.id) is there with another content", [here, first.place])
            }
            sightings.note(.voidRecord)
            return
        }
        let previous = try checkStem(of: wish, envelope, here)
        guard let time = envelope.object.text("time").flatMap({ Timestamp($0) }) else {
            throw Violation(.u2, "\(envelope.id) has no time", [here])
        }
        let key = texts.number(wish.key.text)
        let customer = texts.number(wish.customerID)
        let before = holdings[key] ?? Holding()
        let ruling = rule(wish, key, customer, at: time)
        let number = wishes.count
        wishNumbers[identity] = number
        wishesAt[Spot(topic: .uniqueClaims, partition: record.partition, offset: record.offset)] = number
        var made = Wish(
            body: wish, key: key, customer: customer, ruling: ruling, place: here,
            slip: previous.map { wishes[$0].slip } ?? envelope.id)
        if case .rejected(_?) = ruling { made.winner = before.since }
        wishes.append(made)
        if let previous {
            wishes[previous].next = number
            wishes[previous].isDone = true
        }
        note(made)
        let holding = holdings[key] ?? Holding()
        answers.note(
            .key(attribute: wish.key.attribute, value: wish.key.value),
            holding.status == .free
                ? nil : .holder(Array(texts[holding.customer].utf8), isReserved: holding.status == .reserved),
            at: record.offset)
    }

    private func note(_ wish: Wish) {
        if case .claim(let claim) = wish.body, claim.at > 1 {
            sightings.note(.claimSentOn)
            if case .rejected = wish.ruling { sightings.note(.claimHalfFailed) }
        }
        switch (wish.ruling, wish.body) {
        case (.reserved, _): sightings.note(.reservationWon)
        case (.overtaken, _): sightings.note(.claimOvertaken)
        case (.rejected(nil), _): sightings.note(.restingKey)
        case (.rejected, .claim(let claim)): if claim.isReservation { sightings.note(.reservationRejected) }
        case (.released, .release(let release)):
            if case .reservation = release.ground { sightings.note(.reservationReleased) }
        case (.rejected, _), (.claimed, _), (.nothing, _), (.released, _): break
        }
    }

    /// By the time that the wish itself carries: the log's, so that whoever folds it comes to the same.
    private func rule(_ wish: KeyWish, _ key: Int, _ customer: Int, at time: Timestamp) -> Wish.Ruling {
        var holding = holdings[key] ?? Holding()
        defer { holdings[key] = holding }
        let isOwn = holding.status != .free && holding.customer == customer
        let pair = Pair(key: key, customer: customer)
        switch wish {
        case .claim(let claim):
            if case .event(let version, _, _) = claim.ground, version < released[pair] ?? 0 { return .overtaken }
            if holding.status == .free, holding.reusableFrom?.blocks(at: time) ?? false {
                return .rejected(heldBy: nil)
            }
            if holding.status == .free, holding.last >= 0, holding.last != customer { sightings.note(.keyPassedOn) }
            switch claim.ground {
            case .event(let version, _, _):
                if holding.status != .free, !isOwn { return .rejected(heldBy: holding.customer) }
                if holding.status != .claimed || holding.version < version {
                    holding = Holding(status: .claimed, customer: customer, version: version, since: wishes.count)
                }
                return .claimed
            case .reservation(let name):
                let reservation = texts.number(name)
                if holding.status == .free {
                    holding = Holding(
                        status: .reserved, customer: customer, reservation: reservation, since: wishes.count)
                    return .reserved
                }
                let isSame = isOwn && holding.status == .reserved && holding.reservation == reservation
                return isSame ? .reserved : .rejected(heldBy: holding.customer)
            }
        case .release(let release):
            let frees: Bool
            switch release.ground {
            case .version(let version):
                released[pair] = max(released[pair] ?? 0, version)
                frees = holding.status == .reserved || holding.version < version
            case .reservation(let name):
                frees = holding.status == .reserved && holding.reservation == texts.number(name)
            }
            if !isOwn || !frees { return .nothing }
            holding = Holding(reusableFrom: release.reusableFrom, last: customer)
            return .released
        }
    }

    /// A wish follows from an event of its customer, from a request, or from the claim that was granted before it; and what
    /// it follows from was read before.
    /// - Returns: the claim that was sent on.
    private func checkStem(of wish: KeyWish, _ envelope: Envelope, _ here: AuditReport.Place) throws(Violation) -> Int?
    {
        switch (envelope.source, wish) {
        case (Source.projection, .claim(let claim)) where claim.at > 1:
            guard let number = wishNumbers[identity(envelope.causationSource, envelope.causationID)],
                case .claim(let before) = wishes[number].body
            else { throw Violation(.u2, "\(envelope.id) was sent on by nobody", [here]) }
            let previous = wishes[number]
            if !previous.ruling.isGrant || before.next != claim || previous.next != nil
                || !envelope.id.isExactly("\(previous.slip)/\(claim.at)")
            {
                throw Violation(
                    .u2, "\(envelope.id) is not what the claim before it goes on as", [here, previous.place])
            }
            return number
        case (Source.projection, _):
            let life = lives[texts.number(wish.customerID)] ?? Life()
            let version: Int64
            switch wish {
            case .claim(let claim): version = claim.ground.version ?? 0
            case .release(let release):
                if case .version(let named) = release.ground { version = named } else { version = 0 }
            }
            guard version >= 1, version <= life.version else {
                throw Violation(.u6, "\(envelope.id) stems from no event of its customer", [here])
            }
            let event = life.events[Int(version) - 1]
            let isRight = Self.wishes(of: event).contains {
                $0.body == wish && envelope.id.isExactly("\(event.id)/\($0.suffix)")
            }
            if isRight { return nil }
            throw Violation(
                .u6, "\(envelope.id) is not what its event asks for", [here, life.places[Int(version) - 1]])
        case (Source.processManager, .claim(let claim)):
            let reservation = claim.ground.reservation ?? ""
            if !claim.isReservation || claim.at != 1 || !envelope.id.isExactly(reservation + "/reserve") {
                throw Violation(.u6, "\(envelope.id) is not named after its reservation", [here])
            }
            let command = command(ofKey: reservation)
            guard command?.name.topic == .registrationRequests,
                command?.name.customer == texts.number(claim.customerID)
            else { throw Violation(.u4, "\(envelope.id) stems from no request of its customer", [here]) }
        case (Source.processManager, .release(let release)):
            guard case .reservation(let name) = release.ground,
                envelope.id.isExactly("\(name)/release/\(release.key.attribute)")
            else { throw Violation(.u6, "\(envelope.id) is not named after its reservation", [here]) }
            if let registration = registrations[texts.number(name)] {
                throw Violation(
                    .u6, "\(envelope.id) releases a reservation that a customer stands on", [here, registration])
            }
            if refusals[texts.number(name + "/register")] != nil { return nil }
            if case .lost = end(ofSlip: Source.processManager, name + "/reserve") { return nil }
            throw Violation(.u6, "\(envelope.id) releases a reservation that was not refused", [here])
        case (_, _): throw Violation(.u6, "\(envelope.id) is a stranger's", [here])
        }
        return nil
    }

    /// What an event asks of the index, each with what is put behind the event's id to name it.
    private static func wishes(of event: CustomerEvent) -> [(suffix: String, body: KeyWish)] {
        func claim(_ keys: [UniqueKey], _ purpose: ClaimPurpose, _ reservation: String?) -> [(String, KeyWish)] {
            let ground = ClaimGround.event(version: event.version, purpose: purpose, reservation: reservation)
            let claim = KeyClaim(customerID: event.customerID, keys: keys, ground: ground)
            return claim.map { [("claim", .claim($0))] } ?? []
        }
        func releases(_ values: UniqueValues, _ word: String, _ times: ReuseTimes = .none) -> [(String, KeyWish)] {
            values.keys.map { key in
                let release = KeyRelease(
                    customerID: event.customerID, key: key, ground: .version(event.version),
                    reusableFrom: times[key.attribute])
                return ("\(word)/\(key.attribute)", .release(release))
            }
        }
        switch event.kind {
        case .registered(_, _, let reservation): return claim(event.values.keys, .registration, reservation)
        case .changeStarted(let wanted): return claim(wanted.wanted.keys, .change, nil)
        case .changed(let previous, let times): return releases(previous, "release", times)
        case .changeRejected(let rejected, _): return releases(rejected, "release-wanted")
        case .unregistered(_, _, let wanted, let times):
            return releases(event.values, "release", times) + releases(wanted?.wanted ?? .none, "release-wanted")
        case .confirmed: return []
        }
    }

    // MARK: What is told of it

    func takeAnswer(_ record: LogRecord) throws(Violation) {
        let envelope = try envelope(record, .u2)
        let answer = try body(KeyAnswer.self, of: envelope, record, .u2)
        let here = place(record)
        try check(envelope, record, key: Array(answer.subject.utf8), source: Source.projection, .u2)
        if try isRepeat(envelope.id, in: .uniqueVerdicts, .u2, here) { sightings.note(.repeatedRecord) }
        guard let number = wishNumbers[identity(envelope.causationSource, envelope.causationID)] else {
            throw Violation(.u2, "\(envelope.id) answers a wish that is not there", [here])
        }
        let wish = wishes[number]
        guard let expected = expectedAnswer(to: wish), answer == expected.body,
            envelope.id.isExactly("\(wish.slip)/\(expected.suffix)")
        else { throw Violation(.u2, "\(envelope.id) answers otherwise than the index's log", [here, wish.place]) }
        wishes[number].isDone = true
    }

    private func expectedAnswer(to wish: Wish) -> (suffix: String, body: KeyAnswer)? {
        switch (wish.ruling, wish.body) {
        case (.claimed, .claim(let claim)), (.reserved, .claim(let claim)), (.overtaken, .claim(let claim)):
            return wish.hasNext ? nil : ("granted", .verdict(KeyVerdict(on: claim, loss: nil)))
        case (.rejected(let holder), .claim(let claim)):
            let loss = Loss(attribute: claim.key.attribute, heldBy: holder.map { texts[$0] })
            return ("rejected", .verdict(KeyVerdict(on: claim, loss: loss)))
        case (.released, .release(var release)):
            release.reusableFrom = nil
            return ("released", .released(release))
        case (_, _): return nil
        }
    }

    func takeHolder(_ record: LogRecord) throws(Violation) {
        guard record.value != nil else { return try takeTombstone(record) }
        let envelope = try envelope(record, .u7)
        let holder = try body(KeyHolder.self, of: envelope, record, .u7)
        try check(envelope, record, key: holder.key.bytes, source: Source.projection, .u7)
        let spot = Spot(topic: .uniqueClaims, partition: record.partition, offset: holder.position)
        guard let number = wishesAt[spot] else {
            throw Violation(.u7, "\(envelope.id) names no claim as its ground", [place(record), place(spot)])
        }
        let wish = wishes[number]
        let ruling: Wish.Ruling = holder.status == .claimed ? .claimed : .reserved
        var reservation: String?
        if holder.status == .reserved, case .claim(let claim) = wish.body { reservation = claim.ground.reservation }
        if wish.ruling != ruling || holder.key != wish.body.key || !holder.customerID.isExactly(texts[wish.customer])
            || holder.reservation != reservation
        {
            throw Violation(.u7, "\(envelope.id) is not what its claim was answered", [place(record), wish.place])
        }
    }

    /// That a key is free is so since a release.
    private func takeTombstone(_ record: LogRecord) throws(Violation) {
        guard let position = record.header(KeyHolder.positionHeader).flatMap({ Int64($0) }), isPlaced(record) else {
            throw Violation(.u7, "a tombstone has no position, or is on another partition", [place(record)])
        }
        let spot = Spot(topic: .uniqueClaims, partition: record.partition, offset: position)
        guard let number = wishesAt[spot], wishes[number].ruling == .released,
            wishes[number].body.key.bytes == record.key
        else { throw Violation(.u7, "a tombstone names no release as its ground", [place(record), place(spot)]) }
    }

    /// U9: from each loser one comes to somebody who did not lose, within as many steps as there are attributes.
    func checkDefeats(_ found: inout [Violation]) {
        for wish in wishes where wish.winner != nil {
            var steps = 0
            var lost = wish
            while let winner = lost.winner, steps <= attributeCount {
                steps += 1
                guard let first = slipNumber(of: wishes[winner]) else { break }
                let next = wishes[last(ofSlip: first)]
                guard case .rejected = next.ruling, !isWithdrawn(next) else { break }
                lost = next
            }
            if steps > attributeCount {
                found.append(Violation(.u9, "a loser lost to one who lost as well, without an end", [wish.place]))
            }
        }
    }

    private func slipNumber(of wish: Wish) -> Int? {
        guard case .claim(let claim) = wish.body else { return nil }
        return wishNumber(claim.isReservation ? Source.processManager : Source.projection, wish.slip)
    }

    private func isWithdrawn(_ wish: Wish) -> Bool {
        guard case .claim(let claim) = wish.body, let version = claim.ground.version,
            case .unregistered(.requested, _, _, _)? = event(version + 1, of: wish.customer)?.kind
        else { return false }
        return true
    }
}
