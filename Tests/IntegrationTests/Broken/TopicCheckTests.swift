import EventLog
import Foundation
import KafkaClient
import Messages
import TestProcesses
import Testing

/// Topics that were made wrong by hand, on a real broker.
@Suite("soleholder topics", Issues.counted) struct TopicCheckTests {
    private struct Elsewhere {
        let deployment: Deployment
        let names = DeploymentNames(prefix: Unique.text("wrong") + ".")

        func topics(_ arguments: String...) throws -> Run { try topics(arguments) }

        func topics(_ arguments: [String]) throws -> Run {
            try Run.of(
                Program.product("soleholder"),
                ["topics"] + arguments + [
                    "--bootstrap-servers", deployment.bootstrapServers, "--topic-prefix", names.prefix,
                ], in: deployment.folder)
        }

        func write(_ record: OutgoingRecord) throws {
            let producer = try KafkaProducer(configuration: deployment.kafka)
            defer { producer.close() }
            _ = try producer.produce([record])
        }

        /// As an operator with a tool of his own might.
        func declare(_ declaration: Declaration, revision: Int64 = 1) throws {
            if revision == 1 { try create(.deployment, partitions: 1, [:]) }
            try write(
                DeploymentDeclared(revision: revision, declaration: declaration).record(
                    id: Unique.text("declared"), source: "/tests", time: Timestamp(microseconds: 0), in: names))
        }

        func declare(yaml: String) throws -> Run {
            let file = deployment.folder.appendingPathComponent(Unique.text("declaration"))
            try Data(yaml.utf8).write(to: file)
            return try topics("create", "--declaration", file.path)
        }

        func create(_ topic: Topic, partitions: Int32 = 3, _ settings: [String: String]) throws {
            let admin = try KafkaAdmin(configuration: deployment.kafka)
            defer { admin.close() }
            let name = names.name(topic)
            let all = topic.configuration.merging(settings) { $1 }
            let made = try admin.createTopics([TopicPlan(name: name, partitions: partitions, settings: all)])
            #expect(made == [name: .created])
        }
    }

    @Test("each thing that is wrong is told in a line, with the command that mends it") func wrongTopics() async throws
    {
        try await Deployments.shared { deployment in
            let elsewhere = Elsewhere(deployment: deployment)
            let wrong: [(Topic, Int32, String, String)] = [
                (.customerEvents, 3, "retention.ms", "604800000"), (.commandOutcomes, 3, "cleanup.policy", "compact"),
                (.customerCommands, 3, "retention.ms", "60000"), (.uniqueIndex, 3, "cleanup.policy", "delete"),
                (.uniqueClaims, 3, "unclean.leader.election.enable", "true"),
                (.uniqueVerdicts, 3, "min.insync.replicas", "2"),
                (.customerEventsDeadLetter, 3, "max.message.bytes", "1048588"),
                (.customerCommandsDeadLetter, 3, "retention.ms", "60000"),
                (.processOutcomes, 3, "retention.bytes", "1000000"),
            ]
            for (topic, partitions, setting, value) in wrong {
                try elsewhere.create(topic, partitions: partitions, [setting: value])
            }
            try elsewhere.create(.registrationEvents, partitions: 2, [:])
            // Longer than the contract asks for is fine.
            try elsewhere.create(.processCommands, ["retention.ms": "-1"])
            let undeclared = try elsewhere.topics("check")
            #expect(undeclared.output.contains("\(elsewhere.names.name(.deployment)): is missing"), "\(undeclared)")
            // What is there contradicts it.
            #expect(try elsewhere.topics("create", "--partitions", "3").end == .exit(64))
            try elsewhere.declare(.standard(partitions: 3))
            let check = try elsewhere.topics("check")
            #expect(check.end == .exit(1), "\(check)")
            let lines = check.output.split(separator: "\n")
            for (topic, _, setting, value) in wrong {
                let found = lines.filter { $0.hasPrefix("wrong    \(elsewhere.names.name(topic)): ") }
                #expect(found.count == 1, "\(topic): \(check)")
                #expect(found.first?.contains("\(setting) is \(value), should be ") == true, "\(check)")
                #expect(found.first?.contains("kafka-configs.sh --bootstrap-server ") == true, "\(check)")
            }
            let name = elsewhere.names.name(.registrationEvents)
            #expect(check.output.contains("wrong    \(name): has 2 partitions, but 3 are declared"), "\(check)")
            #expect(check.output.contains("ok       \(elsewhere.names.name(.processCommands))\n"), "\(check)")
            let missing = elsewhere.names.name(.registrationRequests)
            #expect(check.output.contains("wrong    \(missing): is missing"), "\(check)")
        }
    }

    @Test("what `topics create` makes is found right, and one copy is a warning alone") func created() async throws {
        try await Deployments.shared { deployment in
            let elsewhere = Elsewhere(deployment: deployment)
            #expect(try elsewhere.topics("create", "--partitions", "3").end == .exit(0))
            let check = try elsewhere.topics("check")
            #expect(check.end == .exit(0), "\(check)")
            #expect(check.output.contains("ok       \(elsewhere.names.name(.uniqueIndex))\n"), "\(check)")
            // On a cluster with more copies this is another one.
            if Deployment.externalBroker == nil {
                #expect(check.output.contains("warning  all topics: there is one copy only"), "\(check)")
            }
        }
    }

    @Test("what is declared stays, but for what may follow it") func declarations() async throws {
        try await Deployments.shared { deployment in
            let elsewhere = Elsewhere(deployment: deployment)
            let wrong = try elsewhere.declare(yaml: "attributes:\n  - name: document\n    reuse: sometimes\n")
            #expect(wrong.end == .exit(64) && wrong.errors.contains("line 3"), "\(wrong)")
            #expect(try elsewhere.topics("create", "--partitions", "3").end == .exit(0))
            for arguments in [["create"], ["create", "--partitions", "3"]] {
                let again = try elsewhere.topics(arguments)
                #expect(again.end == .exit(0) && again.output.contains("revision 1, as it was"), "\(again)")
            }
            let other = try elsewhere.topics("create", "--partitions", "6")
            #expect(other.end == .exit(64) && other.errors.contains("3 partitions are declared"), "\(other)")
            let more = try elsewhere.declare(
                yaml: "{attributes: [{name: document, reuse: never}], partitions: 3}")
            #expect(more.end == .exit(0) && more.output.contains("revision 2"), "\(more)")
            // A stranger's record counts for nobody.
            try elsewhere.declare(.standard(partitions: 6), revision: 3)
            let check = try elsewhere.topics("check")
            #expect(check.end == .exit(0), "\(check)")
            #expect(check.output.contains("the record at offset 2 does not count"), "\(check)")
        }
    }

    @Test(
        "a command service that has not adopted another reuse is named, until it is started again",
        arguments: DeliveryGuarantee.allCases)
    func adoption(_ guarantee: DeliveryGuarantee) async throws {
        try await Deployments.own("adoption", guarantee, services: [.command]) { deployment in
            func check() throws -> [String] {
                let run = try deployment.soleholder(["topics", "check"])
                #expect(run.end == .exit(0), "\(run)")
                return run.output.split(separator: "\n").map(String.init).filter {
                    $0.hasPrefix("warning  \(deployment.names.name(.commandService)) instance ")
                }
            }
            #expect(try check() == [])
            let file = deployment.folder.appendingPathComponent("never.yaml")
            try Data("attributes: [{name: document, reuse: never}]".utf8).write(to: file)
            let declared = try deployment.soleholder(["topics", "create", "--declaration", file.path])
            #expect(declared.end == .exit(0) && declared.output.contains("revision 2"), "\(declared)")
            let found = try check()
            #expect(found.count == 1)
            let partitions = (0..<12).map { String($0) }.joined(separator: ", ")
            #expect(
                found.first?.contains(
                    "decides by revision 1 of the declaration (partitions \(partitions)), and 2 counts")
                    == true, "\(found)")
            #expect(try deployment.stop(.command).end == .exit(0))
            #expect(try check() == [], "nobody goes by the older one")
            try deployment.start([.command])
            // Nothing has come for any partition since.
            #expect(try check() == [])
        }
    }
}
