import EventLog
import Foundation
import Messages
import TestProcesses
import Testing

/// Kafka measures compressed batches: with gzip, far more than a topic's limit comes through.
extension SharedDeployment {
    @Suite("Giants that are small on the wire are put aside, cut, and the services go on") struct GiantTests {
        private static let size = 3_000_000

        private static func text(_ start: String = "") -> [UInt8] {
            Array(start.utf8) + [UInt8](repeating: 0x78, count: size - start.utf8.count)
        }

        private static func client(_ deployment: Deployment, reading topics: [Topic]) throws -> Client {
            try Client(
                deployment, reading: topics,
                properties: ["compression.codec": "gzip", "message.max.bytes": "20000000"])
        }

        @Test("as a value, a key, a header, many headers, and on a wrong partition") func giants() async throws {
            try await Deployments.shared { deployment in
                let topics = Client.clientTopics + [.registrationRequestsDeadLetter]
                let client = try Self.client(deployment, reading: topics)
                // librdkafka reads 100,000 of a record, and none where there are more.
                let many = (0..<90_000).map { RecordHeader("header-\($0)", String(repeating: "x", count: 30)) }
                for topic in [Topic.customerCommands, .registrationRequests] {
                    let letters = try #require(topic.deadLetter)
                    let customer = Array(Unique.text("giant").utf8)
                    let wrong = (Client.partition(of: customer) + 1) % Deployment.partitionCount
                    let value = try client.write(topic, key: customer, value: Self.text("hello"))
                    let key = try client.write(topic, key: Self.text(), value: Array("hello".utf8))
                    let header = try client.write(
                        topic, key: customer, value: Array("hello".utf8),
                        headers: [RecordHeader(name: "x", value: Self.text())])
                    let headers = try client.write(topic, key: customer, value: Array("hello".utf8), headers: many)
                    let stray = try client.write(topic, key: customer, value: Self.text(), partition: wrong)

                    let cutValue = try client.deadLetter(letters, of: value)
                    #expect(cutValue.headers("dead-letter-truncated") == [String(Self.size)])
                    #expect(cutValue.headers("dead-letter-sha256").first?.count == 64)
                    #expect(Self.text("hello").starts(with: cutValue.record.value ?? []))
                    #expect(cutValue.record.value?.count ?? 0 > 2_000_000)
                    let cutKey = try client.deadLetter(letters, of: key)
                    #expect(cutKey.headers("dead-letter-truncated-key") == [String(Self.size)])
                    #expect(cutKey.record.value == Array("hello".utf8))
                    for (place, count) in [(header, 1), (headers, many.count)] {
                        let letter = try client.deadLetter(letters, of: place)
                        #expect(letter.headers("dead-letter-truncated") == ["5"])
                        #expect(
                            letter.headers("dead-letter-truncated-headers") == [String(count)],
                            "\(letter.record.headers.count) headers of \(count)")
                        #expect(letter.record.value == Array("hello".utf8))
                    }
                    let cutStray = try client.deadLetter(letters, of: stray)
                    #expect(cutStray.headers("dead-letter-truncated") == [String(Self.size)])
                }
                for customer in (0..<24).map({ _ in Unique.text("healthy") }) {
                    try client.register(customer, document: Unique.document().spelled)
                    #expect(try client.event(customer, 2).type == "CustomerConfirmed")
                }
                try deployment.expectCleanAudit()
            }
        }

        @Test("whose id can be read is answered") func answered() async throws {
            try await Deployments.shared { deployment in
                let client = try Self.client(deployment, reading: Client.clientTopics)
                let (customer, id) = (Unique.text("giant"), Unique.text("command"))
                let data = Client.data(["document": "1"], name: String(repeating: "x", count: Self.size))
                try client.send(customer: customer, id: id, data: data)
                #expect(try client.outcome(ofCommand: id).data?["code"] == "malformed")
            }
        }

        @Test("an operator sees that it was cut, and can't send it again") func operators() async throws {
            try await Deployments.shared { deployment in
                let client = try Self.client(deployment, reading: Client.clientTopics)
                let place = try client.write(key: Array(Unique.text("giant").utf8), value: Self.text())
                _ = try client.deadLetter(of: place)
                // As the header `origin` would have it; the tool lists it with the prefix.
                let origin = "customer-commands/\(place.partition)/\(place.offset)"
                let list = try deployment.soleholder(["dead-letters", "list"])
                let line = try #require(list.output.split(separator: "\n").first { $0.contains("\(origin)  ") })
                #expect(line.contains("cut from \(Self.size)"))
                let run = try deployment.soleholder(["dead-letters", "replay", "--origin", origin])
                #expect(run.end == .exit(1), "\(run)")
                #expect(run.output.contains("refused") && run.output.contains("it was cut"), "\(run)")
            }
        }
    }
}
