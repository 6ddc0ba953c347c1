import EventLog
import Messages
import Testing

@testable import Auditing

@Suite("A forged change of a document is named by the right row")
struct ChangeForgeryTests {
    /// Two customers with a document each.
    private static func two() -> History {
        var history = History()
        history.winner("c-1", "D1")
        history.winner("c-2", "D2")
        return history
    }

    @Test("U1: a change that lost is confirmed") func lostAndConfirmed() {
        var history = Self.two()
        history.beginChange("c-2", 3, from: "D2", to: "D1")
        history.answer(.claimRejected, "c-2", 3, "D1", for: .change, heldBy: "c-1")
        history.endChange("c-2", 3, from: "D2", to: "D1")
        let report = history.audit()
        expect(report, broken: [.u1, .u3, .u6], exitCode: 1)
        #expect(report.says(.u1, "c-2@4 confirms a customer with a value that was another's [c-2, c-1]"))
        #expect(report.says(.u1, "one key has 2 customers, more than one of them confirmed"))
        #expect(report.says(.u3, "the loser of a key was not undone: its change was not rejected"))
        #expect(history.audit(groupOffsets: [:]).says(.u1, "c-2@4"))
    }

    @Test("U1: a change is confirmed that never claimed, or never began") func groundless() throws {
        var unclaimed = Self.two()
        unclaimed.change("c-2", 3, from: "D2", to: "D3")
        try unclaimed.remove(.uniqueClaims, "c-2@3/claim")
        #expect(unclaimed.audit().says(.u1, "c-2@4 confirms a customer that never claimed its values"))
        #expect(!unclaimed.audit(groupOffsets: [:]).broken.contains(.u1))

        var unbegun = Self.two()
        let confirm = unbegun.processCommand(.confirmChange, "c-2", "D3", version: 2)
        unbegun.event("c-2", 3, "D3", .moved(from: "D2"), by: confirm)
        let report = unbegun.audit()
        #expect(report.says(.u1, "c-2@3 confirms a change that was never begun"))
        #expect(report.says(.u5, "c-2@3 can't follow what is there"))

        var other = Self.two()
        other.beginChange("c-2", 3, from: "D2", to: "D3")
        other.winChange("c-2", 3, "D3")
        other.endChange("c-2", 3, from: "D2", to: "D4")
        #expect(other.audit().says(.u1, "c-2@4 confirms other values than were wanted"))
        #expect(other.audit().says(.u5, "c-2@4 names values that its customer does not have or want"))
    }

    @Test("U1: a document is given away that its customer has not left") func givenAway() {
        var history = Self.two()
        history.claim(.release, "c-1", 2, "D1")
        history.answer(.released, "c-1", 2, "D1")
        history.holder(nil, "D1", 0)
        history.change("c-2", 3, from: "D2", to: "D1")
        // At rest only one is there: what was in between counts.
        let sent = history.command("UnregisterCustomer", "c-1", id: "leave", "{}")
        history.outcome(sent, .accepted(events: ["c-1@3"]))
        history.event("c-1", 3, "D1", .left(), by: sent)
        history.claim(.release, "c-1", 3, "D1")
        let report = history.audit()
        expect(report, broken: [.u1, .u6], exitCode: 1)
        #expect(report.says(.u1, "a key was given to another, and its customer had not left it [c-2, c-1]"))
        #expect(report.says(.u6, "a wish to the index is not what c-1@2 asks for [c-1]"))
        #expect(history.audit(groupOffsets: [:]).broken == [.u1, .u6])
    }

    @Test("U3: a winner's change is rejected") func winnerRejected() {
        var history = Self.two()
        history.beginChange("c-2", 3, from: "D2", to: "D3")
        history.winChange("c-2", 3, "D3")
        let reject = history.processCommand(.rejectChange(heldBy: "c-1"), "c-2", "D3", version: 3)
        history.event("c-2", 4, "D2", .notChanged("D3", "c-1"), by: reject)
        history.process("c-2", .taken("c-1"), id: "rejected", version: 3)
        let report = history.audit()
        expect(report, broken: [.u3, .u6], exitCode: 1)
        #expect(report.says(.u3, "a winner had its change rejected by c-2@4"))
        #expect(report.says(.u6, "a claim is left, and its customer has another value"))
        #expect(history.audit(groupOffsets: [:]).broken == [.u3])
    }

    @Test("U3: a loser's change is rejected for another holder, or out of nothing") func rejections() throws {
        var holder = Self.two()
        holder.loseChange("c-2", 3, from: "D2", to: "D1", heldBy: "c-1")
        try holder.replace(.customerEvents, "c-2@4", #""heldBy":"c-1""#, #""heldBy":"c-9""#)
        let report = holder.audit()
        expect(report, broken: [.u3], exitCode: 1)
        #expect(report.says(.u3, "c-2@4 names another attribute or holder than the index's log"))
        #expect(report.says(.u3, "a process has ended otherwise than its customer's stream"))

        var unbegun = Self.two()
        let reject = unbegun.processCommand(.rejectChange(heldBy: "c-1"), "c-2", "D1", version: 2)
        unbegun.event("c-2", 3, "D2", .notChanged("D1", "c-1"), by: reject)
        #expect(unbegun.audit().says(.u3, "c-2@3 undoes a change that never began"))
    }

    @Test("U4: the events of a change belong to its command") func commands() throws {
        let key = DeduplicationKey(topic: .customerCommands, customerID: "c-2", source: "/client", id: "change-3")
        var lost = Self.two()
        lost.change("c-2", 3, from: "D2", to: "D3")
        try lost.remove(.commandOutcomes, "\(key)/outcome")
        expect(lost.audit(), broken: [.u4], exitCode: 1)
        #expect(lost.audit().says(.u4, "the outcome of the command that caused c-2@3 is not there"))

        var none = Self.two()
        let command = none.command("ChangeCustomer", "c-2", id: "change-3", History.data("D3"))
        none.outcome(command, .accepted(events: []))
        let report = none.audit()
        expect(report, broken: [.u4], exitCode: 1)
        #expect(report.says(.u4, "a command was accepted without an event"))
        expect(none.audit(groupOffsets: [:]), broken: [], exitCode: 3)

        var other = Self.two()
        other.change("c-2", 3, from: "D2", to: "D3")
        let (old, new) = (History.data("D3"), History.data("D4"))
        try other.replace(.customerCommands, "change-3", old, new)
        let value = other.records[try other.index(.customerCommands, "change-3")].value ?? []
        let hash = History.hash(value, "c-2", .customerCommands) ?? ""
        let before =
            History.hash(
                Array(String(decoding: value, as: UTF8.self).replacing(new, with: old).utf8), "c-2", .customerCommands)
            ?? ""
        try other.replace(.commandOutcomes, "\(key)/outcome", before, hash)
        expect(other.audit(), broken: [.u4], exitCode: 1)
        #expect(other.audit().says(.u4, "a command has an event that it does not ask for"))
    }

    @Test("U5: what can't follow, with the documents that it names") func successions() throws {
        func fault(_ text: String, _ forge: (inout History) throws -> Void) rethrows {
            var history = Self.two()
            try forge(&history)
            let report = history.audit()
            #expect(report.says(.u5, text), "\(report.text())")
            #expect(history.audit(groupOffsets: [:]).says(.u5, text))
        }
        fault("c-1@3 can't follow what is there") {
            $0.event("c-1", 3, "D1", .confirmed, by: $0.processCommand(.confirm, "c-1", "D1", version: 2))
        }
        fault("c-1@3 can't follow what is there") {
            let sent = $0.command("RegisterCustomer", "c-1", id: "again", History.data("D1"))
            $0.event("c-1", 3, "D1", .registered(name: nil, status: .pending, reservation: nil), by: sent)
        }
        fault("c-3@2 can't follow what is there") {
            $0.begin("c-3", "D3")
            $0.beginChange("c-3", 2, from: "D3", to: "D4")
        }
        fault("c-2@4 can't follow what is there") {
            $0.beginChange("c-2", 3, from: "D2", to: "D3")
            $0.beginChange("c-2", 4, from: "D2", to: "D4")
        }
        fault("c-2@3 names values") { $0.beginChange("c-2", 3, from: "D2", to: "D2") }
        fault("c-2@3 names values") { $0.beginChange("c-2", 3, from: "D1", to: "D4") }
        try fault("c-2@4 names values") {
            $0.change("c-2", 3, from: "D2", to: "D3")
            try $0.replace(.customerEvents, "c-2@4", #""previous":{"document":"D2"}"#, #""previous":{"document":"D1"}"#)
        }
        try fault("c-2@4 names values") {
            $0.loseChange("c-2", 3, from: "D2", to: "D1", heldBy: "c-1")
            try $0.replace(.customerEvents, "c-2@4", #""rejected":{"document":"D1"}"#, #""rejected":{"document":"D4"}"#)
        }
        try fault("c-2@4 names values") {
            $0.beginChange("c-2", 3, from: "D2", to: "D3")
            $0.winChange("c-2", 3, "D3")
            $0.leaveChanging("c-2", 3, from: "D2", to: "D3", won: true)
            try $0.replace(.customerEvents, "c-2@4", #","wanted":{"document":"D3"}"#, "")
        }
        try fault("c-2@4 has another cause than the contract gives it") {
            $0.change("c-2", 3, from: "D2", to: "D3")
            try $0.replace(.customerEvents, "c-2@4", "c-2@3/confirm-change", "c-2@3/reject-change")
        }
    }

    @Test("U5: who has its id of its document keeps it") func derived() {
        var history = History()
        let customer = NameID.customer(of: UniqueKey(attribute: "document", value: "D1")).description
        history.winner(customer, "D1")
        history.change(customer, 3, from: "D1", to: "D2")
        let report = history.audit()
        expect(report, broken: [.u5], exitCode: 1)
        #expect(report.says(.u5, "changes the value that its customer's id is made of"))
    }

    @Test("U6: a change is in flight at rest") func inFlight() {
        var history = Self.two()
        history.beginChange("c-2", 3, from: "D2", to: "D3")
        history.winChange("c-2", 3, "D3")
        let report = history.audit()
        expect(report, broken: [.u6], exitCode: 1)
        #expect(report.says(.u6, "a change is still in flight [c-2]"))
        #expect(report.says(.u6, "a process is still open [c-2]"))
        expect(history.audit(groupOffsets: [:]), broken: [], exitCode: 3)
    }

    @Test("U6: what a change asks of the index is lost, or something else") func wishes() throws {
        for wish in ["c-2@4/release/document", "c-2@3/claim"] {
            var history = Self.two()
            history.change("c-2", 3, from: "D2", to: "D3")
            try history.remove(.uniqueClaims, wish)
            #expect(history.audit().says(.u6, "what \(wish.prefix(5)) asks of the index is not there [c-2]"))
            #expect(!history.audit(groupOffsets: [:]).broken.contains(.u6))
        }
        var wanted = CleanHistory.changeAndLeave.history
        try wanted.remove(.uniqueClaims, "c-3@4/release-wanted/document")
        expect(wanted.audit(), broken: [.u6], exitCode: 1)
        #expect(wanted.audit().says(.u6, "what c-3@4 asks of the index is not there [c-3]"))

        var purpose = Self.two()
        purpose.loseChange("c-2", 3, from: "D2", to: "D1", heldBy: "c-1")
        try purpose.replace(.uniqueClaims, "c-2@3/claim", "\"change\"", "\"registration\"")
        try purpose.replace(.uniqueVerdicts, "c-2@3/claim/rejected", "\"change\"", "\"registration\"")
        expect(purpose.audit(), broken: [.u6], exitCode: 1)
        #expect(purpose.audit().says(.u6, "a wish to the index is not what c-2@3 asks for [c-2]"))

        var cause = Self.two()
        try cause.replace(.uniqueClaims, "c-2@1/claim", #""causationid":"c-2@1""#, #""causationid":"c-2@2""#)
        expect(cause.audit(), broken: [.u6], exitCode: 1)
    }
}
