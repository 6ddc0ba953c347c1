internal import EventLog
internal import Messages

extension Auditor {
    /// Sorts a record that clients or the process manager wrote: as the contract says, not as a service does.
    mutating func observeCommand(_ record: LogRecord, _ topic: Topic) {
        let origin = Origin(topic: topic, spot: record.spot)
        let content = Self.content(of: record)
        var fact = CommandFact(
            spot: record.spot, standing: .unreadable, asks: .other, customer: -1, values: .none, name: .none,
            hash: content)
        defer {
            switch topic {
            case .processCommands: processCommands.append(fact)
            case .registrationRequests: requests.append(fact)
            default: commands.append(fact)
            }
        }
        let isMisrouted = record.key != nil && !isPlaced(record.key, on: record.partition)
        if isMisrouted { fact.standing = .misrouted }
        let named = record.header("origin")
        if !isMisrouted, let first = named.flatMap(origin(named:)), first != origin {
            moved.insert(Moved(origin: first, content: content))
        }
        guard let customerID = CustomerID.read(record.key) else { return }
        // Where a command without an id was written first: that is its name.
        let first = named.flatMap(self.origin(named:)).flatMap { $0.topic == topic ? $0.spot : nil } ?? record.spot
        let firstPlace = "\(topic.rawValue)/\(first.partition)/\(first.offset)"
        let reading = reader.read(record, from: topic, customerID: customerID, firstPlace: firstPlace)
        guard case .command(let command) = reading else { return }
        if !isMisrouted {
            fact.standing = .answerable
            fact.hash = Fingerprint(command.hashText ?? "")
            (fact.asks, fact.values) = asked(command.content)
        }
        fact.customer = customers.number(customerID)
        fact.name = CommandName(
            key: Fingerprint(command.key.description), identity: Fingerprint(command.source, command.id))
    }

    private mutating func asked(_ content: Result<Asked, Refusal>) -> (CommandFact.Asks, KeyList) {
        switch content {
        case .success(.command(.register(let values, _))): (.registration, keys.list(values))
        case .success(.command(.change(let changes))): (.change, keys.list(changes))
        case .success(.command(.unregister)): (.unregistration, .none)
        case .success(.registration(let values, _)): (.reservation, keys.list(values))
        case .success(.command): (.other, .none)
        case .failure(let refusal): (.refused(refusal.code), .none)
        }
    }

    mutating func observeDeadLetter(_ record: LogRecord) {
        if let topic = record.header("dead-letter-topic"),
            let partition = record.header("dead-letter-partition").flatMap(Int32.init),
            let offset = record.header("dead-letter-offset").flatMap(Int64.init),
            let named = Topic(rawValue: topic)
        {
            deadLetters.insert(Origin(topic: named, spot: Spot(partition: partition, offset: offset)))
        }
        if let first = record.header("origin").flatMap(origin(named:)) { deadLetters.insert(first) }
    }

    mutating func observeOutcome(_ record: LogRecord, _ topic: Topic) {
        let message: Message<Outcome>
        do { message = try Message(decoding: record.value) } catch {
            noteUnreadable(record, topic, error)
            return
        }
        let body = message.body
        let parts = message.metadata.id.split(separator: "/", omittingEmptySubsequences: false)
        var repeats: Spot?
        var flaws = flaws(of: record, key: Array(body.customerID.utf8))
        if parts.count == 4, let partition = Int32(parts[2]), let offset = Int64(parts[3]) {
            repeats = Spot(partition: partition, offset: offset)
        } else if parts.count != 2 {
            flaws.insert(.id)
        }
        let key = String(parts.first ?? "")
        if parts.count < 2 || parts[1] != "outcome" { flaws.insert(.id) }
        // An overlong source is cut where it is repeated; then K can't be computed from it.
        let source = body.commandSource
        let input = topic == .processOutcomes ? Topic.processCommands : .customerCommands
        if source.unicodeScalars.count < 64, CustomerID.isPrintable(source) {
            let expected = DeduplicationKey(
                topic: input, customerID: body.customerID, source: source, id: body.commandID)
            if expected.description != key { flaws.insert(.id) }
        }
        let fact = OutcomeFact(
            record: self.record(record, message, flaws), customer: customers.number(body.customerID),
            key: Fingerprint(key), repeats: repeats, verdict: verdict(of: body), isDuplicate: body.isDuplicate,
            position: body.position ?? -1, command: Fingerprint(source, body.commandID),
            hash: Fingerprint(body.commandHash ?? ""))
        if topic == .processOutcomes { processOutcomes.append(fact) } else { outcomes.append(fact) }
    }

    private func verdict(of outcome: Outcome) -> OutcomeFact.Verdict {
        switch outcome.result {
        case .rejected(let code, _): return .rejected(code)
        case .accepted(let ids):
            guard let first = ids.first else { return .accepted(first: 0, count: 0) }
            let prefix = outcome.customerID + "@"
            guard first.utf8.starts(with: prefix.utf8), let version = Int64(first.dropFirst(prefix.count)),
                (1..<Int64.max / 2).contains(version)
            else { return .acceptedWithForeignEvents }
            for (index, id) in ids.enumerated() {
                let next = version.addingReportingOverflow(Int64(index))
                if next.overflow || id != CustomerEvent.id(customerID: outcome.customerID, version: next.partialValue) {
                    return .acceptedWithForeignEvents
                }
            }
            return .accepted(first: version, count: Int64(ids.count))
        }
    }

    /// Reads `<topic>/<partition>/<offset>`.
    private func origin(named text: String) -> Origin? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, let topic = Topic(rawValue: String(parts[0])), let partition = Int32(parts[1]),
            let offset = Int64(parts[2])
        else { return nil }
        return Origin(topic: topic, spot: Spot(partition: partition, offset: offset))
    }

    private static func content(of record: LogRecord) -> Fingerprint {
        let key = record.key.map { Fingerprint($0) } ?? .none
        let value = record.value.map { Fingerprint($0) } ?? .none
        return Fingerprint(high: key.high &* 3 &+ value.high, low: key.low &* 3 &+ value.low)
    }
}
