import EventLog
import Messages

@testable import Auditing

/// Fabricates what a deployment's topics hold, record by record, as the services would have written it.
struct History {
    static let partitionCount: Int32 = 3
    let names = DeploymentNames(prefix: "t.")
    var records: [LogRecord] = []
    private var ends: [TopicPartition: Int64] = [:]
    private let time = Timestamp(microseconds: 1_795_000_000_000_000)

    /// A command as it was sent, and what its answers need of it.
    struct Sent {
        var customer: String
        var id: String
        var source = "/client"
        var spot: Spot
        var hash: String
        var topic = Topic.customerCommands
        var key: DeduplicationKey { DeduplicationKey(topic: topic, customerID: customer, source: source, id: id) }
        var cause: (source: String, id: String) { (source, id) }
    }

    @discardableResult
    mutating func append(
        _ topic: Topic, key: [UInt8]?, value: [UInt8]?, headers: [RecordHeader] = [], partition: Int32? = nil
    ) -> Spot {
        let place = TopicPartition(
            topic: names.name(topic),
            partition: partition ?? Murmur2.partition(of: key ?? [], count: Self.partitionCount))
        let offset = ends[place, default: 100]
        // A transaction marker now and then: offsets have gaps.
        ends[place] = offset + (offset.isMultiple(of: 5) ? 2 : 1)
        records.append(
            LogRecord(
                topic: place.topic, partition: place.partition, offset: offset, key: key, value: value,
                headers: headers))
        return Spot(partition: place.partition, offset: offset)
    }

    @discardableResult
    mutating func command(
        _ type: String, _ customer: String, id: String, _ data: String, headers: [RecordHeader] = [],
        partition: Int32? = nil
    ) -> Sent {
        let value = Array(#"{"id":"\#(id)","source":"/client","type":"\#(type)","data":\#(data)}"#.utf8)
        let spot = append(
            .customerCommands, key: Array(customer.utf8), value: value, headers: headers, partition: partition)
        return Sent(customer: customer, id: id, spot: spot, hash: Self.hash(value, customer, .customerCommands))
    }

    static func hash(_ value: [UInt8], _ customer: String, _ topic: Topic) -> String {
        let reading = CommandReader(normalization: .alphanumeric).read(
            LogRecord(topic: "", partition: 0, offset: 0, key: Array(customer.utf8), value: value), from: topic,
            customerID: customer, firstPlace: "")
        guard case .command(let command) = reading else { return "" }
        return command.hashText
    }

    @discardableResult
    mutating func outcome(
        _ sent: Sent, _ result: Outcome.Result, repeats: Spot? = nil, hash: String? = nil, position: Int64? = nil
    ) -> Spot {
        var id = "\(sent.key)/outcome"
        if let repeats { id += "/\(repeats.partition)/\(repeats.offset)" }
        let body = Outcome(
            customerID: sent.customer, commandID: sent.id, commandSource: sent.source,
            commandHash: hash ?? sent.hash, result: result, isDuplicate: repeats != nil,
            position: position ?? repeats?.offset ?? sent.spot.offset)
        let topic: Topic = sent.topic == .processCommands ? .processOutcomes : .commandOutcomes
        return write(topic, id, Source.commandService, sent.cause, sent.customer, body)
    }

    @discardableResult
    mutating func event(
        _ customer: String, _ version: Int64, _ document: String, _ kind: CustomerEvent.Kind, by cause: Sent
    ) -> Spot {
        let body = CustomerEvent(customerID: customer, version: version, document: document, kind: kind)
        return write(.customerEvents, body.id, Source.commandService, cause.cause, customer, body)
    }

    @discardableResult
    mutating func claim(_ kind: DocumentClaim.Kind, _ customer: String, _ version: Int64, _ document: String) -> Spot {
        let event = CustomerEvent.id(customerID: customer, version: version)
        let body = DocumentClaim(
            kind,
            DocumentReference(document: document, customerID: customer, version: version, purpose: .registration))
        return write(
            .documentClaims, "\(event)/\(kind == .release ? "release" : "claim")", Source.projection,
            (Source.commandService, event), key: body.reference.uniqueKey, body)
    }

    @discardableResult
    mutating func answer(
        _ kind: DocumentEvent.Kind, _ customer: String, _ version: Int64, _ document: String, heldBy: String? = nil,
        cause: String? = nil
    ) -> Spot {
        let event = CustomerEvent.id(customerID: customer, version: version)
        let wish = cause ?? "\(event)/\(kind == .released ? "release" : "claim")"
        let body = DocumentEvent(
            kind,
            DocumentReference(document: document, customerID: customer, version: version, purpose: .registration),
            heldBy: heldBy)
        return write(
            .documentEvents, "\(wish)/\(kind.suffix)", Source.projection, (Source.projection, wish), customer, body)
    }

    mutating func holder(_ customer: String?, _ document: String, _ position: Int64) {
        guard let customer else {
            append(.documentIndex, key: DocumentReference.uniqueKey(document), value: nil)
            return
        }
        let body = DocumentHolder(
            document: document, customerID: customer, status: .claimed, reservation: nil, position: position)
        write(
            .documentIndex, "holder", Source.projection, ("", ""), key: DocumentReference.uniqueKey(document), body)
    }

    mutating func process(_ customer: String, _ kind: RegistrationEvent.Kind, id: String) {
        let process = "\(customer)@1"
        write(
            .registrationEvents, "\(process)/\(id)", Source.processManager, ("", ""), customer,
            RegistrationEvent(process: process, customerID: customer, kind: kind))
    }

    /// The book's entry that a command is out, and the command.
    mutating func processCommand(_ kind: ProcessCommand.Kind, _ customer: String, _ document: String) -> Sent {
        let name = kind == .confirm ? "confirm" : "unregister"
        let id = "\(customer)@1/\(name)"
        let metadata = self.metadata(id, Source.processManager, ("", ""))
        let value = Message(
            metadata, ProcessCommand(kind, customerID: customer, document: document, version: 1)
        ).encoded()
        process(customer, .commandIssued(topic: .processCommands, attempt: 1, command: value), id: "issued/1")
        let spot = append(.processCommands, key: Array(customer.utf8), value: value)
        return Sent(
            customer: customer, id: id, source: Source.processManager, spot: spot,
            hash: Self.hash(value, customer, .processCommands), topic: .processCommands)
    }

    @discardableResult
    private mutating func write(
        _ topic: Topic, _ id: String, _ source: String, _ cause: (source: String, id: String), _ customer: String,
        _ body: some MessageBody
    ) -> Spot { write(topic, id, source, cause, key: Array(customer.utf8), body) }

    @discardableResult
    private mutating func write(
        _ topic: Topic, _ id: String, _ source: String, _ cause: (source: String, id: String), key: [UInt8],
        _ body: some MessageBody
    ) -> Spot { append(topic, key: key, value: Message(metadata(id, source, cause), body).encoded()) }

    private func metadata(_ id: String, _ source: String, _ cause: (source: String, id: String)) -> Metadata {
        Metadata(
            id: id, source: source, time: time, correlationID: "r", causationID: cause.id, causationSource: cause.source
        )
    }
}

/// Whole stories.
extension History {
    @discardableResult
    mutating func begin(_ customer: String, _ document: String) -> Sent {
        let sent = command("RegisterCustomer", customer, id: "register", #"{"document":"\#(document)"}"#)
        outcome(sent, .accepted(events: ["\(customer)@1"]))
        event(customer, 1, document, .registered(name: nil, status: .pending, reservation: nil), by: sent)
        claim(.claim, customer, 1, document)
        process(customer, .started(strategy: .compensate, document: document, name: nil, version: 1), id: "started")
        return sent
    }

    @discardableResult
    mutating func winner(_ customer: String, _ document: String) -> Sent {
        let sent = begin(customer, document)
        answer(.claimed, customer, 1, document)
        holder(customer, document, lastClaim)
        let confirm = processCommand(.confirm, customer, document)
        event(customer, 2, document, .confirmed, by: confirm)
        process(customer, .completed, id: "completed")
        return sent
    }

    @discardableResult
    mutating func loser(_ customer: String, _ document: String, heldBy: String) -> Sent {
        let sent = begin(customer, document)
        answer(.claimRejected, customer, 1, document, heldBy: heldBy)
        let undo = processCommand(.compensate(heldBy: heldBy), customer, document)
        event(customer, 2, document, .unregistered(reason: .duplicateDocument, heldBy: heldBy), by: undo)
        claim(.release, customer, 2, document)
        process(customer, .compensated(heldBy: heldBy), id: "compensated")
        return sent
    }

    /// A client unregisters a confirmed customer.
    mutating func leave(_ customer: String, _ document: String) {
        let sent = command("UnregisterCustomer", customer, id: "leave", "{}")
        outcome(sent, .accepted(events: ["\(customer)@3"]))
        event(customer, 3, document, .unregistered(reason: .requested, heldBy: nil), by: sent)
        claim(.release, customer, 3, document)
        answer(.released, customer, 3, document)
        holder(nil, document, 0)
    }

    /// Two winners and a loser; one that leaves, so that the document goes to another; repeats, a reused key, a
    /// misrouted command and two that nobody can read.
    static func clean() -> History {
        var history = History()
        let first = history.winner("c-1", "D1")
        history.loser("c-2", "D1", heldBy: "c-1")
        history.winner("c-3", "D3")
        history.leave("c-3", "D3")
        history.winner("c-4", "D3")
        // Sent again with the same content in another spelling, and with another one.
        let again = history.command("RegisterCustomer", "c-1", id: "register", #"{"document":"d-1"}"#)
        history.outcome(first, .accepted(events: ["c-1@1"]), repeats: again.spot)
        let reused = history.command("RegisterCustomer", "c-1", id: "register", #"{"document":"D9"}"#)
        history.outcome(
            first, .rejected(.deduplicationKeyReused, message: "no"), repeats: reused.spot, hash: reused.hash)
        history.refused()
        history.strays()
        return history
    }

    private mutating func refused() {
        let sent = command("NoSuchType", "c-5", id: "odd", "{}")
        outcome(sent, .rejected(.unknownType, message: "no"))
    }

    private mutating func strays() {
        let home = Murmur2.partition(of: Array("c-6".utf8), count: Self.partitionCount)
        let wrong = command("NoSuchType", "c-6", id: "moved", "{}", partition: (home + 1) % Self.partitionCount)
        let origin = RecordHeader("origin", "t.customer-commands/\(wrong.spot.partition)/\(wrong.spot.offset)")
        let moved = command("NoSuchType", "c-6", id: "moved", "{}", headers: [origin])
        outcome(moved, .rejected(.unknownType, message: "no"))
        for key in [nil, Array("c-7".utf8)] as [[UInt8]?] {
            let spot = append(.customerCommands, key: key, value: Array("no JSON".utf8))
            append(
                .customerCommandsDeadLetter, key: key, value: Array("no JSON".utf8),
                headers: [
                    RecordHeader("dead-letter-topic", "t.customer-commands"),
                    RecordHeader("dead-letter-partition", "\(spot.partition)"),
                    RecordHeader("dead-letter-offset", "\(spot.offset)"),
                ])
        }
    }

    var lastClaim: Int64 { records.last { $0.topic == "t.document-claims" }?.offset ?? -1 }
}
