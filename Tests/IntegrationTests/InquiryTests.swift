import EventLog
import Foundation
import Messages
import TestProcesses
import Testing

extension Deployment {
    /// What a subcommand with `--json` prints.
    fileprivate func rows(_ arguments: [String], sourceLocation: SourceLocation = #_sourceLocation) throws -> [JSON] {
        let run = try soleholder(arguments + ["--json"])
        #expect(run.end == .exit(0), "\(run)", sourceLocation: sourceLocation)
        return run.output.split(separator: "\n").compactMap { JSON(Array($0.utf8)) }
    }
}

extension Client {
    /// Registers a customer, and waits until it is confirmed.
    fileprivate func confirmed(_ customer: String, document: String) throws {
        try register(customer, document: document)
        #expect(try event(customer, 2).type == "CustomerConfirmed")
    }
}

extension SharedDeployment {
    @Suite("Conflicts and stories") struct InquiryTests {
        @Test("a loser's whole chain is told in its order, and how things stand for both") func explain() async throws {
            try await Deployments.shared { deployment in
                let client = try Client(deployment, reading: Client.clientTopics + [.registrationEvents])
                let (document, spelled) = Unique.document()
                let (winner, loser) = (Unique.text("winner"), Unique.text("loser"))
                try client.confirmed(winner, document: spelled)
                let command = try client.register(loser, document: document, name: "Ana")
                #expect(try client.event(loser, 2).type == "CustomerUnregistered")
                _ = try client.first("end of the process") { $0.id == "\(loser)@1/compensated" }

                let story = try deployment.rows(["explain", loser])
                let told = story.dropLast().map { "\($0["depth"]?.number ?? -1) \($0["type"]?.text ?? "?")" }
                // What follows from one message is written by several services at once.
                #expect(
                    Set(told.prefix(5)) == [
                        "0.0 RegisterCustomer", "1.0 CustomerRegistered", "1.0 CommandAccepted", "2.0 ClaimKey",
                        "2.0 RegistrationStarted",
                    ], "\(told)")
                #expect(told.first == "0.0 RegisterCustomer")
                #expect(
                    told.filter { $0 > "3" && !$0.hasSuffix("ReleaseKey") } == [
                        "3.0 KeysClaimRejected", "4.0 RegistrationCommandIssued", "4.0 UnregisterCustomer",
                        "5.0 CustomerUnregistered", "6.0 RegistrationCompensated",
                    ], "\(told)")
                #expect(story.first?["id"] == .string(command))
                let places = story.dropLast().map { $0["partition"]?.number }
                #expect(places.allSatisfy { $0 != nil })
                #expect(story.last?["state"]?.text?.contains("\(loser) was undone at ") == true, "\(story)")
                #expect(story.last?["state"]?.text?.contains("because \(winner) holds document #") == true)

                let text = try deployment.soleholder(["explain", "--key", "document:\(spelled)", "--show-values"])
                #expect(text.end == .exit(0))
                for id in ["\(winner)@2", "\(loser)@1/claim/rejected", "\(loser)@2"] {
                    #expect(text.output.contains(id), "\(text)")
                }
                let sentence = text.output.split(separator: "\n").last ?? ""
                #expect(sentence.hasPrefix("\(winner) holds document \(document) since "), "\(text)")
                #expect(sentence.contains(", \(loser) was undone at "))
                let hidden = try deployment.soleholder(["explain", "--key", "document:\(spelled)"]).output
                #expect(!hidden.contains(document) && !hidden.contains("Ana"))
            }
        }

        @Test("who lost by each of the four strategies, and how that ended") func conflicts() async throws {
            try await Deployments.shared { deployment in
                let client = try Client(deployment, reading: Client.clientTopics + [.registrationEvents])
                let (document, _) = Unique.document()
                let (winner, loser) = (Unique.text("winner"), Unique.text("loser"))
                let (reserving, changing) = (Unique.text("reserving"), Unique.text("changing"))
                try client.confirmed(winner, document: document)
                try client.register(loser, document: document)
                #expect(try client.event(loser, 2).type == "CustomerUnregistered")
                _ = try client.request(reserving, ["document": document])
                _ = try client.first("rejection of the request") {
                    $0.type == "RegistrationRejected" && $0.key == reserving
                }
                try client.confirmed(changing, document: Unique.document().normalized)
                try client.change(changing, ["document": document])
                #expect(try client.event(changing, 4).type == "CustomerChangeRejected")
                let other = Unique.document().normalized
                let derived = NameID.customer(of: UniqueKey(attribute: "document", value: other)).description
                try client.confirmed(derived, document: other)
                let second = try client.register(derived, document: other)
                #expect(try client.outcome(ofCommand: second).data?["code"] == "already-registered")

                let rows = try deployment.rows(["conflicts", "--since", "1h", "--show-values"]).filter {
                    [document, other].contains($0["value"]?.text)
                }
                let told = rows.map { row in
                    ["loser", "heldBy", "strategy", "ended"].map { row[$0]?.text ?? "-" }
                }
                #expect(
                    told == [
                        [loser, winner, "compensate", "unregistered"], [reserving, winner, "reserve", "rejected"],
                        [changing, winner, "change", "change-rejected"], [derived, derived, "derived", "rejected"],
                    ])
                #expect((rows.first?["inconsistencyWindowMicroseconds"]?.number ?? 0) > 0)
                #expect(rows.last?["commandId"] == .string(second))

                let newest = try deployment.soleholder(["conflicts", "--limit", "1"])
                #expect(newest.end == .exit(0))
                #expect(newest.output.split(separator: "\n").count == 3, "\(newest)")
                #expect(newest.output.contains(derived) && !newest.output.contains(other))
                #expect(try deployment.rows(["conflicts", "--since", "2999-01-01T00:00:00Z"]).isEmpty)

                // The reader is gone before anything is written.
                let piped = try Run.of(
                    URL(fileURLWithPath: "/bin/bash"),
                    ["-c", "set -o pipefail; \"$0\" \"$@\" | true", Program.product("soleholder").path, "conflicts"]
                        + deployment.connection, in: deployment.folder)
                #expect(piped.end == .exit(0), "\(piped)")
            }
        }

        @Test("a misrouted command, and what nobody could read, are part of the story") func strays() async throws {
            try await Deployments.shared { deployment in
                let client = try Client(deployment)
                let customer = Unique.text("stray")
                let key = Array(customer.utf8)
                let id = Unique.text("command")
                let away = (Client.partition(of: key) + 1) % Deployment.partitionCount
                let value = Client.envelope(
                    "RegisterCustomer", customer: customer, id: id,
                    data: Client.data(["document": Unique.document().spelled]))
                let first = try client.write(key: key, value: Array(value.utf8), partition: away)
                #expect(try client.event(customer, 2).type == "CustomerConfirmed")
                let garbage = try client.write(key: key, value: Array("\u{1B}[2J".utf8))
                _ = try client.deadLetter(of: garbage)
                let story = try deployment.rows(["explain", customer])
                let misrouted = story.filter { $0["note"] == "misrouted" }
                #expect(misrouted.map { $0["partition"]?.number } == [Double(first.partition)], "\(story)")
                #expect(story.filter { $0["id"] == .string(id) }.map { $0["depth"] } == [0, 1])
                let letter = try #require(story.first { $0["type"] == "dead letter" })
                #expect(letter["details"]?["reason"] == "malformed")
                #expect(letter["depth"] == 1)
                #expect(try !deployment.soleholder(["explain", customer]).output.contains("\u{1B}"))
            }
        }
    }
}

@Suite("Inquiries on a broker of their own", Issues.counted) struct OwnInquiryTests {
    @Test("escalations are listed with what a person can do, until they end") func escalations() async throws {
        try await Deployments.own("escalations", services: []) { deployment in
            let client = try Client(deployment, reading: [.registrationEvents])
            let customer = Unique.text("stuck")
            func write(_ kind: RegistrationEvent.Kind, _ name: String) throws {
                let metadata = Metadata(
                    id: "\(customer)@1/\(name)", source: Source.processManager,
                    time: Timestamp(microseconds: 1_790_000_000_000_000), correlationID: "r", causationID: nil,
                    causationSource: nil)
                let event = RegistrationEvent(process: "\(customer)@1", customerID: customer, kind: kind)
                try client.write(
                    .registrationEvents, key: Array(customer.utf8), value: Message(metadata, event).encoded())
            }
            #expect(try deployment.rows(["escalations"]).isEmpty)
            try write(
                .commandIssued(
                    topic: .processCommands, attempt: 7, command: Array(#"{"id":"i","type":"ConfirmCustomer"}"#.utf8)),
                "confirm/issued/7")
            try write(.escalated(reason: "no-answer"), "escalated")
            let rows = try deployment.rows(["escalations"])
            #expect(rows.map { $0["customerId"] } == [.string(customer)])
            #expect(rows.first?["lastCommand"]?["type"] == "ConfirmCustomer")
            #expect(rows.first?["lastCommand"]?["attempts"] == 7)
            #expect(rows.first?["advice"]?.text?.contains("command service") == true)
            let text = try deployment.soleholder(["escalations"])
            #expect(text.output.contains("no-answer: Nobody answers ConfirmCustomer."), "\(text)")

            try write(.completed, "completed")
            #expect(try deployment.rows(["escalations"]).isEmpty)
            #expect(try deployment.rows(["escalations", "--all"]).map { $0["ended"] } == ["completed"])
            // Nothing else is there.
            let nobody = try deployment.soleholder(["explain", "nobody"])
            #expect(nobody.end == .exit(0))
            #expect(nobody.output == "Nothing is known of nobody.\n")
            for arguments in [["--", "-7"], ["--customer=-7"], ["--customer", "-7"]] {
                let dashed = try Run.of(
                    Program.product("soleholder"), ["explain"] + deployment.connection + arguments,
                    in: deployment.folder)
                #expect(dashed.end == .exit(0) && dashed.output == "Nothing is known of -7.\n", "\(dashed)")
            }
            #expect(try deployment.rows(["conflicts"]).isEmpty)
        }
    }

    @Test(
        "wrong use ends with 64",
        arguments: [
            ["explain"], ["explain", "c-1", "--key", "document:D1"], ["explain", "--key", "D1"], ["explain", ""],
            ["explain", "a\nb"], ["explain", "c-1", "--document", "D1"], ["conflicts", "--limit", "0"],
            ["conflicts", "--since", "yesterday"], ["conflicts", "c-1"], ["escalations", "--limit", "1"],
            ["customer-id"], ["customer-id", "--document", "D1"],
        ]) func wrongUse(arguments: [String]) async throws
    {
        let run = try await Self.run(arguments)
        #expect(run.end == .exit(64), "\(run)")
        #expect(!run.errors.isEmpty && run.output.isEmpty)
    }

    @Test("each tells its use, with an example", arguments: ["explain", "conflicts", "escalations", "customer-id"])
    func help(command: String) async throws {
        let run = try await Self.run([command, "--help"])
        #expect(run.end == .exit(0), "\(run)")
        #expect(run.output.contains("USAGE: soleholder \(command)"))
        #expect(run.output.contains("For example: soleholder \(command)"))
    }

    @Test("without topics they end with 69, and say what to do") func noTopics() async throws {
        try await Deployments.own("empty", services: []) { deployment in
            for arguments in [["explain", "c-1"], ["conflicts"], ["escalations"]] {
                let run = try Run.of(
                    Program.product("soleholder"),
                    arguments + [
                        "--bootstrap-servers", deployment.bootstrapServers, "--topic-prefix", Unique.text("none") + ".",
                    ], in: deployment.folder)
                #expect(run.end == .exit(69), "\(run)")
                #expect(run.errors.contains("soleholder topics create"))
            }
        }
    }

    @Test(
        "the customer id of a value is the contract's, by what is declared",
        arguments: [
            ("alphanumeric", "529.982.247-25", "ec11c5ab-5f29-5f28-81fa-a6971c248224"),
            ("alphanumeric", "ab-1", "3ae7fcbf-6861-5309-8b79-a6101f5daab2"),
            ("trim", " ab-1 ", "5290b31b-b2e1-5bdb-b6d4-6bc33b290a2d"),
            ("none", " ab-1 ", "daeb155a-15be-5158-a743-d82a68739ca6"),
        ]) func customerID(rule: String, value: String, id: String) async throws
    {
        let declaration = "{attributes: [{name: document, normalize: \(rule)}], partitions: 2}"
        try await Deployments.own("customer-id", declaration: declaration, services: []) { deployment in
            let run = try Run.of(
                Program.product("soleholder"),
                ["customer-id"] + deployment.connection + ["--", value], in: deployment.folder)
            #expect(run.end == .exit(0), "\(run)")
            // Made by Python's uuid.uuid5.
            #expect(run.output == id + "\n")
            let none = try Run.of(
                Program.product("soleholder"),
                ["customer-id"] + deployment.connection + ["--", "\t"], in: deployment.folder)
            #expect(none.end == .exit(64) && !none.errors.isEmpty, "\(none)")
        }
    }

    /// Runs the tool where there is no broker.
    private static func run(_ arguments: [String]) async throws -> Run {
        try await onOwnThread {
            let folder = try Unique.folder("inquiries")
            defer { try? FileManager.default.removeItem(at: folder) }
            return try Run.of(
                Program.product("soleholder"), arguments, environment: ["KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"],
                within: .seconds(20), in: folder)
        }
    }
}
