import EventLog
import Foundation
import Messages
import TestProcesses
import Testing

/// Tests on the deployment that is started once.
@Suite("The deployment that is shared", .serialized, Issues.counted) struct SharedDeployment {}

extension SharedDeployment {
    @Suite("Registrations") struct RegistrationTests {
        @Test("the first one is confirmed, one with its document in another spelling is undone by a command")
        func duplicate() async throws {
            try await Deployments.shared { deployment in
                let client = try Client(
                    deployment,
                    reading: Client.clientTopics + [
                        .processCommands, .uniqueVerdicts, .uniqueIndex, .registrationEvents,
                    ])
                let (document, spelled) = Unique.document()
                let (winner, loser) = (Unique.text("winner"), Unique.text("loser"))

                let sent = try client.register(winner, document: document, name: "Ana \"A\" Müller")
                let outcome = try client.outcome(ofCommand: sent)
                let key = DeduplicationKey(
                    topic: .customerCommands, customerID: winner, source: "/tests", id: sent)
                #expect(outcome.type == "CommandAccepted")
                #expect(outcome.id == "\(key)/outcome")
                #expect(outcome.key == winner)
                #expect(outcome.record.headers == Client.structured)
                expectAttributes(
                    outcome, source: "/command-service", subject: winner, correlation: sent, cause: (sent, "/tests"))
                let data = try #require(outcome.data)
                #expect(data["customerId"] == .string(winner))
                #expect(data["commandSource"] == "/tests")
                #expect(data["events"] == [.string("\(winner)@1")])
                #expect(data["duplicate"] == nil)
                #expect(data["commandHash"]?.text?.count == 64)

                let registered = try client.event(winner, 1)
                #expect(registered.type == "CustomerRegistered")
                #expect(
                    registered.data == [
                        "customerId": .string(winner), "version": 1, "values": ["document": .string(document)],
                        "name": "Ana \"A\" Müller", "status": "pending",
                    ])
                expectAttributes(
                    registered, source: "/command-service", subject: winner, correlation: sent, cause: (sent, "/tests"))
                let confirmed = try client.event(winner, 2)
                #expect(confirmed.type == "CustomerConfirmed")
                #expect(
                    confirmed.data == [
                        "customerId": .string(winner), "version": 2, "values": ["document": .string(document)],
                    ])

                // The duplicate.
                let second = try client.register(loser, document: spelled)
                let undone = try client.event(loser, 2)
                #expect(undone.type == "CustomerUnregistered")
                #expect(
                    undone.data == [
                        "customerId": .string(loser), "version": 2, "values": ["document": .string(document)],
                        "reason": "duplicate", "attribute": "document", "heldBy": .string(winner),
                    ])
                expectAttributes(
                    undone, source: "/command-service", subject: loser, correlation: second,
                    cause: ("\(loser)@1/unregister", "/process-manager"))
                let command = try client.first("compensation") {
                    $0.topic == .processCommands && $0.id == "\(loser)@1/unregister"
                }
                #expect(command.type == "UnregisterCustomer")
                #expect(command.key == loser)
                #expect(command.json?["source"] == "/process-manager")
                #expect(command.json?["correlationid"] == .string(second))
                #expect(
                    command.data == [
                        "customerId": .string(loser), "reason": "duplicate", "attribute": "document",
                        "heldBy": .string(winner), "version": 1,
                    ])
                let rejection = try client.first("rejected claim") {
                    $0.topic == .uniqueVerdicts && $0.id == "\(loser)@1/claim/rejected"
                }
                #expect(rejection.type == "KeysClaimRejected")
                #expect(
                    rejection.data == [
                        "customerId": .string(loser), "version": 1, "purpose": "registration",
                        "keys": [["attribute": "document", "value": .string(document)]], "attribute": "document",
                        "heldBy": .string(winner),
                    ])
                let compensated = try client.first("end of the process") {
                    $0.topic == .registrationEvents && $0.type == "RegistrationCompensated" && $0.key == loser
                }
                #expect(compensated.data?["attribute"] == "document")
                #expect(compensated.data?["heldBy"] == .string(winner))
                #expect(compensated.data?["process"] == .string("\(loser)@1"))
                let holder = try client.first("holder") {
                    $0.topic == .uniqueIndex && $0.key == "document:\(document)"
                }
                #expect(holder.type == "KeyHolder")
                #expect(holder.data?["attribute"] == "document" && holder.data?["value"] == .string(document))
                #expect(holder.data?["customerId"] == .string(winner))
                #expect(holder.data?["status"] == "claimed")
                #expect(holder.data?["position"]?.number != nil)
                // It was told that it is registered, and nothing else: the undoing is no answer to it.
                #expect(try client.outcome(ofCommand: second).type == "CommandAccepted")
            }
        }

        private func expectAttributes(
            _ message: Seen, source: String, subject: String, correlation: String, cause: (id: String, source: String),
            sourceLocation: SourceLocation = #_sourceLocation
        ) {
            let json = message.json
            #expect(json?["specversion"] == "1.0", sourceLocation: sourceLocation)
            #expect(json?["source"] == .string(source), sourceLocation: sourceLocation)
            #expect(json?["subject"] == .string(subject), sourceLocation: sourceLocation)
            #expect(json?["correlationid"] == .string(correlation), sourceLocation: sourceLocation)
            #expect(json?["causationid"] == .string(cause.id), sourceLocation: sourceLocation)
            #expect(json?["causationsource"] == .string(cause.source), sourceLocation: sourceLocation)
            #expect(json?["datacontenttype"] == "application/json", sourceLocation: sourceLocation)
            #expect(
                json?["time"]?.text?.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/) != nil,
                sourceLocation: sourceLocation)
        }

        @Test("unregistering frees the document for another customer; the stream is finished")
        func unregistration() async throws {
            try await Deployments.shared { deployment in
                let client = try Client(deployment)
                let (document, spelled) = Unique.document()
                let (first, second) = (Unique.text("first"), Unique.text("second"))
                try client.register(first, document: document)
                _ = try client.event(first, 2)
                let leaving = Unique.text("leave")
                try client.send("UnregisterCustomer", customer: first, id: leaving, data: "{}")
                let left = try client.event(first, 3)
                #expect(left.type == "CustomerUnregistered")
                #expect(
                    left.data == [
                        "customerId": .string(first), "version": 3, "values": ["document": .string(document)],
                        "reason": "requested",
                    ])
                #expect(left.json?["causationid"] == .string(leaving))
                #expect(try isEventually(404, deployment, "/documents/\(document)"))

                try client.register(second, document: spelled)
                #expect(try client.event(second, 2).type == "CustomerConfirmed")

                let again = try client.register(first, document: Unique.document().normalized)
                #expect(try client.outcome(ofCommand: again).data?["code"] == "already-unregistered")
                let twice = try client.register(second, document: Unique.document().normalized)
                #expect(try client.outcome(ofCommand: twice).data?["code"] == "already-registered")
                let nobody = Unique.text("unregister")
                try client.send("UnregisterCustomer", customer: Unique.text("nobody"), id: nobody, data: "{}")
                #expect(try client.outcome(ofCommand: nobody).data?["code"] == "not-registered")
            }
        }

        private func isEventually(_ status: Int, _ deployment: Deployment, _ path: String) throws -> Bool {
            try poll(for: .seconds(30)) { try deployment.get(.projection, path).status == status }
        }

        @Test("the read side answers, by any spelling, in any script; and 404 for what it has not")
        func queries() async throws {
            try await Deployments.shared { deployment in
                let client = try Client(deployment)
                let number = Unique.document()
                // Case folded, and only a to z written as A to Z.
                let document = "äNDERUNG中\(number.normalized)"
                let (winner, loser) = (Unique.text("c/ñ 1"), Unique.text("loser"))
                try client.register(winner, document: "ä-nderung 中/\(number.spelled)", name: "Zoë")
                _ = try client.event(winner, 2)
                try client.register(loser, document: document)
                _ = try client.event(loser, 2)
                func path(_ kind: String, _ text: String) -> String {
                    "/\(kind)/" + (text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")
                }
                let spellings = [document, "Ä.nderung 中 \(number.spelled)", "a\u{308}nderung中\(number.normalized)"]
                #expect(try isEventually(200, deployment, path("documents", document)))
                for spelling in spellings {
                    let answer = try deployment.get(.projection, path("documents", spelling))
                    #expect(answer.status == 200)
                    #expect(answer.contentType == "application/json")
                    #expect(
                        answer.json == [
                            "attribute": "document", "value": .string(document), "customerId": .string(winner),
                            "status": "claimed",
                        ])
                }
                let isUndone = try poll(for: .seconds(30)) {
                    try deployment.get(.projection, path("customers", loser)).json?["status"] == "unregistered"
                }
                #expect(isUndone)
                #expect(
                    try deployment.get(.projection, path("customers", winner)).json == [
                        "customerId": .string(winner), "values": ["document": .string(document)], "name": "Zoë",
                        "status": "confirmed", "version": 2,
                    ])
                let undone = try deployment.get(.projection, path("customers", loser))
                #expect(undone.json?["version"] == 2)
                #expect(undone.json?["customerId"] == .string(loser))
                for missing in [
                    path("documents", Unique.document().normalized), path("customers", Unique.text("nobody")),
                    "/documents/", "/customers/", "/elsewhere", path("documents", "-"),
                ] {
                    #expect(try deployment.get(.projection, missing).status == 404, "\(missing)")
                }
                for wrong in ["/documents/%FF%FE", "/documents/a/b", "/customers/a/b"] {
                    #expect(try deployment.get(.projection, wrong).status == 400, "\(wrong)")
                }
                #expect(try deployment.get(.command, path("customers", winner)).status == 404)
            }
        }

        @Test("each service tells how it is, and no document", arguments: Service.allCases)
        func operations(service: Service) async throws {
            try await Deployments.shared { deployment in
                let client = try Client(deployment)
                let (document, spelled) = Unique.document()
                let customer = Unique.text("customer")
                try client.register(customer, document: spelled)
                try client.write(key: Array(customer.utf8), value: Array("not JSON, with \(document)".utf8))
                _ = try client.event(customer, 2)
                #expect(try deployment.get(service, "/healthz").status == 200)
                #expect(try deployment.get(service, "/readyz").status == 200)
                let metrics = try deployment.get(service, "/metrics")
                #expect(metrics.status == 200)
                #expect(metrics.contentType.hasPrefix("text/plain; version=0.0.4"))
                let sample = /[a-zA-Z_:][a-zA-Z0-9_:]*(\{.*\})? [-+0-9.eEInfNa]+/
                for line in metrics.body.split(separator: "\n") {
                    #expect(line.hasPrefix("#") || line.wholeMatch(of: sample) != nil, "\(line)")
                }
                #expect(try deployment.metric(service, "soleholder_batch_records_total") > 0)
                let log = try deployment.child(service).logText
                for text in [document, spelled] {
                    #expect(!metrics.body.contains(text))
                    #expect(!log.contains(text))
                }
            }
        }

        @Test("the operator's tool sends a command and tells its outcome") func send() async throws {
            try await Deployments.shared { deployment in
                let (document, spelled) = Unique.document()
                let customer = Unique.text("by-hand")
                let register = [
                    "send", "RegisterCustomer", "--customer", customer, "--value", "document=\(spelled)", "--name",
                    "Ana",
                    "--id", Unique.text("command"),
                ]
                let sent = try deployment.soleholder(register)
                #expect(sent.end == .exit(0), "\(sent)")
                #expect(sent.json?["type"] == "CommandAccepted")
                #expect(sent.json?["data"]?["events"] == [.string("\(customer)@1")])
                let again = try deployment.soleholder(register)
                #expect(again.end == .exit(0), "\(again)")
                #expect(again.json?["data"]?["duplicate"] == true)
                let other = try deployment.soleholder([
                    "send", "RegisterCustomer", "--customer", customer, "--value", "document=\(document)",
                ])
                #expect(other.end == .exit(1), "\(other)")
                #expect(other.json?["data"]?["code"] == "already-registered")
                let unknown = try deployment.soleholder(["send", "PraiseCustomer", "--customer", customer])
                #expect(unknown.end == .exit(1), "\(unknown)")
                #expect(unknown.json?["data"]?["code"] == "unknown-type")
                let ids = try [document, spelled].map { spelling in
                    try Run.of(
                        Program.product("soleholder"), ["customer-id"] + deployment.connection + ["--", spelling],
                        in: deployment.folder)
                }
                #expect(ids[0].end == .exit(0) && ids[0].output == ids[1].output)
                #expect(
                    ids[0].output.trimmingCharacters(in: .whitespacesAndNewlines)
                        == NameID.customer(of: UniqueKey(attribute: "document", value: document)).description)
            }
        }
    }
}
