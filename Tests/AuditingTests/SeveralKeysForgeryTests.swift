import EventLog
import Messages
import Testing

@testable import Auditing

@Suite("A forged slip, release or defeat is named by the right row")
struct SeveralKeysForgeryTests {
    @Test("U2, U1: a slip skips a key") func skipped() {
        var history = History()
        history.begin("c-1", "D1+a@x")
        history.holder("c-1", "D1", history.lastClaim)
        history.answer(.claimed, "c-1", 1, "D1+a@x", at: 1)
        history.event("c-1", 2, "D1+a@x", .confirmed, by: history.processCommand(.confirm, "c-1", "D1+a@x"))
        history.process("c-1", .completed, id: "completed")
        let report = history.audit()
        expect(report, broken: [.u1, .u2, .u6], exitCode: 1)
        #expect(report.says(.u2, "KeysClaimed answers a claim whose slip has further keys"))
        #expect(report.says(.u2, "a claim was granted, and not sent on to its next key"))
        #expect(report.says(.u1, "c-1@2 confirms a customer that has not claimed all its values"))
        #expect(report.says(.u6, "a customer that is not unregistered does not hold all its values [c-1]"))
        #expect(history.audit(groupOffsets: [:]).broken == [.u2])
    }

    @Test("U2: a slip goes on with other keys, from a refusal, or from nowhere") func sentOn() throws {
        var other = History()
        other.begin("c-1", "D1+a@x")
        other.claim(.claim, "c-1", 1, "D1+b@x", at: 2)
        #expect(other.audit().says(.u2, "with other fields than its slip has"))
        var refused = History()
        refused.winner("c-1", "D1")
        refused.begin("c-2", "D1+a@x")
        refused.claim(.claim, "c-2", 1, "D1+a@x", at: 2)
        #expect(refused.audit().says(.u2, "a claim was sent on that was not granted"))
        var nowhere = History()
        nowhere.winner("c-1", both: "D1", "a@x")
        try nowhere.remove(.uniqueClaims, "c-1@1/claim")
        #expect(nowhere.audit().says(.u2, "a claim was sent on, and the one before is not there"))
    }

    @Test("U6: a registration claims less than it has") func lessClaimed() throws {
        var history = History()
        let sent = history.command("RegisterCustomer", "c-1", id: "register", History.data("D1+a@x"))
        history.outcome(sent, .accepted(events: ["c-1@1"]))
        history.event("c-1", 1, "D1+a@x", .registered(name: nil, status: .pending, reservation: nil), by: sent)
        history.claim(.claim, "c-1", 1, "D1")
        #expect(history.audit().says(.u6, "a wish to the index is not what c-1@1 asks for"))
    }

    /// Back to a value that the customer has just left; the release comes behind the claim.
    private static func lateRelease() throws -> History {
        var history = History()
        history.winner("c-1", "D1")
        history.change("c-1", 3, from: "D1", to: "D2")
        try history.remove(.uniqueClaims, "c-1@4/release/document")
        try history.remove(.uniqueVerdicts, "c-1@4/release/document/released")
        history.records.removeAll { $0.topic == "t.unique-index" && $0.value == nil }
        history.change("c-1", 5, from: "D2", to: "D1")
        history.claim(.release, "c-1", 4, "D1")
        return history
    }

    @Test("U2, U7: a late release frees a newer claim") func lateReleaseFrees() throws {
        var history = try Self.lateRelease()
        expect(history.audit(), broken: [], exitCode: 0)
        history.answer(.released, "c-1", 4, "D1")
        #expect(history.audit().says(.u2, "KeyReleased answers a release that frees nothing"))
        history.holder(nil, "D1", 0)
        #expect(history.audit().says(.u7, "is not what the log makes of its position"))
        history.winner("c-2", "D1")
        let report = history.audit()
        #expect(report.says(.u1, "one key has 2 customers, more than one of them confirmed"))
        #expect(report.says(.u2, "by its log it is KeysClaimRejected, held by c-1"))
    }

    @Test("U2, U7: an old claim takes a key after the release of a later version") func oldClaimTakes() {
        var history = History()
        history.overtaken("c-1", "D1")
        #expect(history.audit()[.u2]?.notes == ["1 claims that a later release had overtaken"])
        history.holder("c-1", "D1", history.lastClaim)
        #expect(history.audit().says(.u7, "is not what the log makes of its position"))
        history.loser("c-2", "D1", heldBy: "c-1")
        let report = history.audit()
        #expect(report.says(.u2, "the index answered KeysClaimRejected; by its log it is KeysClaimed"))
        #expect(report.says(.u3, "a winner was compensated by c-2@2"))
    }

    @Test("U6: a half-failed reservation keeps its first key") func keptReservation() throws {
        var history = History()
        history.winner("c-1", both: "D1", "a@x")
        let sent = history.notReserved("c-2", both: "D2", "a@x", heldBy: "c-1")
        let release = "\(sent.key)/release/document"
        try history.remove(.uniqueClaims, release)
        try history.remove(.uniqueVerdicts, "\(release)/released")
        history.records.removeAll { $0.topic == "t.unique-index" && $0.value == nil }
        let report = history.audit()
        expect(report, broken: [.u6], exitCode: 1)
        #expect(report.says(.u6, "a reservation that was refused was not released with all its keys [c-2]"))
        #expect(report.says(.u6, "a reservation is left, and its customer was never registered [c-2]"))
    }

    /// As if all keys were asked for at once: each of two has one of them, and loses the other to the other.
    @Test("U9: two defeat each other") func mutualDefeat() throws {
        var history = History()
        history.begin("c-1", "D1+a@x")
        let sent = history.command("RegisterCustomer", "c-2", id: "register", History.data("D1+a@x"))
        history.outcome(sent, .accepted(events: ["c-2@1"]))
        history.event("c-2", 1, "D1+a@x", .registered(name: nil, status: .pending, reservation: nil), by: sent)
        let keys = Array(History.values("D1+a@x").keys.reversed())
        let ground = ClaimGround.event(version: 1, purpose: .registration, reservation: nil)
        let claim = try #require(KeyClaim(customerID: "c-2", keys: keys, ground: ground))
        let next = try #require(claim.next)
        history.write(
            .uniqueClaims, "c-2@1/claim", Source.projection, (Source.commandService, "c-2@1"), key: claim.key.bytes,
            KeyWish.claim(claim))
        history.claim(.claim, "c-1", 1, "D1+a@x", at: 2)
        history.write(
            .uniqueClaims, "c-2@1/claim/2", Source.projection, (Source.projection, "c-2@1/claim"), key: next.key.bytes,
            KeyWish.claim(next))
        let report = history.audit(groupOffsets: [:])
        #expect(report.says(.u9, "a loser lost to one that lost as well, and so on without an end"))
        #expect(report.says(.u2, "in the declared order"))
        #expect(report[.u9]?.examined == 2)
    }

    @Test("U5: what rests must have been confirmed; values are in the declared order") func values() throws {
        var rests = History.clean()
        try rests.replace(
            .customerEvents, "c-2@2", #""reason":"duplicate""#,
            #""reason":"duplicate","reusableFrom":{"document":"never"}"#)
        #expect(rests.audit().says(.u5, "lets values rest that its customer was never confirmed with"))
        var order = History()
        order.winner("c-1", both: "D1", "a@x")
        try order.replace(
            .customerEvents, "c-1@2", #"{"document":"D1","email":"a@x"}"#, #"{"email":"a@x","document":"D1"}"#)
        #expect(order.audit().says(.u5, "in the declared order"))
        var missing = History()
        missing.winner("c-1", both: "D1", "a@x")
        try missing.replace(.customerEvents, "c-1@1", #""document":"D1","#, "")
        #expect(missing.audit().says(.u5, "has not all required values"))
    }
}
