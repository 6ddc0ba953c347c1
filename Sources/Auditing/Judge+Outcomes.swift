internal import Messages

/// U4: what clients' commands were told, and the events that came of them.
extension Judge {
    /// The outcomes of one customer that count.
    struct Told {
        /// By K.
        var firsts: [Fingerprint: OutcomeFact] = [:]
        /// By K and the place of the repeat.
        var repeats: [Repeat: OutcomeFact] = [:]

        struct Repeat: Hashable {
            var key: Fingerprint
            var spot: Spot
        }
    }
    struct OutcomeCounts {
        var repeats = 0
        var void = 0
    }

    /// The first record with an id counts; one that contradicts the events is void.
    func told(
        _ indices: ArraySlice<Int32>, of all: [OutcomeFact], events: [Int64: StreamFact], counts: inout OutcomeCounts
    ) -> Told {
        var told = Told()
        func contradicts(_ fact: OutcomeFact) -> Bool {
            switch fact.verdict {
            case .accepted(let first, let count):
                // An event that was not seen yet contradicts nobody.
                (0..<count).contains { step in
                    events[first + step].map {
                        !($0.kind.isCausedByClient || $0.kind == .unknown) || $0.record.cause != fact.command
                    }
                        ?? false
                }
            case .acceptedWithForeignEvents: true
            case .rejected: events.values.contains { $0.kind.isCausedByClient && $0.record.cause == fact.command }
            }
        }
        func later(_ fact: OutcomeFact, than first: OutcomeFact) -> OutcomeFact {
            if fact.record.content == first.record.content {
                counts.repeats += 1
                return first
            }
            counts.void += 1
            return fact.repeats == nil && contradicts(first) && !contradicts(fact) ? fact : first
        }
        for number in indices {
            let fact = all[Int(number)]
            if let spot = fact.repeats {
                let name = Told.Repeat(key: fact.key, spot: spot)
                told.repeats[name] = told.repeats[name].map { later(fact, than: $0) } ?? fact
            } else {
                told.firsts[fact.key] = told.firsts[fact.key].map { later(fact, than: $0) } ?? fact
            }
        }
        return told
    }

    /// Each event that a client caused belongs to one accepted first outcome, and each of these has its events.
    /// What contradicts is void, and the true outcome may still come: it counts at rest alone.
    mutating func checkEvents(
        of number: Int32, _ told: Told, _ indices: ArraySlice<Int32>, events: [Int64: StreamFact]
    ) {
        let names = [customer(number)]
        var owners: [Int64: OutcomeFact] = [:]
        // In the order of the log; a dictionary has none.
        for index in indices {
            let fact = facts.outcomes[Int(index)]
            guard fact.repeats == nil, let first = told.firsts[fact.key], first.record.spot == fact.record.spot else {
                continue
            }
            let here = place(.commandOutcomes, fact.record.spot)
            switch fact.verdict {
            case .rejected: continue
            case .acceptedWithForeignEvents:
                findings.add(
                    .u4, .always, "an outcome names events that are not its customer's, in a row", names, [here])
            case .accepted(let first, let count):
                for version in first..<(first + min(count, 1_000)) {
                    let id = CustomerEvent.id(customerID: customer(number), version: version)
                    if let other = owners[version] {
                        findings.add(
                            .u4, .always, "two accepted commands have the event \(id)", names,
                            [here, place(.commandOutcomes, other.record.spot)])
                    }
                    owners[version] = fact
                    guard let event = events[version] else {
                        findings.add(.u4, .atRest, "the event \(id) of an accepted command is not there", names, [here])
                        continue
                    }
                    if event.kind == .unknown { continue }
                    if !event.kind.isCausedByClient || event.record.cause != fact.command {
                        findings.add(
                            .u4, .atRest, "the event \(id) was caused by another command than the outcome says", names,
                            [here, place(.customerEvents, event.record.spot)])
                    }
                }
            }
        }
        for (version, event) in events.sorted(by: { $0.key < $1.key }) {
            if !event.kind.isCausedByClient || owners[version] != nil { continue }
            let isContradicted = told.firsts.values.contains { $0.command == event.record.cause }
            findings.add(
                .u4, .atRest,
                isContradicted
                    ? "the first outcome of a command tells nothing of its event \(id(of: event))"
                    : "the outcome of the command that caused \(id(of: event)) is not there", names,
                [place(.customerEvents, event.record.spot)])
        }
    }
}
