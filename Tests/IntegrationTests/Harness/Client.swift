import EventLog
import Foundation
import KafkaClient
import Messages
import TestProcesses

/// A record as a client sees it.
struct Seen {
    var topic: Topic
    var record: LogRecord
    /// The value, read as JSON.
    var json: JSON?

    var type: String? { json?["type"]?.text }
    var id: String? { json?["id"]?.text }
    var data: JSON? { json?["data"] }
    var key: String { String(decoding: record.key ?? [], as: UTF8.self) }
    /// `<topic>/<partition>/<offset>`
    var place: String { "\(record.topic)/\(record.partition)/\(record.offset)" }

    func headers(_ name: String) -> [String] {
        record.headers.filter { $0.name == name }.map { String(decoding: $0.value ?? [], as: UTF8.self) }
    }
}

/// Writes and reads a deployment's topics, as any client may. Confined to one thread.
final class Client {
    let deployment: Deployment
    private let producer: KafkaProducer
    private let reader: KafkaLogReader
    /// What has come since this client began.
    private(set) var seen: [Seen] = []

    static let clientTopics: [Topic] = [.commandOutcomes, .customerEvents, .customerCommandsDeadLetter]
    static let structured = [RecordHeader("content-type", "application/cloudevents+json; charset=UTF-8")]

    enum Start { case now, beginning }

    /// - Parameter properties: librdkafka's, of the producer.
    init(
        _ deployment: Deployment, reading topics: [Topic] = Client.clientTopics, from start: Start = .now,
        properties: [String: String] = [:]
    ) throws {
        self.deployment = deployment
        var writing = deployment.kafka
        writing.properties.merge(properties) { $1 }
        producer = try KafkaProducer(configuration: writing)
        reader = try KafkaLogReader(configuration: deployment.kafka)
        let places = topics.flatMap { topic in
            (0..<Deployment.partitionCount).map { TopicPartition(topic: deployment.names.name(topic), partition: $0) }
        }
        switch start {
        // By their offsets, so that a reader of nothing knows that it is at the end.
        case .beginning: try reader.assign(try reader.watermarks(places).mapValues { .offset($0.low) })
        case .now: try reader.assign(try reader.watermarks(places).mapValues { .offset($0.high) })
        }
    }

    deinit {
        producer.close()
        reader.close()
    }

    // MARK: Writing

    static func partition(of key: [UInt8]) -> Int32 { Murmur2.partition(of: key, count: Deployment.partitionCount) }

    /// Writes a record as it is; where its key belongs, unless a partition is given.
    /// - Returns: its place.
    @discardableResult
    func write(
        _ topic: Topic = .customerCommands, key: [UInt8]?, value: [UInt8]?, headers: [RecordHeader] = Client.structured,
        partition: Int32? = nil
    ) throws -> (partition: Int32, offset: Int64) {
        let partition = partition ?? Self.partition(of: key ?? [])
        let offsets = try producer.produce([
            OutgoingRecord(
                topic: deployment.names.name(topic), partition: partition, key: key, value: value, headers: headers)
        ])
        return (partition, offsets.first ?? -1)
    }

    /// Writes a command in structured mode.
    /// - Parameter data: the members of `data`, as JSON.
    @discardableResult
    func send(
        _ type: String = "RegisterCustomer", to topic: Topic = .customerCommands, customer: String, id: String,
        source: String = "/tests", data: String
    ) throws -> (partition: Int32, offset: Int64) {
        try write(
            topic, key: Array(customer.utf8),
            value: Array(Self.envelope(type, customer: customer, id: id, source: source, data: data).utf8))
    }

    static func envelope(
        _ type: String, customer: String, id: String, source: String = "/tests", data: String
    ) -> String {
        """
        {"specversion":"1.0","id":\(quoted(id)),"source":\(quoted(source)),"type":\(quoted(type)),\
        "subject":\(quoted(customer)),"time":"2026-01-02T03:04:05Z","datacontenttype":"application/json",\
        "data":\(data)}
        """
    }

    /// The data of a command that names values.
    /// - Parameters:
    ///   - values: by attribute; nil is JSON's null.
    ///   - more: further members of the data, as JSON, each with a comma ahead.
    static func data(_ values: [String: String?], name: String? = nil, more: String = "") -> String {
        let members = values.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\($0.value.map(quoted) ?? "null")" }
        let name = name.map { ",\"name\":\(quoted($0))" } ?? ""
        return "{\"values\":{\(members.joined(separator: ","))}\(name)\(more)}"
    }

    /// Registers a customer.
    @discardableResult
    func register(
        _ customer: String, _ values: [String: String?], name: String? = nil, id: String = Unique.text("register")
    ) throws -> String {
        try send(customer: customer, id: id, data: Self.data(values, name: name))
        return id
    }

    @discardableResult
    func register(
        _ customer: String, document: String, name: String? = nil, id: String = Unique.text("register")
    ) throws -> String {
        try register(customer, ["document": document], name: name, id: id)
    }

    /// Asks for values to be reserved and a customer to be registered with them.
    func request(_ customer: String, _ values: [String: String?], id: String = Unique.text("request")) throws -> String
    {
        try send("StartRegistration", to: .registrationRequests, customer: customer, id: id, data: Self.data(values))
        return id
    }

    @discardableResult
    func change(_ customer: String, _ values: [String: String?], id: String = Unique.text("change")) throws -> String {
        try send("ChangeCustomer", customer: customer, id: id, data: Self.data(values))
        return id
    }

    @discardableResult
    func leave(_ customer: String, id: String = Unique.text("leave")) throws -> String {
        try send("UnregisterCustomer", customer: customer, id: id, data: "{}")
        return id
    }

    /// The name of a request's process.
    static func process(_ customer: String, id: String) -> String {
        DeduplicationKey(topic: .registrationRequests, customerID: customer, source: "/tests", id: id).description
    }

    // MARK: Reading

    /// Takes what has come.
    func take(for time: Duration = .milliseconds(100)) throws {
        for record in try reader.poll(maxRecords: 10_000, timeout: time) {
            guard let topic = deployment.names.topic(record.topic) else { continue }
            seen.append(Seen(topic: topic, record: record, json: JSON(record.value)))
        }
    }

    /// The first record that fits, waiting for it.
    func first(
        _ what: String, within time: Duration = .seconds(120), where fits: (Seen) -> Bool
    ) throws -> Seen {
        var looked = 0
        let deadline = ContinuousClock.now + time
        while true {
            if let found = seen[looked...].first(where: fits) { return found }
            looked = seen.count
            guard ContinuousClock.now < deadline else { break }
            try take()
        }
        let summary = seen.suffix(20).map { "\($0.place) \($0.type ?? "?") \($0.id ?? "?")" }
        throw Failure(
            "no \(what) within \(time); the last ones of \(seen.count) records:\n\(summary.joined(separator: "\n"))")
    }

    /// The event of a customer with a version.
    func event(_ customer: String, _ version: Int) throws -> Seen {
        try first("event \(customer)@\(version)") { $0.topic == .customerEvents && $0.id == "\(customer)@\(version)" }
    }

    /// The first outcome of a command, or a later one.
    func outcome(ofCommand id: String, number: Int = 1) throws -> Seen {
        var found = Set<String>()
        return try first("outcome \(number) of \(id)") { seen in
            guard seen.topic == .commandOutcomes, seen.data?["commandId"]?.text == id else { return false }
            found.insert(seen.id ?? seen.place)
            return found.count == number
        }
    }

    /// The dead letter of a record.
    func deadLetter(
        _ topic: Topic = .customerCommandsDeadLetter, of place: (partition: Int32, offset: Int64)
    ) throws -> Seen {
        try first("dead letter of \(place)") { seen in
            seen.topic == topic && seen.headers("dead-letter-partition") == [String(place.partition)]
                && seen.headers("dead-letter-offset") == [String(place.offset)]
        }
    }

    /// Everything that is in the topics by now.
    func takeAll() throws {
        let ends = try reader.watermarks(Array(try reader.positions().keys))
        let isThere = try poll(for: .seconds(180), every: .milliseconds(1)) {
            try take(for: .milliseconds(50))
            let reached = try reader.positions()
            return ends.allSatisfy { (reached[$0.key] ?? 0) >= $0.value.high || $0.value.high == $0.value.low }
        }
        if !isThere { throw Failure("the topics could not be read to their ends") }
    }
}
