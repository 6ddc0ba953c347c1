import EventLog
import Foundation
import Messages
import TestProcesses
import Testing

@Suite("Several attributes", .serialized, Issues.counted) struct SeveralAttributesTests {
    private static let topics =
        Client.clientTopics + [.processCommands, .registrationEvents, .uniqueClaims, .uniqueVerdicts, .uniqueIndex]

    private static func run(_ body: @escaping @Sendable (Deployment, Client) throws -> Void) async throws {
        try await Deployments.shared(.documentAndEmail) { deployment in
            try body(deployment, try Client(deployment, reading: topics))
            try deployment.expectCleanAudit()
        }
    }

    @Test("both keys are asked for, one after the other, and there is one verdict") func granted() async throws {
        try await Self.run { deployment, client in
            let customer = Unique.text("customer")
            let person = Person()
            let keys: JSON = [
                ["attribute": "document", "value": .string(person.document)],
                ["attribute": "email", "value": .string(person.email)],
            ]
            let spelled = person.values.mapValues { $0.map { " \($0.uppercased())" } }
            let sent = try client.register(customer, spelled, name: "Ana")
            let registered = try client.event(customer, 1)
            #expect(
                registered.data == [
                    "customerId": .string(customer), "version": 1, "values": person.json, "name": "Ana",
                    "status": "pending",
                ])
            #expect(
                try client.event(customer, 2).data == [
                    "customerId": .string(customer), "version": 2, "values": person.json,
                ])
            let claims = try [("claim", 1), ("claim/2", 2)].map { name, at in
                let claim = try client.first(name) { $0.topic == .uniqueClaims && $0.id == "\(customer)@1/\(name)" }
                #expect(
                    claim.data == [
                        "customerId": .string(customer), "keys": keys, "at": .number(Double(at)), "version": 1,
                        "purpose": "registration",
                    ])
                #expect(claim.json?["source"] == "/projection")
                #expect(claim.json?["correlationid"] == .string(sent))
                return claim
            }
            #expect(claims.map(\.key) == ["document:\(person.document)", "email:\(person.email)"])
            #expect(
                claims.map { $0.json?["causationid"] } == [.string("\(customer)@1"), .string("\(customer)@1/claim")])
            let verdict = try client.first("verdict") { $0.topic == .uniqueVerdicts && $0.key == customer }
            #expect(verdict.id == "\(customer)@1/claim/granted" && verdict.type == "KeysClaimed")
            #expect(verdict.json?["causationid"] == .string("\(customer)@1/claim/2"))
            #expect(
                verdict.data == [
                    "customerId": .string(customer), "keys": keys, "version": 1, "purpose": "registration",
                ])
            for (attribute, value) in [("document", person.document), ("email", person.email)] {
                let holder = try client.first("holder") {
                    $0.topic == .uniqueIndex && $0.key == "\(attribute):\(value)"
                }
                #expect(holder.data?["attribute"] == .string(attribute) && holder.data?["value"] == .string(value))
                #expect(holder.data?["customerId"] == .string(customer) && holder.data?["status"] == "claimed")
            }
            try client.takeAll()
            #expect(client.seen.count { $0.topic == .uniqueVerdicts && $0.key == customer } == 1)
        }
    }

    @Test("a duplicate of the e-mail address alone is compensated, and gives its document back")
    func duplicateOfOne() async throws {
        try await Self.run { deployment, client in
            let (winner, loser, next) = (Unique.text("winner"), Unique.text("loser"), Unique.text("next"))
            let (person, other) = (Person(), Person())
            try client.confirm(winner, person.values)
            try client.register(loser, ["document": other.document, "email": person.email.uppercased()])
            let undone = try client.event(loser, 2)
            #expect(undone.type == "CustomerUnregistered")
            #expect(
                undone.data == [
                    "customerId": .string(loser), "version": 2,
                    "values": ["document": .string(other.document), "email": .string(person.email)],
                    "reason": "duplicate", "attribute": "email", "heldBy": .string(winner),
                ])
            let verdict = try client.first("verdict") { $0.topic == .uniqueVerdicts && $0.key == loser }
            #expect(verdict.id == "\(loser)@1/claim/rejected" && verdict.type == "KeysClaimRejected")
            #expect(verdict.data?["attribute"] == "email" && verdict.data?["heldBy"] == .string(winner))
            let command = try client.first("compensation") {
                $0.topic == .processCommands && $0.id == "\(loser)@1/unregister"
            }
            #expect(
                command.data == [
                    "customerId": .string(loser), "version": 1, "reason": "duplicate", "attribute": "email",
                    "heldBy": .string(winner),
                ])
            let end = try client.end(of: "\(loser)@1", "RegistrationCompensated")
            #expect(end.data?["attribute"] == "email" && end.data?["heldBy"] == .string(winner))
            let released = try client.first("release") {
                $0.topic == .uniqueVerdicts && $0.id == "\(loser)@2/release/document/released"
            }
            #expect(
                released.data == [
                    "customerId": .string(loser), "attribute": "document", "value": .string(other.document),
                    "version": 2,
                ])
            // The other's e-mail address was never its own: nothing was freed there.
            _ = try client.first("release of the e-mail address") { $0.id == "\(loser)@2/release/email" }
            try client.confirm(next, ["document": other.document])
            try client.takeAll()
            #expect(!client.seen.contains { $0.id == "\(loser)@2/release/email/released" })
        }
    }

    @Test("a change gives an optional value up with null, without asking for a key; a required one stays")
    func changeToNull() async throws {
        try await Self.run { deployment, client in
            let (customer, next) = (Unique.text("customer"), Unique.text("next"))
            let (person, other) = (Person(), Person())
            try client.confirm(customer, person.values)
            let required = try client.outcome(ofCommand: try client.change(customer, ["document": nil]))
            #expect(required.data?["code"] == "invalid-value")
            #expect(required.data?["message"]?.text?.contains("document") == true)

            let change = try client.change(customer, ["email": nil])
            #expect(
                try client.event(customer, 3).data == [
                    "customerId": .string(customer), "version": 3, "values": person.json, "wanted": ["email": .null],
                ])
            let changed = try client.event(customer, 4)
            #expect(changed.type == "CustomerChanged")
            #expect(
                changed.data == [
                    "customerId": .string(customer), "version": 4, "values": ["document": .string(person.document)],
                    "previous": ["email": .string(person.email)],
                ])
            #expect(changed.json?["correlationid"] == .string(change))
            let confirmation = try client.first("confirmation") {
                $0.topic == .processCommands && $0.id == "\(customer)@3/confirm-change"
            }
            #expect(confirmation.json?["causationid"] == .string("\(customer)@3"))
            #expect(confirmation.json?["causationsource"] == "/command-service")
            _ = try client.end(of: "\(customer)@3", "RegistrationCompleted")
            // It asked for nothing, and what it gave up is anybody's.
            try client.confirm(next, ["document": other.document, "email": person.email])
            try client.takeAll()
            #expect(!client.seen.contains { $0.id == "\(customer)@3/claim" })

            // What makes no difference is accepted, and nothing happens.
            let same: [[String: String?]] = [["email": nil], ["document": person.document.lowercased()], [:]]
            for values in same {
                let outcome = try client.outcome(ofCommand: try client.change(customer, values))
                #expect(outcome.type == "CommandAccepted" && outcome.data?["events"] == [], "\(values)")
            }
            // A value that it did not have: nothing is given up for it. The document stays as it is.
            let added = "Again." + person.email
            try client.change(customer, ["document": person.document, "email": added])
            #expect(try client.event(customer, 5).data?["wanted"] == ["email": .string(added.lowercased())])
            #expect(try client.event(customer, 6).data?["previous"] == [:])
        }
    }

    @Test("two who want what the other one has are both rejected, and keep what they have") func swap() async throws {
        try await Self.run { deployment, client in
            let (left, right) = (Unique.text("left"), Unique.text("right"))
            let (one, other) = (Person(), Person())
            try client.confirm(left, one.values)
            try client.confirm(right, other.values)
            try client.change(left, ["email": other.email])
            try client.change(right, ["email": one.email])
            for (customer, mine, theirs, holder) in [(left, one, other, right), (right, other, one, left)] {
                let rejected = try client.event(customer, 4)
                #expect(rejected.type == "CustomerChangeRejected")
                #expect(
                    rejected.data == [
                        "customerId": .string(customer), "version": 4, "values": mine.json,
                        "rejected": ["email": .string(theirs.email)], "attribute": "email", "heldBy": .string(holder),
                    ])
            }
            // All or none: the document that was free is given back with the e-mail address that was not.
            let wanted = Unique.document().normalized
            try client.change(left, ["document": wanted, "email": other.email])
            let rejected = try client.event(left, 6)
            #expect(rejected.data?["values"] == one.json)
            #expect(
                rejected.data?["rejected"] == ["document": .string(wanted), "email": .string(other.email)])
            #expect(rejected.data?["attribute"] == "email")
            _ = try client.first("release") { $0.id == "\(left)@6/release-wanted/document/released" }
            try client.change(right, ["document": wanted])
            #expect(try client.event(right, 6).type == "CustomerChanged")
            // By way of a third value it goes.
            try client.change(left, ["email": "x." + one.email])
            #expect(try client.event(left, 8).type == "CustomerChanged")
            let isFree = try poll(for: .seconds(30)) {
                try deployment.get(.projection, "/keys/email/\(one.email)").status == 404
            }
            #expect(isFree)
            try client.change(right, ["email": one.email])
            #expect(try client.event(right, 8).data?["values"]?["email"] == .string(one.email))
        }
    }

    @Test("a request whose e-mail address is taken leaves no stream, and gives the document back")
    func reservation() async throws {
        try await Self.run { deployment, client in
            let (winner, loser, next) = (Unique.text("winner"), Unique.text("loser"), Unique.text("next"))
            let (person, other) = (Person(), Person())
            let first = Client.process(winner, id: try client.request(winner, person.values))
            let registered = try client.event(winner, 1)
            #expect(
                registered.data == [
                    "customerId": .string(winner), "version": 1, "values": person.json, "status": "confirmed",
                    "reservation": .string(first),
                ])
            #expect(
                try client.first("verdict") { $0.id == "\(first)/reserve/granted" }.json?["causationid"]
                    == .string("\(first)/reserve/2"))

            let process = Client.process(
                loser, id: try client.request(loser, ["document": other.document, "email": person.email]))
            let end = try client.end(of: process, "RegistrationRejected")
            #expect(
                end.data == [
                    "customerId": .string(loser), "process": .string(process), "code": "value-taken",
                    "attribute": "email", "heldBy": .string(winner),
                ])
            let released = try client.first("release") { $0.id == "\(process)/release/document/released" }
            #expect(
                released.data == [
                    "customerId": .string(loser), "attribute": "document", "value": .string(other.document),
                    "reservation": .string(process),
                ])
            let issued = Set(
                client.seen.filter { $0.type == "RegistrationCommandIssued" && $0.key == loser }.compactMap(\.id))
            #expect(
                issued.isSuperset(of: [
                    "\(process)/reserve/issued/1", "\(process)/release/document/issued/1",
                ]), "\(issued)")
            let second = Client.process(next, id: try client.request(next, ["document": other.document]))
            _ = try client.end(of: second, "RegistrationCompleted")
            try client.takeAll()
            #expect(!client.seen.contains { $0.topic == .customerEvents && $0.key == loser })
            #expect(try deployment.get(.projection, "/customers/\(loser)").status == 404)
        }
    }

    @Test("a derived id takes further values by a request alone, and never another first one") func derived()
        async throws
    {
        try await Self.run { deployment, client in
            let (person, other) = (Person(), Person())
            func id(_ person: Person) -> String {
                NameID.customer(of: UniqueKey(attribute: "document", value: person.document)).description
            }
            let refused = try client.register(id(person), person.values)
            #expect(try client.code(ofCommand: refused) == "not-allowed")
            try client.confirm(id(person), ["document": person.document])
            try client.change(id(person), ["email": person.email])
            #expect(try client.event(id(person), 4).data?["values"] == person.json)
            let moved = try client.change(id(person), ["document": Unique.document().normalized])
            #expect(try client.code(ofCommand: moved) == "not-allowed")

            _ = try client.end(
                of: Client.process(id(other), id: try client.request(id(other), other.values)), "RegistrationCompleted")
            #expect(try client.event(id(other), 1).data?["values"] == other.json)
        }
    }

    @Test("registrations that overlap in one value or in both leave each value one holder, and nobody without reason")
    func overlaps() async throws {
        try await Self.run { deployment, client in
            let persons = (0..<40).map { _ in Person() }
            var dice = SystemRandomNumberGenerator()
            var ends: [() throws -> Void] = []
            func send(_ values: [String: String?], reserves: Bool) throws {
                let customer = Unique.text("overlap")
                if reserves {
                    let process = Client.process(customer, id: try client.request(customer, values))
                    ends.append { _ = try client.end(of: process) }
                } else {
                    try client.register(customer, values)
                    ends.append { _ = try client.event(customer, 2) }
                }
            }
            for (index, person) in persons.enumerated() {
                let neighbour = persons[(index + 1) % persons.count]
                let wishes: [[String: String?]] = [
                    person.values, person.values, ["document": person.document, "email": neighbour.email],
                    ["document": Unique.document().normalized, "email": person.email],
                ]
                for values in wishes.shuffled(using: &dice) {
                    try send(values, reserves: Bool.random(using: &dice))
                }
            }
            for end in ends { try end() }
            try client.takeAll()
            let lives = client.lives().values.filter(\.isActive).map(\.values)
            for person in persons {
                for attribute in ["document", "email"] {
                    let value = person.values[attribute].flatMap { $0 } ?? ""
                    let holders = lives.count { $0[attribute] == .string(value) }
                    #expect(holders <= 1, "\(attribute)")
                }
            }
            // Two registrations of one person don't defeat each other: who lost, lost to somebody.
            #expect(lives.count >= persons.count / 2)
        }
    }

    @Test("the read side answers for each attribute, and tells wrong questions from values that nobody has")
    func queries() async throws {
        try await Self.run { deployment, client in
            let customer = Unique.text("customer")
            let person = Person()
            try client.confirm(customer, person.values)
            func path(_ parts: String...) -> String {
                parts.map { "/" + ($0.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "") }.joined()
            }
            func holder(_ attribute: String, _ value: String) -> JSON {
                [
                    "attribute": .string(attribute), "value": .string(value), "customerId": .string(customer),
                    "status": "claimed",
                ]
            }
            for (question, answer) in [
                (path("keys", "email", person.email), holder("email", person.email)),
                (path("keys", "email", "  \(person.email.uppercased())\n"), holder("email", person.email)),
                (path("keys", "document", person.document.lowercased()), holder("document", person.document)),
                (path("documents", "/" + person.document), holder("document", person.document)),
            ] {
                let isServed = try poll(for: .seconds(30)) {
                    try deployment.get(.projection, question).json == answer
                }
                #expect(isServed, "\(question)")
            }
            let isServed = try poll(for: .seconds(30)) {
                try deployment.get(.projection, path("customers", customer)).json == [
                    "customerId": .string(customer), "values": person.json, "name": .null, "status": "confirmed",
                    "version": 2,
                ]
            }
            #expect(isServed)
            for missing in [
                path("keys", "email", Person().email), path("keys", "document", person.email),
                path("keys", "email", "ana"),
                path("keys", "email", "a@b@c"), path("keys", "document", "-"), path("documents", person.email),
            ] {
                #expect(try deployment.get(.projection, missing).status == 404, "\(missing)")
            }
            for wrong in [
                path("keys", "shoe-size", "44"), path("keys", "Email", person.email),
                path("keys", "document", "a", "b"),
                path("keys", "email", person.email, ""), path("documents", "a", "b"), path("customers", "a", "b"),
                "/keys/email/%FF",
            ] {
                let answer = try deployment.get(.projection, wrong)
                #expect(answer.status == 400, "\(wrong): \(answer.status)")
                #expect(!answer.body.contains(person.email))
            }
        }
    }

    @Test("bad values are refused, and the attribute is named") func badValues() async throws {
        try await Self.run { deployment, client in
            let person = Person()
            let cases: [(values: [String: String?], code: JSON, named: String)] = [
                (["document": person.document, "email": "ana"], "invalid-value", "email"),
                (["document": person.document, "email": "a b@c"], "invalid-value", "email"),
                (
                    ["document": person.document, "email": String(repeating: "e", count: 250) + "@e.com"],
                    "invalid-value", "email"
                ),
                (["email": person.email], "invalid-value", "document"),
                (["document": nil, "email": person.email], "invalid-value", "document"),
                (["document": person.document, "phone": "1"], "invalid-value", "phone"),
            ]
            for (values, code, named) in cases {
                let customer = Unique.text("bad")
                let outcome = try client.outcome(ofCommand: try client.register(customer, values))
                #expect(outcome.data?["code"] == code, "\(values)")
                #expect(outcome.data?["message"]?.text?.contains(named) == true, "\(values)")
                let process = Client.process(customer, id: try client.request(customer, values))
                #expect(try client.end(of: process, "RegistrationRejected").data?["code"] == code, "\(values)")
            }
            // Null is as good as absent where nothing is required.
            let customer = Unique.text("customer")
            try client.confirm(customer, ["document": person.document, "email": nil])
            #expect(try client.event(customer, 1).data?["values"] == ["document": .string(person.document)])
        }
    }
}
