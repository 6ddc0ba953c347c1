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
            try deployment.awaitWords("topic=\(names.name(.deployment))", from: child)
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

    @Test("topics with other partition counts than declared end a service with 64, whatever its state knows")
    func partitionCountsDiffer() async throws {
        try await Deployments.own("counts", services: []) { deployment in
            try deployment.start([.command])
            try deployment.stop(.command)
            let admin = try KafkaAdmin(configuration: deployment.kafka)
            defer { admin.close() }
            func expectRefusal() throws {
                let child = try deployment.launch(.command)
                #expect(child.end(within: .seconds(30)) == .exit(64), "\(child.logText)")
                #expect(child.logText.contains("12 partitions are declared"), "\(child.logText)")
                #expect(child.logText.contains("customer-events has 24"), "\(child.logText)")
                #expect(!child.logText.contains("another --state-directory"), "\(child.logText)")
            }
            try admin.addPartitions(
                Dictionary(
                    uniqueKeysWithValues: Topic.allCases.filter { $0 != .deployment }.map {
                        (deployment.names.name($0), 24)
                    }))
            try expectRefusal()
            // What made a customer's place another one, until the number stood in the log.
            try FileManager.default.removeItem(at: deployment.state(of: .command))
            try expectRefusal()
        }
    }

    @Test("a service waits for a declaration, and says so")
    func nothingIsDeclared() async throws {
        try await Deployments.own("undeclared", services: []) { deployment in
            let names = DeploymentNames(prefix: Unique.text("later") + ".")
            let admin = try KafkaAdmin(configuration: deployment.kafka)
            defer { admin.close() }
            let plans = Topic.allCases.map {
                TopicPlan(
                    name: names.name($0), partitions: $0.partitionCount(declared: 3), settings: $0.configuration)
            }
            #expect(try admin.createTopics(plans).values.allSatisfy { $0 == .created })
            let elsewhere = ["--topic-prefix", names.prefix]
            let child = try deployment.launch(.command, elsewhere)
            try deployment.awaitWords("nothing is declared yet", from: child)
            try deployment.awaitWords("http listening", from: child)
            #expect(try deployment.get(.command, "/readyz").status == 503)
            let made = try Run.of(
                Program.product("soleholder"),
                ["topics", "create", "--partitions", "3", "--bootstrap-servers", deployment.bootstrapServers]
                    + elsewhere, in: deployment.folder)
            #expect(made.end == .exit(0), "\(made)")
            try deployment.awaitReadiness(of: .command)
            #expect(child.stop() == .exit(0))
        }
    }

    @Test("partitions added to one topic end the services with 64, and tools name them", .hangLimit)
    func partitionsAreAdded() async throws {
        try await Deployments.own("added", services: []) { deployment in
            try deployment.start([.command, .projection])
            let admin = try KafkaAdmin(configuration: deployment.kafka)
            defer { admin.close() }
            let name = deployment.names.name(.customerCommands)
            try admin.addPartitions([name: 13])
            for service in [Service.command, .projection] {
                let child = try deployment.child(service)
                #expect(child.end(within: .seconds(120)) == .exit(64), "\(child.logText)")
                // The group's news, or the look at all topics, whichever comes first.
                let names = ["customer-commands has 13", "customer-commands/12, and 12 are declared"]
                #expect(names.contains { child.logText.contains($0) }, "\(child.logText)")
            }
            let audit = try deployment.soleholder(["audit"])
            #expect(audit.end == .exit(64) && audit.errors.contains("customer-commands has 13"), "\(audit)")
            let load = try Run.of(
                Program.product("load-generator"), deployment.connection + ["--commands", "1"], in: deployment.folder)
            #expect(load.end == .exit(2) && load.errors.contains("customer-commands has 13"), "\(load)")
        }
    }

    @Test(
        "properties that are wrong together end a service with 64",
        arguments: [
            ["heartbeat.interval.ms=30000", "session.timeout.ms"],
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
