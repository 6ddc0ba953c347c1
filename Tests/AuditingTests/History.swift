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
        return Sent(customer: customer, id: id, spot: spot, hash: "", topic: .registrationRequests)
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
