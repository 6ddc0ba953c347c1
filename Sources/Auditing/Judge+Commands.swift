internal import Messages

/// U4: nobody's command is lost, and none is taken twice.
extension Judge {
    mutating func checkCommands() {
        let customers = facts.customers.count
        let commands = Grouping(facts.commands, groups: customers) { $0.standing == .answerable ? $0.customer : -1 }
        let processCommands = Grouping(facts.processCommands, groups: customers) {
            $0.standing == .answerable ? $0.customer : -1
        }
        let outcomes = Grouping(facts.outcomes, groups: customers) { $0.customer }
        let processOutcomes = Grouping(facts.processOutcomes, groups: customers) { $0.customer }
        var counts = OutcomeCounts()
        var processCounts = OutcomeCounts()
        for number in 0..<customers {
            var events: [Int64: StreamFact] = [:]
            for index in streams.byCustomer[number] where streams.counts[Int(index)] {
                events[facts.events[Int(index)].version] = facts.events[Int(index)]
            }
            let told = told(outcomes[number], of: facts.outcomes, events: events, counts: &counts)
            checkEvents(of: Int32(number), told, outcomes[number], events: events)
            checkClientCommands(commands[number], told, events)
            checkPositions(of: Int32(number), told, outcomes[number], commands[number])
            let refused = self.told(
                processOutcomes[number], of: facts.processOutcomes, events: [:], counts: &processCounts)
            checkProcessCommands(processCommands[number], refused, events)
        }
        checkFlaws(of: facts.outcomes, on: .commandOutcomes)
        checkFlaws(of: facts.processOutcomes, on: .processOutcomes)
        checkRequests()
        let strays =
            checkStrays(facts.commands, .customerCommands) + checkStrays(facts.processCommands, .processCommands)
            + checkStrays(facts.requests, .registrationRequests)
        let outcomeCount =
            facts.outcomes.count + facts.processOutcomes.count
            + facts.processes.count { $0.isOfRequest && $0.isEnded }
        findings.examined(
            .u4, facts.commands.count + facts.processCommands.count + facts.requests.count,
            "commands, \(grouped(outcomeCount)) outcomes")
        findings.note(.u4, facts.requests.count, "of the commands are requests for a registration")
        findings.note(.u4, counts.repeats + processCounts.repeats, "equal repeats of outcomes, dropped")
        findings.note(.u4, counts.void + processCounts.void, "void outcomes: the first with the id counts")
        findings.note(.u4, strays, "commands that became dead letters or were moved to their partition")
    }

    private mutating func checkFlaws(of outcomes: [OutcomeFact], on topic: Topic) {
        for fact in outcomes where !fact.record.flaws.isEmpty {
            findings.add(
                .u4, .always, "an outcome \(fact.record.flaws.text)", [customer(fact.customer)],
                [place(topic, fact.record.spot)])
        }
    }

    private mutating func checkClientCommands(
        _ indices: ArraySlice<Int32>, _ told: Told, _ events: [Int64: StreamFact]
    ) {
        var firstSpots: [Fingerprint: Spot] = [:]
        for index in indices {
            let command = facts.commands[Int(index)]
            let name = command.name
            let here = place(.customerCommands, command.spot)
            let names = [customer(command.customer)]
            let isFirst = firstSpots[name.key] == nil
            if isFirst { firstSpots[name.key] = command.spot }
            guard let first = told.firsts[name.key] else {
                if isFirst { findings.add(.u4, .atRest, "a command has no outcome", names, [here]) }
                continue
            }
            let answer = told.repeats[Told.Repeat(key: name.key, spot: command.spot)]
            let answersThis = first.position < 0 ? isFirst && answer == nil : first.position == command.spot.offset
            let there = place(.commandOutcomes, first.record.spot)
            if answersThis {
                if first.hash != command.hash {
                    findings.add(
                        .u4, .always, "the first outcome of a command has the hash of another content", names,
                        [here, there])
                }
                if let fault = fault(of: first, to: command, events) {
                    findings.add(.u4, fault.moment, "a command \(fault.what)", names, [here, there])
                }
                if answer != nil {
                    findings.add(
                        .u4, .always, "a command's first record was answered as a repeat as well", names, [here, there])
                }
                continue
            }
            if first.position > command.spot.offset {
                findings.add(
                    .u4, .always, "the first outcome of a command answers a later record than its first", names,
                    [here, there])
                continue
            }
            guard let answer else {
                findings.add(
                    .u4, .atRest, "a command that was sent again has no outcome of its own", names, [here, there])
                continue
            }
            let isRight =
                command.hash == first.hash
                ? answer.isDuplicate && answer.verdict == first.verdict
                : answer.verdict == .rejected(.deduplicationKeyReused)
            if !isRight {
                findings.add(
                    .u4, .atRest, "a command that was sent again has another outcome than it should", names,
                    [place(.commandOutcomes, answer.record.spot), here, there])
            }
        }
    }

    /// Where the record that an outcome answers could still be read, it must be there. Older ones retention takes.
    private mutating func checkPositions(
        of number: Int32, _ told: Told, _ outcomes: ArraySlice<Int32>, _ commands: ArraySlice<Int32>
    ) {
        if outcomes.isEmpty { return }
        var asked: Set<Told.Repeat> = []
        for index in commands {
            let command = facts.commands[Int(index)]
            asked.insert(Told.Repeat(key: command.name.key, spot: command.spot))
        }
        for index in outcomes {
            let fact = facts.outcomes[Int(index)]
            let spot = fact.repeats ?? Spot(partition: fact.record.spot.partition, offset: fact.position)
            let input = Auditor.InputPartition(topic: .customerCommands, partition: spot.partition)
            guard spot.offset >= 0, let range = facts.seen[input], spot.offset >= range.lowerBound else { continue }
            if asked.contains(Told.Repeat(key: fact.key, spot: spot)) { continue }
            findings.add(
                .u4, spot.offset > range.upperBound ? .atRest : .always,
                "an outcome answers a command that is not there",
                [customer(number)], [place(.commandOutcomes, fact.record.spot), place(.customerCommands, spot)])
        }
    }

    private mutating func checkProcessCommands(
        _ indices: ArraySlice<Int32>, _ refused: Told, _ events: [Int64: StreamFact]
    ) {
        if indices.isEmpty { return }
        var known: Set<Fingerprint> = []
        var causes: Set<Fingerprint> = []
        for event in events.values where !event.kind.isCausedByClient { causes.insert(event.record.cause) }
        for index in indices {
            let command = facts.processCommands[Int(index)]
            let name = command.name
            if !known.insert(name.key).inserted { continue }
            if causes.contains(name.identity) { continue }
            if case .rejected? = refused.firsts[name.key]?.verdict { continue }
            findings.add(
                .u4, .atRest, "a command of the process manager has neither an event nor a rejection",
                [customer(command.customer)], [place(.processCommands, command.spot)])
        }
    }

    /// Records that are not answered where they lie.
    /// - Returns: how many of them are cared for.
    private mutating func checkStrays(_ records: [CommandFact], _ topic: Topic) -> Int {
        var caredFor = 0
        for record in records where record.standing != .answerable {
            let origin = Auditor.Origin(topic: topic, spot: record.spot)
            let isMoved =
                record.standing == .misrouted
                && facts.moved.contains(Auditor.Moved(origin: origin, content: record.hash))
            if isMoved || facts.deadLetters.contains(origin) {
                caredFor += 1
                continue
            }
            findings.add(
                .u4, .atRest,
                record.standing == .misrouted
                    ? "a misrouted command was not moved to its partition"
                    : "an unreadable command is not a dead letter",
                record.customer >= 0 ? [customer(record.customer)] : [], [place(topic, record.spot)])
        }
        return caredFor
    }
}
