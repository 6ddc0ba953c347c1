import EventLog
import Foundation
import KafkaProtocol
import Synchronization
import TestProcesses
import Testing
import WireClient

/// The broker that the semantics are proven of: the one at `KAFKA_BOOTSTRAP_SERVERS`, or a `dev-broker` process that all
/// tests share.
enum BrokerUnderTest {
    static let foreign = ProcessInfo.processInfo.environment["KAFKA_BOOTSTRAP_SERVERS"].flatMap {
        $0.isEmpty ? nil : $0
    }

    private static let shared = Mutex<BrokerProcess?>(nil)
    /// Tests block threads and wait for each other's broker: more at once would only make them wait for a core.
    private static let gate = Gate(4)

    static func bootstrapServers() throws -> String {
        if let foreign { return foreign }
        return try shared.withLock { shared in
            if let shared { return shared.bootstrapServers }
            let folder = try Unique.folder("semantics")
            let broker = try BrokerProcess(in: folder)
            shared = broker
            return broker.bootstrapServers
        }
    }

    /// Runs a test on a thread of its own, with names of its own, and deletes its topics afterwards.
    static func test(_ body: @escaping @Sendable (Stage) throws -> Void) async throws {
        await gate.enter()
        do {
            try await onOwnThread {
                let stage = Stage(try bootstrapServers())
                defer { stage.clear() }
                try body(stage)
            }
        } catch {
            await gate.leave()
            throw error
        }
        await gate.leave()
    }
}

/// What one test works on. Confined to one thread.
final class Stage {
    let bootstrapServers: String
    private var topics: [String] = []
    private var groups: [String] = []

    init(_ bootstrapServers: String) { self.bootstrapServers = bootstrapServers }

    /// A client as a process of its own would have it.
    func client(_ name: String = "semantics") throws -> Cluster { try Cluster(bootstrapServers, clientID: name) }

    /// Creates a topic with a name of its own.
    func topic(partitions: Int32 = 1, configs: [String: String] = [:]) throws -> String {
        let name = topicName()
        try client().createTopic(name, partitions: partitions, configs: configs)
        return name
    }

    /// The only partition of a new topic.
    func place(configs: [String: String] = [:]) throws -> TopicPartition {
        TopicPartition(topic: try topic(configs: configs), partition: 0)
    }

    /// A name for a topic that the test or a program makes, to be deleted in the end.
    func topicName() -> String {
        let name = Unique.text("semantics")
        topics.append(name)
        return name
    }

    func group() -> String {
        let name = Unique.text("semantics-group")
        groups.append(name)
        return name
    }

    func transactionalID() -> String { Unique.text("semantics-producer") }

    /// A transactional producer that is ready, on connections of its own.
    func producer(_ id: String, timeoutMs: Int32 = 60_000) throws -> WireProducer {
        try WireProducer(try client(), transactionalID: id, timeoutMs: timeoutMs).initialize()
    }

    func clear() {
        // Best effort: a broker that fails here has failed the test already, or is about to fail another one.
        try? client().deleteTopics(topics)
        for group in groups { _ = try? client().group(group).call(DeleteGroupsRequest(groupIDs: [group])) }
    }
}
