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
        var hash: String?
        var partition: Int32
        var offset: Int64
        var key: String {
            DeduplicationKey(topic: topic, customerID: customer, source: source, id: id).description
        }
        var cause: (source: String, id: String) { (source, id) }
    }

    /// A second attribute that nobody needs, and the standard one.
    static let declaration = Declaration(
        attributes: [
            UniqueAttribute(name: "document"), UniqueAttribute(name: "email", normalize: .email, isRequired: false),
        ], partitions: partitionCount)

    init(_ guarantee: DeliveryGuarantee = .exactlyOnce) {
        checker = Checker(names: Self.names, declarations: [Self.declaration], guarantee: guarantee)
    }

    /// The values of `D1` or of `D1+a@x`.
    static func values(_ text: String) -> UniqueValues {
        let names = ["document", "email"]
        return UniqueValues(
            zip(names, text.split(separator: "+")).map { UniqueKey(attribute: $0, value: String($1)) })
    }

    /// The members of a command's `data`.
    static func data(_ text: String) -> String {
        #"{"values":{"# + values(text).keys.map { #""\#($0.attribute)":"\#($0.value)""# }.joined(separator: ",") + "}}"
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

    private static func hash(_ value: [UInt8], _ customer: String, _ topic: Topic) -> String? {
        let reading = CommandReader(declaration).read(
            LogRecord(topic: "", partition: 0, offset: 0, key: Array(customer.utf8), value: value), from: topic,
            customerID: customer, firstPlace: "")
        guard case .command(let command) = reading else { return nil }
        return command.hashText
    }

    private func metadata(_ id: String, _ source: String, _ cause: (source: String, id: String)) -> Metadata {
        Metadata(
            id: id, source: source, time: time, correlationID: "x", causationID: cause.id, causationSource: cause.source
        )
    }

    /// An event, by the command that caused it: a client's, or the one of that name of the process manager.
    mutating func event(
        _ customer: String, _ version: Int64, _ values: String, _ kind: CustomerEvent.Kind,
        by cause: (source: String, id: String)
    ) throws(Violation) {
        let event = CustomerEvent(customerID: customer, version: version, values: Self.values(values), kind: kind)
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

    /// What an event asks of the index.
    /// - Parameter suffix: what is put behind the event's id.
    mutating func wish(_ customer: String, _ version: Int64, _ suffix: String, _ wish: KeyWish) throws(Violation) {
        let event = CustomerEvent.id(customerID: customer, version: version)
        try append(
            .uniqueClaims, key: wish.key.bytes,
            value: Message(
                metadata("\(event)/\(suffix)", Source.projection, (Source.commandService, event)), wish
            ).encoded())
    }

    /// The claim of a registration.
    static func claim(_ customer: String, _ values: String, version: Int64 = 1, reservation: String? = nil) -> KeyClaim
    {
        let ground = ClaimGround.event(version: version, purpose: .registration, reservation: reservation)
        guard let claim = KeyClaim(customerID: customer, keys: Self.values(values).keys, ground: ground) else {
            preconditionFailure("a claim needs a key")
        }
        return claim
    }

    mutating func claim(
        _ customer: String, _ values: String, version: Int64 = 1, reservation: String? = nil
    ) throws(Violation) {
        try wish(
            customer, version, "claim",
            .claim(Self.claim(customer, values, version: version, reservation: reservation)))
    }

    /// Sends a claim on, as whoever granted it does.
    /// - Parameter places: how many further.
    mutating func sendOn(_ claim: KeyClaim, from id: String, by places: Int = 1) throws(Violation) {
        var next = claim
        for _ in 0..<places { next = next.next ?? next }
        try append(
            .uniqueClaims, key: next.key.bytes,
            value: Message(
                metadata("\(id)/\(next.at)", Source.projection, (Source.projection, id)), KeyWish.claim(next)
            ).encoded())
    }

    /// Gives the document back that an event gives up.
    mutating func release(_ customer: String, _ version: Int64, _ document: String) throws(Violation) {
        let key = UniqueKey(attribute: "document", value: document)
        try wish(
            customer, version, "release/document",
            .release(KeyRelease(customerID: customer, key: key, ground: .version(version))))
    }

    static func reservation(_ request: Sent, _ values: String) -> KeyClaim {
        guard
            let claim = KeyClaim(
                customerID: request.customer, keys: Self.values(values).keys, ground: .reservation(request.key))
        else { preconditionFailure("a claim needs a key") }
        return claim
    }

    /// What a request's process asks of the index.
    mutating func reserve(_ request: Sent, _ values: String) throws(Violation) {
        let claim = Self.reservation(request, values)
        try append(
            .uniqueClaims, key: claim.key.bytes,
            value: Message(
                metadata(request.key + "/reserve", Source.processManager, request.cause), KeyWish.claim(claim)
            ).encoded())
    }

    mutating func release(_ request: Sent, _ document: String) throws(Violation) {
        let key = UniqueKey(attribute: "document", value: document)
        let release = KeyRelease(customerID: request.customer, key: key, ground: .reservation(request.key))
        try append(
            .uniqueClaims, key: key.bytes,
            value: Message(
                metadata(request.key + "/release/document", Source.processManager, request.cause),
                KeyWish.release(release)
            ).encoded())
    }

    /// The verdict on a slip.
    /// - Parameters:
    ///   - slip: the id of the claim that it began with.
    ///   - last: of the claim decided last, where that is another one.
    mutating func answer(
        _ claim: KeyClaim, _ slip: String, of source: String = Source.projection, last: String? = nil, loss: Loss? = nil
    ) throws(Violation) {
        let verdict = KeyVerdict(on: claim, loss: loss)
        let cause = last.map { (Source.projection, $0) } ?? (source, slip)
        try append(
            .uniqueVerdicts, key: Array(claim.customerID.utf8),
            value: Message(
                metadata("\(slip)/\(verdict.suffix)", Source.projection, cause), KeyAnswer.verdict(verdict)
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
        _ process: String, _ step: String, _ customer: String, _ kind: ProcessCommand.Kind
    ) throws(Violation) -> Sent {
        let id = "\(process)/\(step)"
        let body = ProcessCommand(kind, customerID: customer)
        let value = Message(metadata(id, Source.processManager, ("", "x")), body).encoded()
        try book(
            process, customer, "\(step)/issued/1", .commandIssued(topic: .processCommands, attempt: 1, command: value))
        let spot = try append(.processCommands, key: Array(customer.utf8), value: value)
        return Sent(
            topic: .processCommands, customer: customer, id: id, source: Source.processManager,
            hash: Self.hash(value, customer, .processCommands), partition: spot.partition, offset: spot.offset)
    }

    mutating func holder(_ customer: String, _ document: String, position: Int64) throws(Violation) {
        let holder = KeyHolder(
            key: UniqueKey(attribute: "document", value: document), customerID: customer, status: .claimed,
            reservation: nil, position: position)
        try append(
            .uniqueIndex, key: holder.key.bytes,
            value: Message(metadata("x/holder", Source.projection, ("", "x")), holder).encoded())
    }
}
