import EventLog
import Messages
import Testing

@testable import Auditing

@Suite("A forged history is named by the right row")
struct ForgeryTests {
    @Test("U1: a loser is confirmed as well") func secondConfirmed() throws {
        var history = History.clean()
        let sent = history.begin("c-8", "D1")
        history.answer(.claimRejected, "c-8", 1, "D1", heldBy: "c-1")
        let confirm = history.processCommand(.confirm, "c-8", "D1")
        history.event("c-8", 2, "D1", .confirmed, by: confirm)
        history.process("c-8", .completed, id: "completed")
        _ = sent
        let report = history.audit()
        expect(report, broken: [.u1, .u3, .u6], exitCode: 1)
        #expect(report.says(.u1, "c-8@2 confirms a customer with a value that was another's [c-8, c-1]"))
        #expect(report.says(.u1, "more than one of them confirmed"))
        // It is wrong for good: nothing that is still to come repairs it.
        let early = history.audit(groupOffsets: [:])
        expect(early, broken: [.u1], exitCode: 1)
    }

    @Test("U1: a confirmation out of nothing") func confirmedWithoutClaim() throws {
        var history = History.clean()
        let sent = history.command("RegisterCustomer", "c-8", id: "register", History.data("D8"))
        history.outcome(sent, .accepted(events: ["c-8@1"]))
        history.event("c-8", 1, "D8", .registered(name: nil, status: .pending, reservation: nil), by: sent)
        history.event("c-8", 2, "D8", .confirmed, by: history.processCommand(.confirm, "c-8", "D8"))
        history.process("c-8", .completed, id: "completed")
        let report = history.audit()
        expect(report, broken: [.u1, .u6], exitCode: 1)
        #expect(report.says(.u1, "c-8@2 confirms a customer that never claimed its values"))
        expect(history.audit(groupOffsets: [:]), broken: [], exitCode: 3)
    }

    @Test("U1: customer ids that only Unicode holds for one are two") func equivalentSpellings() throws {
        var history = History()
        history.winner("caf\u{E9}", "D1")
        history.winner("cafe\u{301}", "D1")
        let report = history.audit()
        #expect(report.broken.contains(.u1) && report.broken.contains(.u2), "\(report.text())")
    }

    @Test("U2: the index gives a document away twice") func wrongAnswer() throws {
        var history = History.clean()
        history.begin("c-8", "D1")
        history.answer(.claimed, "c-8", 1, "D1")
        history.event("c-8", 2, "D1", .confirmed, by: history.processCommand(.confirm, "c-8", "D1"))
        history.process("c-8", .completed, id: "completed")
        let report = history.audit()
        #expect(
            report.says(.u2, "the index answered KeysClaimed; by its log it is KeysClaimRejected, held by c-1"))
        #expect(report.exitCode == 1)
        #expect(history.audit(groupOffsets: [:]).broken == [.u1, .u2])
    }

    @Test("U2: a wrong holder in a rejection") func wrongHolder() throws {
        var history = History.clean()
        try history.replace(.uniqueVerdicts, "c-2@1/claim/rejected", #""heldBy":"c-1""#, #""heldBy":"c-4""#)
        expect(history.audit(), broken: [.u2], exitCode: 1)
    }

    @Test("U2: a lost answer counts at rest alone") func lostAnswer() throws {
        var history = History.clean()
        try history.remove(.uniqueVerdicts, "c-4@1/claim/granted")
        let report = history.audit()
        expect(report, broken: [.u2], exitCode: 1)
        #expect(report.says(.u2, "no answer to a wish of the index; by its log it is KeysClaimed [c-4]"))
        expect(history.audit(groupOffsets: [:]), broken: [], exitCode: 3)
    }

    @Test("U2: an answer to nothing, a second answer, and one to a release that frees nothing") func tooManyAnswers()
        throws
    {
        var nothing = History.clean()
        nothing.answer(.claimed, "c-1", 1, "D1", slip: "c-1@7/claim")
        expect(nothing.audit(), broken: [.u2], exitCode: 1)
        var second = History.clean()
        try second.again(.uniqueVerdicts, "c-1@1/claim/granted") {
            $0.replacing("KeysClaimed", with: "KeysClaimRejected").replacing("/granted", with: "/rejected")
                .replacing(#""purpose":"#, with: #""attribute":"document","purpose":"#)
        }
        #expect(second.audit().says(.u2, "a wish of the index has a second answer"))
        var release = History.clean()
        release.answer(.released, "c-2", 2, "D1")
        #expect(release.audit().says(.u2, "answers a release that frees nothing"))
    }

    @Test("U3: a winner is compensated") func winnerCompensated() throws {
        var history = History.clean()
        let undo = history.processCommand(.compensate(heldBy: "c-4"), "c-1", "D1")
        history.event("c-1", 3, "D1", .undone("c-4"), by: undo)
        history.claim(.release, "c-1", 3, "D1")
        history.answer(.released, "c-1", 3, "D1")
        history.holder(nil, "D1", 0)
        let report = history.audit()
        expect(report, broken: [.u3, .u5], exitCode: 1)
        #expect(report.says(.u3, "a winner was compensated by c-1@3"))
        #expect(report.says(.u5, "c-1@3 can't follow what is there"))
        #expect(history.audit(groupOffsets: [:]).broken == [.u3, .u5])
    }

    @Test("U3, U5: a loser is undone twice") func undoneTwice() throws {
        var history = History.clean()
        let undo = history.processCommand(.compensate(heldBy: "c-1"), "c-2", "D1")
        history.event("c-2", 3, "D1", .undone("c-1"), by: undo)
        let report = history.audit()
        expect(report, broken: [.u3, .u5], exitCode: 1)
        #expect(report.says(.u3, "a customer was unregistered 2 times"))
        #expect(report.says(.u5, "c-2@3 comes after the unregistration"))
    }

    @Test("U3: a loser is not undone") func notUndone() throws {
        var history = History.clean()
        try history.remove(.customerEvents, "c-2@2")
        let report = history.audit()
        #expect(report.says(.u3, "the loser of a key was not undone [c-2, c-1]"))
        #expect(report.says(.u6, "still pending"))
    }

    @Test("U3: a loser that its own client unregisters is undone as well") func undoneByItsClient() throws {
        var history = History.clean()
        history.begin("c-8", "D1")
        history.answer(.claimRejected, "c-8", 1, "D1", heldBy: "c-1")
        let sent = history.command("UnregisterCustomer", "c-8", id: "leave", "{}")
        history.outcome(sent, .accepted(events: ["c-8@2"]))
        history.event("c-8", 2, "D1", .left(), by: sent)
        history.claim(.release, "c-8", 2, "D1")
        history.process("c-8", .refused("already-unregistered"), id: "rejected")
        expect(history.audit(), broken: [], exitCode: 0)
    }

    @Test("U5: a gap, a stray, a wrong id, a wrong key") func streams() throws {
        var gap = History.clean()
        try gap.replace(.customerEvents, "c-4@2", #""version":2"#, #""version":3"#)
        #expect(gap.audit().says(.u5, "c-4@3 follows version 1: a gap"))
        #expect(gap.audit(groupOffsets: [:]).broken.contains(.u5))
        var lost = History.clean()
        try lost.remove(.customerEvents, "c-3@1")
        #expect(lost.audit().says(.u5, "c-3@2 follows version 0: a gap"))
        var id = History.clean()
        try id.replace(.customerEvents, "c-4@2", #""id":"c-4@2""#, #""id":"c-4@x""#)
        #expect(id.audit().says(.u5, "has another id than the contract gives it"))
        var key = History.clean()
        key.records[try key.index(.customerEvents, "c-4@2")].key = Array("c-40".utf8)
        #expect(key.audit().says(.u5, "has another key than its data says"))
        var stray = History.clean()
        let record = stray.records[try stray.index(.customerEvents, "c-4@2")]
        stray.append(.customerEvents, key: record.key, value: record.value, partition: (record.partition + 1) % 3)
        expect(stray.audit(), broken: [.u5], exitCode: 1)
    }

    @Test("U6: a leaked claim, a customer without one, a release too many") func leaks() throws {
        var leaked = History.clean()
        leaked.claim(.claim, "c-8", 1, "D8")
        leaked.answer(.claimed, "c-8", 1, "D8")
        leaked.holder("c-8", "D8", leaked.lastClaim)
        expect(leaked.audit(), broken: [.u6], exitCode: 1)
        #expect(leaked.audit().says(.u6, "a claim is left, and its customer was never registered [c-8]"))
        expect(leaked.audit(groupOffsets: [:]), broken: [], exitCode: 3)

        var released = History.clean()
        released.claim(.release, "c-1", 2, "D1")
        released.answer(.released, "c-1", 2, "D1")
        released.holder(nil, "D1", 0)
        expect(released.audit(), broken: [.u6], exitCode: 1)
        #expect(released.audit().says(.u6, "does not hold all its values [c-1]"))
        #expect(released.audit().says(.u6, "a wish to the index is not what c-1@2 asks for"))

        var kept = History.clean()
        try kept.remove(.uniqueClaims, "c-3@3/release/document")
        #expect(kept.audit().broken.contains(.u2), "the claim of the next one is then rejected")
    }

    @Test("U6: somebody is pending at rest") func pending() throws {
        var history = History.clean()
        history.begin("c-8", "D8")
        history.answer(.claimed, "c-8", 1, "D8")
        history.holder("c-8", "D8", history.lastClaim)
        let report = history.audit()
        expect(report, broken: [.u6], exitCode: 1)
        #expect(report.says(.u6, "a customer is still pending [c-8]"))
        expect(history.audit(groupOffsets: [:]), broken: [], exitCode: 3)
    }

    @Test("U7: the served index tells another holder, lacks one, or has one too many") func servedIndex() throws {
        var other = History.clean()
        other.holder("c-2", "D1", other.lastClaim)
        let report = other.audit()
        expect(report, broken: [.u7], exitCode: 1)
        #expect(other.audit(groupOffsets: [:]).broken == [.u7])

        var missing = History.clean()
        missing.holder(nil, "D1", 0)
        expect(missing.audit(), broken: [.u7], exitCode: 1)
        #expect(missing.audit().says(.u7, "lacks a key that its log gives"))
        // A tombstone names a release, and there is none.
        expect(missing.audit(groupOffsets: [:]), broken: [.u7], exitCode: 1)

        var stale = History.clean()
        stale.leave("c-4", "D3")
        stale.records.removeLast()
        #expect(stale.audit().says(.u7, "the served index has a holder, and by its log the key is free [c-4]"))

        var position = History.clean()
        position.holder("c-1", "D1", 1_000)
        expect(position.audit(), broken: [.u7], exitCode: 1)
        expect(position.audit(groupOffsets: [:]), broken: [], exitCode: 3)
    }

    @Test("Unreadable records of services break the nearest row, unless they are dead letters") func unreadable() {
        for (topic, row) in [
            (Topic.customerEvents, AuditReport.Invariant.u5), (.uniqueClaims, .u2), (.uniqueVerdicts, .u2),
            (.commandOutcomes, .u4), (.processOutcomes, .u4), (.registrationEvents, .u3), (.uniqueIndex, .u7),
        ] {
            var history = History.clean()
            let spot = history.append(topic, key: Array("c-1".utf8), value: Array("{".utf8))
            expect(history.audit(), broken: [row], exitCode: 1)
            guard let deadLetter = topic.deadLetter else { continue }
            history.append(
                deadLetter, key: Array("c-1".utf8), value: Array("{".utf8),
                headers: [
                    RecordHeader("dead-letter-topic", topic.rawValue),
                    RecordHeader("dead-letter-partition", "\(spot.partition)"),
                    RecordHeader("dead-letter-offset", "\(spot.offset)"),
                ])
            expect(history.audit(), broken: [], exitCode: 0)
        }
    }
}
