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
        case .started(let strategy, let document, _, let version):
            suffix = "started"
            begin(
                &fact,
                ProcessFact.Beginning(
                    strategy: strategy, document: documents.number(document), version: version ?? 0))
        case .commandIssued(let topic, let attempt, let command):
            guard let issued = IssuedCommand(command, of: body, isOfRequest: fact.isOfRequest, to: topic) else {
                (suffix, fact.isCommandOut) = ("", true)
                flaws.insert(.content)
                break
            }
            suffix = "\(issued.step)/issued/\(attempt)"
            fact.isCommandOut = true
            if topic == .processCommands { fact.command = issued.identity }
            if let beginning = fact.beginning, beginning.document != documents.number(issued.document) {
                flaws.insert(.content)
            }
        case .escalated: (suffix, fact.isEscalated) = ("escalated", true)
        case .completed:
            suffix = "completed"
            end(&fact, .completed)
        case .compensated(let holder):
            suffix = "compensated"
            end(&fact, .compensated(heldBy: holder.map { customers.number($0) } ?? -1))
        case .rejected(let code, let holder):
            suffix = "rejected"
            let heldBy = holder.map { customers.number($0) } ?? -1
            end(&fact, .rejected(RejectionCode(rawValue: code), heldBy: heldBy))
        }
        if !flaws.contains(.content), message.metadata.id != "\(body.process)/\(suffix)" { flaws.insert(.id) }
        if !flaws.isEmpty { note(.flaws(flaws), fact) }
        processes[number] = fact
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
    /// What is put behind the process's name to name it.
    var step: String
    var identity: Fingerprint
    var document: String

    /// - Returns: nil for what a process of this kind does not send, or does not send to this customer or topic.
    init?(_ bytes: [UInt8], of body: RegistrationEvent, isOfRequest: Bool, to topic: Topic) {
        guard let message = try? JSONObject(bytes), let id = message.text("id"), let type = message.text("type"),
            message.text("source") == Source.processManager, let data = message.object("data"),
            let document = data.text("document"), data.text("customerId")?.isExactly(body.customerID) ?? false,
            id.utf8.starts(with: (body.process + "/").utf8)
        else { return nil }
        step = String(decoding: id.utf8.dropFirst(body.process.utf8.count + 1), as: UTF8.self)
        let expected: (type: String, topic: Topic, isOfRequest: Bool)
        switch step {
        case "confirm": expected = ("ConfirmCustomer", .processCommands, false)
        case "unregister": expected = ("UnregisterCustomer", .processCommands, false)
        case "confirm-change": expected = ("ConfirmDocumentChange", .processCommands, false)
        case "reject-change": expected = ("RejectDocumentChange", .processCommands, false)
        case "reserve": expected = ("ReserveDocument", .documentClaims, true)
        case "register": expected = ("RegisterCustomer", .processCommands, true)
        case "release": expected = ("ReleaseDocument", .documentClaims, true)
        default: return nil
        }
        guard expected == (type, topic, isOfRequest) else { return nil }
        identity = Fingerprint(Source.processManager, id)
        self.document = document
    }
}
