import EventLog
import Messages

/// Fabricates what a deployment's topics hold, as the services would have written it. A second passes between any two
/// records.
struct History {
    static let partitionCount: Int32 = 3
    static let names = DeploymentNames(prefix: "t.")
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
        _ customer: String, _ version: Int64, _ document: String, _ kind: CustomerEvent.Kind, by cause: Cause,
        repeats: Int = 1
    ) -> Cause {
        let body = CustomerEvent(customerID: customer, version: version, document: document, kind: kind)
        return write(.customerEvents, body.id, by: Source.commandService, cause, body, repeats: repeats)
    }

    @discardableResult
    mutating func claim(
        _ kind: DocumentClaim.Kind, _ customer: String, _ version: Int64?, _ document: String,
        _ purpose: ClaimPurpose? = .registration, reservation: String? = nil, by cause: Cause
    ) -> Cause {
        let body = DocumentClaim(
            kind,
            DocumentReference(
                document: document, customerID: customer, reservation: reservation, version: version, purpose: purpose))
        let id =
            reservation.map { "\($0)/\(kind == .reserve ? "reserve" : "release")" }
            ?? "\(cause.id)/\(kind == .release ? "release" : "claim")"
        return write(
            .documentClaims, id, by: reservation == nil ? Source.projection : Source.processManager, cause,
            key: "document:" + document, body)
    }

    @discardableResult
    mutating func answer(
        _ kind: DocumentEvent.Kind, _ customer: String, _ version: Int64?, _ document: String,
        _ purpose: ClaimPurpose? = .registration, reservation: String? = nil, heldBy: String? = nil, by claim: Cause,
        repeats: Int = 1
    ) -> Cause {
        let body = DocumentEvent(
            kind,
            DocumentReference(
                document: document, customerID: customer, reservation: reservation, version: version, purpose: purpose),
            heldBy: heldBy)
        return write(
            .documentEvents, "\(claim.id)/\(kind.suffix)", by: Source.projection, claim, body, repeats: repeats)
    }

    @discardableResult
    mutating func book(_ process: String, _ customer: String, _ kind: RegistrationEvent.Kind, by cause: Cause) -> Cause
    {
        let name =
            switch kind {
            case .started: "started"
            case .commandIssued(_, let attempt, let command): "\(command.count)/issued/\(attempt)"
            case .completed: "completed"
            case .compensated: "compensated"
            case .rejected: "rejected"
            case .escalated: "escalated"
            }
        return write(
            .registrationEvents, "\(process)/\(name)", by: Source.processManager, cause,
            RegistrationEvent(process: process, customerID: customer, kind: kind))
    }

    /// The book's entry and the command.
    mutating func issue(
        _ process: String, _ step: String, _ kind: ProcessCommand.Kind, _ customer: String, _ version: Int64,
        _ document: String, by cause: Cause, attempt: Int64 = 1
    ) -> Cause {
        let body = ProcessCommand(kind, customerID: customer, document: document, version: version)
        let metadata = Metadata(
            id: "\(process)/\(step)", source: Source.processManager, time: now, correlationID: "r",
            causationID: cause.id, causationSource: cause.source)
        let command = Message(metadata, body).encoded()
        book(process, customer, .commandIssued(topic: .processCommands, attempt: attempt, command: command), by: cause)
        append(.processCommands, key: Array(customer.utf8), value: command)
        return (Source.processManager, metadata.id)
    }

    // MARK: Stories

    /// A registration up to its claim.
    mutating func begin(_ customer: String, _ document: String, id: String = "1") -> Cause {
        let command = command("RegisterCustomer", customer, id: id, #"{"document":"\#(document)","name":"Ana"}"#)
        let event = event(
            customer, 1, document, .registered(name: "Ana", status: .pending, reservation: nil), by: command)
        outcome(customer, command, .accepted(events: ["\(customer)@1"]))
        let claim = claim(.claim, customer, 1, document, by: event)
        book(
            "\(customer)@1", customer, .started(strategy: .compensate, document: document, name: "Ana", version: 1),
            by: event)
        return claim
    }

    mutating func winner(_ customer: String, _ document: String) {
        let claim = begin(customer, document)
        let answer = answer(.claimed, customer, 1, document, by: claim)
        write(
            .documentIndex, "\(claim.id)/holder", by: Source.projection, claim, key: "document:" + document,
            DocumentHolder(document: document, customerID: customer, status: .claimed, reservation: nil, position: 0))
        let confirm = issue("\(customer)@1", "confirm", .confirm, customer, 1, document, by: answer)
        let event = event(customer, 2, document, .confirmed, by: confirm)
        book("\(customer)@1", customer, .completed, by: event)
    }

    @discardableResult
    mutating func loser(_ customer: String, _ document: String, heldBy: String?, repeats: Int = 1) -> Cause {
        let claim = begin(customer, document)
        let answer = answer(.claimRejected, customer, 1, document, heldBy: heldBy, by: claim, repeats: repeats)
        let undo = issue(
            "\(customer)@1", "unregister", .compensate(heldBy: heldBy), customer, 1, document, by: answer)
        let event = event(
            customer, 2, document, .unregistered(reason: .duplicateDocument, heldBy: heldBy), by: undo, repeats: repeats
        )
        self.claim(.release, customer, 2, document, by: event)
        return book("\(customer)@1", customer, .compensated(heldBy: heldBy), by: event)
    }

    /// A customer that holds `document` begins to change to `wanted`.
    mutating func beginChange(_ customer: String, _ version: Int64, from document: String, to wanted: String) -> Cause {
        let command = command(
            "ChangeCustomerDocument", customer, id: "change-\(version)", #"{"document":"\#(wanted)"}"#)
        let event = event(customer, version, wanted, .documentChangeStarted(previous: document), by: command)
        return claim(.claim, customer, version, wanted, .change, by: event)
    }
}
