import Foundation
import KafkaClient
import Messages
import TestProcesses
import Testing

/// Whether the broker is one that these tests can break.
let breaksBroker = Deployment.externalBroker == nil

@Suite("A broker that is not as it should be at the start", Issues.counted, .enabled(if: breaksBroker))
struct StartTests {
    @Test("a service waits for its broker, and says so") func brokerIsAway() async throws {
        try await Deployments.own("away", services: []) { deployment in
            deployment.broker?.stop()
            let child = try deployment.launch(.command)
            try deployment.awaitWords("the broker can't be reached yet", from: child)
            try deployment.awaitWords("http listening", from: child)
            #expect(try deployment.get(.command, "/readyz").status == 503)
            #expect(try deployment.get(.command, "/healthz").status == 200)
            let broker = try BrokerProcess(
                in: deployment.folder, listen: deployment.bootstrapServers,
                arguments: ["--topic-prefix", deployment.names.prefix])
            defer { broker.stop() }
            try deployment.awaitReadiness(of: .command)
            #expect(child.stop() == .exit(0))
        }
    }

    @Test("a service waits for topics that are missing, and says which") func topicsAreMissing() async throws {
        try await Deployments.own("missing", services: []) { deployment in
            let names = DeploymentNames(prefix: Unique.text("later") + ".")
            let elsewhere = ["--topic-prefix", names.prefix]
            let child = try deployment.launch(.projection, elsewhere)
            try deployment.awaitWords("a topic is missing", from: child)
            try deployment.awaitWords("topic=\(names.name(.customerCommands))", from: child)
            #expect(child.logText.contains("soleholder topics create"))
            try deployment.awaitWords("http listening", from: child)
            #expect(try deployment.get(.projection, "/readyz").status == 503)
            let made = try Run.of(
                Program.product("soleholder"),
                ["topics", "create", "--partitions", "3", "--bootstrap-servers", deployment.bootstrapServers]
                    + elsewhere, in: deployment.folder)
            #expect(made.end == .exit(0), "\(made)")
            try deployment.awaitReadiness(of: .projection)
            #expect(child.stop() == .exit(0))
        }
    }

    @Test("other partition counts end a service with 64") func partitionCountsDiffer() async throws {
        try await Deployments.own("counts", services: []) { deployment in
            let names = DeploymentNames(prefix: Unique.text("odd") + ".")
            let admin = try KafkaAdmin(configuration: deployment.kafka)
            defer { admin.close() }
            func make(_ count: (Topic) -> Int32) throws {
                let plans = Topic.allCases.map { topic in
                    TopicPlan(name: names.name(topic), partitions: count(topic), settings: topic.configuration)
                }
                #expect(try admin.createTopics(plans).values.allSatisfy { $0 == .created })
            }
            try make { $0 == .documentEvents ? 2 : 3 }
            let uneven = try deployment.launch(.command, ["--topic-prefix", names.prefix])
            #expect(uneven.end(within: .seconds(30)) == .exit(64), "\(uneven.logText)")
            #expect(uneven.logText.contains("must have the same number of partitions"), "\(uneven.logText)")
            #expect(uneven.logText.contains("document-events=2"), "\(uneven.logText)")

            // The state was made with 12, which the topics of its deployment have no more.
            try deployment.start([.command])
            try deployment.stop(.command)
            try admin.deleteTopics(Topic.allCases.map(deployment.names.name))
            let fewer = Topic.allCases.map { topic in
                TopicPlan(name: deployment.names.name(topic), partitions: 3, settings: topic.configuration)
            }
            #expect(try admin.createTopics(fewer).values.allSatisfy { $0 == .created })
            let changed = try deployment.launch(.command)
            #expect(changed.end(within: .seconds(30)) == .exit(64), "\(changed.logText)")
            #expect(changed.logText.contains("belongs to another deployment"), "\(changed.logText)")
        }
    }

    @Test(
        "properties that are wrong together end a service with 64",
        arguments: [
            ["heartbeat.interval.ms=6000", "session.timeout.ms"],
            ["message.timeout.ms=30000", "transaction.timeout.ms"],
            ["socket.timeout.ms=50000", "transaction.timeout.ms"],
            ["session.timeout.ms=400000", "max.poll.interval.ms"],
        ]) func relations(words: [String]) async throws
    {
        try await onOwnThread {
            let folder = try Unique.folder("relations")
            defer { try? FileManager.default.removeItem(at: folder) }
            let run = try Run.of(
                Program.product("command-service"),
                [
                    "--bootstrap-servers", "127.0.0.1:1", "--http-address", "none", "--kafka-property", words[0],
                    "--state-directory", folder.path,
                ], within: .seconds(20), in: folder)
            #expect(run.end == .exit(64), "\(run)")
            #expect(run.errors.contains(words[0].prefix { $0 != "=" }), "\(run)")
            #expect(run.errors.contains(words[1]), "\(run)")
        }
    }
}
