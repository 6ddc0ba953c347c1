import EventLog
import Foundation
import Messages
import TestProcesses
import Testing

/// `soleholder dead-letters`.
private struct DeadLetters {
    let deployment: Deployment

    func list(_ arguments: [String] = []) throws -> [JSON] {
        let run = try deployment.soleholder(["dead-letters", "list", "--json"] + arguments)
        #expect(run.end == .exit(0), "\(run)")
        return run.output.split(separator: "\n").compactMap { JSON(Array($0.utf8)) }
    }

    func replay(_ arguments: [String], exit code: Int32 = 0, sourceLocation: SourceLocation = #_sourceLocation) throws
        -> Run
    {
        let run = try deployment.soleholder(["dead-letters", "replay"] + arguments)
        #expect(run.end == .exit(code), "\(run)", sourceLocation: sourceLocation)
        return run
    }

    /// `<topic>/<partition>/<offset>`, as the tool lists it.
    func origin(_ place: (partition: Int32, offset: Int64), _ topic: Topic = .customerCommands) -> String {
        deployment.names.prefix + firstPlace(place, topic)
    }

    /// The same as ids and the header `origin` have it.
    func firstPlace(_ place: (partition: Int32, offset: Int64), _ topic: Topic = .customerCommands) -> String {
        "\(topic.rawValue)/\(place.partition)/\(place.offset)"
    }
}

extension JSON {
    /// The place that an object tells.
    fileprivate var place: String? {
        guard let topic = self["topic"]?.text, let partition = self["partition"]?.number,
            let offset = self["offset"]?.number
        else { return nil }
        return "\(topic)/\(Int(partition))/\(Int(offset))"
    }
}

extension SharedDeployment {
    @Suite("Dead letters") struct DeadLetterTests {
        @Test("are listed with reason and origin, and their values on demand alone") func list() async throws {
            try await Deployments.shared { deployment in
                let tool = DeadLetters(deployment: deployment)
                let client = try Client(deployment)
                let (customer, value) = (Unique.text("listed"), Unique.text("hello"))
                let place = try client.write(key: Array(customer.utf8), value: Array(value.utf8))
                let letter = try client.deadLetter(of: place)
                let origin = tool.origin(place)

                let rows = try tool.list().filter { $0["origin"]?.place == origin }
                try #require(rows.count == 1, "\(rows)")
                #expect(rows[0].place == letter.place)
                #expect(rows[0]["reason"] == "malformed")
                #expect(rows[0]["detail"] == .string(letter.headers("dead-letter-detail").first ?? ""))
                #expect(rows[0]["service"] == "command-service")
                #expect(rows[0]["key"] == .string(customer))
                #expect(rows[0]["valueBytes"] == .number(Double(value.utf8.count)))
                #expect(rows[0]["value"] == nil)
                let time = try #require(rows[0]["time"]?.text)

                let text = try deployment.soleholder(["dead-letters", "list", "--topic", "customer-commands"])
                #expect(text.end == .exit(0))
                #expect(text.output.split(separator: "\n").count { $0.contains("  \(origin)  ") } == 1, "\(text)")
                #expect(!text.output.contains(value))

                let filters = ["--reason", "malformed", "--since", time, "--topic", letter.record.topic]
                let shown = try tool.list(filters + ["--show-value"]).filter { $0["origin"]?.place == origin }
                #expect(shown.map { $0["value"] } == [.string(value)])
                #expect(try tool.list(filters + ["--limit", "1"]).map { $0["origin"]?.place } == [origin])
                for others in [["--reason", "misrouted"], ["--topic", "registration-requests"]] {
                    #expect(try !tool.list(others).contains { $0["origin"]?.place == origin })
                }
                #expect(try tool.list(["--since", "2999-01-01T00:00:00Z"]).isEmpty)
            }
        }

        @Test("sent again as they are, they are put aside again with their new origin and their first one")
        func unfixable() async throws {
            try await Deployments.shared { deployment in
                let tool = DeadLetters(deployment: deployment)
                let client = try Client(deployment, reading: Client.clientTopics + [.customerCommands])
                // A key that nobody can take for a customer, on another partition than its own; and no key at all.
                for key in [Array(Unique.text("k\u{7}").utf8), nil] {
                    let wrong = (Client.partition(of: key ?? []) + 3) % Deployment.partitionCount
                    let headers = [RecordHeader("x", "1"), RecordHeader(name: "y", value: nil)]
                    let place = try client.write(
                        key: key, value: Array("hello".utf8), headers: headers, partition: wrong)
                    let letter = try client.deadLetter(of: place)
                    let origin = tool.origin(place)

                    let rehearsal = try tool.replay(["--origin", origin, "--dry-run"])
                    #expect(rehearsal.output.contains("would send"), "\(rehearsal)")
                    let run = try tool.replay(["--origin", origin])
                    #expect(run.output.contains(letter.place), "\(run)")
                    let sent = try client.first("record sent again") { seen in
                        seen.topic == .customerCommands && seen.headers("replayed-from") == [letter.place]
                    }
                    #expect(sent.record.partition == key.map { Client.partition(of: $0) } ?? wrong)
                    #expect(sent.record.key == key)
                    #expect(sent.record.value == Array("hello".utf8))
                    #expect(
                        sent.record.headers == headers + [
                            RecordHeader("origin", tool.firstPlace(place)), RecordHeader("replayed-from", letter.place),
                        ])
                    let again = try client.deadLetter(of: (sent.record.partition, sent.record.offset))
                    #expect(again.headers("dead-letter-reason") == ["malformed"])
                    let row = try tool.list().last { $0.place == again.place }
                    #expect(row?["origin"]?.place == sent.place)
                    #expect(row?["firstPlace"] == .string(tool.firstPlace(place)))
                    #expect(row?["replayedFrom"] == .string(letter.place))
                    // The rehearsal sent nothing, the replay once.
                    try client.takeAll()
                    #expect(
                        client.seen.count {
                            !$0.headers("replayed-from").isEmpty && $0.topic == .customerCommands
                                && $0.headers("origin") == [tool.firstPlace(place)]
                        } == 1)
                }
                try deployment.expectCleanAudit()
            }
        }

        @Test("a command that could not be moved is decided when it is sent again, and once however often that is")
        func fixable() async throws {
            try await Deployments.shared { deployment in
                let tool = DeadLetters(deployment: deployment)
                let client = try Client(deployment)
                for id in [Unique.text("command"), nil] {
                    // On a wrong partition, and so large by its headers that no service dares to move it. What it says
                    // is all right.
                    let customer = Unique.text("stranded")
                    let key = Array(customer.utf8)
                    let value = Client.envelope(
                        "RegisterCustomer", customer: customer, id: id ?? "",
                        data: Client.data(["document": Unique.document().spelled]))
                    let large = RecordHeader("ballast", String(repeating: "b", count: 530_000))
                    let place = try client.write(
                        key: key, value: Array(value.utf8), headers: Client.structured + [large],
                        partition: (Client.partition(of: key) + 1) % Deployment.partitionCount)
                    _ = try client.deadLetter(of: place)
                    let origin = tool.origin(place)

                    _ = try tool.replay(["--origin", origin])
                    let outcome = try client.outcome(ofCommand: id ?? tool.firstPlace(place))
                    #expect(outcome.type == "CommandAccepted")
                    #expect(outcome.data?["duplicate"] == nil)
                    #expect(try client.event(customer, 2).type == "CustomerConfirmed")

                    _ = try tool.replay(["--origin", origin])
                    let repeated = try client.outcome(ofCommand: id ?? tool.firstPlace(place), number: 2)
                    #expect(repeated.type == "CommandAccepted")
                    #expect(repeated.data?["duplicate"] == .boolean(true))
                    try client.takeAll()
                    let events = client.seen.filter { $0.topic == .customerEvents && $0.key == customer }
                    #expect(Set(events.map(\.id)) == ["\(customer)@1", "\(customer)@2"])
                }
                try deployment.expectCleanAudit()
            }
        }
    }
}

@Suite("Dead letters on a deployment of their own", Issues.counted) struct OwnDeadLetterTests {
    @Test("replaying everything takes each record once, also the next time, and leaves the services' topics alone")
    func all() async throws {
        try await Deployments.own("letters", services: [.command]) { deployment in
            let tool = DeadLetters(deployment: deployment)
            let topics = Client.clientTopics + [.processCommandsDeadLetter]
            let client = try Client(deployment, reading: topics)
            let customers = (0..<3).map { _ in Unique.text("c") }
            for customer in customers {
                let place = try client.write(key: Array(customer.utf8), value: Array("hello".utf8))
                _ = try client.deadLetter(of: place)
            }
            let key = Array(Unique.text("c").utf8)
            let forbidden = try client.write(.processCommands, key: key, value: Array("hello".utf8))
            _ = try client.deadLetter(.processCommandsDeadLetter, of: forbidden)

            for round in 1...3 {
                let run = try tool.replay(["--all"], exit: 1)
                let lines = run.output.split(separator: "\n")
                #expect(lines.count { $0.hasPrefix("sent ") } == 3, "\(run)")
                #expect(lines.count { $0.hasPrefix("refused ") && $0.contains("--force") } == 1, "\(run)")
                // Each is back before the next round.
                for customer in customers {
                    var places: Set<String> = []
                    _ = try client.first("dead letter \(round + 1) of \(customer)") { seen in
                        guard seen.topic == .customerCommandsDeadLetter, seen.key == customer else { return false }
                        places.insert(seen.headers("dead-letter-offset").joined())
                        return places.count == round + 1
                    }
                }
            }
            _ = try tool.replay(["--reason", "malformed", "--topic", "customer-commands"])
            let run = try tool.replay(["--all", "--topic", "process-commands", "--force"])
            #expect(run.output.contains("1 sent again"), "\(run)")
            _ = try client.first("dead letter by force") { seen in
                seen.topic == .processCommandsDeadLetter && !seen.headers("replayed-from").isEmpty
            }
            let unknown = try tool.replay(["--origin", tool.origin((0, 999_999))], exit: 1)
            #expect(unknown.output.contains("unknown"), "\(unknown)")
        }
    }

    @Test(
        "wrong use ends with 64",
        arguments: [
            ["replay"], ["replay", "--all", "--reason", "x"], ["replay", "--all", "--origin", "a/1/2"],
            ["replay", "--origin", "a/1"], ["replay", "--origin", "nothing/1/2"],
            ["replay", "--all", "--topic", "nothing"], ["replay", "--all", "--limit", "1"],
            ["list", "--topic", "command-outcomes"], ["list", "--limit", "0"], ["list", "--since", "yesterday"],
            ["list", "--all"], ["forward"],
        ]) func wrongUse(arguments: [String]) async throws
    {
        let run = try await Self.run(arguments)
        #expect(run.end == .exit(64), "\(run)")
        #expect(!run.errors.isEmpty)
    }

    @Test(arguments: [[], ["--help"], ["list", "--help"], ["replay", "--help"]]) func help(arguments: [String])
        async throws
    {
        let run = try await Self.run(arguments)
        #expect(run.end == .exit(0), "\(run)")
        #expect(run.output.contains("USAGE: soleholder dead-letters"), "\(run)")
    }

    /// Runs the tool where there is no broker.
    private static func run(_ arguments: [String]) async throws -> Run {
        try await onOwnThread {
            let folder = try Unique.folder("letters")
            defer { try? FileManager.default.removeItem(at: folder) }
            return try Run.of(
                Program.product("soleholder"), ["dead-letters"] + arguments,
                environment: ["KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"], within: .seconds(20), in: folder)
        }
    }
}
