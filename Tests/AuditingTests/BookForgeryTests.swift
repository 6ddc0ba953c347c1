import EventLog
import Messages
import Testing

@testable import Auditing

@Suite("A forged book of the process manager is named by the right row")
struct BookForgeryTests {
    @Test("U3: a process ends otherwise than its customer") func ends() throws {
        var completed = History.clean()
        try completed.remove(.registrationEvents, "c-2@1/compensated")
        completed.process("c-2", .completed, id: "completed")
        expect(completed.audit(), broken: [.u3], exitCode: 1)
        #expect(completed.audit().says(.u3, "a process has ended otherwise than its customer's stream [c-2]"))
        #expect(completed.audit(groupOffsets: [:]).broken == [.u3])

        var second = History.clean()
        second.process("c-2", .completed, id: "completed")
        expect(second.audit(), broken: [.u3], exitCode: 1)
        #expect(second.audit().says(.u3, "a process has a second end [c-2]"))

        var void = History.clean()
        void.process("c-2", .undone("c-9"), id: "compensated")
        expect(void.audit(), broken: [], exitCode: 0)
        #expect(void.audit()[.u3]?.notes == ["1 void records of the book: the first with the id counts"])

        var early = History()
        early.begin("c-1", "D1")
        early.answer(.claimed, "c-1", 1, "D1")
        early.holder("c-1", "D1", early.lastClaim)
        early.process("c-1", .completed, id: "completed")
        #expect(early.audit().says(.u3, "a process has ended, and nothing has happened to its customer [c-1]"))
        expect(early.audit(groupOffsets: [:]), broken: [], exitCode: 3)
    }

    @Test("U3, U4: another id, key, source, or command than its process's") func records() throws {
        func forge(_ old: String, _ new: String, _ id: String = "c-1@1/confirm/issued/1") throws -> AuditReport {
            var history = History.clean()
            try history.replace(.registrationEvents, id, old, new)
            return history.audit()
        }
        let command = "holds a command that is not its process's [c-1]"
        #expect(try forge("c-1@1/confirm/issued/1", "c-1@1/confirm/issued/2").says(.u3, "has another id"))
        #expect(try forge("\"c-1@1/confirm\"", "\"c-1@1/unregister\"").says(.u3, command))
        #expect(try forge("\"c-1@1/confirm\"", "\"c-4@1/confirm\"").says(.u3, command))
        #expect(try forge(#""version":1"#, #""version":2"#).says(.u3, command))
        #expect(try forge("process-commands", "customer-commands").says(.u3, command))
        #expect(try forge(Source.processManager, Source.projection).says(.u3, "another source"))
        var key = History.clean()
        key.records[try key.index(.registrationEvents, "c-1@1/completed")].key = Array("c-9".utf8)
        #expect(key.audit().says(.u3, "has another key than its data says"))
        var request = History()
        let sent = request.reserved("c-1", "D1")
        try request.replace(.registrationEvents, "\(sent.key)/completed", "/completed", "/done")
        expect(request.audit(), broken: [.u4], exitCode: 1)
    }

    @Test("U4: a request without an outcome, with a second one, or with another than its registration's")
    func outcomes() throws {
        var silent = History()
        silent.reserved("c-1", "D1")
        let open = silent.request("c-2", id: "r", History.data("D2"))
        silent.book(
            "c-2", "\(open.key)", .began(.reserve, "D2"), id: "started")
        let report = silent.audit()
        expect(report, broken: [.u4, .u6], exitCode: 1)
        #expect(report.says(.u4, "a request has no outcome [c-2]"))
        #expect(report.says(.u6, "a process is still open [c-2]"))
        expect(silent.audit(groupOffsets: [:]), broken: [], exitCode: 3)

        var second = History()
        let sent = second.reserved("c-1", "D1")
        second.book("c-1", "\(sent.key)", .refused("already-registered"), id: "rejected")
        expect(second.audit(), broken: [.u4], exitCode: 1)
        #expect(second.audit().says(.u4, "a process has a second end [c-1]"))

        var other = CleanHistory.reserveForAnExistingCustomer.history
        let key = DeduplicationKey(
            topic: .registrationRequests, customerID: "c-1", source: "/client", id: "another")
        try other.replace(.registrationEvents, "\(key)/rejected", "already-registered", "already-unregistered")
        expect(other.audit(), broken: [.u4], exitCode: 1)
        #expect(other.audit().says(.u4, "a request was rejected otherwise than its registration [c-1]"))

        var unregistered = History()
        let lost = unregistered.ask("c-1", "D1")
        unregistered.grant(lost, "D1")
        unregistered.book("c-1", "\(lost.key)", .completed, id: "completed")
        let without = unregistered.audit()
        expect(without, broken: [.u4, .u6], exitCode: 1)
        #expect(without.says(.u4, "a request was completed, and its customer was not registered [c-1]"))
    }

    @Test("U4: a refusal at once, for a reason that takes longer, or of what was reserved") func atOnce() {
        var history = History()
        history.refuse("StartRegistration", "c-1", id: "r", History.data("D1"), .valueTaken)
        expect(history.audit(), broken: [.u4], exitCode: 1)
        var reserved = History()
        let sent = reserved.refuse("StartRegistration", "c-1", id: "r", "{}", .malformed)
        reserved.processWish(.reserve, sent, "D1")
        reserved.processAnswer(.reserved, sent, "D1")
        #expect(reserved.audit().says(.u4, "a request that was refused at once has a reservation [c-1]"))
    }

    @Test("U4: where the whole topic is there, each process is what its request asks for") func whole() {
        func audited(_ forge: (inout History) -> Void) -> AuditReport {
            var history = History()
            history.firstOffset = 0
            history.reserved("c-1", "D1")
            forge(&history)
            return history.audit()
        }
        let clean = audited { $0.refuse("StartRegistration", "c-1", id: "r", "{}", .malformed) }
        expect(clean, broken: [], exitCode: 0)
        let wrong = audited { $0.refuse("StartRegistration", "c-1", id: "r", "{}", .invalidValue) }
        expect(wrong, broken: [.u4], exitCode: 1)
        #expect(wrong.says(.u4, "a request has another process than it asks for [c-1]"))
        let refused = audited {
            $0.refuse("StartRegistration", "c-1", id: "r", History.data("D2"), .malformed)
        }
        #expect(refused.broken == [.u4])
        let nothing = audited {
            let key = DeduplicationKey(topic: .registrationRequests, customerID: "c-1", source: "", id: "none")
            $0.book("c-1", "\(key)", .refused("malformed"), id: "rejected")
        }
        expect(nothing, broken: [.u4], exitCode: 1)
        #expect(nothing.says(.u4, "a process answers a request that is not there [c-1]"))
    }

    @Test("U4: a misrouted request is moved, an unreadable one a dead letter") func strays() {
        var moved = CleanHistory.refusedRequests.history
        moved.records.removeAll { $0.topic == "t.registration-requests" && !$0.headers.isEmpty }
        expect(moved.audit(), broken: [.u4], exitCode: 1)
        #expect(moved.audit().says(.u4, "a misrouted command was not moved to its partition"))
        var lost = CleanHistory.refusedRequests.history
        lost.records.removeAll { $0.topic == "t.registration-requests-dead-letter" }
        expect(lost.audit(), broken: [.u4], exitCode: 1)
    }

    @Test("U6: a process of no event, of one without a verdict, begun otherwise or not at all") func beginnings()
        throws
    {
        var nothing = History.clean()
        nothing.process(
            "c-1", .began(.change, "D1", 9), id: "started", version: 9)
        expect(nothing.audit(), broken: [.u6], exitCode: 1)
        #expect(nothing.audit().says(.u6, "a process was begun for an event that is not there [c-1]"))
        var verdict = History.clean()
        verdict.process(
            "c-1", .began(.change, "D1", 2), id: "started", version: 2)
        #expect(verdict.audit().says(.u6, "a process was begun for an event without a verdict [c-1]"))
        var other = History.clean()
        try other.replace(.registrationEvents, "c-1@1/started", "compensate", "change")
        expect(other.audit(), broken: [.u6], exitCode: 1)
        var never = History.clean()
        try never.remove(.registrationEvents, "c-1@1/started")
        expect(never.audit(), broken: [.u6], exitCode: 1)
        #expect(never.audit().says(.u6, "a process was never begun [c-1]"))
        var missing = History.clean()
        missing.records.removeAll { $0.topic == "t.registration-events" && $0.key == Array("c-1".utf8) }
        expect(missing.audit(), broken: [.u6], exitCode: 1)
        #expect(missing.audit().says(.u6, "c-1@1 has no process [c-1]"))
    }
}
