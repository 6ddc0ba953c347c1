import EventLog
import Foundation
import KafkaClient
import Synchronization
import TestProcesses
import Testing

/// The tests of this target need a broker that holds still: one after the other. They run on any Kafka, those that
/// break the broker aside, which only librdkafka's mock cluster lets them.
@Suite(.serialized) struct KafkaClientTests {}

/// The broker that all tests of this target share: the one that the environment names, or a `dev-broker`.
enum SharedBroker {
    private static let external = ProcessInfo.processInfo.environment["KAFKA_BOOTSTRAP_SERVERS"].flatMap {
        $0.isEmpty ? nil : $0
    }
    private static let own = Mutex<BrokerProcess?>(nil)

    static func servers() throws -> String {
        if let external { return external }
        return try own.withLock { broker in
            if let broker { return broker.bootstrapServers }
            let started = try BrokerProcess(in: try Unique.folder("kafka-client"))
            broker = started
            return started.bootstrapServers
        }
    }
}

/// Where a test runs: on the shared broker, or, to break it, on a mock cluster of its own.
final class TestCluster {
    let mock: MockCluster?
    let configuration: KafkaConfiguration
    let log = LogBook()
    /// Before each name, so that no run meets another's leftovers.
    let prefix: String
    private var created: [String] = []

    /// - Parameter mockOnly: The test breaks the broker, which only the mock lets it.
    init(brokers: Int = 1, mockOnly: Bool = false, properties: [String: String] = [:]) throws {
        let servers: String
        if !mockOnly {
            mock = nil
            servers = try SharedBroker.servers()
            prefix = "t\(UInt32.random(in: .min ... .max))-"
        } else {
            let mock = try MockCluster(brokers: brokers)
            self.mock = mock
            servers = mock.bootstrapServers
            prefix = ""
        }
        configuration = KafkaConfiguration(
            bootstrapServers: servers, properties: properties, clientID: "test", log: { [log] in log.add($0) })
    }

    deinit {
        if mock == nil, let admin = try? KafkaAdmin(configuration: configuration) { try? admin.deleteTopics(created) }
        mock?.close()
    }

    func topic(_ name: String, partitions: Int32 = 2) throws -> String {
        let full = prefix + name
        try create(full, partitions: partitions)
        return full
    }

    /// Creates a topic under its full name, for as long as this lives.
    func create(_ full: String, partitions: Int32) throws {
        if let mock {
            try mock.createTopic(full, partitions: Int(partitions))
        } else {
            let admin = try KafkaAdmin(configuration: configuration)
            let result = try admin.createTopics([TopicPlan(name: full, partitions: partitions)])
            try #require(result[full] == .created)
            try waitUntil("topic \(full) is there") { try admin.partitionCounts(of: [full])[full] == partitions }
            created.append(full)
        }
    }

    func write(_ records: [OutgoingRecord]) throws -> [Int64] {
        let producer = try KafkaProducer(configuration: configuration)
        defer { producer.close() }
        return try producer.produce(records)
    }

    func reader(_ isolation: IsolationLevel = .readCommitted) throws -> KafkaLogReader {
        try KafkaLogReader(configuration: configuration, isolation: isolation)
    }

    func member(
        of group: String, _ topics: [String], urgent: [String] = [], instance: String? = nil
    ) throws -> KafkaGroupConsumer {
        // The mock takes a second less than the session's time for each rebalance.
        try KafkaGroupConsumer(
            configuration: configuration, group: prefix + group, topics: topics, urgentTopics: urgent,
            instanceID: instance, sessionTimeout: .seconds(mock == nil ? 10 : 3))
    }
}

/// Log lines of librdkafka, from any thread.
final class LogBook: Sendable {
    private let lines = Mutex<[KafkaLogLine]>([])
    func add(_ line: KafkaLogLine) { lines.withLock { $0.append(line) } }
    var all: [KafkaLogLine] { lines.withLock { $0 } }
}

/// Waits for a condition; fails the test when it does not come true.
func waitUntil(
    _ what: String, within timeout: Duration = .seconds(30), sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () throws -> Bool
) throws {
    let isSo = try isTrue(within: timeout, condition)
    try #require(isSo, "not in \(timeout): \(what)", sourceLocation: sourceLocation)
}

/// Waits for a condition; returns whether it came true in time.
func isTrue(within timeout: Duration, _ condition: () throws -> Bool) throws -> Bool {
    let end = ContinuousClock.now + timeout
    while ContinuousClock.now < end {
        if try condition() { return true }
        // The pause between two looks at a condition.
        usleep(10_000)
    }
    return false
}

extension KafkaGroupConsumer {
    /// Polls until the group gave partitions; returns them, sorted, not yet taken.
    func awaitAssignment(sourceLocation: SourceLocation = #_sourceLocation) throws -> [TopicPartition] {
        var found: [TopicPartition]?
        try waitUntil("an assignment", sourceLocation: sourceLocation) {
            if case .assigned(let places) = try poll(maxRecords: 100, timeout: .milliseconds(100)) { found = places }
            return found != nil
        }
        return try #require(found, sourceLocation: sourceLocation)
    }

    /// Takes what the group gives from the beginning.
    func joinFromBeginning(sourceLocation: SourceLocation = #_sourceLocation) throws -> [TopicPartition] {
        let places = try awaitAssignment(sourceLocation: sourceLocation)
        try assign(Dictionary(uniqueKeysWithValues: places.map { ($0, .earliest) }))
        return places
    }

    /// Polls once, and gives up and takes partitions, from the beginning, as the group says. News without an answer hold
    /// up a member for ever.
    func readAnsweringNews() throws -> [LogRecord] {
        switch try poll(maxRecords: 100, timeout: .milliseconds(100)) {
        case .records(let records): return records
        case .revoked: try unassign()
        case .assigned(let places): try assign(Dictionary(uniqueKeysWithValues: places.map { ($0, .earliest) }))
        }
        return []
    }

    /// Polls until so many records came.
    func read(
        _ count: Int, maxRecords: Int = 1_000, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> [LogRecord] {
        var result: [LogRecord] = []
        try waitUntil("\(count) records", sourceLocation: sourceLocation) {
            if case .records(let records) = try poll(maxRecords: maxRecords, timeout: .milliseconds(200)) {
                result += records
            }
            return result.count >= count
        }
        return result
    }
}

extension KafkaLogReader {
    /// Polls until the positions have reached these ends; returns what was read.
    func readUp(
        to ends: [TopicPartition: Int64], sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> [LogRecord] {
        var result: [LogRecord] = []
        try waitUntil("positions reach \(ends)", sourceLocation: sourceLocation) {
            result += try poll(maxRecords: 1_000, timeout: .milliseconds(200))
            let positions = try positions()
            return ends.allSatisfy { (positions[$0.key] ?? -1) >= $0.value }
        }
        return result
    }
}

func numbered(_ topic: String, _ numbers: Range<Int>, partition: Int32 = 0) -> [OutgoingRecord] {
    numbers.map {
        OutgoingRecord(topic: topic, partition: partition, key: Array("k\($0)".utf8), value: Array("v\($0)".utf8))
    }
}

func texts(_ records: [LogRecord]) -> [String] {
    records.map { String(decoding: $0.value ?? [], as: UTF8.self) }
}

/// Runs something that must fail; returns its error.
func failure(sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void) throws -> LogError {
    var caught: (any Error)?
    do { try body() } catch { caught = error }
    return try #require(caught as? LogError, "should have failed", sourceLocation: sourceLocation)
}

/// Carries what belongs to one thread at a time over to another.
struct Box<Value>: @unchecked Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
}

/// Holds up whoever waits at it until it is opened.
final class Gate: Sendable {
    private let isOpen = DispatchSemaphore(value: 0)
    func wait() { isOpen.wait() }
    func open() { isOpen.signal() }
}

func onAThread(_ body: @escaping @Sendable () -> Void) { Thread.detachNewThread(body) }
