import EventLog
import Messages

@testable import Auditing

/// Fabricates what a deployment's topics hold, record by record, as the services would have written it.
struct History {
    static let partitionCount: Int32 = 3
    let names = DeploymentNames(prefix: "t.")
    var records: [LogRecord] = []
    private var ends: [TopicPartition: Int64] = [:]
    /// What the services write from here on carries this time.
    var time = Timestamp(microseconds: 1_795_000_000_000_000)
    /// Of each partition's first record: above 0 where retention has taken some.
    var firstOffset: Int64 = 100

    /// A command as it was sent, and what its answers need of it.
    struct Sent {
        var customer: String
        var id: String
        var source = "/client"
        var spot: Spot
        var hash: String?
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
        let offset = ends[place, default: firstOffset]
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

    @discardableResult
    mutating func request(
        _ customer: String, id: String, _ data: String, type: String = "StartRegistration",
        headers: [RecordHeader] = [], partition: Int32? = nil
    ) -> Sent {
        let value = Array(#"{"id":"\#(id)","source":"/client","type":"\#(type)","data":\#(data)}"#.utf8)
        let spot = append(
            .registrationRequests, key: Array(customer.utf8), value: value, headers: headers, partition: partition)
        return Sent(customer: customer, id: id, spot: spot, hash: nil, topic: .registrationRequests)
    }

    /// A second attribute that nobody needs, and the standard one.
    static let declaration = Declaration(
        attributes: [
            UniqueAttribute(name: "document"), UniqueAttribute(name: "email", normalize: .email, isRequired: false),
        ], partitions: partitionCount)

    /// The values of `D1`, or of `D1+a@x` with the second attribute.
    static func values(_ text: String) -> UniqueValues {
        UniqueValues(
            zip(["document", "email"], text.split(separator: "+", omittingEmptySubsequences: false))
                .filter { !$0.1.isEmpty }.map { UniqueKey(attribute: $0, value: String($1)) })
    }

    /// The `data` of a command with these values.
    static func data(_ text: String) -> String {
        let members = values(text).keys.map { #""\#($0.attribute)":"\#($0.value)""# }
        return #"{"values":{"# + members.joined(separator: ",") + "}}"
    }

    static func loss(_ heldBy: String?, _ attribute: String = "document") -> Loss {
        Loss(attribute: attribute, heldBy: heldBy)
    }

    static func hash(_ value: [UInt8], _ customer: String, _ topic: Topic) -> String? {
        let reading = CommandReader(declaration).read(
            LogRecord(topic: "", partition: 0, offset: 0, key: Array(customer.utf8), value: value), from: topic,
            customerID: customer, firstPlace: "")
        guard case .command(let command) = reading else { return nil }
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
        _ customer: String, _ version: Int64, _ values: String, _ kind: CustomerEvent.Kind, by cause: Sent
    ) -> Spot {
        let body = CustomerEvent(customerID: customer, version: version, values: Self.values(values), kind: kind)
        return write(.customerEvents, body.id, Source.commandService, cause.cause, customer, body)
    }

    @discardableResult
    mutating func write(
        _ topic: Topic, _ id: String, _ source: String, _ cause: (source: String, id: String), _ customer: String,
        _ body: some MessageBody
    ) -> Spot { write(topic, id, source, cause, key: Array(customer.utf8), body) }

    @discardableResult
    mutating func write(
        _ topic: Topic, _ id: String, _ source: String, _ cause: (source: String, id: String), key: [UInt8],
        _ body: some MessageBody
    ) -> Spot { append(topic, key: key, value: Message(metadata(id, source, cause), body).encoded()) }

    func metadata(_ id: String, _ source: String, _ cause: (source: String, id: String)) -> Metadata {
        Metadata(
            id: id, source: source, time: time, correlationID: "r", causationID: cause.id, causationSource: cause.source
        )
    }
}

extension CustomerEvent.Kind {
    static func undone(_ heldBy: String?, _ attribute: String = "document") -> Self {
        .unregistered(
            .duplicate, loss: Loss(attribute: attribute, heldBy: heldBy), wanted: nil, reusableFrom: .none)
    }

    static func left(_ times: ReuseTimes = .none, wanted: String? = nil) -> Self {
        .unregistered(
            .requested, loss: nil, wanted: wanted.map { ValueChanges(History.values($0)) }, reusableFrom: times)
    }

    static func changing(to wanted: String) -> Self { .changeStarted(wanted: ValueChanges(History.values(wanted))) }

    static func moved(from previous: String, _ times: ReuseTimes = .none) -> Self {
        .changed(previous: History.values(previous), reusableFrom: times)
    }

    static func notChanged(_ rejected: String, _ heldBy: String?, _ attribute: String = "document") -> Self {
        .changeRejected(rejected: History.values(rejected), Loss(attribute: attribute, heldBy: heldBy))
    }
}

extension RegistrationEvent.Kind {
    static func began(_ strategy: Strategy, _ values: String, _ version: Int64? = nil) -> Self {
        .started(strategy: strategy, values: ValueChanges(History.values(values)), name: nil, version: version)
    }

    static func undone(_ heldBy: String?, _ attribute: String = "document") -> Self {
        .compensated(Loss(attribute: attribute, heldBy: heldBy))
    }

    static func refused(_ code: String) -> Self { .rejected(code: code, nil) }

    static func taken(_ heldBy: String?, _ attribute: String = "document") -> Self {
        .rejected(code: "value-taken", Loss(attribute: attribute, heldBy: heldBy))
    }
}
