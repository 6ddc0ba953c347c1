internal import Messages

/// One verdict in the making: the folds, and what the checks find in them.
struct Judge {
    let facts: Auditor
    let index: IndexFold
    let streams: StreamFold
    let claimsByCustomer: Grouping
    var findings: Findings

    init(_ facts: Auditor, isAtRest: Bool) {
        self.facts = facts
        index = IndexFold(facts.claims, documents: facts.documents.count)
        streams = StreamFold(facts.events, customers: facts.customers.count)
        claimsByCustomer = Grouping(facts.claims, groups: facts.customers.count) { $0.reference.customer }
        findings = Findings(isAtRest: isAtRest)
    }

    mutating func report(restReasons: [String]) -> AuditReport {
        checkUniqueness()
        checkAnswers()
        checkLosers()
        checkCommands()
        checkStreams()
        checkLeaks()
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
        place(.documentClaims, facts.claims[Int(index)].record.spot)
    }

    /// The claim of a customer's registration that the index ruled on; nil when none was seen.
    func claim(ofRegistration registration: StreamFact) -> Int32? {
        for index in claimsByCustomer[Int(registration.customer)] {
            switch self.index.rulings[Int(index)] {
            case .repeated, .void, .misplaced: continue
            case .claimed, .reserved, .released, .rejected, .nothing: break
            }
            let claim = facts.claims[Int(index)]
            if claim.reference.document != registration.document { continue }
            switch registration.kind {
            case .registeredConfirmed:
                if claim.kind == .reserve, claim.reference.reservation == registration.reservation { return index }
            case .registeredPending, .confirmed, .unregisteredByRequest, .unregisteredAsDuplicate, .unknown:
                if claim.kind == .claim, claim.reference.version == registration.version,
                    claim.reference.purpose == .registration
                {
                    return index
                }
            }
        }
        return nil
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
        case .documentClaims, .documentEvents, .documentClaimsDeadLetter, .documentEventsDeadLetter: .u2
        case .registrationEvents: .u3
        case .customerCommands, .processCommands, .commandOutcomes, .processOutcomes, .registrationRequests,
            .customerCommandsDeadLetter, .processCommandsDeadLetter, .processOutcomesDeadLetter,
            .registrationRequestsDeadLetter:
            .u4
        case .customerEvents, .customerEventsDeadLetter: .u5
        case .documentIndex: .u7
        }
    }
}
