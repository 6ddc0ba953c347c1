internal import EventLog
internal import Messages

/// The book of the process manager.
extension Auditor {
    mutating func observeProcess(_ record: LogRecord) {
        let message: Message<RegistrationEvent>
        do { message = try Message(decoding: record.value) } catch {
            noteUnreadable(record, .registrationEvents, error)
            return
        }
        let body = message.body
        let customer = customers.number(body.customerID)
        let version = Self.version(ofEventNaming: body)
        let number = number(of: body.process, customer: customer, version: version ?? 0, at: record.spot)
        var fact = processes[number]
        var flaws = flaws(of: record, key: Array(body.customerID.utf8))
        if message.metadata.source != Source.processManager { flaws.insert(.source) }
        let isNamed = version != nil || NameID(body.process) != nil
        if !isNamed || fact.customer != customer { flaws.insert(.id) }
        fact.spot = record.spot
        let suffix: String
        switch body.kind {
        case .started(let strategy, let values, _, let version):
            suffix = "started"
            begin(
                &fact,
                ProcessFact.Beginning(strategy: strategy, values: keys.list(values), version: version ?? 0))
        case .commandIssued(let topic, let attempt, let command):
            guard let issued = IssuedCommand(command, of: body, isOfRequest: fact.isOfRequest, to: topic) else {
                (suffix, fact.isCommandOut) = ("", true)
                flaws.insert(.content)
                break
            }
            suffix = "\(issued.step)/issued/\(attempt)"
            fact.isCommandOut = true
            if topic == .processCommands { fact.command = issued.identity }
            // What is given back is waited for by nobody.
            fact.isCommandOut = fact.isCommandOut && !issued.isRelease
            if let beginning = fact.beginning, !fits(issued, beginning) { flaws.insert(.content) }
        case .escalated: (suffix, fact.isEscalated) = ("escalated", true)
        case .completed:
            suffix = "completed"
            end(&fact, .completed)
        case .compensated(let loss):
            suffix = "compensated"
            end(&fact, .compensated(self.fact(loss)))
        case .rejected(let code, let loss):
            suffix = "rejected"
            end(&fact, .rejected(RejectionCode(rawValue: code), self.fact(loss)))
        }
        if !flaws.contains(.content), message.metadata.id != "\(body.process)/\(suffix)" {
            flaws.insert(.id)
        }
        if !flaws.isEmpty { note(.flaws(flaws), fact) }
        processes[number] = fact
    }

    /// Whether a command is about what its process is about.
    private mutating func fits(_ issued: IssuedCommand, _ beginning: ProcessFact.Beginning) -> Bool {
        switch issued.content {
        case .version(let version): return version == beginning.version
        case .values(let values): return keys.list(values) == beginning.values
        case .key(let key):
            let number = keys.number(key)
            return keys[beginning.values].contains(number)
        }
    }

    /// Version of the event whose id is the process's name; nil when it is no event of this customer.
    private static func version(ofEventNaming body: RegistrationEvent) -> Int64? {
        let prefix = body.customerID + "@"
        guard body.process.utf8.starts(with: prefix.utf8),
            let version = Int64(String(decoding: body.process.utf8.dropFirst(prefix.utf8.count), as: UTF8.self)),
            version > 0
        else { return nil }
        return version
    }

    private mutating func number(of name: String, customer: Int32, version: Int64, at spot: Spot) -> Int {
        let name = Fingerprint(name)
        if let number = processNumbers[name] { return Int(number) }
        processNumbers[name] = Int32(processes.count)
        processes.append(ProcessFact(name: name, customer: customer, version: version, spot: spot))
        return processes.count - 1
    }

    private mutating func begin(_ fact: inout ProcessFact, _ beginning: ProcessFact.Beginning) {
        if fact.beginning == nil {
            fact.beginning = beginning
        } else if fact.beginning != beginning {
            voidBookRecords += 1
        }
    }

    private mutating func end(_ fact: inout ProcessFact, _ end: ProcessFact.End) {
        guard let first = fact.end else {
            fact.end = end
            fact.endSpot = fact.spot
            return
        }
        if first == end { return }
        switch (first, end) {
        // Of one id: the first record counts.
        case (.compensated, .compensated), (.rejected, .rejected): voidBookRecords += 1
        case (.completed, _), (.compensated, _), (.rejected, _): note(.secondEnd(first: fact.endSpot), fact)
        }
    }

    private mutating func note(_ what: BookFault.What, _ fact: ProcessFact) {
        bookFaults.append(
            BookFault(what: what, customer: fact.customer, isOfRequest: fact.isOfRequest, spot: fact.spot))
    }
}

/// A command as it stands in the book.
private struct IssuedCommand {
    enum Content {
        case version(Int64)
        case values(UniqueValues)
        case key(UniqueKey)
    }
    /// What is put behind the process's name to name it.
    var step: String
    var identity: Fingerprint
    var content: Content

    var isRelease: Bool { if case .key = content { true } else { false } }

    /// - Returns: nil for what a process of this kind does not send, or does not send to this customer or topic.
    init?(_ bytes: [UInt8], of body: RegistrationEvent, isOfRequest: Bool, to topic: Topic) {
        let metadata: Metadata
        let expected: String
        let customerID: String
        let needsRequest: Bool
        switch topic {
        case .processCommands:
            guard let message = try? Message<ProcessCommand>(decoding: bytes) else { return nil }
            metadata = message.metadata
            customerID = message.body.customerID
            switch message.body.kind {
            case .confirm(let version): (expected, content) = ("confirm", .version(version))
            case .compensate(_, let version): (expected, content) = ("unregister", .version(version))
            case .confirmChange(let version): (expected, content) = ("confirm-change", .version(version))
            case .rejectChange(_, let version): (expected, content) = ("reject-change", .version(version))
            case .register(let values, _, _): (expected, content) = ("register", .values(values))
            }
            if case .values = content { needsRequest = true } else { needsRequest = false }
        case .uniqueClaims:
            guard let message = try? Message<KeyWish>(decoding: bytes) else { return nil }
            metadata = message.metadata
            customerID = message.body.customerID
            needsRequest = true
            switch message.body {
            case .claim(let claim):
                guard claim.isReservation, claim.at == 1 else { return nil }
                (expected, content) = ("reserve", .values(UniqueValues(claim.keys)))
            case .release(let release): (expected, content) = ("release/\(release.key.attribute)", .key(release.key))
            }
        default: return nil
        }
        guard needsRequest == isOfRequest, metadata.source == Source.processManager,
            customerID.isExactly(body.customerID), metadata.id == "\(body.process)/\(expected)"
        else { return nil }
        step = expected
        identity = Fingerprint(Source.processManager, metadata.id)
    }
}
