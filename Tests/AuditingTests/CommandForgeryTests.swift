import EventLog
import Messages
import Testing

@testable import Auditing

@Suite("U4: what became of commands")
struct CommandForgeryTests {
    private static func key(_ customer: String, _ id: String) -> DeduplicationKey {
        DeduplicationKey(topic: .customerCommands, customerID: customer, source: "/client", id: id)
    }

    @Test("A lost outcome") func lostOutcome() throws {
        var history = History.clean()
        try history.remove(.commandOutcomes, "\(Self.key("c-4", "register"))/outcome")
        let report = history.audit()
        expect(report, broken: [.u4], exitCode: 1)
        #expect(report.says(.u4, "a command has no outcome [c-4]"))
        #expect(report.says(.u4, "the outcome of the command that caused c-4@1 is not there"))
        expect(history.audit(groupOffsets: [:]), broken: [], exitCode: 3)
    }

    @Test("A command that was never answered") func neverAnswered() {
        var history = History.clean()
        let sent = history.command("UnregisterCustomer", "c-1", id: "leave", "{}")
        let report = history.audit()
        expect(report, broken: [.u4], exitCode: 1)
        #expect(
            report.says(
                .u4, "a command has no outcome [c-1] at t.customer-commands/\(sent.spot.partition)/\(sent.spot.offset)")
        )
    }

    @Test("A command without an id is called by its first place, with the topic's name in the contract")
    func withoutID() {
        var history = History.clean()
        let value = Array(#"{"type":"NoSuchType","data":{}}"#.utf8)
        let spot = history.append(.customerCommands, key: Array("c-8".utf8), value: value)
        #expect(history.audit().broken == [.u4])
        let sent = History.Sent(
            customer: "c-8", id: "customer-commands/\(spot.partition)/\(spot.offset)", source: "", spot: spot,
            hash: History.hash(value, "c-8", .customerCommands))
        history.outcome(sent, .rejected(.unknownType, message: "no"))
        expect(history.audit(), broken: [], exitCode: 0)
    }

    @Test("A lost event of an accepted command") func lostEvent() throws {
        var history = History.clean()
        try history.remove(.customerEvents, "c-3@3")
        let report = history.audit()
        #expect(report.says(.u4, "the event c-3@3 of an accepted command is not there [c-3]"))
        #expect(report.exitCode == 1)
    }

    @Test("A command that was applied twice") func appliedTwice() {
        var history = History.clean()
        let sent = history.command("UnregisterCustomer", "c-1", id: "leave", "{}")
        history.outcome(sent, .accepted(events: ["c-1@3"]))
        history.event("c-1", 3, "D1", .left(), by: sent)
        history.event("c-1", 4, "D1", .left(), by: sent)
        let report = history.audit()
        #expect(report.says(.u4, "the first outcome of a command tells nothing of its event c-1@4"))
        #expect(report.broken.contains(.u3) && report.broken.contains(.u5))
    }

    @Test("An outcome that contradicts the events, alone") func contradiction() throws {
        var history = History.clean()
        let id = "\(Self.key("c-4", "register"))/outcome"
        try history.replace(.commandOutcomes, id, #""events":["c-4@1"]"#, #""events":["c-4@2"]"#)
        let report = history.audit()
        expect(report, broken: [.u4], exitCode: 1)
        #expect(report.says(.u4, "the event c-4@2 was caused by another command than the outcome says"))
        // The true outcome may still come.
        expect(history.audit(groupOffsets: [:]), broken: [], exitCode: 3)
        var foreign = History.clean()
        try foreign.replace(.commandOutcomes, id, #""events":["c-4@1"]"#, #""events":["c-1@1"]"#)
        #expect(foreign.audit().says(.u4, "names events that are not its customer's"))
        var none = History.clean()
        try none.replace(.commandOutcomes, id, #""events":["c-4@1"]"#, #""events":[]"#)
        #expect(none.audit().says(.u4, "a command was accepted without an event"))
    }

    @Test("Two outcomes have one event") func sharedEvent() {
        var history = History.clean()
        let sent = history.command("RegisterCustomer", "c-4", id: "another", History.data("D3"))
        history.outcome(sent, .accepted(events: ["c-4@1"]))
        #expect(history.audit().says(.u4, "two accepted commands have the event c-4@1"))
    }

    @Test("A repeat without an outcome, with another one, and one that answers nothing") func repeats() throws {
        var silent = History.clean()
        silent.command("RegisterCustomer", "c-4", id: "register", History.data("D3"))
        let report = silent.audit()
        expect(report, broken: [.u4], exitCode: 1)
        #expect(report.says(.u4, "a command that was sent again has no outcome of its own [c-4]"))

        var other = History.clean()
        let again = other.command("RegisterCustomer", "c-4", id: "register", History.data("D3"))
        other.outcome(again, .rejected(.alreadyRegistered, message: "no"), repeats: again.spot)
        #expect(other.audit().says(.u4, "has another outcome than it should"))

        var content = History.clean()
        let changed = content.command("RegisterCustomer", "c-4", id: "register", History.data("D4"))
        content.outcome(changed, .accepted(events: ["c-4@1"]), repeats: changed.spot)
        #expect(content.audit().says(.u4, "has another outcome than it should"))

        var unasked = History.clean()
        unasked.outcome(
            changed, .accepted(events: ["c-4@1"]), repeats: Spot(partition: changed.spot.partition, offset: 101))
        #expect(unasked.audit().says(.u4, "an outcome answers a command that is not there"))
    }

    @Test("An outcome of another record, of another content, under another name") func misnamed() throws {
        let id = "\(Self.key("c-5", "odd"))/outcome"
        var history = History.clean()
        let spot = history.records[try history.index(.customerCommands, "odd")].offset
        try history.replace(.commandOutcomes, id, #""position":\#(spot)"#, #""position":\#(spot + 1_000)"#)
        #expect(history.audit().says(.u4, "answers a later record than its first"))
        var hash = History.clean()
        try hash.replace(.commandOutcomes, id, #""commandHash":""#, #""commandHash":"00"#)
        #expect(hash.audit().says(.u4, "has the hash of another content"))
        var name = History.clean()
        try name.replace(.commandOutcomes, id, #""commandId":"odd""#, #""commandId":"even""#)
        #expect(name.audit().says(.u4, "has another id than the contract gives it"))
    }

    @Test("A command of the process manager that came to nothing, or was refused") func processCommands() {
        var history = History.clean()
        let sent = history.processCommand(.confirm, "c-1", "D1")
        expect(history.audit(), broken: [], exitCode: 0)  // The same command again.
        _ = sent
        var lost = History.clean()
        let undo = lost.processCommand(.compensate(heldBy: "c-4"), "c-1", "D1")
        let report = lost.audit()
        expect(report, broken: [.u4], exitCode: 1)
        #expect(report.says(.u4, "has neither an event nor a rejection [c-1]"))
        lost.outcome(undo, .rejected(.superseded, message: "no"))
        expect(lost.audit(), broken: [], exitCode: 0)
    }

    @Test("Misrouted and unreadable commands are not lost") func strays() {
        var moved = History.clean()
        moved.records.removeAll { $0.headers.contains { $0.name == "origin" } }
        let report = moved.audit()
        #expect(report.says(.u4, "a misrouted command was not moved to its partition"))
        #expect(report.says(.u4, "a command has no outcome") == false)
        var lost = History.clean()
        lost.records.removeAll { $0.topic == "t.customer-commands-dead-letter" }
        expect(lost.audit(), broken: [.u4], exitCode: 1)
        #expect(lost.audit()[.u4]?.violationCount == 2)
        expect(lost.audit(groupOffsets: [:]), broken: [], exitCode: 3)
    }

    @Test("A request has a process, or is a dead letter") func requests() {
        var history = History.clean()
        let value = Array(#"{"id":"r","type":"StartRegistration","data":{"values":{"document":"D8"}}}"#.utf8)
        let spot = history.append(.registrationRequests, key: Array("c-8".utf8), value: value)
        expect(history.audit(), broken: [.u4], exitCode: 1)
        history.append(
            .registrationRequestsDeadLetter, key: Array("c-8".utf8), value: value,
            headers: [
                RecordHeader("dead-letter-topic", "registration-requests"),
                RecordHeader("dead-letter-partition", "\(spot.partition)"),
                RecordHeader("dead-letter-offset", "\(spot.offset)"),
            ])
        expect(history.audit(), broken: [], exitCode: 0)
    }
}
