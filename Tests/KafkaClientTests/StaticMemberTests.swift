import EventLog
import Foundation
import TestProcesses
import Testing

@testable import KafkaClient

extension KafkaClientTests {
    /// Static members: the group knows each of them under one member id at a time. What is told to one that was really
    /// replaced is in the contract.
    @Suite struct StaticMembers {
        private let broker: BrokerProcess
        private let folder: URL
        private let configuration: KafkaConfiguration
        private let place = TopicPartition(topic: "in", partition: 0)

        init() throws {
            folder = try Unique.folder("static")
            broker = try BrokerProcess(
                in: folder,
                arguments: [
                    "--control-address", "127.0.0.1:0", "--control-file", folder.appendingPathComponent("control").path,
                ])
            configuration = KafkaConfiguration(
                bootstrapServers: broker.bootstrapServers, properties: ["heartbeat.interval.ms": "500"],
                clientID: "static")
            let admin = try KafkaAdmin(configuration: configuration)
            defer { admin.close() }
            #expect(try admin.createTopics([TopicPlan(name: "in", partitions: 1)]) == ["in": .created])
        }

        private func member(_ owner: String? = nil) throws -> KafkaGroupConsumer {
            try KafkaGroupConsumer(
                configuration: configuration, group: "g", topics: ["in"], instanceID: "one", owner: owner,
                sessionTimeout: .seconds(5))
        }

        /// The next heartbeat is answered with this code.
        private func failHeartbeat(_ code: Int) throws {
            let control = folder.appendingPathComponent("control")
            let address = try String(contentsOf: control, encoding: .utf8)
                .trimmingCharacters(in: .whitespacesAndNewlines)
            let curl = try #require(Program.installed("curl"), "`deploy/install.sh test` installs it")
            let fault = #"{"kind":"error","api":"Heartbeat","code":\#(code)}"#
            let added = try Run.of(curl, ["-sf", "-X", "POST", "http://\(address)/faults", "-d", fault], in: folder)
            #expect(added.end == .exit(0), "\(added)")
        }

        /// A broker that died between its decision and its answer leaves a member behind whose name has another id: its
        /// own. It joins again, in the same process.
        @Test("who is fenced by itself joins again", arguments: [false, true])
        func fencedByItself(afterRestart: Bool) throws {
            defer { broker.stop() }
            // The group goes on telling the client id of the process before: see `owner`.
            if afterRestart {
                let before = try member("me")
                _ = try before.joinFromBeginning()
                before.close()
            }
            let member = try member("me")
            defer { member.close() }
            _ = try member.joinFromBeginning()
            try member.commit([place: 0])
            try failHeartbeat(82)
            var lost: [Bool] = []
            var isBack = false
            try waitUntil("it is back") {
                switch try member.poll(maxRecords: 10, timeout: .milliseconds(100)) {
                case .revoked(let places, let isLost):
                    #expect(places == [place])
                    lost.append(isLost)
                    try member.unassign()
                case .assigned(let places):
                    #expect(places == [place])
                    try member.assign([place: .offset(0)])
                    isBack = true
                case .records: break
                }
                return isBack
            }
            #expect(lost == [true])
            _ = try KafkaProducer(configuration: configuration).produce(numbered("in", 0..<2))
            #expect(try member.read(2).count == 2)
            try member.commit([place: 2])
            #expect(try member.committedOffsets([place]) == [place: 2])
        }

        /// The group has lost it, and it has joined again under another member id; what it had in hand still carries the
        /// old one. That is what happens to a member that was frozen, and gave up and took its partitions anew for another
        /// reason before it heard of it: librdkafka takes that for the answer to its news, and joins again.
        @Test func whoHasJoinedAgainIsNotReplaced() throws {
            defer { broker.stop() }
            let member = try member()
            defer { member.close() }
            _ = try member.joinFromBeginning()
            let producer = try KafkaTransactionalProducer(configuration: configuration, transactionalID: "one")
            defer { producer.close() }
            try producer.initialize()
            #expect(producer.transact(numbered("in", 0..<1), offsets: [place: 1], of: member).offsets == [0])
            let before = try #require(member.membership?.identity?.memberID)

            try failHeartbeat(25)
            try waitUntil("the client hears that its group has lost it") {
                GroupMembership.identity(of: member.client)?.memberID.isEmpty == true
            }
            try member.unassign()
            try member.assign([place: .offset(1)])
            try waitUntil("it has joined again") {
                GroupMembership.identity(of: member.client).map { $0.isComplete && $0.memberID != before } == true
            }
            let result = producer.transact(numbered("in", 1..<2), offsets: [place: 2], of: member)
            #expect(result.abortion?.code == .rejoin, "\(result)")
            // It goes on as soon as it has heard its news.
            var offsets: [Int64]?
            try waitUntil("it goes on") {
                switch try member.poll(maxRecords: 10, timeout: .milliseconds(100)) {
                case .revoked: try member.unassign()
                case .assigned(let places):
                    try member.assign(Dictionary(uniqueKeysWithValues: places.map { ($0, .offset(1)) }))
                    offsets = producer.transact(numbered("in", 2..<3), offsets: [place: 3], of: member).offsets
                case .records: break
                }
                return offsets != nil
            }
            #expect(try member.committedOffsets([place]) == [place: 3])
        }
    }
}
