import EventLog
import Foundation
import KafkaClient
import Messages
import Synchronization
import TestProcesses
import Testing

/// A transaction that is open in a partition hides all that was committed behind it from `read_committed` readers, until
/// it is decided: the last stable offset, which such a reader takes for the end, stands still before it.
@Suite(
    "A service that starts while someone's transaction is open", Issues.counted,
    .enabled(if: Deployment.externalBroker == nil, "it takes a broker that can be told to be late"))
struct OpenTransactionTests {
    private static let openFor = Duration.seconds(9)

    @Test("waits until it is decided, and does not decide again what is hidden behind it", .timeLimit(.minutes(5)))
    func catchUp() async throws {
        try await onOwnThread {
            let folder = try Unique.folder("open-control")
            defer { try? FileManager.default.removeItem(at: folder) }
            let control = folder.appendingPathComponent("control")
            let deployment = try Deployment(
                "open", brokerArguments: ["--control-address", "127.0.0.1:0", "--control-file", control.path])
            defer {
                deployment.stop()
                try? FileManager.default.removeItem(at: deployment.folder)
            }
            try deployment.start([.command])
            let client = try Client(deployment, reading: [.commandOutcomes])
            let customer = Unique.text("hidden")
            let place = TopicPartition(
                topic: deployment.names.name(.customerEvents), partition: Client.partition(of: Array(customer.utf8)))
            try Self.delayEnds(of: "holder", at: control, in: folder)
            let holder = Holder(deployment, place)
            let reader = try KafkaLogReader(configuration: deployment.kafka, isolation: .readUncommitted)
            defer { reader.close() }
            func end() throws -> Int64 { try reader.watermarks([place])[place]?.high ?? 0 }
            #expect(try poll(for: .seconds(20)) { try end() == 1 }, "the transaction was not begun")

            // Decided and committed, but nobody who reads committed records is given it.
            try client.register(customer, document: Unique.document().spelled)
            #expect(try poll(for: .seconds(20)) { try end() > 2 }, "the command was not decided")
            try deployment.kill(.command)
            try FileManager.default.removeItem(at: deployment.state(of: .command))
            let again = try client.register(customer, document: Unique.document().spelled)
            try deployment.launch(.command)
            try #require(!holder.isDone, "the transaction was decided too soon for the test to mean anything")

            let outcome = try client.outcome(ofCommand: again)
            #expect(outcome.type == "CommandRejected" && outcome.data?["code"] == "already-registered")
            #expect(holder.isDone, "the service did not wait")
            #expect(try PhysicalLog(deployment, .customerEvents).records.compactMap(\.id) == ["\(customer)@1"])
        }
    }

    /// Has the broker look at each EndTxn of a client late.
    private static func delayEnds(of client: String, at control: URL, in folder: URL) throws {
        let address = try String(contentsOf: control, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        let curl = try #require(Program.installed("curl"), "`deploy/install.sh test` installs it")
        let milliseconds = openFor.components.seconds * 1_000
        let fault =
            #"{"kind":"delay","on":"request","api":"EndTxn","clientId":"\#(client)","milliseconds":\#(milliseconds)}"#
        let added = try Run.of(curl, ["-sf", "-X", "POST", "http://\(address)/faults", "-d", fault], in: folder)
        #expect(added.end == .exit(0), "\(added)")
    }
}

/// Someone with a transaction in a partition that takes its time to end.
private final class Holder: Sendable {
    private let thread: Task<Void, any Error>
    private let done = Flag()

    init(_ deployment: Deployment, _ place: TopicPartition) {
        let done = done
        thread = Task { try await onOwnThread { try Self.hold(deployment, place, done) } }
    }

    var isDone: Bool { done.isSet }

    private static func hold(_ deployment: Deployment, _ place: TopicPartition, _ done: Flag) throws {
        defer { done.set() }
        var kafka = deployment.kafka
        kafka.clientID = "holder"
        let input = deployment.names.name(.registrationRequests)
        let member = try KafkaGroupConsumer(configuration: kafka, group: Unique.text("holder"), topics: [input])
        defer { member.close() }
        var places: [TopicPartition] = []
        _ = try poll(for: .seconds(20)) {
            if case .assigned(let given) = try member.poll(maxRecords: 1, timeout: .milliseconds(100)) {
                places = given
                try member.assign(Dictionary(uniqueKeysWithValues: given.map { ($0, .earliest) }))
            }
            return !places.isEmpty
        }
        guard let first = places.first else { throw Failure("the holder got no partition") }
        let producer = try KafkaTransactionalProducer(configuration: kafka, transactionalID: Unique.text("holder"))
        defer { producer.close() }
        try producer.initialize()
        // Nothing that a reader of events would take for one.
        let record = OutgoingRecord(
            topic: place.topic, partition: place.partition, key: nil, value: Array("held".utf8), headers: [])
        let result = producer.transact([record], offsets: [first: 0], of: member)
        guard case .committed = result else { throw Failure("the holder's transaction ended with \(result)") }
    }
}

/// Set once, by one thread for another.
private final class Flag: Sendable {
    private let value = Mutex(false)
    var isSet: Bool { value.withLock { $0 } }
    func set() { value.withLock { $0 = true } }
}
