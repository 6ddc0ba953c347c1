import EventLog
import Foundation
import KafkaClient
import TestProcesses
import Testing
import WireClient

/// Our client on three nodes, while leaders move and nodes die. It needs a broker whose nodes can be killed: our own.
@Suite("Nodes", .enabled(if: BrokerUnderTest.foreign == nil, "the nodes are not ours to kill"), .timeLimit(.minutes(2)))
struct NodeTests {
    /// A broker of three nodes with a topic, and what is done to it.
    private final class Nodes {
        static let topic = "letters"

        let broker: BrokerProcess
        private let control: Address
        let places = (0..<3).map { TopicPartition(topic: Nodes.topic, partition: $0) }

        init() throws {
            let folder = try Unique.folder("nodes")
            let file = folder.appendingPathComponent("control")
            broker = try BrokerProcess(
                in: folder,
                arguments: [
                    "--nodes", "3", "--node-session-timeout", "500", "--control-address", "127.0.0.1:0",
                    "--control-file", file.path,
                ])
            control = try Address(
                String(contentsOf: file, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines))
            let admin = try KafkaAdmin(configuration: configuration)
            defer { admin.close() }
            let plan = TopicPlan(
                name: Self.topic, partitions: 3, replicationFactor: 3, settings: ["min.insync.replicas": "2"])
            #expect(try admin.createTopics([plan])[Self.topic] == .created)
        }

        var configuration: KafkaConfiguration { configuration([:]) }

        func configuration(_ properties: [String: String]) -> KafkaConfiguration {
            KafkaConfiguration(bootstrapServers: broker.bootstrapServers, properties: properties, clientID: "nodes")
        }

        func control(_ path: String, _ body: String = "") throws {
            let socket = try Socket(control)
            let head = "POST \(path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: \(body.utf8.count)"
            try socket.send(Array("\(head)\r\n\r\n\(body)".utf8))
            let answer = String(decoding: try socket.receive(12), as: UTF8.self)
            try #require(answer.hasPrefix("HTTP/1.1 20"), "\(path): \(answer)")
        }

        func records(_ values: Range<Int>) -> [OutgoingRecord] {
            values.flatMap { value in
                places.map {
                    OutgoingRecord(
                        topic: $0.topic, partition: $0.partition, key: nil, value: Array("\(value)".utf8), headers: [])
                }
            }
        }

        /// All committed values of each partition.
        func values(atLeast count: Int) throws -> [[String]] {
            let reader = try KafkaLogReader(configuration: configuration)
            defer { reader.close() }
            try reader.assign(Dictionary(uniqueKeysWithValues: places.map { ($0, StartPosition.earliest) }))
            var found: [LogRecord] = []
            _ = try poll(for: .seconds(30)) {
                found += try reader.poll(maxRecords: 1000, timeout: .milliseconds(100))
                return found.count >= count
            }
            return places.map { place in
                found.filter { $0.topicPartition == place }.map { String(decoding: $0.value ?? [], as: UTF8.self) }
            }
        }
    }

    /// What is done between two writes.
    private static let deeds: [[(path: String, body: String)]] = [
        [("/leaders/move", "")],
        [("/nodes/1/kill", "")],
        [("/nodes/1/start", ""), ("/leaders/move", #"{"kind":"partitions","to":1}"#)],
        [("/nodes/1/stop", "")],
        [("/nodes/1/start", ""), ("/nodes/2/stale-metadata", #"{"milliseconds":1000}"#), ("/leaders/move", "")],
    ]

    @Test("what is written across moves and deaths is there once, and in order")
    func writes() async throws {
        try await onOwnThread {
            let nodes = try Nodes()
            let producer = try KafkaProducer(configuration: nodes.configuration)
            defer { producer.close() }
            for (number, deeds) in Self.deeds.enumerated() {
                _ = try producer.produce(nodes.records(number * 10..<number * 10 + 10))
                for deed in deeds { try nodes.control(deed.path, deed.body) }
            }
            _ = try producer.produce(nodes.records(50..<60))
            let expected = (0..<60).map(String.init)
            #expect(try nodes.values(atLeast: 180) == [expected, expected, expected])
        }
    }

    @Test("transactions go on at new coordinators, and none is there in part")
    func transactions() async throws {
        try await onOwnThread {
            let nodes = try Nodes()
            let member = try KafkaGroupConsumer(
                configuration: nodes.configuration, group: "nodes", topics: [Nodes.topic])
            defer { member.close() }
            var given: [TopicPartition] = []
            let hasJoined = try poll(for: .seconds(30)) {
                if case .assigned(let places) = try member.poll(maxRecords: 1, timeout: .milliseconds(100)) {
                    given = places
                }
                return !given.isEmpty
            }
            try #require(hasJoined)
            try member.assign(Dictionary(uniqueKeysWithValues: given.map { ($0, StartPosition.earliest) }))
            var committed: [String] = []
            var undecided: [String] = []
            var number = 0
            for deeds in Self.deeds + [[]] {
                // After a doubt the next producer decides what was left open.
                let isCommitted = try poll(for: .seconds(60)) {
                    let producer = try KafkaTransactionalProducer(
                        configuration: nodes.configuration, transactionalID: "nodes", transactionTimeout: .seconds(20))
                    defer { producer.close() }
                    guard (try? producer.initialize()) != nil else { return false }
                    number += 1
                    let result = producer.transact(
                        nodes.records(number..<number + 1), offsets: [nodes.places[0]: Int64(number)], of: member)
                    switch result {
                    case .committed: committed.append("\(number)")
                    case .indeterminate: undecided.append("\(number)")
                    case .aborted, .fenced: break
                    }
                    if case .committed = result { return true }
                    _ = try member.heartbeat()
                    return false
                }
                #expect(isCommitted)
                for deed in deeds { try nodes.control(deed.path, deed.body) }
            }
            let values = try nodes.values(atLeast: 3 * committed.count)
            #expect(values[0] == values[1] && values[1] == values[2])
            #expect(values[0].filter { !undecided.contains($0) } == committed)
        }
    }

    @Test("with two of three away nothing is acknowledged, and it goes on when one is back")
    func notEnough() async throws {
        try await onOwnThread {
            let nodes = try Nodes()
            for node in [2, 3] { try nodes.control("/nodes/\(node)/stop") }
            let hasty = try KafkaProducer(configuration: nodes.configuration(["delivery.timeout.ms": "2000"]))
            defer { hasty.close() }
            #expect(throws: LogError.self) { try hasty.produce(nodes.records(0..<1)) }
            try nodes.control("/nodes/3/start")
            let producer = try KafkaProducer(configuration: nodes.configuration)
            defer { producer.close() }
            _ = try producer.produce(nodes.records(1..<2))
            #expect(try nodes.values(atLeast: 3).allSatisfy { $0 == ["1"] })
        }
    }
}
