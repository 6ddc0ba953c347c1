import Foundation
import Messages
import TestProcesses
import Testing

extension SharedDeployment {
    @Suite("Foreign clients") struct ForeignClientTests {
        @Test(
            "kcat sends commands and reads their outcomes, with its own partitioner and with Java's",
            .enabled(if: Program.isComplete || Program.installed("kcat") != nil, "kcat is not installed"),
            arguments: ["consistent_random", "murmur2_random"]) func kcat(partitioner: String) async throws
        {
            try await Deployments.shared { deployment in
                let kcat = try #require(Program.installed("kcat"), "`deploy/install.sh test` installs it")
                let client = try Client(deployment, reading: Client.clientTopics + [.customerCommands])
                let customers = (0..<12).map { _ in Unique.text("kcat") }
                let lines = customers.map { customer in
                    customer + "|"
                        + Client.envelope(
                            "RegisterCustomer", customer: customer, id: "register", source: "/kcat",
                            data: Client.data(["document": Unique.document().spelled], name: "Zoë"))
                }
                let commands = deployment.names.name(.customerCommands)
                let sent = try Run.of(
                    kcat,
                    [
                        "-P", "-b", deployment.bootstrapServers, "-t", commands, "-K", "|", "-X",
                        "partitioner=\(partitioner)", "-H", "content-type=application/cloudevents+json; charset=UTF-8",
                    ], input: lines.joined(separator: "\n") + "\n", in: deployment.folder)
                #expect(sent.end == .exit(0), "\(sent)")
                for customer in customers { #expect(try client.event(customer, 2).type == "CustomerConfirmed") }

                let read = try Run.of(
                    kcat,
                    [
                        "-C", "-b", deployment.bootstrapServers, "-t", deployment.names.name(.commandOutcomes), "-o",
                        "beginning", "-e", "-q", "-f", "%k|%s\\n",
                    ], in: deployment.folder)
                #expect(read.end == .exit(0), "\(read.errors)")
                var outcomes: [String: [JSON]] = [:]
                for line in read.output.split(separator: "\n") {
                    let parts = line.split(separator: "|", maxSplits: 1).map(String.init)
                    if parts.count == 2, let json = JSON(Array(parts[1].utf8)) {
                        outcomes[parts[0], default: []].append(json)
                    }
                }
                for customer in customers {
                    #expect(outcomes[customer]?.count == 1)
                    #expect(outcomes[customer]?.first?["type"] == "CommandAccepted")
                    #expect(outcomes[customer]?.first?["data"]?["events"] == [.string("\(customer)@1")])
                }

                // What its own partitioner placed elsewhere was moved; Java's agrees with the services.
                try client.takeAll()
                let moved = client.seen.filter {
                    $0.topic == .customerCommands && customers.contains($0.key) && !$0.headers("origin").isEmpty
                }
                if partitioner == "murmur2_random" {
                    #expect(moved.isEmpty)
                } else {
                    #expect(!moved.isEmpty)
                    #expect(moved.allSatisfy { $0.headers("origin").first?.hasPrefix("customer-commands/") == true })
                }
                try deployment.expectCleanAudit()
            }
        }

        @Test(
            "confluent-kafka sends commands in both modes and reads their outcomes",
            .enabled(if: Program.isComplete || Program.python != nil, "`deploy/install.sh test` was not run"))
        func python() async throws {
            try await Deployments.shared { deployment in
                let python = try #require(Program.python, "`deploy/install.sh test` makes it")
                let client = try Client(deployment)
                let (document, spelled) = Unique.document()
                let (first, second, third) = (Unique.text("python"), Unique.text("python"), Unique.text("python"))
                func run(_ mode: String, _ customer: String, _ document: String) throws -> JSON {
                    let run = try Run.of(
                        python,
                        [
                            Program.client("register_customer.py").path, "--bootstrap-servers",
                            deployment.bootstrapServers, "--topic-prefix", deployment.names.prefix, "--mode", mode,
                            "--customer=\(customer)", "--document=\(document)",
                        ], in: deployment.folder)
                    #expect(run.end == .exit(0), "\(run)")
                    return try #require(run.json, "\(run)")
                }
                let structured = try run("structured", first, spelled)
                #expect(structured["type"] == "CommandAccepted")
                #expect(structured["subject"] == .string(first))
                #expect(structured["data"]?["events"] == [.string("\(first)@1")])
                #expect(try client.event(first, 2).type == "CustomerConfirmed")
                let binary = try run("binary", second, document)
                #expect(binary["type"] == "CommandAccepted")
                #expect(binary["data"]?["commandSource"] == "/python")
                let undone = try client.event(second, 2)
                #expect(undone.type == "CustomerUnregistered")
                #expect(undone.data?["heldBy"] == .string(first))
                let refused = try run("binary", third, "-/-")
                #expect(refused["type"] == "CommandRejected")
                #expect(refused["data"]?["code"] == "invalid-value")
                try deployment.expectCleanAudit()
            }
        }
    }
}
