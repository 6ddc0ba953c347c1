internal import DeadLetters
internal import EventLog
internal import Messages
internal import Processing

/// Reads records of all topics as entries of a story. It never fails: what can't be read is told as that.
struct StoryReader: Sendable {
    let names: DeploymentNames
    let partitionCount: Int32
    let reader: CommandReader

    func entry(_ record: LogRecord, _ topic: Topic) -> StoryEntry {
        do throws(MessageProblem) {
            switch topic {
            case .deployment: return bare(record, topic, type: "DeploymentDeclared")
            case .customerCommands, .registrationRequests: return command(record, topic)
            case .processCommands: return try processCommand(record)
            case .customerEvents: return event(record, try Message(decoding: record.value))
            case .commandOutcomes, .processOutcomes: return outcome(record, topic, try Message(decoding: record.value))
            case .registrationEvents: return process(record, try Message(decoding: record.value))
            case .uniqueClaims: return claim(record, try Message(decoding: record.value))
            case .uniqueVerdicts: return answer(record, try Message(decoding: record.value))
            case .uniqueIndex: return try holder(record)
            case .customerCommandsDeadLetter, .processCommandsDeadLetter, .customerEventsDeadLetter,
                .processOutcomesDeadLetter, .registrationRequestsDeadLetter, .uniqueClaimsDeadLetter,
                .uniqueVerdictsDeadLetter:
                return deadLetter(record, topic)
            }
        } catch { return unreadable(record, topic, error.description) }
    }

    private static func written(_ record: LogRecord) -> Timestamp? {
        let stated = record.timestampMilliseconds.multipliedReportingOverflow(by: 1_000)
        return record.timestampMilliseconds < 0 || stated.overflow
            ? nil : Timestamp(microseconds: stated.partialValue)
    }

    /// A record without a message.
    private func bare(_ record: LogRecord, _ topic: Topic, type: String) -> StoryEntry {
        StoryEntry(
            place: RecordPlace(of: record), topic: topic, time: Self.written(record), written: Self.written(record),
            type: type, id: "", source: "", content: Fingerprint(record.value ?? []))
    }

    private func unreadable(_ record: LogRecord, _ topic: Topic, _ detail: String) -> StoryEntry {
        var entry = bare(record, topic, type: "unreadable record")
        entry.customerID = topic.isKeyedByCustomer ? CustomerID.read(record.key) ?? "" : ""
        // What a later version wrote has an envelope all the same.
        if let value = record.value, let envelope = try? JSONObject(value) {
            entry.type = envelope.text("type") ?? entry.type
            entry.id = envelope.text("id") ?? ""
            entry.source = envelope.text("source") ?? ""
        }
        entry.tell("problem", detail)
        return entry
    }

    /// What every message of a service has.
    private func told<Body>(_ record: LogRecord, _ topic: Topic, _ message: Message<Body>, of customerID: String)
        -> StoryEntry
    {
        var writer = JSONWriter(capacity: 256)
        writer.beginObject(message.body.type)
        message.body.write(to: &writer)
        writer.endObject()
        let metadata = message.metadata
        return StoryEntry(
            place: RecordPlace(of: record), topic: topic, time: metadata.time, written: Self.written(record),
            type: message.body.type,
            id: metadata.id, source: metadata.source, customerID: customerID, causationID: metadata.causationID,
            causationSource: metadata.causationSource, content: Fingerprint(writer.bytes))
    }

    private func command(_ record: LogRecord, _ topic: Topic) -> StoryEntry {
        var entry = bare(record, topic, type: "unreadable command")
        guard let customerID = CustomerID.read(record.key) else { return entry }
        entry.customerID = customerID
        let first = FirstPlace.of(record, in: topic)
        if let key = record.key, Murmur2.partition(of: key, count: partitionCount) != record.partition {
            entry.note = .misrouted
        } else if let stated = RecordPlace(first).map(real), stated != entry.place {
            entry.causePlace = stated
            entry.tell("origin", first)
        }
        if let header = record.headers.last(where: { $0.name == DeadLetterHeader.replayedFrom })?.value {
            let text = String(decoding: header, as: UTF8.self)
            entry.causePlace = RecordPlace(text).map(real) ?? entry.causePlace
            entry.tell("replayedFrom", text)
        }
        switch reader.read(record, from: topic, customerID: customerID, firstPlace: first) {
        case .unreadable(let detail): entry.tell("problem", detail)
        case .command(let command):
            entry.type = command.type
            entry.id = command.id
            entry.source = command.source
            entry.content = Fingerprint(command.hash ?? [])
            if topic == .registrationRequests { entry.process = command.key.description }
            switch command.content {
            case .success(.command(.register(let values, _))), .success(.registration(let values, _)):
                entry.tell(values.keys)
            case .success(.command(.change(let changes))): entry.tell(changes)
            case .success: break
            case .failure(let refusal): entry.tell("refused", refusal.code.rawValue)
            }
        }
        return entry
    }

    private func processCommand(_ record: LogRecord) throws(MessageProblem) -> StoryEntry {
        let message = try Message<ProcessCommand>(decoding: record.value)
        var entry = told(record, .processCommands, message, of: message.body.customerID)
        switch message.body.kind {
        case .compensate(let loss, let version), .rejectChange(let loss, let version):
            entry.tell(loss)
            entry.tell("version", version)
        case .register(let values, _, let reservation):
            entry.tell(values.keys)
            entry.tell("reservation", reservation)
        case .confirm(let version), .confirmChange(let version): entry.tell("version", version)
        }
        // A command's id is its process's name with the command's behind it.
        if let end = message.metadata.id.lastIndex(of: "/") { entry.process = String(message.metadata.id[..<end]) }
        return entry
    }

    private func event(_ record: LogRecord, _ message: Message<CustomerEvent>) -> StoryEntry {
        var entry = told(record, .customerEvents, message, of: message.body.customerID)
        entry.fact = .event(message.body)
        switch message.body.kind {
        case .registered(_, let status, let reservation):
            entry.tell("status", status.rawValue)
            entry.tell("reservation", reservation)
            entry.process = reservation
        case .unregistered(let reason, let loss, _, _):
            entry.tell("reason", reason.rawValue)
            entry.tell(loss)
        case .changeRejected(_, let loss): entry.tell(loss)
        case .confirmed, .changeStarted, .changed: break
        }
        entry.tell(message.body.values.keys)
        switch message.body.kind {
        case .unregistered(_, _, let wanted?, _), .changeStarted(let wanted): entry.tell(wanted, as: "wanted.")
        case .changed(let previous, _): entry.tell(previous.keys, as: "previous.")
        case .changeRejected(let rejected, _): entry.tell(rejected.keys, as: "rejected.")
        case .registered, .confirmed, .unregistered: break
        }
        return entry
    }

    private func outcome(_ record: LogRecord, _ topic: Topic, _ message: Message<Outcome>) -> StoryEntry {
        let body = message.body
        var entry = told(record, topic, message, of: body.customerID)
        entry.fact = .outcome(body.result)
        entry.tell("commandId", body.commandID)
        switch body.result {
        case .accepted(let events): for event in events { entry.tell("event", event) }
        case .rejected(let code, _): entry.tell("code", code.rawValue)
        }
        if body.isDuplicate { entry.tell("duplicate", "true") }
        if let position = body.position {
            let commands = topic == .processOutcomes ? Topic.processCommands : .customerCommands
            entry.causePlace = RecordPlace(
                TopicPartition(topic: names.name(commands), partition: record.partition), position)
        }
        return entry
    }

    private func process(_ record: LogRecord, _ message: Message<RegistrationEvent>) -> StoryEntry {
        var entry = told(record, .registrationEvents, message, of: message.body.customerID)
        entry.process = message.body.process
        entry.fact = .process(message.body.kind)
        switch message.body.kind {
        case .started(let strategy, let values, _, _):
            entry.tell("strategy", strategy.rawValue)
            entry.tell(values)
        case .commandIssued(_, let attempt, let command):
            entry.tell("command", (try? JSONObject(command))?.text("type"))
            entry.tell("attempt", attempt)
        case .completed: break
        case .compensated(let loss): entry.tell(loss)
        case .rejected(let code, let loss):
            entry.tell("code", code)
            entry.tell(loss)
        case .escalated(let reason): entry.tell("reason", reason)
        }
        return entry
    }

    private func claim(_ record: LogRecord, _ message: Message<KeyWish>) -> StoryEntry {
        var entry = told(record, .uniqueClaims, message, of: message.body.customerID)
        switch message.body {
        case .claim(let claim):
            tell(claim.ground, &entry)
            entry.tell("at", Int64(claim.at))
            entry.tell(claim.keys)
        case .release(let release): tell(release, &entry)
        }
        return entry
    }

    private func answer(_ record: LogRecord, _ message: Message<KeyAnswer>) -> StoryEntry {
        var entry = told(record, .uniqueVerdicts, message, of: message.body.subject)
        switch message.body {
        case .verdict(let verdict):
            tell(verdict.ground, &entry)
            entry.tell(verdict.loss)
            entry.tell(verdict.keys)
        case .released(let release): tell(release, &entry)
        }
        return entry
    }

    private func tell(_ ground: ClaimGround, _ entry: inout StoryEntry) {
        // A reservation has the name of its process.
        entry.process = ground.reservation
        if case .event(_, let purpose, _) = ground { entry.tell("purpose", purpose.rawValue) }
        entry.tell("reservation", ground.reservation)
    }

    private func tell(_ release: KeyRelease, _ entry: inout StoryEntry) {
        switch release.ground {
        case .version(let version): entry.tell("version", version)
        case .reservation(let name):
            entry.process = name
            entry.tell("reservation", name)
        }
        entry.tell([release.key])
        entry.tell("reusableFrom", release.reusableFrom?.description)
    }

    /// A place that names the contract's topic, as it is in this deployment.
    private func real(_ place: RecordPlace) -> RecordPlace {
        guard let topic = Topic(rawValue: place.topicPartition.topic) else { return place }
        return RecordPlace(
            TopicPartition(topic: names.name(topic), partition: place.topicPartition.partition), place.offset)
    }

    private func holder(_ record: LogRecord) throws(MessageProblem) -> StoryEntry {
        guard record.value != nil else {
            var entry = bare(record, .uniqueIndex, type: "nobody holds it (tombstone)")
            if let key = record.key.flatMap({ UniqueKey($0) }) { entry.tell([key]) }
            return entry
        }
        let message = try Message<KeyHolder>(decoding: record.value)
        var entry = told(record, .uniqueIndex, message, of: message.body.customerID)
        entry.tell("status", message.body.status.rawValue)
        entry.tell([message.body.key])
        entry.tell("reservation", message.body.reservation)
        return entry
    }

    private func deadLetter(_ record: LogRecord, _ topic: Topic) -> StoryEntry {
        var entry = bare(record, topic, type: "dead letter")
        guard let letter = DeadLetter(record, names: names) else { return entry }
        entry.time = letter.time
        if letter.input.isKeyedByCustomer { entry.customerID = letter.keyText ?? "" }
        entry.causePlace = letter.origin
        entry.tell("reason", letter.reason)
        entry.tell("detail", letter.detail)
        entry.tell("service", letter.service)
        entry.tell("origin", letter.origin?.description)
        return entry
    }
}
