internal import Messages

/// U4: whether an answer is one to what was asked.
extension Judge {
    /// What is wrong with the first outcome of a command, by what the command says; nil for nothing.
    func fault(
        of outcome: OutcomeFact, to command: CommandFact, _ events: [Int64: StreamFact]
    ) -> (what: String, moment: Findings.Moment)? {
        if outcome.hash != command.hash { return nil }
        switch (outcome.verdict, command.asks) {
        case (.rejected(let code), .refused(let expected)):
            let isRight = code == expected || !RejectionCode.known.contains(code)
            return isRight ? nil : ("was refused as \(code.rawValue), and is \(expected.rawValue)", .always)
        case (.accepted, .refused), (.acceptedWithForeignEvents, .refused):
            return ("was accepted that is to be refused", .always)
        case (.accepted(_, 0), .change):
            // To values that it has: there was nothing to do.
            let hadIt = events.values.contains {
                $0.kind.isConfirmation && facts.keys.differing(command.values, from: $0.values).isEmpty
            }
            return hadIt ? nil : ("was accepted without an event", .atRest)
        case (.accepted(_, 0), _): return ("was accepted without an event", .always)
        case (.accepted(let first, let count), _):
            let isRight = (first..<(first + min(count, 1_000))).allSatisfy { version in
                events[version].map { answers($0, command) } ?? true
            }
            return isRight ? nil : ("has an event that it does not ask for", .atRest)
        case (.rejected, _), (.acceptedWithForeignEvents, _): return nil
        }
    }

    private func answers(_ event: StreamFact, _ command: CommandFact) -> Bool {
        switch (event.kind, command.asks) {
        case (.registeredPending, .registration): event.values == command.values
        case (.changeStarted, .change):
            facts.keys[event.others] == facts.keys.differing(command.values, from: event.values)
        case (.unregisteredByRequest, .unregistration), (.unknown, _): true
        case (.registeredPending, _), (.changeStarted, _), (.unregisteredByRequest, _): false
        // Caused by someone else: told elsewhere.
        case (.registeredConfirmed, _), (.confirmed, _), (.unregisteredAsDuplicate, _), (.changed, _),
            (.changeRejected, _):
            true
        }
    }

    /// Each request has a process, whose end is its outcome.
    mutating func checkRequests() {
        /// The first request of each name that is there.
        var asked: [Fingerprint: Int32] = [:]
        for (number, request) in facts.requests.enumerated() where request.standing == .answerable {
            let name = request.name
            if asked[name.key] == nil { asked[name.key] = Int32(number) }
            let origin = Auditor.Origin(topic: .registrationRequests, spot: request.spot)
            if facts.processNumbers[name.key] != nil || facts.deadLetters.contains(origin) { continue }
            findings.add(
                .u4, .atRest, "a request has no process", [customer(request.customer)],
                [place(.registrationRequests, request.spot)])
        }
        for process in facts.processes where process.isOfRequest && !facts.requests.isEmpty {
            let place = Auditor.InputPartition(
                topic: .registrationRequests, partition: process.spot.partition)
            // Where retention has taken some, the one that began it may be gone.
            guard facts.seen[place]?.lowerBound == 0 else { continue }
            check(process, asked[process.name])
        }
    }

    private mutating func check(_ process: ProcessFact, _ first: Int32?) {
        let here = place(.registrationEvents, process.spot)
        let names = [customer(process.customer)]
        guard let first else {
            findings.add(.u4, .atRest, "a process answers a request that is not there", names, [here])
            return
        }
        let request = facts.requests[Int(first)]
        let isRight: Bool
        switch (request.asks, process.beginning, process.end) {
        case (.reservation, let beginning?, _): isRight = beginning.values == request.values
        // An attribute that was not declared then.
        case (.reservation, nil, .rejected(.invalidValue, _)?): isRight = true
        case (.refused(let code), nil, .rejected(let given, _)?):
            isRight = given == code || !RejectionCode.known.contains(given)
        case (_, nil, nil): isRight = true  // Told as one that was never begun.
        case (.reservation, nil, _), (.refused, _, _), (.registration, _, _), (.change, _, _),
            (.unregistration, _, _), (.other, _, _):
            isRight = false
        }
        if !isRight {
            findings.add(
                .u4, .atRest, "a request has another process than it asks for", names,
                [here, place(.registrationRequests, request.spot)])
        }
    }
}
