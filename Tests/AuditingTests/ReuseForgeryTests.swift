import EventLog
import Messages
import Testing

@testable import Auditing

@Suite("A forged rest of a document is named by the right row")
struct ReuseForgeryTests {
    private static func left(_ reusableFrom: ReusableFrom) -> History {
        var history = History()
        history.winner("c-1", "D1")
        history.leave("c-1", "D1", reusableFrom: reusableFrom)
        return history
    }

    @Test("U1, U2: a document is given away that rests", arguments: [true, false]) func tooEarly(never: Bool) {
        var history = Self.left(.never)
        if !never {
            history = History()
            history = Self.left(.time(history.time.advanced(by: .seconds(1))))
        }
        history.winner("c-2", "D1")
        let report = history.audit()
        #expect(report.says(.u2, "the index answered KeysClaimed; by its log it is KeysClaimRejected"))
        #expect(report.says(.u1, "c-2@2 confirms a customer with a value that nobody could take yet [c-2]"))
        #expect(history.audit(groupOffsets: [:]).broken == [.u1, .u2, .u7])
    }

    @Test("U2: a document is refused that has rested") func tooLate() {
        let end = History().time
        var history = Self.left(.time(end))
        history.begin("c-2", "D1")
        history.answer(.claimRejected, "c-2", 1, "D1")
        let report = history.audit(groupOffsets: [:])
        expect(report, broken: [.u2], exitCode: 1)
        #expect(report.says(.u2, "the index answered KeysClaimRejected; by its log it is KeysClaimed"))
    }

    @Test("U2, U6: a rest that its release does not say, and a holder of what rests") func answers() throws {
        var silent = Self.left(.never)
        try silent.replace(.uniqueClaims, "c-1@3/release/document", #","reusableFrom":"never""#, "")
        expect(silent.audit(), broken: [.u6], exitCode: 1)
        #expect(silent.audit().says(.u6, "a wish to the index is not what c-1@3 asks for"))
        var holder = Self.left(.never)
        holder.notReserved("c-2", "D1", heldBy: "c-1")
        #expect(holder.audit().says(.u2, "answered KeysReservationRejected; by its log it is"))
    }

    @Test("U2: the first record with an id counts, with its time") func times() throws {
        // The projection wrote the claim again, and late enough.
        var history = Self.left(.time(History().time.advanced(by: .seconds(1))))
        history.begin("c-2", "D1")
        let late = History().time.advanced(by: .seconds(5)).description
        try history.again(.uniqueClaims, "c-2@1/claim") { $0.replacing(History().time.description, with: late) }
        history.answer(.claimRejected, "c-2", 1, "D1")
        let undo = history.processCommand(.compensate(heldBy: nil), "c-2", "D1")
        history.event("c-2", 2, "D1", .undone(nil), by: undo)
        history.claim(.release, "c-2", 2, "D1")
        history.process("c-2", .undone(nil), id: "compensated")
        expect(history.audit(), broken: [], exitCode: 0)
    }

    @Test("U3: a loser of nobody is undone for somebody") func heldBy() throws {
        var history = Self.left(.never)
        history.loser("c-2", "D1", heldBy: nil)
        try history.replace(
            .customerEvents, "c-2@2", #""reason":"duplicate""#,
            #""heldBy":"c-1","reason":"duplicate""#)
        try history.replace(
            .registrationEvents, "c-2@1/compensated", #""process":"c-2@1""#, #""process":"c-2@1","heldBy":"c-1""#)
        expect(history.audit(), broken: [.u3], exitCode: 1)
        #expect(history.audit().says(.u3, "c-2@2 names another attribute or holder than the index's log"))
    }

    @Test("U7: a document that rests is served") func served() {
        var history = Self.left(.never)
        history.records.removeLast()
        let report = history.audit()
        expect(report, broken: [.u7], exitCode: 1)
        #expect(report.says(.u7, "the served index has a holder, and by its log the key is free [c-1]"))
    }

    @Test("U3: a winner that was still pending is compensated") func pendingWinner() {
        var history = History.clean()
        history.begin("c-8", "D8")
        history.answer(.claimed, "c-8", 1, "D8")
        let undo = history.processCommand(.compensate(heldBy: "c-1"), "c-8", "D8")
        history.event("c-8", 2, "D8", .undone("c-1"), by: undo)
        history.claim(.release, "c-8", 2, "D8")
        history.answer(.released, "c-8", 2, "D8")
        history.process("c-8", .undone("c-1"), id: "compensated")
        let report = history.audit()
        expect(report, broken: [.u3], exitCode: 1)
        #expect(report.says(.u3, "a winner was compensated by c-8@2"))
    }
}
