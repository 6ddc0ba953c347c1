internal import Messages

/// U2 and U7: what the index answered and serves, against the fold of its log.
extension Judge {
    /// U2.
    mutating func checkAnswers() {
        var due = 0
        for (number, claim) in facts.claims.enumerated() {
            if !claim.record.flaws.isEmpty {
                findings.add(
                    .u2, .always, "a wish to the index \(claim.record.flaws.text)", [customer(claim.customer)],
                    [place(claim: Int32(number))])
            }
            if index.rulings[number].isRuled, claim.at > 1 { checkSentOn(claim, Int32(number)) }
        }
        let firstAnswers = checkGivenAnswers()
        for (number, claim) in facts.claims.enumerated() {
            guard let expected = expectedAnswer(Int32(number)) else { continue }
            switch expected {
            case .nothing: continue
            case .sentOn:
                due += 1
                if links.next[number] >= 0 { continue }
                findings.add(
                    .u2, .atRest, "a claim was granted, and not sent on to its next key", [customer(claim.customer)],
                    [place(claim: Int32(number))])
            case .answer(let kind, _):
                due += 1
                if firstAnswers[number] >= 0 { continue }
                findings.add(
                    .u2, .atRest, "no answer to a wish of the index; by its log it is \(kind.rawValue)",
                    [customer(claim.customer)], [place(claim: Int32(number))])
            }
        }
        findings.examined(.u2, due, "claims, reservations and releases")
        findings.note(.u2, index.rulings.count { $0 == .overtaken }, "claims that a later release had overtaken")
        findings.note(.u2, index.rulings.count { $0 == .repeated }, "equal repeats of claims, dropped")
        findings.note(.u2, index.rulings.count { $0 == .void }, "void claims: the first with the id counts")
    }

    /// A claim for a further key: what was granted just before, sent on by one place.
    private mutating func checkSentOn(_ claim: ClaimFact, _ number: Int32) {
        // Told by its flaws.
        if claim.stem == .unknown { return }
        let names = [customer(claim.customer)]
        let before = links.previous[Int(number)]
        guard before >= 0 else {
            findings.add(
                .u2, .atRest, "a claim was sent on, and the one before is not there", names, [place(claim: number)])
            return
        }
        let granted = facts.claims[Int(before)]
        if granted.at + 1 != claim.at || !granted.isSameSlip(as: claim) {
            findings.add(
                .u2, .always, "a claim was sent on to another place or with other fields than its slip has", names,
                [place(claim: number), place(claim: before)])
        } else if !index.rulings[Int(before)].isGrant {
            findings.add(
                .u2, .always, "a claim was sent on that was not granted", names,
                [place(claim: number), place(claim: before)])
        } else if links.next[Int(before)] != number {
            findings.add(
                .u2, .always, "a claim was sent on twice", names, [place(claim: number), place(claim: before)])
        }
    }

    private enum Expected {
        case answer(AnswerFact.Kind, LossFact?)
        /// There are keys to come.
        case sentOn
        /// A release that frees nothing.
        case nothing
    }

    /// What the log asks for; nil for what is not judged.
    private func expectedAnswer(_ number: Int32) -> Expected? {
        let claim = facts.claims[Int(number)]
        let isReservation = claim.kind == .reserve
        switch index.rulings[Int(number)] {
        case .claimed, .reserved, .overtaken:
            if Int(claim.at) < facts.keys[claim.keys].count { return .sentOn }
            return .answer(isReservation ? .reserved : .claimed, nil)
        case .released: return .answer(.released, nil)
        case .rejected(let holder):
            return .answer(isReservation ? .reservationRejected : .claimRejected, loss(of: number, heldBy: holder))
        case .nothing: return .nothing
        case .repeated, .void, .misplaced: return nil
        }
    }

    /// - Returns: the answer that counts for each claim; negative for none.
    private mutating func checkGivenAnswers() -> [Int32] {
        var firstAnswers = [Int32](repeating: -1, count: facts.claims.count)
        var known: [Fingerprint: Int32] = [:]
        known.reserveCapacity(facts.answers.count)
        var repeats = 0
        var void = 0
        for (number, answer) in facts.answers.enumerated() {
            let names = [customer(answer.customer)]
            let here = place(.uniqueVerdicts, answer.record.spot)
            if !answer.record.flaws.isEmpty {
                findings.add(.u2, .always, "an answer of the index \(answer.record.flaws.text)", names, [here])
            }
            if let earlier = known[answer.record.identity] {
                if facts.answers[Int(earlier)].record.content == answer.record.content {
                    repeats += 1
                } else {
                    void += 1
                }
                continue
            }
            known[answer.record.identity] = Int32(number)
            guard let claim = links.claim(named: answer.record.cause), let expected = expectedAnswer(claim) else {
                findings.add(.u2, .atRest, "\(answer.kind.rawValue) answers no wish that is there", names, [here])
                continue
            }
            if firstAnswers[Int(claim)] >= 0 {
                let first = facts.answers[Int(firstAnswers[Int(claim)])]
                findings.add(
                    .u2, .always, "a wish of the index has a second answer, \(answer.kind.rawValue)", names,
                    [here, place(.uniqueVerdicts, first.record.spot), place(claim: claim)])
                continue
            }
            firstAnswers[Int(claim)] = Int32(number)
            check(answer, expected, claim)
        }
        findings.note(.u2, repeats, "equal repeats of answers, dropped")
        findings.note(.u2, void, "void answers: the first with the id counts")
        return firstAnswers
    }

    private mutating func check(_ answer: AnswerFact, _ expected: Expected, _ number: Int32) {
        let names = [customer(answer.customer)]
        let places = [place(.uniqueVerdicts, answer.record.spot), place(claim: number)]
        switch expected {
        case .nothing:
            findings.add(
                .u2, .always, "\(answer.kind.rawValue) answers a release that frees nothing", names, places)
        case .sentOn:
            findings.add(
                .u2, .always, "\(answer.kind.rawValue) answers a claim whose slip has further keys", names, places)
        case .answer(let kind, let loss):
            let claim = facts.claims[Int(number)]
            let isSame =
                answer.customer == claim.customer && answer.keys == claim.keys && answer.slip == claim.slip
                && answer.reservation == claim.reservation && answer.version == claim.version
                && answer.purpose == claim.purpose
            if answer.kind != kind || answer.loss != loss {
                let holder = loss.map { $0.heldBy >= 0 ? ", held by \(customer($0.heldBy))" : "" } ?? ""
                findings.add(
                    .u2, .always,
                    "the index answered \(answer.kind.rawValue); by its log it is \(kind.rawValue)\(holder)", names,
                    places)
            } else if !isSame {
                findings.add(.u2, .always, "an answer of the index has other fields than its wish", names, places)
            }
        }
    }

    /// U7.
    mutating func checkServedIndex() {
        let claims = Grouping(facts.claims, groups: Int(facts.partitionCount)) {
            $0.record.spot.partition < facts.partitionCount ? $0.record.spot.partition : -1
        }
        var served = [Int32](repeating: -1, count: facts.keys.count)
        for (number, entry) in facts.holders.enumerated() {
            if !entry.flaws.isEmpty {
                findings.add(
                    .u7, .always, "an entry of the index \(entry.flaws.text)",
                    entry.customer >= 0 ? [customer(entry.customer)] : [], [place(.uniqueIndex, entry.spot)])
                continue
            }
            check(entry, claims)
            let key = Int(entry.key)
            // Readers ignore a lower position than they have.
            if served[key] >= 0, facts.holders[Int(served[key])].position > entry.position { continue }
            served[key] = Int32(number)
        }
        var compared = 0
        for (key, holding) in index.holdings.enumerated() {
            let entry = served[key] >= 0 ? facts.holders[Int(served[key])] : nil
            let isFree = entry.map { $0.customer < 0 } ?? true
            if holding.status == .free, isFree { continue }
            compared += 1
            compare(isFree ? nil : entry, holding)
        }
        findings.examined(.u7, compared, "entries of the index")
    }

    /// Whether the log bears out an entry at the position that it names.
    private mutating func check(_ entry: HolderFact, _ claims: Grouping) {
        let here = place(.uniqueIndex, entry.spot)
        let names = entry.customer >= 0 ? [customer(entry.customer)] : []
        let log = Auditor.InputPartition(topic: .uniqueClaims, partition: entry.spot.partition)
        let end = facts.seen[log]?.upperBound ?? -1
        guard let number = claim(at: entry.position, in: claims[Int(entry.spot.partition)]) else {
            findings.add(
                .u7, entry.position > end ? .atRest : .always,
                "an entry of the index names position \(entry.position), where the log has no claim", names, [here])
            return
        }
        let claim = facts.claims[Int(number)]
        let isBorneOut =
            switch index.rulings[Int(number)] {
            case .claimed: entry.customer == claim.customer && !entry.isReserved
            case .reserved:
                entry.customer == claim.customer && entry.isReserved && entry.reservation == claim.reservation
            case .released: entry.customer < 0
            case .overtaken, .rejected, .nothing, .repeated, .void, .misplaced: false
            }
        if !isBorneOut || claim.key != entry.key {
            findings.add(
                .u7, .always, "an entry of the index is not what the log makes of its position", names,
                [here, place(claim: number)])
        }
    }

    private mutating func compare(_ entry: HolderFact?, _ holding: IndexFold.Holding) {
        guard let entry else {
            findings.add(
                .u7, .atRest, "the served index lacks a key that its log gives to a customer",
                [customer(holding.customer)], [place(claim: holding.since)])
            return
        }
        let here = place(.uniqueIndex, entry.spot)
        if holding.status == .free {
            findings.add(
                .u7, .atRest, "the served index has a holder, and by its log the key is free",
                [customer(entry.customer)], [here])
            return
        }
        let since = facts.claims[Int(holding.since)].record.spot.offset
        let isSame =
            entry.customer == holding.customer && entry.isReserved == (holding.status == .reserved)
            && (!entry.isReserved || entry.reservation == holding.reservation) && entry.position >= since
        if !isSame {
            findings.add(
                .u7, .atRest, "the served index has another holder, status or position than its log",
                [customer(entry.customer), customer(holding.customer)], [here, place(claim: holding.since)])
        }
    }

    /// The claim at an offset, among those of a partition.
    private func claim(at offset: Int64, in partition: ArraySlice<Int32>) -> Int32? {
        var low = partition.startIndex
        var high = partition.endIndex
        while low < high {
            let middle = low + (high - low) / 2
            if facts.claims[Int(partition[middle])].record.spot.offset < offset {
                low = middle + 1
            } else {
                high = middle
            }
        }
        guard low < partition.endIndex, facts.claims[Int(partition[low])].record.spot.offset == offset else {
            return nil
        }
        return partition[low]
    }
}
