import EventLog
import Messages
import Testing

@testable import Auditing

@Suite("A forged reservation is named by the right row")
struct ReservationForgeryTests {
    private static func one() -> History {
        var history = History()
        history.reserved("c-1", "D1")
        return history
    }

    @Test("U1: a reservation that lost is registered all the same") func lostAndRegistered() {
        var history = Self.one()
        let sent = history.ask("c-2", "D1")
        history.processAnswer(.reservationRejected, sent, "D1", heldBy: "c-1")
        history.registerReserved(sent, "D1")
        let report = history.audit()
        #expect(report.says(.u1, "c-2@1 confirms a customer with a value that was another's [c-2, c-1]"))
        #expect(report.says(.u1, "more than one of them confirmed"))
        #expect(report.says(.u3, "a reservation that lost has ended otherwise"))
        #expect(report.says(.u6, "does not hold all its values [c-2]"))
        #expect(!report.broken.contains(.u4) && !report.broken.contains(.u5))
        #expect(history.audit(groupOffsets: [:]).says(.u1, "c-2@1"))
    }

    @Test("U1: a reservation that was never asked for, and one of somebody else") func notItsOwn() throws {
        var unasked = Self.one()
        try unasked.remove(.uniqueClaims, "\(Self.key("c-1"))/reserve")
        #expect(unasked.audit().says(.u1, "c-1@1 is confirmed with a reservation that was never asked for"))
        #expect(!unasked.audit(groupOffsets: [:]).broken.contains(.u1))

        var foreign = Self.one()
        let reservation = "\(Self.key("c-1"))"
        let register = foreign.processCommand(.register(reservation: reservation), "c-2", "D1")
        foreign.event(
            "c-2", 1, "D1", .registered(name: nil, status: .confirmed, reservation: reservation), by: register)
        let report = foreign.audit()
        #expect(report.says(.u1, "c-2@1 has the reservation of another registration"))
        #expect(report.says(.u1, "c-2@1 is confirmed with a reservation of another customer or other values"))

        var document = Self.one()
        let sent = document.ask("c-2", "D2")
        document.grant(sent, "D2")
        document.registerReserved(sent, "D3")
        #expect(document.audit().says(.u1, "c-2@1 is confirmed with a reservation of another customer or other values"))

        var caused = Self.one()
        try caused.replace(.customerEvents, "c-1@1", "\(reservation)/register", "other/register")
        #expect(caused.audit().says(.u5, "c-1@1 has another cause than the contract gives it"))
    }

    @Test("U2: the index reserves what is held, and refuses what is free") func answers() throws {
        var held = Self.one()
        let sent = held.ask("c-2", "D1")
        held.grant(sent, "D1")
        #expect(
            held.audit().says(
                .u2, "the index answered KeysReserved; by its log it is KeysReservationRejected, held by c-1"))
        var free = Self.one()
        free.notReserved("c-2", "D2", heldBy: "c-1")
        let report = free.audit()
        #expect(report.says(.u2, "answered KeysReservationRejected; by its log it is KeysReserved"))
        #expect(report.says(.u3, "a request was told that a value is taken, and had won all"))
        #expect(report.says(.u6, "releases a reservation that was not refused"))
    }

    @Test("U2: a reservation under another name, or of another writer") func names() throws {
        let wish = "\(Self.key("c-1"))/reserve"
        var cause = Self.one()
        try cause.replace(.uniqueClaims, wish, #""causationid":"request""#, #""causationid":"other""#)
        expect(cause.audit(), broken: [.u2], exitCode: 1)
        #expect(cause.audit().says(.u2, "a wish to the index has another cause than the contract gives it [c-1]"))
        var writer = Self.one()
        try writer.replace(.uniqueClaims, wish, Source.processManager, Source.projection)
        #expect(writer.audit().says(.u2, "a wish to the index has another source than the service"))
    }

    @Test("U3: a winner is told that its document is taken") func winnerRejected() {
        var history = Self.one()
        let sent = history.ask("c-2", "D2")
        history.grant(sent, "D2")
        history.book(
            "c-2", "\(sent.key)", .taken("c-1"), id: "rejected")
        let report = history.audit()
        expect(report, broken: [.u3, .u6], exitCode: 1)
        #expect(report.says(.u3, "a request was told that a value is taken, and had won all [c-2]"))
    }

    @Test("U3: a loser is told another holder; one that is registered was rejected") func ends() throws {
        var holder = Self.one()
        let lost = holder.notReserved("c-2", "D1", heldBy: "c-1")
        try holder.replace(.registrationEvents, "\(lost.key)/rejected", #""heldBy":"c-1""#, #""heldBy":"c-9""#)
        expect(holder.audit(), broken: [.u3], exitCode: 1)
        var registered = Self.one()
        try registered.remove(.registrationEvents, "\(Self.key("c-1"))/completed")
        registered.book(
            "c-1", "\(Self.key("c-1"))", .refused("already-registered"), id: "rejected")
        let report = registered.audit()
        expect(report, broken: [.u3, .u4], exitCode: 1)
        #expect(report.says(.u3, "a request was rejected, and its customer was registered [c-1]"))
        #expect(report.says(.u4, "a request was rejected otherwise than its registration [c-1]"))
    }

    @Test("U6: a reservation is left at rest, though its customer has the document") func left() throws {
        var history = Self.one()
        try history.remove(.uniqueClaims, "c-1@1/claim")
        let report = history.audit()
        #expect(report.says(.u6, "a reservation is left, and its customer has not claimed it [c-1]"))
        #expect(report.says(.u6, "what c-1@1 asks of the index is not there [c-1]"))
        #expect(report.says(.u7, "another holder, status or position"))
    }

    @Test("U6: a reservation is released for a registration that was not refused, or took place") func released() throws
    {
        var unrefused = Self.one()
        let sent = unrefused.ask("c-2", "D2")
        unrefused.grant(sent, "D2")
        unrefused.giveBack(sent, "D2", .alreadyRegistered)
        let id = "\(sent.key)/register"
        let outcome = DeduplicationKey(
            topic: .processCommands, customerID: "c-2", source: Source.processManager, id: id)
        try unrefused.remove(.processOutcomes, "\(outcome)/outcome")
        let report = unrefused.audit()
        #expect(report.says(.u6, "releases a reservation that was not refused [c-2]"))
        #expect(report.broken == [.u4, .u6])

        var registered = Self.one()
        let first = History.Sent(
            customer: "c-1", id: "request", spot: Spot(partition: 0, offset: 0), hash: nil, topic: .registrationRequests
        )
        registered.processWish(.release, first, "D1")
        #expect(registered.audit().says(.u6, "releases a reservation that a customer was registered with [c-1]"))
        #expect(registered.audit(groupOffsets: [:]).broken == [.u6])

        var kept = Self.one()
        let refused = kept.ask("c-2", "D2")
        kept.grant(refused, "D2")
        kept.giveBack(refused, "D2", .alreadyRegistered, frees: false)
        try kept.remove(.uniqueClaims, "\(refused.key)/release/document")
        #expect(kept.audit().broken == [.u6])
        #expect(kept.audit().says(.u6, "a reservation that was refused was not released with all its keys [c-2]"))
    }

    @Test("U6: a wish of no process, or of another customer's") func strays() throws {
        var stray = Self.one()
        let request = History.Sent(
            customer: "c-2", id: "none", spot: Spot(partition: 0, offset: 0), hash: nil, topic: .registrationRequests)
        stray.processWish(.reserve, request, "D2")
        stray.grant(request, "D2")
        stray.records.removeAll {
            $0.topic == "t.registration-events" && $0.key == Array("c-2".utf8)
        }
        let report = stray.audit()
        expect(report, broken: [.u6], exitCode: 1)
        #expect(report.says(.u6, "a wish to the index stems from no process [c-2]"))
        expect(stray.audit(groupOffsets: [:]), broken: [], exitCode: 3)

        var document = Self.one()
        let sent = document.ask("c-2", "D2")
        try document.replace(.registrationEvents, "\(sent.key)/started", #""document":"D2""#, #""document":"D3""#)
        #expect(document.audit().says(.u6, "a wish to the index is not what its process asks for [c-2]"))
    }

    @Test("U7: a reservation that is served as a claim, or under another name") func served() {
        var history = Self.one()
        let sent = history.ask("c-2", "D2")
        history.grant(sent, "D2")
        let clean = history.audit(groupOffsets: [:])
        expect(clean, broken: [], exitCode: 3)
        history.holder("c-2", "D2", history.lastClaim)
        #expect(history.audit(groupOffsets: [:]).broken == [.u7])
        var named = Self.one()
        let other = named.ask("c-2", "D2")
        named.processAnswer(.reserved, other, "D2")
        named.holder("c-2", "D2", named.lastClaim, reservation: "other")
        #expect(named.audit(groupOffsets: [:]).broken == [.u7])
    }

    private static func key(_ customer: String) -> DeduplicationKey {
        DeduplicationKey(topic: .registrationRequests, customerID: customer, source: "/client", id: "request")
    }
}
