import EventLog
import Messages
import Processing
import Simulation

/// Forges what a deployment's topics hold, record by record, in an order in which the services could have written it,
/// and shows each record to a checker.
struct CheckerHistory {
    static let partitionCount: Int32 = 3
    static let names = DeploymentNames(prefix: "t.")

    let checker: Checker
    private var ends: [TopicPartition: Int64] = [:]
    var time = Timestamp(microseconds: 1_795_000_000_000_000)

    /// A command as it was sent, with what its answers need of it.
    struct Sent {
        var topic: Topic
        var customer: String
        var id: String
        var source = "/client"
        var hash: String
        var partition: Int32
        var offset: Int64
        var key: String {
            DeduplicationKey(topic: topic, customerID: customer, source: source, id: id).description
        }
        var cause: (source: String, id: String) { (source, id) }
    }

    init(_ guarantee: DeliveryGuarantee = .exactlyOnce) {
        checker = Checker(names: Self.names, partitionCount: Self.partitionCount, guarantee: guarantee)
    }

    /// Where every group has taken everything.
    var groupOffsets: [ConsumerGroup: [TopicPartition: Int64]] {
        var offsets: [ConsumerGroup: [TopicPartition: Int64]] = [:]
        for group in ConsumerGroup.allCases {
            offsets[group] = ends.filter { Self.names.topic($0.key.topic).map(group.inputs.contains) ?? false }
        }
        return offsets
    }

    /// What is told when nothing more comes.
    func atRest() -> [Violation] { checker.atRest(groupOffsets: groupOffsets) }

    @discardableResult
    mutating func append(
        _ topic: Topic, key: [UInt8]?, value: [UInt8]?, headers: [RecordHeader] = [], partition: Int32? = nil
    ) throws(Violation) -> (partition: Int32, offset: Int64) {
        let home = Murmur2.partition(of: key ?? [], count: Self.partitionCount)
        let place = TopicPartition(topic: Self.names.name(topic), partition: partition ?? home)
        let offset = ends[place, default: 0]
        ends[place] = offset + 1
        time = time.advanced(by: .milliseconds(1))
        try checker.take(
            LogRecord(
                topic: place.topic, partition: place.partition, offset: offset, key: key, value: value,
                headers: headers))
        return (place.partition, offset)
    }

    @discardableResult
    mutating func send(
        _ type: String, _ customer: String, _ id: String, _ data: String, to topic: Topic = .customerCommands,
        headers: [RecordHeader] = []
    ) throws(Violation) -> Sent {
        let value = Array(#"{"id":"\#(id)","source":"/client","type":"\#(type)","data":\#(data)}"#.utf8)
        let spot = try append(topic, key: Array(customer.utf8), value: value, headers: headers)
        return Sent(
            topic: topic, customer: customer, id: id, hash: Self.hash(value, customer, topic),
            partition: spot.partition, offset: spot.offset)
    }

    private static func hash(_ value: [UInt8], _ customer: String, _ topic: Topic) -> String {
        let reading = CommandReader(normalization: .alphanumeric).read(
            LogRecord(topic: "", partition: 0, offset: 0, key: Array(customer.utf8), value: value), from: topic,
            customerID: customer, firstPlace: "")
        guard case .command(let command) = reading else { return "" }
        return command.hashText
    }

    private func metadata(_ id: String, _ source: String, _ cause: (source: String, id: String)) -> Metadata {
        Metadata(
            id: id, source: source, time: time, correlationID: "x", causationID: cause.id, causationSource: cause.source
        )
    }

    /// An event, by the command that caused it: a client's, or the one of that name of the process manager.
    mutating func event(
        _ customer: String, _ version: Int64, _ document: String, _ kind: CustomerEvent.Kind,
        by cause: (source: String, id: String)
    ) throws(Violation) {
        let event = CustomerEvent(customerID: customer, version: version, document: document, kind: kind)
        try append(
            .customerEvents, key: Array(customer.utf8),
            value: Message(metadata(event.id, Source.commandService, cause), event).encoded())
    }

    /// - Parameter repeats: the record that is answered, where it is not the first of its command.
    mutating func outcome(_ sent: Sent, _ result: Outcome.Result, repeats: Sent? = nil) throws(Violation) {
        let answered = repeats ?? sent
        var isDuplicate = repeats != nil
        if case .rejected(.deduplicationKeyReused, _) = result { isDuplicate = false }
        let outcome = Outcome(
            customerID: sent.customer, commandID: sent.id, commandSource: sent.source, commandHash: answered.hash,
            result: result, isDuplicate: isDuplicate, position: answered.offset)
        let id = "\(sent.key)/outcome" + (repeats.map { "/\($0.partition)/\($0.offset)" } ?? "")
        try append(
            sent.topic == .processCommands ? .processOutcomes : .commandOutcomes, key: Array(sent.customer.utf8),
            value: Message(metadata(id, Source.commandService, sent.cause), outcome).encoded())
    }

    /// A wish of the projection, of the event that it names.
    mutating func claim(
        _ kind: DocumentClaim.Kind, _ customer: String, _ version: Int64, _ document: String,
        reservation: String? = nil
    ) throws(Violation) {
        let event = CustomerEvent.id(customerID: customer, version: version)
        let reference = DocumentReference(
            document: document, customerID: customer, reservation: reservation, version: version,
            purpose: .registration)
        try append(
            .documentClaims, key: reference.uniqueKey,
            value: Message(
                metadata(
                    event + (kind == .claim ? "/claim" : "/release"), Source.projection,
                    (Source.commandService, event)), DocumentClaim(kind, reference)
            ).encoded())
    }

    /// A wish of a request's process.
    mutating func wish(_ kind: DocumentClaim.Kind, of request: Sent, _ document: String) throws(Violation) {
        let reference = DocumentReference(document: document, customerID: request.customer, reservation: request.key)
        try append(
            .documentClaims, key: reference.uniqueKey,
            value: Message(
                metadata(
                    request.key + (kind == .reserve ? "/reserve" : "/release"), Source.processManager, request.cause),
                DocumentClaim(kind, reference)
            ).encoded())
    }

    mutating func answer(
        _ kind: DocumentEvent.Kind, to wish: String, of source: String = Source.projection,
        about reference: DocumentReference, heldBy: String? = nil
    ) throws(Violation) {
        try append(
            .documentEvents, key: Array(reference.customerID.utf8),
            value: Message(
                metadata("\(wish)/\(kind.suffix)", Source.projection, (source, wish)),
                DocumentEvent(kind, reference, heldBy: heldBy)
            ).encoded())
    }

    mutating func book(
        _ process: String, _ customer: String, _ step: String, _ kind: RegistrationEvent.Kind
    ) throws(Violation) {
        try append(
            .registrationEvents, key: Array(customer.utf8),
            value: Message(
                metadata("\(process)/\(step)", Source.processManager, ("", "x")),
                RegistrationEvent(process: process, customerID: customer, kind: kind)
            ).encoded())
    }

    /// Sends a command of a process, and writes it into the book.
    @discardableResult
    mutating func command(
        _ process: String, _ step: String, _ customer: String, _ kind: ProcessCommand.Kind, _ document: String,
        version: Int64? = nil
    ) throws(Violation) -> Sent {
        let id = "\(process)/\(step)"
        let body = ProcessCommand(kind, customerID: customer, document: document, version: version)
        let value = Message(metadata(id, Source.processManager, ("", "x")), body).encoded()
        try book(
            process, customer, "\(step)/issued/1", .commandIssued(topic: .processCommands, attempt: 1, command: value))
        let spot = try append(.processCommands, key: Array(customer.utf8), value: value)
        return Sent(
            topic: .processCommands, customer: customer, id: id, source: Source.processManager,
            hash: Self.hash(value, customer, .processCommands), partition: spot.partition, offset: spot.offset)
    }

    mutating func holder(_ customer: String, _ document: String, position: Int64) throws(Violation) {
        let holder = DocumentHolder(
            document: document, customerID: customer, status: .claimed, reservation: nil, position: position)
        try append(
            .documentIndex, key: DocumentReference.uniqueKey(document),
            value: Message(metadata("x/holder", Source.projection, ("", "x")), holder).encoded())
    }
}
