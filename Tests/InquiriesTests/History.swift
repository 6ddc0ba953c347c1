import EventLog
import Messages
import Testing

/// Fabricates what a deployment's topics hold, as the services would have written it. A second passes between any two
/// records.
struct History {
    static let partitionCount: Int32 = 3
    static let names = DeploymentNames(prefix: "t.")
    static let declaration = Declaration(
        attributes: [
            UniqueAttribute(name: "document"),
            UniqueAttribute(name: "email", normalize: .email, isRequired: false),
        ], partitions: partitionCount)
    private(set) var records: [LogRecord] = []
    private var ends: [TopicPartition: Int64] = [:]
    var now = Timestamp(microseconds: 1_795_000_000_000_000)

    typealias Cause = (source: String, id: String)

    static func place(_ topic: Topic, _ key: String) -> TopicPartition {
        TopicPartition(
            topic: names.name(topic), partition: Murmur2.partition(of: Array(key.utf8), count: partitionCount))
    }

    @discardableResult
    mutating func append(
        _ topic: Topic, key: [UInt8]?, value: [UInt8]?, headers: [RecordHeader] = [], partition: Int32? = nil
    ) -> LogRecord {
        let partition = partition ?? Murmur2.partition(of: key ?? [], count: Self.partitionCount)
        let place = TopicPartition(topic: Self.names.name(topic), partition: partition)
        let offset = ends[place, default: 0]
        ends[place] = offset + 1
        let record = LogRecord(
            topic: place.topic, partition: partition, offset: offset,
            timestampMilliseconds: now.microseconds / 1_000, key: key, value: value, headers: headers)
        records.append(record)
        now = now.advanced(by: .seconds(1))
        return record
    }

    @discardableResult
    mutating func write(
        _ topic: Topic, _ id: String, by source: String, _ cause: Cause, key: String? = nil, _ body: some MessageBody,
        repeats: Int = 1
    ) -> Cause {
        let metadata = Metadata(
            id: id, source: source, time: now, correlationID: "r", causationID: cause.id, causationSource: cause.source)
        for _ in 0..<repeats {
            append(topic, key: Array((key ?? body.subject).utf8), value: Message(metadata, body).encoded())
        }
        return (source, id)
    }

    // MARK: Messages

    @discardableResult
    mutating func command(
        _ type: String, _ customer: String, id: String, _ data: String, topic: Topic = .customerCommands,
        headers: [RecordHeader] = [], partition: Int32? = nil
    ) -> Cause {
        let value = Array(#"{"id":"\#(id)","source":"/client","type":"\#(type)","data":\#(data)}"#.utf8)
        append(topic, key: Array(customer.utf8), value: value, headers: headers, partition: partition)
        return ("/client", id)
    }

    mutating func outcome(
        _ customer: String, _ command: Cause, _ result: Outcome.Result, isDuplicate: Bool = false,
        topic: Topic = .commandOutcomes
    ) {
        let key = DeduplicationKey(
            topic: topic == .processOutcomes ? .processCommands : .customerCommands, customerID: customer,
            source: command.source, id: command.id)
        write(
            topic, "\(key)/outcome" + (isDuplicate ? "/0/99" : ""), by: Source.commandService, command,
            Outcome(
                customerID: customer, commandID: command.id, commandSource: command.source, commandHash: "00",
                result: result, isDuplicate: isDuplicate, position: nil))
    }

    @discardableResult
    mutating func event(
        _ customer: String, _ version: Int64, _ values: UniqueValues, _ kind: CustomerEvent.Kind, by cause: Cause,
        repeats: Int = 1
    ) -> Cause {
        let body = CustomerEvent(customerID: customer, version: version, values: values, kind: kind)
        return write(.customerEvents, body.id, by: Source.commandService, cause, body, repeats: repeats)
    }

    /// Keys that were asked for, one after the other.
    struct Asked {
        /// The first claim.
        var id: String
        /// The last one.
        var last: Cause
        var claim: KeyClaim
    }

    /// Asks for the keys of values, up to the attribute that is refused.
    mutating func ask(
        _ customer: String, for values: UniqueValues, _ ground: ClaimGround, upTo lost: String? = nil, by cause: Cause
    ) throws -> Asked {
        let first = try #require(KeyClaim(customerID: customer, keys: values.keys, ground: ground))
        let id: String
        let source: String
        switch ground {
        case .event: (id, source) = ("\(cause.id)/claim", Source.projection)
        case .reservation(let name): (id, source) = ("\(name)/reserve", Source.processManager)
        }
        var asked = Asked(
            id: id, last: write(.uniqueClaims, id, by: source, cause, key: first.key.text, KeyWish.claim(first)),
            claim: first)
        while let next = asked.claim.next, asked.claim.key.attribute != lost {
            asked.last = write(
                .uniqueClaims, "\(id)/\(next.at)", by: Source.projection, asked.last, key: next.key.text,
                KeyWish.claim(next))
            asked.claim = next
        }
        return asked
    }

    @discardableResult
    mutating func answer(_ asked: Asked, _ loss: Loss? = nil, repeats: Int = 1) -> Cause {
        let verdict = KeyVerdict(on: asked.claim, loss: loss)
        return write(
            .uniqueVerdicts, "\(asked.id)/\(verdict.suffix)", by: Source.projection, asked.last,
            KeyAnswer.verdict(verdict), repeats: repeats)
    }

    /// What an event gives up.
    mutating func release(_ values: UniqueValues, _ customer: String, _ version: Int64, by event: Cause) {
        for key in values.keys {
            write(
                .uniqueClaims, "\(event.id)/release/\(key.attribute)", by: Source.projection, event, key: key.text,
                KeyWish.release(KeyRelease(customerID: customer, key: key, ground: .version(version))))
        }
    }

    @discardableResult
    mutating func book(_ process: String, _ customer: String, _ kind: RegistrationEvent.Kind, by cause: Cause) -> Cause
    {
        let name: String
        switch kind {
        case .started: name = "started"
        case .commandIssued(_, let attempt, let command):
            let id = (try? JSONObject(command))?.text("id") ?? ""
            name = "\(id.dropFirst(process.count + 1))/issued/\(attempt)"
        case .completed: name = "completed"
        case .compensated: name = "compensated"
        case .rejected: name = "rejected"
        case .escalated: name = "escalated"
        }
        return write(
            .registrationEvents, "\(process)/\(name)", by: Source.processManager, cause,
            RegistrationEvent(process: process, customerID: customer, kind: kind))
    }

    /// The book's entry and the command.
    @discardableResult
    mutating func issue(
        _ process: String, _ step: String, _ kind: ProcessCommand.Kind, _ customer: String, by cause: Cause,
        attempt: Int64 = 1
    ) -> Cause {
        let metadata = Metadata(
            id: "\(process)/\(step)", source: Source.processManager, time: now, correlationID: "r",
            causationID: cause.id, causationSource: cause.source)
        let command = Message(metadata, ProcessCommand(kind, customerID: customer)).encoded()
        book(process, customer, .commandIssued(topic: .processCommands, attempt: attempt, command: command), by: cause)
        append(.processCommands, key: Array(customer.utf8), value: command)
        return (Source.processManager, metadata.id)
    }

    // MARK: Stories

    /// A registration up to its last claim.
    mutating func begin(_ customer: String, _ values: UniqueValues, upTo lost: String? = nil) throws -> Asked {
        let command = command("RegisterCustomer", customer, id: "1", Self.data(values, name: "Ana"))
        let event = event(
            customer, 1, values, .registered(name: "Ana", status: .pending, reservation: nil), by: command)
        outcome(customer, command, .accepted(events: ["\(customer)@1"]))
        let asked = try ask(
            customer, for: values, .event(version: 1, purpose: .registration, reservation: nil), upTo: lost, by: event)
        book(
            "\(customer)@1", customer,
            .started(strategy: .compensate, values: ValueChanges(values), name: "Ana", version: 1), by: event)
        return asked
    }

    @discardableResult
    mutating func winner(_ customer: String, _ values: UniqueValues) throws -> Asked {
        let asked = try begin(customer, values)
        let answer = answer(asked)
        for key in values.keys {
            write(
                .uniqueIndex, "\(asked.last.id)/holder", by: Source.projection, asked.last, key: key.text,
                KeyHolder(key: key, customerID: customer, status: .claimed, reservation: nil, position: 0))
        }
        let confirm = issue("\(customer)@1", "confirm", .confirm(version: 1), customer, by: answer)
        let event = event(customer, 2, values, .confirmed, by: confirm)
        book("\(customer)@1", customer, .completed, by: event)
        return asked
    }

    mutating func loser(_ customer: String, _ values: UniqueValues, _ loss: Loss, repeats: Int = 1) throws {
        let asked = try begin(customer, values, upTo: loss.attribute)
        let answer = answer(asked, loss, repeats: repeats)
        let undo = issue("\(customer)@1", "unregister", .compensate(loss, version: 1), customer, by: answer)
        let event = event(
            customer, 2, values, .unregistered(.duplicate, loss: loss, wanted: nil, reusableFrom: .none), by: undo,
            repeats: repeats)
        release(values, customer, 2, by: event)
        book("\(customer)@1", customer, .compensated(loss), by: event)
    }

    /// A customer that has `values` begins to change them.
    mutating func beginChange(
        _ customer: String, _ version: Int64, from values: UniqueValues, to wanted: UniqueValues
    ) throws -> Asked {
        let command = command("ChangeCustomer", customer, id: "change-\(version)", Self.data(wanted))
        let event = event(customer, version, values, .changeStarted(wanted: ValueChanges(wanted)), by: command)
        return try ask(
            customer, for: wanted, .event(version: version, purpose: .change, reservation: nil), by: event)
    }

    static func data(_ values: UniqueValues, name: String? = nil) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("values", values)
        writer.member("name", name)
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

extension UniqueValues {
    static func document(_ document: String, email: String? = nil) -> UniqueValues {
        let first = UniqueKey(attribute: "document", value: document)
        return UniqueValues([first] + (email.map { [UniqueKey(attribute: "email", value: $0)] } ?? []))
    }
}

extension UniqueKey {
    static func document(_ value: String) -> UniqueKey { UniqueKey(attribute: "document", value: value) }
    static func email(_ value: String) -> UniqueKey { UniqueKey(attribute: "email", value: value) }
}

extension Loss {
    static func document(to holder: String?) -> Loss { Loss(attribute: "document", heldBy: holder) }
    static func email(to holder: String?) -> Loss { Loss(attribute: "email", heldBy: holder) }
}
