internal import Messages

/// One verdict in the making: the folds, and what the checks find in them.
struct Judge {
    let facts: Auditor
    let index: IndexFold
    let streams: StreamFold
    let links: Links
    var findings: Findings

    init(_ facts: Auditor, isAtRest: Bool) {
        self.facts = facts
        index = IndexFold(facts.claims, keys: facts.keys.count)
        streams = StreamFold(facts.events, customers: facts.customers.count, facts.keys)
        links = Links(facts, index, streams)
        findings = Findings(isAtRest: isAtRest)
    }

    mutating func report(restReasons: [String]) -> AuditReport {
        checkUniqueness()
        checkAnswers()
        checkLosers()
        checkDefeats()
        checkBook()
        checkCommands()
        checkStreams()
        checkLeaks()
        checkWishes()
        checkServedIndex()
        checkReadability()
        return findings.report(restReasons: restReasons)
    }

    func customer(_ number: Int32) -> String { facts.customers[number] }

    func place(_ topic: Topic, _ spot: Spot) -> AuditReport.Place { facts.place(topic, spot) }

    func place(event index: Int32) -> AuditReport.Place {
        place(.customerEvents, facts.events[Int(index)].record.spot)
    }

    func place(claim index: Int32) -> AuditReport.Place {
        place(.uniqueClaims, facts.claims[Int(index)].record.spot)
    }

    /// The event of a customer's version that counts; nil when none was seen.
    func event(_ version: Int64, of customer: Int32) -> Int32? {
        streams.event(version, of: customer, in: facts.events)
    }

    /// How what an event claims ended; nil when no claim of it was seen.
    func end(ofClaimBy event: Int32) -> Links.SlipEnd? {
        let first = links.slips[Int(event)]
        return first >= 0 ? end(ofSlip: first) : nil
    }

    func end(ofSlip first: Int32) -> Links.SlipEnd { links.end(ofSlip: first, facts, index) }

    /// What a claim that was rejected has lost.
    func loss(of claim: Int32, heldBy holder: Int32) -> LossFact {
        LossFact(attribute: facts.keys.attribute(of: facts.claims[Int(claim)].key), heldBy: holder)
    }

    /// The event that waited for a verdict, and that this one tells the end of: what comes right before it in the stream,
    /// or, where a registration is confirmed or undone out of turn, that registration.
    func ground(of event: StreamFact) -> Int32? {
        let isOfChange = event.kind == .changed || event.kind == .changeRejected
        if let before = self.event(event.version - 1, of: event.customer),
            facts.events[Int(before)].kind == (isOfChange ? .changeStarted : .registeredPending)
        {
            return before
        }
        let registration = streams.lives[Int(event.customer)].registration
        let isEarlier = registration >= 0 && facts.events[Int(registration)].version < event.version
        return !isOfChange && isEarlier ? registration : nil
    }

    /// Records of services that nobody can read.
    private mutating func checkReadability() {
        var forgiven = 0
        for fact in facts.unreadable {
            if facts.deadLetters.contains(Auditor.Origin(topic: fact.topic, spot: fact.spot)) {
                forgiven += 1
                continue
            }
            findings.add(
                Self.row(of: fact.topic), .always, "a record of a service can't be read: \(fact.detail)", [],
                [place(fact.topic, fact.spot)])
        }
        findings.note(.u5, forgiven, "unreadable records of services, each of them a dead letter")
        for topic in Topic.allCases {
            findings.note(
                Self.row(of: topic), facts.unknownTypes[topic] ?? 0,
                "records on \(facts.names.name(topic)) of types that this version does not know")
        }
    }

    private static func row(of topic: Topic) -> AuditReport.Invariant {
        switch topic {
        case .uniqueClaims, .uniqueVerdicts, .uniqueClaimsDeadLetter, .uniqueVerdictsDeadLetter: .u2
        case .registrationEvents: .u3
        case .deployment, .customerCommands, .processCommands, .commandOutcomes, .processOutcomes,
            .registrationRequests, .customerCommandsDeadLetter, .processCommandsDeadLetter, .processOutcomesDeadLetter,
            .registrationRequestsDeadLetter:
            .u4
        case .customerEvents, .customerEventsDeadLetter: .u5
        case .uniqueIndex: .u7
        }
    }
}
