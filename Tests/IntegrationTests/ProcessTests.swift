import Foundation
import Messages
import TestProcesses
import Testing

@Suite("Processes", Issues.counted) struct ProcessTests {
    @Test("SIGTERM ends a service that waits for its broker", arguments: Service.allCases)
    func stopWithoutBroker(service: Service) async throws {
        try await withFolder { folder in
            let child = try Child(
                service.rawValue, executable: Program.product(service.rawValue),
                arguments: [
                    "--bootstrap-servers", "127.0.0.1:1", "--http-address", "127.0.0.1:0", "--state-directory",
                    folder.appendingPathComponent("state").path,
                ],
                log: folder.appendingPathComponent("log"))
            #expect(poll(for: .seconds(20)) { child.logText.contains("trying on") }, "\(child.logText)")
            let start = ContinuousClock.now
            #expect(child.stop() == .exit(0), "\(child.logText)")
            #expect(ContinuousClock.now - start <= .seconds(5))
        }
    }

    @Test("a second process on the same state directory is refused, and the first one goes on")
    func lockedState() async throws {
        try await Deployments.shared { deployment in
            for service in Service.allCases {
                let second = try Run.of(
                    Program.product(service.rawValue), deployment.arguments(of: service), within: .seconds(30),
                    in: deployment.folder)
                #expect(second.end == .exit(69), "\(second)")
                #expect(second.errors.contains("--state-directory"), "\(second)")
            }
            let client = try Client(deployment)
            let customer = Unique.text("unharmed")
            try client.register(customer, document: Unique.document().spelled)
            #expect(try client.event(customer, 2).type == "CustomerConfirmed")
        }
    }

    static let protected = [
        "acks=1", "request.required.acks=0", "group.id=x", "transactional.id=x", "isolation.level=read_uncommitted",
        "partitioner=random", "enable.idempotence=false", "enable.auto.commit=true", "auto.offset.reset=latest",
        "partition.assignment.strategy=roundrobin", "no.such.property=1", "linger.ms=soon",
    ]

    @Test("what a guarantee rests on can't be set, by flag, file or variable", arguments: Self.protected)
    func protectedProperty(property: String) async throws {
        try await withFolder { folder in
            let file = folder.appendingPathComponent("kafka.properties")
            try Data("# comment\n\(property)\n".utf8).write(to: file)
            let ways: [(arguments: [String], environment: [String: String])] = [
                (["--kafka-property", property], [:]), (["--kafka-properties-file", file.path], [:]),
                ([], ["SOLEHOLDER_KAFKA_PROPERTY": property]),
            ]
            for (number, way) in ways.enumerated() {
                let service = Service.allCases[number]
                let run = try Run.of(
                    Program.product(service.rawValue),
                    ["--bootstrap-servers", "127.0.0.1:1", "--http-address", "none"] + way.arguments,
                    environment: way.environment, within: .seconds(20), in: folder)
                #expect(run.end == .exit(64), "\(run)")
                #expect(run.errors.contains(property.prefix { $0 != "=" }), "\(run)")
            }
            let tool = try Run.of(
                Program.product("soleholder"),
                ["audit", "--bootstrap-servers", "127.0.0.1:1", "--kafka-property", property], within: .seconds(20),
                in: folder)
            #expect(tool.end == .exit(64), "\(tool)")
        }
    }

    @Test("the value that a guarantee needs may be repeated") func repeatedProperty() async throws {
        try await withFolder { folder in
            let child = try Child(
                "command-service", executable: Program.product("command-service"),
                arguments: [
                    "--bootstrap-servers", "127.0.0.1:1", "--http-address", "none", "--kafka-property", "acks=all",
                    "--kafka-property", "enable.idempotence=true", "--state-directory",
                    folder.appendingPathComponent("state").path,
                ], log: folder.appendingPathComponent("log"))
            #expect(poll(for: .seconds(20)) { child.logText.contains("trying on") }, "\(child.logText)")
            #expect(child.stop() == .exit(0))
        }
    }

    @Test(
        "flags that make no sense end with 64",
        arguments: [
            ["--no-such-flag"], ["--topic-prefix", "a/b"], ["--delivery-guarantee", "maybe"],
            ["--http-address", "nowhere"], ["--kafka-property", "linger"], ["--log-level", "loud"],
            ["--kafka-properties-file", "/nowhere/kafka.properties"], ["--bootstrap-servers", " "],
            ["--instance-id", "a b"],
            // What stands in the declaration alone, so that no two processes can go by different ones.
            ["--document-normalization", "alphanumeric"], ["--document-reuse", "immediately"], ["--partitions", "12"],
            ["--declaration", "/dev/null"],
        ]) func wrongUse(arguments: [String]) async throws
    {
        try await withFolder { folder in
            for service in Service.allCases {
                let run = try Run.of(
                    Program.product(service.rawValue), arguments, within: .seconds(20), in: folder)
                #expect(run.end == .exit(64), "\(run)")
                #expect(!run.errors.isEmpty)
            }
        }
    }

    @Test(
        "each program has a help and a version",
        arguments: Service.allCases.map(\.rawValue) + ["load-generator", "dev-broker", "soleholder"])
    func help(program: String) async throws {
        try await withFolder { folder in
            let help = try Run.of(Program.product(program), ["--help"], within: .seconds(20), in: folder)
            #expect(help.end == .exit(0) && help.output.contains("USAGE: \(program)"), "\(help)")
            let version = try Run.of(Program.product(program), ["--version"], within: .seconds(20), in: folder)
            #expect(version.end == .exit(0) && version.output.contains(/\d+\.\d+\.\d+/), "\(version)")
        }
    }

    @Test("environment variables configure a service, and a flag wins") func environment() async throws {
        try await withFolder { folder in
            let child = try Child(
                "command-service", executable: Program.product("command-service"),
                arguments: ["--topic-prefix", "flag.", "--http-address", "127.0.0.1:0"],
                environment: [
                    "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1", "SOLEHOLDER_TOPIC_PREFIX": "variable.",
                    "SOLEHOLDER_STATE_DIRECTORY": folder.appendingPathComponent("by-variable").path,
                    "SOLEHOLDER_DELIVERY_GUARANTEE": "at-least-once", "SOLEHOLDER_HTTP_ADDRESS": "none",
                    "SOLEHOLDER_LOG_FORMAT": "json", "SOLEHOLDER_KAFKA_PROPERTY": "linger.ms=7;client.rack=r1",
                ], log: folder.appendingPathComponent("log"))
            defer { child.stop() }
            #expect(poll(for: .seconds(20)) { child.logText.contains("http listening") }, "\(child.logText)")
            let lines = child.logText.split(separator: "\n").map { JSON(Array($0.utf8)) }
            #expect(lines.allSatisfy { $0 != nil }, "\(child.logText)")
            let start = try #require(lines.first { $0?["message"] == "starting" } ?? nil)["metadata"]
            #expect(start?["prefix"] == "flag.")
            #expect(start?["guarantee"] == "at-least-once")
            #expect(start?["state"]?.text?.hasSuffix("/by-variable") == true)
            for property in ["linger.ms=7", "client.rack=r1", "bootstrap.servers=127.0.0.1:1"] {
                #expect(start?["kafka"]?.text?.contains(property) == true, "\(property)")
            }
        }
    }

    @Test("environment variables lead a tool to its deployment, and a flag wins") func toolEnvironment() async throws {
        try await Deployments.shared { deployment in
            func send(_ arguments: [String], prefix: String) throws -> Run {
                try Run.of(
                    Program.product("soleholder"),
                    [
                        "send", "RegisterCustomer", "--customer", Unique.text("c"), "--value",
                        "document=\(Unique.document().spelled)",
                    ] + arguments,
                    environment: [
                        "KAFKA_BOOTSTRAP_SERVERS": deployment.bootstrapServers, "SOLEHOLDER_TOPIC_PREFIX": prefix,
                    ], in: deployment.folder)
            }
            let right = deployment.names.prefix
            let byVariable = try send([], prefix: right)
            #expect(byVariable.end == .exit(0), "\(byVariable)")
            let byFlag = try send(["--topic-prefix", right], prefix: "elsewhere.")
            #expect(byFlag.end == .exit(0), "\(byFlag)")
            // Nobody is there: either the topics are missing, or nobody answers.
            let nobody = try send(["--topic-prefix", Unique.text("elsewhere"), "--timeout", "2"], prefix: right)
            #expect([.exit(69), .exit(3)].contains(nobody.end), "\(nobody)")
        }
    }

    @Test("topics are created and checked") func topics() async throws {
        try await Deployments.shared { deployment in
            let check = try deployment.soleholder(["topics", "check"])
            #expect(check.end == .exit(0), "\(check)")
            let again = try deployment.soleholder(["topics", "create"])
            #expect(again.end == .exit(0) && again.output.contains("exists"), "\(again)")
            let elsewhere = [
                "--topic-prefix", Unique.text("topics") + ".", "--bootstrap-servers", deployment.bootstrapServers,
            ]
            func topics(_ arguments: String...) throws -> Run {
                try Run.of(Program.product("soleholder"), ["topics"] + arguments + elsewhere, in: deployment.folder)
            }
            let missing = try topics("check")
            #expect(missing.end == .exit(1), "\(missing)")
            let made = try topics("create", "--partitions", "3")
            #expect(made.end == .exit(0), "\(made)")
            let found = try topics("check")
            #expect(found.end == .exit(0), "\(found)")
        }
    }

    private func withFolder(_ body: @escaping @Sendable (URL) throws -> Void) async throws {
        try await onOwnThread {
            let folder = try Unique.folder("process")
            defer { try? FileManager.default.removeItem(at: folder) }
            try body(folder)
        }
    }
}
