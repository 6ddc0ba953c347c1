import EventLog
import Foundation
import Messages
import TestProcesses
import Testing

@Suite("A command sent again", Issues.counted) struct DeduplicationTests {
    /// What was sent, and what it was told first.
    private struct Told {
        var customer: String
        var id: String
        var type: String
        var data: String
        var first: Seen
    }

    @Test("is told the same again, for ever; another one under its name is refused", .hangLimit)
    func repeats() async throws {
        try await Deployments.own("deduplication") { deployment in
            let client = try Client(deployment)
            let customer = Unique.text("customer")
            let (document, spelled) = Unique.document()
            let accepted = try Self.tell(client, customer, data: Self.data(document, name: "Ana"))
            #expect(accepted.first.type == "CommandAccepted")
            _ = try client.event(customer, 2)
            let refused = try Self.tell(client, customer, data: Self.data(Unique.document().normalized))
            #expect(refused.first.data?["code"] == "already-registered")
            let invalid = try Self.tell(client, Unique.text("invalid"), data: #"{"values":{"document":"-"}}"#)
            #expect(invalid.first.data?["code"] == "invalid-value")
            let leaver = Unique.text("leaver")
            _ = try Self.tell(client, leaver, data: Self.data(Unique.document().normalized))
            _ = try client.event(leaver, 2)
            let left = try Self.tell(client, leaver, "UnregisterCustomer", data: "{}")
            _ = try client.event(leaver, 3)
            let all = [accepted, refused, invalid, left]

            for told in all { try Self.expectRepeat(told, client) }
            // The same in another order, with fields that nobody knows. Another spelling is another content.
            try Self.expectRepeat(
                accepted, client,
                data: "{\"name\":\"Ana\",\"vip\":true,\"values\":{ \"\\u0064ocument\":\(quoted(document))}}")
            try Self.expectReuse(accepted, client, data: Self.data(spelled, name: "Ana"))
            try Self.expectReuse(accepted, client, data: Self.data(document, name: "Bia"))
            try Self.expectReuse(accepted, client, data: Self.data(Unique.document().normalized, name: "Ana"))
            try Self.expectReuse(accepted, client, type: "UnregisterCustomer", data: "{}")
            // None of this has changed what it is told.
            try Self.expectRepeat(accepted, client)
            // Another source, or another customer, is another command.
            try client.send(
                customer: customer, id: accepted.id, source: "/others", data: Self.data(document, name: "Ana"))
            let others = try client.first("outcome for the other source") {
                $0.data?["commandId"] == .string(accepted.id) && $0.data?["commandSource"] == "/others"
            }
            #expect(others.data?["duplicate"] == nil && others.data?["code"] == "already-registered")

            // A service that has lost its state remembers from the topics alone.
            #expect(try deployment.stop(.command).end == .exit(0))
            try FileManager.default.removeItem(at: deployment.state(of: .command))
            try deployment.start([.command])
            for told in all { try Self.expectRepeat(told, client) }
            try Self.expectReuse(accepted, client, data: Self.data(document, name: "Bia"))
            // And one that was killed, from its state.
            try deployment.kill(.command)
            try deployment.start([.command])
            for told in all { try Self.expectRepeat(told, client) }

            try client.takeAll()
            let versions = client.seen.filter { $0.topic == .customerEvents && $0.key == customer }.compactMap(\.id)
            #expect(Set(versions) == ["\(customer)@1", "\(customer)@2"])
            try deployment.expectCleanAudit()
        }
    }

    private static func data(_ document: String, name: String? = nil) -> String {
        Client.data(["document": document], name: name)
    }

    private static func tell(
        _ client: Client, _ customer: String, _ type: String = "RegisterCustomer", data: String
    ) throws -> Told {
        let id = Unique.text("command")
        let place = try client.send(type, customer: customer, id: id, data: data)
        let first = try client.outcome(ofCommand: id)
        let key = DeduplicationKey(topic: .customerCommands, customerID: customer, source: "/tests", id: id)
        #expect(first.id == "\(key)/outcome")
        #expect(first.data?["duplicate"] == nil)
        #expect(first.data?["position"]?.number == Double(place.offset))
        return Told(customer: customer, id: id, type: type, data: data, first: first)
    }

    /// Sends it again, and waits for the answer to this very record.
    private static func again(_ told: Told, _ client: Client, type: String, data: String) throws -> Seen {
        let place = try client.send(type, customer: told.customer, id: told.id, data: data)
        let name = "\(told.first.id ?? "")/\(place.partition)/\(place.offset)"
        return try client.first("answer \(name)") { $0.topic == .commandOutcomes && $0.id == name }
    }

    private static func expectRepeat(
        _ told: Told, _ client: Client, data: String? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let answer = try again(told, client, type: told.type, data: data ?? told.data)
        #expect(answer.type == told.first.type, sourceLocation: sourceLocation)
        #expect(answer.data?["duplicate"] == true, sourceLocation: sourceLocation)
        for field in ["customerId", "commandId", "commandSource", "commandHash", "events", "code", "message"] {
            #expect(answer.data?[field] == told.first.data?[field], "\(field)", sourceLocation: sourceLocation)
        }
    }

    private static func expectReuse(
        _ told: Told, _ client: Client, type: String = "RegisterCustomer", data: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let answer = try again(told, client, type: type, data: data)
        #expect(answer.type == "CommandRejected", sourceLocation: sourceLocation)
        #expect(answer.data?["code"] == "deduplication-key-reused", sourceLocation: sourceLocation)
        #expect(answer.data?["commandHash"] != told.first.data?["commandHash"], sourceLocation: sourceLocation)
    }
}
