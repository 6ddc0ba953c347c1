internal import Messages

/// U2 and U7: what the index answered and serves, against the fold of its log.
extension Judge {
    /// U2.
    mutating func checkAnswers() {
        var claimOf: [Fingerprint: Int32] = [:]
        claimOf.reserveCapacity(facts.claims.count)
        var due = 0
        for (number, claim) in facts.claims.enumerated() {
            if !claim.record.flaws.isEmpty {
                findings.add(
                    .u2, .always, "a wish to the index \(claim.record.flaws.text)",
                    [customer(claim.reference.customer)],
                    [place(claim: Int32(number))])
            }
            guard let answer = expectedAnswer(Int32(number)) else { continue }
            if answer.kind != nil { due += 1 }
            if claimOf[claim.record.identity] == nil { claimOf[claim.record.identity] = Int32(number) }
        }
        let firstAnswers = checkGivenAnswers(claimOf)
        for (number, claim) in facts.claims.enumerated() where firstAnswers[number] < 0 {
            guard claimOf[claim.record.identity] == Int32(number), let answer = expectedAnswer(Int32(number)),
                let kind = answer.kind
            else { continue }
            findings.add(
                .u2, .atRest, "no answer to a wish of the index; by its log it is \(kind.rawValue)",
                [customer(claim.reference.customer)], [place(claim: Int32(number))])
        }
        findings.examined(.u2, due, "claims, reservations and releases")
        findings.note(.u2, index.rulings.count { $0 == .repeated }, "equal repeats of claims, dropped")
        findings.note(.u2, index.rulings.count { $0 == .void }, "void claims: the first with the id counts")
    }

    /// The answer that the log asks for; no kind where nothing is to be answered, nil for what is not judged.
    private func expectedAnswer(_ claim: Int32) -> (kind: DocumentEvent.Kind?, heldBy: Int32)? {
        switch index.rulings[Int(claim)] {
        case .claimed: (.claimed, -1)
        case .reserved: (.reserved, -1)
        case .released: (.released, -1)
        case .rejected(let holder):
            (facts.claims[Int(claim)].kind == .reserve ? .reservationRejected : .claimRejected, holder)
        case .nothing: (nil, -1)
        case .repeated, .void, .misplaced: nil
        }
    }

    /// - Returns: the answer that counts for each claim; negative for none.
    private mutating func checkGivenAnswers(_ claimOf: [Fingerprint: Int32]) -> [Int32] {
        var firstAnswers = [Int32](repeating: -1, count: facts.claims.count)
        var known: [Fingerprint: Int32] = [:]
        known.reserveCapacity(facts.answers.count)
        var repeats = 0
        var void = 0
        for (number, answer) in facts.answers.enumerated() {
            let names = [customer(answer.reference.customer)]
            let here = place(.documentEvents, answer.record.spot)
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
            guard let claim = claimOf[answer.record.cause], let expected = expectedAnswer(claim) else {
                findings.add(.u2, .atRest, "\(answer.kind.rawValue) answers no wish that is there", names, [here])
                continue
            }
            if firstAnswers[Int(claim)] >= 0 {
                let first = facts.answers[Int(firstAnswers[Int(claim)])]
                findings.add(
                    .u2, .always, "a wish of the index has a second answer, \(answer.kind.rawValue)", names,
                    [here, place(.documentEvents, first.record.spot), place(claim: claim)])
                continue
            }
            firstAnswers[Int(claim)] = Int32(number)
            guard let kind = expected.kind else {
                findings.add(
                    .u2, .always, "\(answer.kind.rawValue) answers a release that frees nothing", names,
                    [here, place(claim: claim)])
                continue
            }
            if answer.kind != kind || answer.heldBy != expected.heldBy {
                let holder = expected.heldBy >= 0 ? ", held by \(customer(expected.heldBy))" : ""
                findings.add(
                    .u2, .always,
                    "the index answered \(answer.kind.rawValue); by its log it is \(kind.rawValue)\(holder)",
                    names, [here, place(claim: claim)])
            } else if answer.reference != facts.claims[Int(claim)].reference {
                findings.add(
                    .u2, .always, "an answer of the index has other fields than its wish", names,
                    [here, place(claim: claim)])
            }
        }
        findings.note(.u2, repeats, "equal repeats of answers, dropped")
        findings.note(.u2, void, "void answers: the first with the id counts")
        return firstAnswers
    }

    /// U7.
    mutating func checkServedIndex() {
        let claims = Grouping(facts.claims, groups: Int(facts.partitionCount)) {
            $0.record.spot.partition < facts.partitionCount ? $0.record.spot.partition : -1
        }
        var served = [Int32](repeating: -1, count: facts.documents.count)
        var highest = [Int64](repeating: -1, count: facts.documents.count)
        for (number, entry) in facts.holders.enumerated() {
            let names = entry.customer >= 0 ? [customer(entry.customer)] : []
            if !entry.flaws.isEmpty {
                findings.add(
                    .u7, .always, "an entry of the index \(entry.flaws.text)", names,
                    [place(.documentIndex, entry.spot)])
                continue
            }
            let document = Int(entry.document)
            if entry.customer < 0 {
                served[document] = -1
                continue
            }
            check(entry, claims)
            // Readers ignore a lower position than they have.
            if entry.position < highest[document] { continue }
            highest[document] = entry.position
            served[document] = Int32(number)
        }
        var compared = 0
        for (document, holding) in index.holdings.enumerated() {
            let entry = served[document] >= 0 ? facts.holders[Int(served[document])] : nil
            if holding.status == .free, entry == nil { continue }
            compared += 1
            compare(entry, holding)
        }
        findings.examined(.u7, compared, "entries of the index")
    }

    /// Whether the log bears out an entry at the position that it names.
    private mutating func check(_ entry: HolderFact, _ claims: Grouping) {
        let here = place(.documentIndex, entry.spot)
        let names = [customer(entry.customer)]
        let log = Auditor.InputPartition(topic: .documentClaims, partition: entry.spot.partition)
        let end = facts.seen[log]?.upperBound ?? -1
        guard let number = claim(at: entry.position, in: claims[Int(entry.spot.partition)]) else {
            findings.add(
                .u7, entry.position > end ? .atRest : .always,
                "an entry of the index names position \(entry.position), where the log has no claim", names, [here])
            return
        }
        let claim = facts.claims[Int(number)]
        let isBorneOut =
            claim.reference.document == entry.document && claim.reference.customer == entry.customer
            && (entry.isReserved
                ? index.rulings[Int(number)] == .reserved && claim.reference.reservation == entry.reservation
                : index.rulings[Int(number)] == .claimed)
        if !isBorneOut {
            findings.add(
                .u7, .always, "an entry of the index is not what the log makes of its position", names,
                [here, place(claim: number)])
        }
    }

    private mutating func compare(_ entry: HolderFact?, _ holding: IndexFold.Holding) {
        guard let entry else {
            findings.add(
                .u7, .atRest, "the served index lacks a document that its log gives to a customer",
                [customer(holding.customer)], [place(claim: holding.since)])
            return
        }
        let here = place(.documentIndex, entry.spot)
        if holding.status == .free {
            findings.add(
                .u7, .atRest, "the served index has a holder, and by its log the document is free",
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
