import EventLog
import Foundation
import Messages
import TestProcesses
import Testing

@Suite("The audit of a forged history", Issues.counted) struct ForgeryTests {
    @Test("names the guarantee that is broken", .hangLimit) func forgeries() async throws {
        try await Deployments.own("forgery") { deployment in
            // An honest history first: a winner, a loser, and some more.
            var client = try Client(deployment)
            let (document, spelled) = Unique.document()
            let (winner, loser, other) = (Unique.text("winner"), Unique.text("loser"), Unique.text("other"))
            try client.register(winner, document: document)
            _ = try client.event(winner, 2)
            try client.register(loser, document: spelled)
            _ = try client.event(loser, 2)
            let otherDocument = Unique.document().normalized
            try client.register(other, document: otherDocument)
            _ = try client.event(other, 2)
            try deployment.expectCleanAudit()
            for service in Service.allCases { #expect(try deployment.stop(service).end == .exit(0)) }
            let standIns = try StandIns(deployment)
            client = try Client(deployment)

            // A command that nobody has taken yet: not at rest, and nothing broken so far.
            let lost = Unique.text("lost")
            try client.register(lost, document: Unique.document().normalized)
            let early = try deployment.audit(timeout: 2)
            #expect(early.end == .exit(3), "\(early)")
            #expect(early.json?["atRest"] == false && early.json?["holds"] == true)
            let reason = early.json?["notAtRestBecause"]?.elements?.first?.text ?? ""
            #expect(reason.contains(deployment.names.name(.customerCommands)), "\(reason)")

            // Taken, and never answered: its outcome is lost.
            try Self.expect(deployment, standIns, broken: ["U4"], naming: lost, in: "U4")

            // A claim that is left without its customer, with all that belongs to it.
            let ghost = Unique.text("ghost")
            try Self.leak(client, ghost, Unique.document().normalized)
            try Self.expect(deployment, standIns, broken: ["U4", "U6"], naming: ghost, in: "U6")

            // A gap: version 3 is missing.
            try Self.event(
                client, other, 4, otherDocument,
                .unregistered(.requested, loss: nil, wanted: nil, reusableFrom: .none))
            let gap = try Self.expect(deployment, standIns, broken: nil, naming: other, in: "U5")
            #expect(!gap.contains("U1"))

            // A second confirmed customer with the winner's document.
            let second = Unique.text("second")
            try Self.event(client, second, 1, document, .registered(name: nil, status: .pending, reservation: nil))
            try Self.event(client, second, 2, document, .confirmed)
            try Self.expect(deployment, standIns, broken: nil, naming: second, in: "U1")
            let text = try deployment.soleholder(["audit"])
            #expect(text.end == .exit(1), "\(text)")
            for row in ["U1", "U4", "U5", "U6"] { #expect(text.output.contains("✗ \(row)"), "\(text)") }
            #expect(text.output.contains(winner) && text.output.contains(second))
            // What is broken is told by names and places; documents are personal data.
            #expect(!text.output.contains(document))
        }
    }

    /// Audits with every group at the end of its inputs.
    /// - Parameters:
    ///   - broken: exactly these rows; nil when others follow from the forgery too.
    ///   - row: this one must be among them, and name the customer.
    @discardableResult
    private static func expect(
        _ deployment: Deployment, _ standIns: StandIns, broken: [String]?, naming customer: String, in row: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> [String] {
        try standIns.takeEverything()
        let audit = try deployment.audit(timeout: 20)
        #expect(audit.end == .exit(1), "\(audit)", sourceLocation: sourceLocation)
        #expect(audit.json?["atRest"] == true, "\(audit)", sourceLocation: sourceLocation)
        let rows = (audit.json?["rows"]?.elements ?? []).filter { $0["holds"] == false }
        let names = rows.compactMap { $0["invariant"]?.text }
        if let broken { #expect(names == broken, "\(audit)", sourceLocation: sourceLocation) }
        let violations = rows.first { $0["invariant"]?.text == row }?["violations"]?.elements ?? []
        #expect(
            violations.contains { $0["customers"]?.elements?.contains(.string(customer)) ?? false }, "\(audit)",
            sourceLocation: sourceLocation)
        return names
    }

    private static func metadata(_ id: String, _ source: String, cause: String) -> Metadata {
        Metadata(
            id: id, source: source, time: Timestamp(microseconds: 1_800_000_000_000_000), correlationID: "forged",
            causationID: cause, causationSource: "/forger")
    }

    private static func event(
        _ client: Client, _ customer: String, _ version: Int64, _ document: String, _ kind: CustomerEvent.Kind
    ) throws {
        let values = UniqueValues([key(document)])
        let event = CustomerEvent(customerID: customer, version: version, values: values, kind: kind)
        let message = Message(metadata(event.id, Source.commandService, cause: "forged-\(version)"), event)
        try client.write(.customerEvents, key: Array(customer.utf8), value: message.encoded())
    }

    private static func key(_ document: String) -> UniqueKey { UniqueKey(attribute: "document", value: document) }

    private static func leak(_ client: Client, _ customer: String, _ document: String) throws {
        let key = key(document)
        let ground = ClaimGround.event(version: 1, purpose: .registration, reservation: nil)
        let wish = try #require(KeyClaim(customerID: customer, keys: [key], ground: ground))
        let claim = Message(
            metadata("\(customer)@1/claim", Source.projection, cause: "\(customer)@1"), KeyWish.claim(wish))
        let place = try client.write(.uniqueClaims, key: key.bytes, value: claim.encoded())
        let verdict = KeyVerdict(on: wish, loss: nil)
        let answer = Message(
            claim.metadata.causing(
                id: "\(claim.metadata.id)/\(verdict.suffix)", source: Source.projection, time: claim.metadata.time),
            KeyAnswer.verdict(verdict))
        try client.write(.uniqueVerdicts, key: Array(customer.utf8), value: answer.encoded())
        let holder = Message(
            claim.metadata.causing(
                id: "\(claim.metadata.id)/holder", source: Source.projection, time: claim.metadata.time),
            KeyHolder(key: key, customerID: customer, status: .claimed, reservation: nil, position: place.offset))
        try client.write(.uniqueIndex, key: key.bytes, value: holder.encoded())
    }
}
