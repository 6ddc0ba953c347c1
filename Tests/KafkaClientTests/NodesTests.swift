import EventLog
import Foundation
import KafkaClient
import TestProcesses
import Testing

extension KafkaClientTests {
    /// A cluster of several nodes, which die, come back, and hand over what they lead.
    @Suite struct Nodes {
        private let broker: BrokerProcess
        private let folder: URL
        private let places: [TopicPartition]

        init() throws {
            folder = try Unique.folder("nodes")
            broker = try BrokerProcess(
                in: folder,
                arguments: [
                    "--nodes", "3", "--control-address", "127.0.0.1:0", "--control-file",
                    folder.appendingPathComponent("control").path,
                ])
            let admin = try KafkaAdmin(configuration: Self.configuration(broker))
            defer { admin.close() }
            #expect(try admin.createTopics([TopicPlan(name: "in", partitions: 3)]) == ["in": .created])
            places = (0..<3).map { TopicPartition(topic: "in", partition: $0) }
        }

        private static func configuration(_ broker: BrokerProcess) -> KafkaConfiguration {
            KafkaConfiguration(
                bootstrapServers: broker.bootstrapServers, properties: ["heartbeat.interval.ms": "500"],
                clientID: "nodes")
        }

        private func control(_ path: String, _ body: String = "{}") throws {
            let address = try String(contentsOf: folder.appendingPathComponent("control"), encoding: .utf8)
                .trimmingCharacters(in: .whitespacesAndNewlines)
            let curl = try #require(Program.installed("curl"), "`deploy/install.sh test` installs it")
            let done = try Run.of(curl, ["-sf", "-X", "POST", "http://\(address)\(path)", "-d", body], in: folder)
            #expect(done.end == .exit(0), "\(done)")
        }

        /// An instance as a service is one: a static member that commits its offsets in transactions.
        private final class Instance {
            let member: KafkaGroupConsumer
            private let configuration: KafkaConfiguration
            private let name: String
            private var producer: KafkaTransactionalProducer?
            private var owned: [TopicPartition] = []
            private var round: Int64 = 0
            /// How many transactions of its own it has committed.
            var committed = 0

            init(_ name: String, _ configuration: KafkaConfiguration) throws {
                self.name = name
                self.configuration = configuration
                member = try KafkaGroupConsumer(
                    configuration: configuration, group: "g", topics: ["in"], instanceID: name)
            }

            func close() {
                member.close()
                producer?.close()
            }

            /// What passes is waited for; anything else is a failure of the test.
            func step() throws {
                do {
                    switch try member.poll(maxRecords: 100, timeout: .milliseconds(50)) {
                    case .assigned(let places):
                        let offsets = try member.committedOffsets(places)
                        try member.assign(
                            Dictionary(uniqueKeysWithValues: places.map { ($0, .offset(offsets[$0] ?? 0)) }))
                        owned = places
                    case .revoked:
                        owned = []
                        try member.unassign()
                    case .records: break
                    }
                    if !owned.isEmpty { try transact() }
                } catch let error as LogError where error.isRetriable {}
            }

            private func transact() throws {
                if producer == nil {
                    let made = try KafkaTransactionalProducer(configuration: configuration, transactionalID: name)
                    producer = made
                    try made.initialize()
                }
                let offsets = Dictionary(uniqueKeysWithValues: owned.map { ($0, Int64(0)) })
                let record = OutgoingRecord(topic: "in", partition: owned[0].partition, key: nil, value: [1])
                switch producer?.transact([record], offsets: offsets, of: member) {
                case .committed: committed += 1
                case .aborted(let error): #expect(error.isRetriable, "\(error)")
                case .indeterminate:
                    producer?.close()
                    producer = nil
                case .fenced(let error): throw error
                case nil: break
                }
            }
        }

        /// Each node in turn, so that the one that leads the group and those that lead the partitions are among them.
        @Test(arguments: ["kill", "stop", "move"]) func nobodyIsTakenDown(by what: String) throws {
            defer { broker.stop() }
            let configuration = Self.configuration(broker)
            let instances = try ["one", "two"].map { try Instance($0, configuration) }
            defer { for instance in instances { instance.close() } }
            let reader = try KafkaLogReader(configuration: configuration)
            defer { reader.close() }
            func allGoOn() throws {
                let before = instances.map(\.committed)
                try waitUntil("each commits again", within: .seconds(60)) {
                    for instance in instances { try instance.step() }
                    return zip(instances, before).allSatisfy { $0.committed > $1 + 1 }
                }
                #expect(try reader.watermarks(places).count == 3)
            }
            try allGoOn()
            for node in 1...3 {
                if what == "move" {
                    try control("/leaders/move", #"{"from":\#(node)}"#)
                    try allGoOn()
                } else {
                    try control("/nodes/\(node)/\(what)", what == "kill" ? #"{"sessionMilliseconds":2000}"# : "{}")
                    try allGoOn()
                    try control("/nodes/\(node)/start")
                    try allGoOn()
                }
            }
        }
    }
}
