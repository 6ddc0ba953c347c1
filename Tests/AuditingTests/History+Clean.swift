import EventLog
import Messages

@testable import Auditing

/// A history in which nothing is wrong, by what it tells of.
enum CleanHistory: String, CaseIterable, Sendable {
    case compensate, reserve, reserveForAnExistingCustomer, reserveMeetsCompensate, refusedRequests, derived
    case change, changeAndLeave, reuseAfter, reuseNever
    case severalKeys, halfFailedReservation, givenUp, overtaken

    var history: History {
        var history = History()
        switch self {
        case .compensate: return History.clean()
        case .reserve:
            history.reserved("c-1", "D1")
            history.notReserved("c-2", "D1", heldBy: "c-1")
            history.leave("c-1", "D1", version: 2)
            history.reserved("c-2", "D1", id: "another")
        case .reserveForAnExistingCustomer: history.reserveForAnExistingCustomer()
        case .reserveMeetsCompensate: history.reserveMeetsCompensate()
        case .refusedRequests: history.refusedRequests()
        case .derived: history.derived()
        case .change: history.changes()
        case .changeAndLeave: history.changeAndLeave()
        case .reuseAfter: history.reuse(.time(history.time.advanced(by: .seconds(60))))
        case .reuseNever: history.reuse(.never)
        case .severalKeys:
            history.winner("c-1", both: "D1", "a@x")
            history.loser("c-2", both: "D2", "a@x", heldBy: "c-1")
            history.winner("c-3", both: "D2", "b@x")
        case .halfFailedReservation:
            history.winner("c-1", both: "D1", "a@x")
            history.notReserved("c-2", both: "D2", "a@x", heldBy: "c-1")
            history.winner("c-3", "D2")
        case .givenUp:
            history.winner("c-1", both: "D1", "a@x")
            history.giveUpEmail("c-1", both: "D1", "a@x", version: 3)
            history.winner("c-2", both: "D2", "a@x")
        case .overtaken: history.overtaken("c-1", "D1")
        }
        return history
    }
}

extension History {
    /// With the document that it has, and with another one: neither releases or steals what it holds.
    fileprivate mutating func reserveForAnExistingCustomer() {
        winner("c-1", "D1")
        notReserved("c-1", "D1", heldBy: "c-1")
        let other = ask("c-1", "D2", id: "another")
        grant(other, "D2")
        giveBack(other, "D2", .alreadyRegistered)
        // Two requests of one customer: the second one meets the first.
        reserved("c-3", "D3", id: "first")
        let second = ask("c-3", "D4", id: "second")
        grant(second, "D4")
        giveBack(second, "D4", .alreadyRegistered)
        leave("c-3", "D3", version: 2)
        let late = ask("c-3", "D3", id: "late")
        grant(late, "D3")
        giveBack(late, "D3", .alreadyUnregistered)
    }

    /// On one document, in any order; and of one customer, who then claims what is reserved for it.
    fileprivate mutating func reserveMeetsCompensate() {
        let first = ask("c-1", "D1")
        grant(first, "D1")
        loser("c-2", "D1", heldBy: "c-1")
        registerReserved(first, "D1")
        winner("c-3", "D3")
        notReserved("c-4", "D3", heldBy: "c-3")

        let own = ask("c-5", "D5")
        grant(own, "D5")
        winner("c-5", "D5")
        giveBack(own, "D5", .alreadyRegistered, frees: false)
        begin("c-6", "D6")
        notReserved("c-6", "D6", heldBy: "c-6")
        finishWinning("c-6", "D6", claim: claimOffset("c-6@1/claim"))
    }

    fileprivate mutating func refusedRequests() {
        refuse("StartRegistration", "c-1", id: "no-document", "{}", .malformed)
        refuse("StartRegistration", "c-1", id: "empty", History.data("--"), .invalidValue)
        refuse("NoSuchType", "c-1", id: "type", "{}", .unknownType)
        refuse("RegisterCustomer", "c-1", id: "elsewhere", History.data("D1"), .notAllowed)
        refuse("StartRegistration", "c-1", id: "own", #"{"document":"D1","reservation":"r"}"#, .notAllowed)
        let sent = reserved("c-2", "D2")
        // Sent again, with the same content and with another: its process has answered.
        request("c-2", id: sent.id, History.data("D2"))
        request("c-2", id: sent.id, History.data("D7"))
        // Misrouted, and produced again.
        let home = Murmur2.partition(of: Array("c-3".utf8), count: Self.partitionCount)
        let wrong = request(
            "c-3", id: "moved", History.data("D3"), partition: (home + 1) % Self.partitionCount)
        let origin = RecordHeader("origin", "registration-requests/\(wrong.spot.partition)/\(wrong.spot.offset)")
        let moved = request("c-3", id: "moved", History.data("D3"), headers: [origin])
        book(
            "c-3", "\(moved.key)", .began(.reserve, "D3"), id: "started")
        processWish(.reserve, moved, "D3")
        grant(moved, "D3")
        registerReserved(moved, "D3")
        let spot = append(.registrationRequests, key: Array("c-4".utf8), value: Array("no JSON".utf8))
        append(
            .registrationRequestsDeadLetter, key: Array("c-4".utf8), value: Array("no JSON".utf8),
            headers: [
                RecordHeader("dead-letter-topic", "registration-requests"),
                RecordHeader("dead-letter-partition", "\(spot.partition)"),
                RecordHeader("dead-letter-offset", "\(spot.offset)"),
            ])
    }

    /// The document makes the customer's id: the second one meets the first in its stream.
    fileprivate mutating func derived() {
        let customer = NameID.customer(of: UniqueKey(attribute: "document", value: "D1")).description
        winner(customer, "D1")
        let second = command("RegisterCustomer", customer, id: "second", History.data("D1"))
        outcome(second, .rejected(.alreadyRegistered, message: "no"))
        let change = command("ChangeCustomer", customer, id: "change", History.data("D2"))
        outcome(change, .rejected(.notAllowed, message: "no"))
    }

    fileprivate mutating func changes() {
        winner("c-1", "D1")
        let same = command("ChangeCustomer", "c-1", id: "same", History.data("d-1"))
        outcome(same, .accepted(events: []))
        change("c-1", 3, from: "D1", to: "D2")
        // Back to the one that it has just left.
        change("c-1", 5, from: "D2", to: "D1")
        reserved("c-2", "D2")
        loseChange("c-2", 2, from: "D2", to: "D1", heldBy: "c-1")
        loseChange("c-1", 7, from: "D1", to: "D2", heldBy: "c-2")
        leave("c-1", "D1", version: 9)
        change("c-2", 4, from: "D2", to: "D1")
        let unready = command("ChangeCustomer", "c-3", id: "early", History.data("D9"))
        outcome(unready, .rejected(.notRegistered, message: "no"))
    }

    fileprivate mutating func changeAndLeave() {
        winner("c-1", "D1")
        beginChange("c-1", 3, from: "D1", to: "D2")
        winChange("c-1", 3, "D2")
        // The process had its answer out already: it comes too late.
        let late = processCommand(.confirmChange, "c-1", "D2", version: 3)
        leaveChanging("c-1", 3, from: "D1", to: "D2", won: true)
        outcome(late, .rejected(.alreadyUnregistered, message: "no"))
        winner("c-2", "D2")
        winner("c-3", "D3")
        beginChange("c-3", 3, from: "D3", to: "D2")
        answer(.claimRejected, "c-3", 3, "D2", for: .change, heldBy: "c-2")
        leaveChanging("c-3", 3, from: "D3", to: "D2", won: false)
    }

    /// A document that was given up rests: by a registration, by a change, by a reservation.
    fileprivate mutating func reuse(_ from: ReusableFrom) {
        winner("c-1", "D1")
        leave("c-1", "D1", reusableFrom: from)
        loser("c-2", "D1", heldBy: nil)
        notReserved("c-3", "D1", heldBy: nil)
        winner("c-4", "D4")
        loseChange("c-4", 3, from: "D4", to: "D1", heldBy: nil)
        change("c-4", 5, from: "D4", to: "D5", reusableFrom: from)
        notReserved("c-5", "D4", heldBy: nil)
        guard case .time(let end) = from else { return }
        time = Timestamp(microseconds: end.microseconds - 1)
        notReserved("c-6", "D1", heldBy: nil)
        time = end
        reserved("c-6", "D1", id: "later")
        change("c-4", 7, from: "D5", to: "D4")
    }

    /// The rest of a winner's story, whose claim is already there.
    fileprivate mutating func finishWinning(_ customer: String, _ document: String, claim: Int64) {
        answer(.claimed, customer, 1, document)
        holder(customer, document, claim)
        event(customer, 2, document, .confirmed, by: processCommand(.confirm, customer, document))
        process(customer, .completed, id: "completed")
    }

    func claimOffset(_ id: String) -> Int64 {
        (try? index(.uniqueClaims, id)).map { records[$0].offset } ?? -1
    }
}
