import EventLog
import Foundation
import Messages
import TestProcesses
import Testing

/// The ways to a document, side by side in one deployment, against the same index.
@Suite("All strategies", .serialized, Issues.counted) struct StrategyTests {
    private static let topics =
        Client.clientTopics + [.registrationEvents, .uniqueVerdicts, .processOutcomes, .registrationRequestsDeadLetter]

    @Test("a request reserves the document, then the customer is registered; who comes later is not")
    func reserve() async throws {
        try await Deployments.shared { deployment in
            let client = try Client(deployment, reading: Self.topics)
            let (document, spelled) = Unique.document()
            let (winner, late) = (Unique.text("winner"), Unique.text("late"))
            let request = try client.request(winner, ["document": spelled])
            let process = Client.process(winner, id: request)
            let registered = try client.event(winner, 1)
            #expect(
                registered.data == [
                    "customerId": .string(winner), "version": 1, "values": ["document": .string(document)],
                    "status": "confirmed", "reservation": .string(process),
                ])
            #expect(registered.json?["correlationid"] == .string(request))
            #expect(registered.json?["causationid"] == .string("\(process)/register"))
            #expect(registered.json?["causationsource"] == "/process-manager")
            _ = try client.end(of: process, "RegistrationCompleted")

            let second = Client.process(late, id: try client.request(late, ["document": document]))
            let refused = try client.end(of: second, "RegistrationRejected")
            #expect(refused.data?["code"] == "value-taken")
            #expect(refused.data?["attribute"] == "document" && refused.data?["heldBy"] == .string(winner))
            #expect(refused.id == "\(second)/rejected")

            // Someone who is there already loses nothing, and takes nothing.
            let other = Unique.document().normalized
            let again = Client.process(winner, id: try client.request(winner, ["document": other]))
            #expect(
                try client.end(of: again, "RegistrationRejected").data?["code"] == "already-registered")
            let third = Unique.text("third")
            _ = try client.end(
                of: Client.process(third, id: try client.request(third, ["document": other])), "RegistrationCompleted")
        }
    }

    @Test("a change keeps the old document until the new one is sure, and gives it free then")
    func change() async throws {
        try await Deployments.shared { deployment in
            let client = try Client(deployment, reading: Self.topics)
            let (first, second) = (Unique.document().normalized, Unique.document().normalized)
            let (customer, other) = (Unique.text("customer"), Unique.text("other"))
            try client.register(customer, document: first)
            _ = try client.event(customer, 2)
            let change = try client.change(customer, ["document": second])
            let outcome = try client.outcome(ofCommand: change)
            #expect(outcome.data?["events"] == [.string("\(customer)@3")])
            let started = try client.event(customer, 3)
            #expect(started.type == "CustomerChangeStarted")
            #expect(started.data?["values"] == ["document": .string(first)])
            #expect(started.data?["wanted"] == ["document": .string(second)])
            let changed = try client.event(customer, 4)
            #expect(changed.type == "CustomerChanged")
            #expect(changed.data?["values"] == ["document": .string(second)])
            #expect(changed.data?["previous"] == ["document": .string(first)])

            // The old one is free: someone takes it, and the customer can't have it back.
            try client.register(other, document: first)
            #expect(try client.event(other, 2).type == "CustomerConfirmed")
            try client.change(customer, ["document": first])
            let rejected = try client.event(customer, 6)
            #expect(rejected.type == "CustomerChangeRejected")
            #expect(rejected.data?["values"] == ["document": .string(second)])
            #expect(rejected.data?["rejected"] == ["document": .string(first)])
            #expect(rejected.data?["attribute"] == "document")
            #expect(rejected.data?["heldBy"] == .string(other))
            let end = try client.end(of: "\(customer)@5", "RegistrationRejected")
            #expect(end.data?["code"] == "value-taken")

            let isServed = try poll(for: .seconds(20), every: .milliseconds(100)) {
                let view = try deployment.get(.projection, "/customers/\(customer)").json
                return view?["version"] == 6 && view?["values"]?["document"] == .string(second)
                    && view?["status"] == "confirmed"
            }
            #expect(isServed)
            #expect(
                try deployment.get(.projection, "/documents/\(first)").json?["customerId"] == .string(other))
        }
    }

    @Test("a customer whose id is its document's meets the duplicate in its own stream")
    func derived() async throws {
        try await Deployments.shared { deployment in
            let client = try Client(deployment, reading: Self.topics)
            let (document, spelled) = Unique.document()
            let customer = NameID.customer(of: UniqueKey(attribute: "document", value: document)).description
            try client.register(customer, document: document)
            let second = try client.register(customer, document: spelled)
            #expect(try client.outcome(ofCommand: second).data?["code"] == "already-registered")
            #expect(try client.event(customer, 2).type == "CustomerConfirmed")
            let change = try client.change(customer, ["document": Unique.document().normalized])
            #expect(try client.outcome(ofCommand: change).data?["code"] == "not-allowed")
        }
    }

    @Test("bad requests and changes are answered with their code")
    func badInput() async throws {
        try await Deployments.shared { deployment in
            let client = try Client(deployment, reading: Self.topics)
            let customer = Unique.text("bad")
            for (type, data, code) in [
                ("StartRegistration", "{}", "malformed"),
                ("StartRegistration", #"{"values":["D1"]}"#, "malformed"),
                ("StartRegistration", #"{"values":{"document":1}}"#, "malformed"),
                ("StartRegistration", #"{"values":{}}"#, "invalid-value"),
                ("StartRegistration", #"{"values":{"document":null}}"#, "invalid-value"),
                ("StartRegistration", #"{"values":{"document":"--"}}"#, "invalid-value"),
                ("StartRegistration", #"{"values":{"document":"D1","shoe-size":"44"}}"#, "invalid-value"),
                ("StartRegistration", #"{"values":{"document":"D1"},"reservation":"r"}"#, "not-allowed"),
                ("StartSomething", #"{"values":{"document":"D1"}}"#, "unknown-type"),
                ("RegisterCustomer", #"{"values":{"document":"D1"}}"#, "not-allowed"),
            ] {
                let id = Unique.text("request")
                try client.send(type, to: .registrationRequests, customer: customer, id: id, data: data)
                let end = try client.end(of: Client.process(customer, id: id), "RegistrationRejected")
                #expect(end.data?["code"] == .string(code), "\(type) \(data)")
            }
            let place = try client.write(
                .registrationRequests, key: Array(customer.utf8), value: Array("no json".utf8))
            _ = try client.deadLetter(.registrationRequestsDeadLetter, of: place)

            #expect(
                try client.outcome(ofCommand: try client.change(customer, ["document": "D1"])).data?["code"]
                    == "not-registered")
            for field in [#","version":1"#, #","reservation":"r-1""#, #","attribute":"document""#, #","heldBy":"c-2""#]
            {
                let id = Unique.text("change")
                try client.send(
                    "ChangeCustomer", customer: customer, id: id, data: Client.data(["document": "D1"], more: field))
                #expect(try client.outcome(ofCommand: id).data?["code"] == "not-allowed")
            }
            for type in ["ConfirmChange", "RejectChange", "StartRegistration"] {
                let id = Unique.text("forged")
                try client.send(type, customer: customer, id: id, data: #"{"values":{"document":"D1"},"version":1}"#)
                #expect(try client.outcome(ofCommand: id).data?["code"] == "not-allowed")
            }
        }
    }

    @Test("answers that meet on one document, in any order, leave one holder", arguments: DeliveryGuarantee.allCases)
    func meeting(_ guarantee: DeliveryGuarantee) async throws {
        try await Deployments.own("meeting", guarantee) { deployment in
            let client = try Client(deployment, reading: Self.topics + [.uniqueIndex], from: .beginning)
            let documents = (0..<60).map { _ in Unique.document().normalized }
            var dice = SystemRandomNumberGenerator()
            var movers: [(customer: String, wants: String)] = []
            for document in documents.prefix(20) {
                let mover = Unique.text("mover")
                try client.register(mover, document: Unique.document().normalized)
                movers.append((mover, document))
            }
            for mover in movers { _ = try client.event(mover.customer, 2) }
            var ends: [() throws -> Void] = []
            for (index, document) in documents.enumerated() {
                let ways = ["compensate", "reserve", "derived", index < 20 ? "change" : "compensate", "reserve"]
                for way in ways.shuffled(using: &dice) {
                    let customer = Unique.text(way)
                    switch way {
                    case "compensate":
                        try client.register(customer, document: document)
                        ends.append { _ = try client.event(customer, 2) }
                    case "derived":
                        let derived = NameID.customer(of: UniqueKey(attribute: "document", value: document)).description
                        try client.register(derived, document: document)
                        ends.append { _ = try client.event(derived, 2) }
                    case "change":
                        let mover = movers[index].customer
                        try client.change(mover, ["document": document])
                        ends.append { _ = try client.event(mover, 4) }
                    default:
                        let process = Client.process(customer, id: try client.request(customer, ["document": document]))
                        ends.append { _ = try client.end(of: process) }
                    }
                }
            }
            for end in ends { try end() }
            try deployment.expectCleanAudit()
            try client.takeAll()
            var holders: [String: String] = [:]
            for entry in client.seen where entry.topic == .uniqueIndex {
                holders[entry.key] = entry.data?["customerId"]?.text
            }
            let lives = client.lives()
            for document in documents {
                let alive = lives.filter { $0.value.values["document"] == .string(document) && $0.value.isActive }.keys
                #expect(alive.count == 1, "\(alive.count) customers have one document")
                #expect(alive.first == holders["document:\(document)"])
            }
        }
    }

    @Test("advice refuses most duplicates at once; a document that was given up is taken as the rule says")
    func adviceAndReuse() async throws {
        let declaration = "attributes: [{name: document, reuse: never}]"
        try await Deployments.own("advice", declaration: declaration, services: []) { deployment in
            try deployment.launch(.command, ["--advisory-check"])
            try deployment.launch(.projection)
            try deployment.launch(.processManager)
            for service in Service.allCases { try deployment.awaitReadiness(of: service) }
            let client = try Client(deployment, reading: Self.topics, from: .beginning)
            let document = Unique.document().normalized
            let holder = Unique.text("holder")
            try client.register(holder, document: document)
            _ = try client.event(holder, 2)
            // The copy is behind by what is under way: until it knows, the index answers.
            let isRefused = try poll(for: .seconds(30), every: .milliseconds(10)) {
                let customer = Unique.text("late")
                let outcome = try client.outcome(ofCommand: try client.register(customer, document: document))
                if outcome.data?["code"] == "value-taken" { return true }
                #expect(try client.event(customer, 2).type == "CustomerUnregistered")
                return false
            }
            #expect(isRefused)
            let change = Unique.text("changer")
            try client.register(change, document: Unique.document().normalized)
            _ = try client.event(change, 2)
            #expect(
                try client.outcome(ofCommand: try client.change(change, ["document": document])).data?["code"]
                    == "value-taken")

            // Free for the copy, and not to be taken all the same.
            try client.leave(holder)
            #expect(try client.event(holder, 3).data?["reusableFrom"] == ["document": "never"])
            let isUndone = try poll(for: .seconds(30), every: .milliseconds(10)) {
                let customer = Unique.text("after")
                let outcome = try client.outcome(ofCommand: try client.register(customer, document: document))
                if outcome.data?["code"] == "value-taken" { return false }
                let undone = try client.event(customer, 2)
                #expect(undone.type == "CustomerUnregistered")
                #expect(undone.data?["attribute"] == "document" && undone.data?["heldBy"] == nil)
                return true
            }
            #expect(isUndone)
            try deployment.expectCleanAudit()
        }
    }
}

extension Client {
    /// The end of a process.
    /// - Parameter type: nil for any.
    func end(of process: String, _ type: String? = nil) throws -> Seen {
        let ends = ["RegistrationCompleted", "RegistrationCompensated", "RegistrationRejected"]
        let end = try first("end of \(process)") { seen in
            seen.topic == .registrationEvents && seen.data?["process"]?.text == process
                && ends.contains(seen.type ?? "")
        }
        if let type, end.type != type { throw Failure("\(process) ended with \(end.type ?? "?"), not \(type)") }
        return end
    }

    struct Life {
        /// By attribute.
        var values: JSON
        var isActive: Bool
    }

    /// What has become of each customer, by the events that have come.
    func lives() -> [String: Life] {
        var lives: [String: Life] = [:]
        for event in seen where event.topic == .customerEvents {
            guard let values = event.data?["values"] else { continue }
            lives[event.key] = Life(values: values, isActive: event.type != "CustomerUnregistered")
        }
        return lives
    }
}
