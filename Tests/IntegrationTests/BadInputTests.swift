import EventLog
import Foundation
import Messages
import TestProcesses
import Testing

extension SharedDeployment {
    @Suite("Whatever is sent is answered, or put aside; and the service goes on") struct BadInputTests {
        @Test("on the topic of the commands") func commands() async throws {
            try await Deployments.shared { deployment in
                let client = try Client(deployment)
                var sendings = Sendings.unreadable.all + Sendings.refused.all + Sendings.taken.all
                for index in sendings.indices { sendings[index].value = sendings[index].value?.filled }
                let places = try sendings.map { sending in
                    // What has no key that counts lands anywhere.
                    try client.write(key: sending.key, value: sending.value, headers: sending.headers)
                }
                for (sending, place) in zip(sendings, places) {
                    do {
                        switch sending.fate {
                        case .deadLetter: try Self.expectDeadLetter(sending, place, client)
                        case .rejected(let code):
                            let outcome = try Self.outcome(sending, place, client)
                            #expect(outcome.type == "CommandRejected", "\(sending.what)")
                            #expect(outcome.data?["code"] == .string(code), "\(sending.what)")
                            #expect(outcome.data?["message"]?.text?.isEmpty == false, "\(sending.what)")
                            #expect(outcome.data?["events"] == nil, "\(sending.what)")
                        case .accepted:
                            let outcome = try Self.outcome(sending, place, client)
                            #expect(outcome.type == "CommandAccepted", "\(sending.what): \(outcome.data ?? .null)")
                        }
                    } catch { Issue.record("\(sending.what): \(error)") }
                }
                // Nobody was answered twice, nor put aside and answered.
                try client.takeAll()
                let mine = Set(places.map { "\($0.partition)/\($0.offset)" })
                let aside = client.seen.filter { $0.topic == .customerCommandsDeadLetter }
                #expect(aside.count == sendings.count { $0.fate == .deadLetter })
                let answered = client.seen.filter { $0.topic == .commandOutcomes }.compactMap { seen in
                    seen.data?["position"]?.number.map { "\(seen.record.partition)/\(Int($0))" }
                }
                #expect(answered.count == mine.count - aside.count)
                // And every partition is still served.
                let healthy = (0..<24).map { _ in Unique.text("healthy") }
                for customer in healthy { try client.register(customer, document: Unique.document().spelled) }
                for customer in healthy { #expect(try client.event(customer, 2).type == "CustomerConfirmed") }
                try deployment.expectCleanAudit()
            }
        }

        private static func outcome(
            _ sending: Sending, _ place: (partition: Int32, offset: Int64), _ client: Client
        ) throws -> Seen {
            let key = String(decoding: sending.key ?? [], as: UTF8.self)
            let outcome = try client.first("outcome of \(sending.what)", within: .seconds(15)) { seen in
                seen.topic == .commandOutcomes && seen.record.key == sending.key
            }
            let here = "customer-commands/\(place.partition)/\(place.offset)"
            #expect(outcome.data?["commandId"] == .string(sending.id ?? here), "\(sending.what)")
            #expect(outcome.data?["customerId"] == .string(key), "\(sending.what)")
            #expect(outcome.json?["subject"] == .string(key), "\(sending.what)")
            // What can't be parsed has none.
            let hash = outcome.data?["commandHash"]?.text
            #expect(
                hash?.count == 64 || hash == nil && sending.fate == .rejected("malformed"), "\(sending.what)")
            if sending.source.utf8.count <= 256, !sending.source.contains("\u{1}") {
                #expect(outcome.data?["commandSource"] == .string(sending.source), "\(sending.what)")
                let key = DeduplicationKey(
                    topic: .customerCommands, customerID: key, source: sending.source, id: sending.id ?? here)
                #expect(outcome.id == "\(key)/outcome", "\(sending.what)")
            }
            return outcome
        }

        private static func expectDeadLetter(
            _ sending: Sending, _ place: (partition: Int32, offset: Int64), _ client: Client
        ) throws {
            let letter = try client.deadLetter(of: place)
            #expect(letter.record.key == sending.key, "\(sending.what)")
            #expect(letter.record.value == sending.value, "\(sending.what)")
            #expect(Array(letter.record.headers.prefix(sending.headers.count)) == sending.headers, "\(sending.what)")
            #expect(letter.headers("dead-letter-reason") == ["malformed"], "\(sending.what)")
            #expect(letter.headers("dead-letter-topic") == ["customer-commands"], "\(sending.what)")
            #expect(letter.headers("dead-letter-service") == ["command-service"])
            #expect(letter.headers("dead-letter-detail").first?.isEmpty == false, "\(sending.what)")
            #expect(letter.headers("dead-letter-time").first?.wholeMatch(of: /\d{4}-\d\d-\d\dT[0-9:.]+Z/) != nil)
            #expect(letter.record.headers.count == sending.headers.count + 7, "\(sending.what)")
        }

        @Test("trace context and correlation id are carried along") func tracing() async throws {
            try await Deployments.shared { deployment in
                let client = try Client(deployment, reading: Client.clientTopics + [.uniqueVerdicts])
                let (customer, id) = (Unique.text("traced"), Unique.text("command"))
                let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
                let value =
                    Client.envelope(
                        "RegisterCustomer", customer: customer, id: id,
                        data: Client.data(["document": Unique.document().spelled])
                    ).dropLast()
                    + ",\"correlationid\":\"order-7\",\"traceparent\":\"\(parent)\",\"tracestate\":\"a=b\"}"
                try client.write(key: Array(customer.utf8), value: Array(value.utf8))
                let claimed = try client.first("claim's answer") { $0.topic == .uniqueVerdicts && $0.key == customer }
                for message in [try client.outcome(ofCommand: id), try client.event(customer, 2), claimed] {
                    #expect(message.json?["correlationid"] == "order-7")
                    #expect(message.json?["traceparent"] == .string(parent))
                    #expect(message.json?["tracestate"] == "a=b")
                }
            }
        }

        @Test("on another partition than the key's: produced again, with its first place, and decided once")
        func misrouted() async throws {
            try await Deployments.shared { deployment in
                let client = try Client(deployment, reading: Client.clientTopics + [.customerCommands])
                for id in [Unique.text("misrouted"), nil] {
                    let customer = Unique.text("misrouted")
                    let right = Client.partition(of: Array(customer.utf8))
                    let wrong = (right + 5) % Deployment.partitionCount
                    let value = Client.envelope(
                        "RegisterCustomer", customer: customer, id: id ?? "",
                        data: Client.data(["document": Unique.document().spelled]))
                    let headers = Client.structured + [RecordHeader("x", "kept")]
                    let place = try client.write(
                        key: Array(customer.utf8), value: Array(value.utf8), headers: headers, partition: wrong)
                    let moved = try client.first("moved command") {
                        $0.topic == .customerCommands && $0.key == customer && $0.record.partition == right
                    }
                    let origin = "customer-commands/\(wrong)/\(place.offset)"
                    #expect(moved.record.value == Array(value.utf8))
                    #expect(moved.record.headers == headers + [RecordHeader("origin", origin)])
                    let outcome = try client.outcome(ofCommand: id ?? origin)
                    #expect(outcome.type == "CommandAccepted")
                    #expect(outcome.record.partition == right)
                    #expect(try client.event(customer, 2).type == "CustomerConfirmed")
                    try client.takeAll()
                    #expect(client.seen.count { $0.topic == .commandOutcomes && $0.key == customer } == 1)
                }
                #expect(try deployment.metric(.command, "soleholder_records_total") > 0)
                try deployment.expectCleanAudit()
            }
        }

        @Test("requests: a way that is not built is answered as unknown, the rest is put aside") func requests()
            async throws
        {
            try await Deployments.shared { deployment in
                let client = try Client(deployment, reading: [.registrationEvents, .registrationRequestsDeadLetter])
                let (customer, id) = (Unique.text("request"), Unique.text("request"))
                try client.send("PraiseCustomer", to: .registrationRequests, customer: customer, id: id, data: "{}")
                let key = DeduplicationKey(
                    topic: .registrationRequests, customerID: customer, source: "/tests", id: id)
                let answer = try client.first("answer") { $0.topic == .registrationEvents && $0.key == customer }
                #expect(answer.type == "RegistrationRejected")
                #expect(answer.data?["code"] == "unknown-type")
                #expect(answer.data?["process"] == .string("\(key)"))
                let forbidden = Unique.text("request")
                try client.send(
                    "RegisterCustomer", to: .registrationRequests, customer: forbidden, id: id,
                    data: #"{"values":{"document":"1"}}"#)
                let refusal = try client.first("refusal") { $0.topic == .registrationEvents && $0.key == forbidden }
                #expect(refusal.data?["code"] == "not-allowed")
                let place = try client.write(
                    .registrationRequests, key: Array(customer.utf8), value: Array("hello".utf8))
                let letter = try client.deadLetter(.registrationRequestsDeadLetter, of: place)
                #expect(letter.headers("dead-letter-service") == ["process-manager"])
                try deployment.expectCleanAudit()
            }
        }

        @Test("the process manager's topic: what nobody can read is put aside") func processCommands() async throws {
            try await Deployments.shared { deployment in
                let client = try Client(deployment, reading: [.processCommandsDeadLetter, .processOutcomes])
                let place = try client.write(
                    .processCommands, key: Array(Unique.text("c").utf8), value: Array("hello".utf8))
                let letter = try client.deadLetter(.processCommandsDeadLetter, of: place)
                #expect(letter.headers("dead-letter-reason") == ["malformed"])
                // A confirmation of nobody is refused there, where the process manager reads it.
                let (customer, id) = (Unique.text("nobody"), Unique.text("confirm"))
                try client.send(
                    "ConfirmCustomer", to: .processCommands, customer: customer, id: id,
                    data: #"{"version":1}"#)
                let refusal = try client.first("refusal") { $0.topic == .processOutcomes && $0.key == customer }
                #expect(refusal.type == "CommandRejected")
                #expect(refusal.data?["commandId"] == .string(id))
                try deployment.expectCleanAudit()
            }
        }
    }
}
