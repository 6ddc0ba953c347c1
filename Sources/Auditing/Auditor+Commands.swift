internal import EventLog
internal import Messages

extension Auditor {
    /// Sorts a record that clients or the process manager wrote: as the contract says, not as a service does.
    mutating func observeCommand(_ record: LogRecord, _ topic: Topic) {
        let origin = Origin(topic: topic, spot: record.spot)
        let content = Self.content(of: record)
        var fact = CommandFact(
            spot: record.spot, standing: .unreadable, asks: .other, customer: -1, document: -1, name: .none,
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
        var names: [CommandName] = []
        for firstPlace in firstPlaces(of: record, topic, named: named) {
            let reading = reader.read(record, from: topic, customerID: customerID, firstPlace: firstPlace)
            guard case .command(let command) = reading else { return }
            names.append(
                CommandName(
                    key: Fingerprint(command.key.description), identity: Fingerprint(command.source, command.id)))
            if names.count == 1, !isMisrouted {
                fact.hash = Fingerprint(command.hashText)
                (fact.asks, fact.document) = asked(command.content)
            }
            if command.id != firstPlace { break }
        }
        guard let name = names.first else { return }
        if !isMisrouted { fact.standing = .answerable }
        fact.customer = customers.number(customerID)
        fact.name = name
        let others = names.dropFirst().filter { $0 != name }
        if !others.isEmpty { otherNames[origin] = others }
    }

    private mutating func asked(_ content: Result<Asked, Refusal>) -> (CommandFact.Asks, document: Int32) {
        switch content {
        case .success(.command(.register(let document, _))): (.registration, documents.number(document))
        case .success(.command(.changeDocument(let document))): (.change, documents.number(document))
        case .success(.command(.unregister)): (.unregistration, -1)
        case .success(.registration(let document, _)): (.reservation, documents.number(document))
        case .success(.command): (.other, -1)
        case .failure(let refusal): (.refused(refusal.code), -1)
        }
    }

    mutating func observeDeadLetter(_ record: LogRecord) {
        if let topic = record.header("dead-letter-topic"),
            let partition = record.header("dead-letter-partition").flatMap(Int32.init),
            let offset = record.header("dead-letter-offset").flatMap(Int64.init),
            let named = contractTopic(topic)
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
            hash: Fingerprint(body.commandHash))
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

    /// How the first place of a command without an id can have been spelled, the likeliest first.
    private func firstPlaces(of record: LogRecord, _ topic: Topic, named: String?) -> [String] {
        let here = "\(record.partition)/\(record.offset)"
        var places: [String] = []
        if let named {
            places.append(named)
            if let first = origin(named: named) {
                let there = "\(first.spot.partition)/\(first.spot.offset)"
                places.append("\(names.name(first.topic))/\(there)")
                places.append("\(first.topic.rawValue)/\(there)")
            }
        }
        places.append("\(record.topic)/\(here)")
        places.append("\(topic.rawValue)/\(here)")
        return places
    }

    /// Reads `<topic>/<partition>/<offset>`.
    private func origin(named text: String) -> Origin? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, let topic = contractTopic(String(parts[0])), let partition = Int32(parts[1]),
            let offset = Int64(parts[2])
        else { return nil }
        return Origin(topic: topic, spot: Spot(partition: partition, offset: offset))
    }

    private func contractTopic(_ name: String) -> Topic? { names.topic(name) ?? Topic(rawValue: name) }

    private static func content(of record: LogRecord) -> Fingerprint {
        let key = record.key.map { Fingerprint($0) } ?? .none
        let value = record.value.map { Fingerprint($0) } ?? .none
        return Fingerprint(high: key.high &* 3 &+ value.high, low: key.low &* 3 &+ value.low)
    }
}
