import EventLog
import Messages

@testable import Auditing

/// Whole stories.
extension History {
    @discardableResult
    mutating func begin(_ customer: String, _ document: String) -> Sent {
        let sent = command("RegisterCustomer", customer, id: "register", Self.data(document))
        outcome(sent, .accepted(events: ["\(customer)@1"]))
        event(customer, 1, document, .registered(name: nil, status: .pending, reservation: nil), by: sent)
        claim(.claim, customer, 1, document)
        process(customer, .began(.compensate, document, 1), id: "started")
        return sent
    }

    @discardableResult
    mutating func winner(_ customer: String, _ document: String) -> Sent {
        let sent = begin(customer, document)
        answer(.claimed, customer, 1, document)
        holder(customer, document, lastClaim)
        let confirm = processCommand(.confirm, customer, document)
        event(customer, 2, document, .confirmed, by: confirm)
        process(customer, .completed, id: "completed")
        return sent
    }

    @discardableResult
    mutating func loser(_ customer: String, _ document: String, heldBy: String?) -> Sent {
        let sent = begin(customer, document)
        answer(.claimRejected, customer, 1, document, heldBy: heldBy)
        let undo = processCommand(.compensate(heldBy: heldBy), customer, document)
        event(customer, 2, document, .undone(heldBy), by: undo)
        claim(.release, customer, 2, document)
        process(customer, .undone(heldBy), id: "compensated")
        return sent
    }

    static func times(_ from: ReusableFrom?) -> ReuseTimes {
        ReuseTimes(from.map { [ReuseTimes.Entry(attribute: "document", from: $0)] } ?? [])
    }

    /// A client unregisters a confirmed customer.
    mutating func leave(
        _ customer: String, _ document: String, version: Int64 = 3, reusableFrom: ReusableFrom? = nil
    ) {
        let sent = command("UnregisterCustomer", customer, id: "leave", "{}")
        outcome(sent, .accepted(events: ["\(customer)@\(version)"]))
        event(customer, version, document, .left(Self.times(reusableFrom)), by: sent)
        claim(.release, customer, version, document, reusableFrom: reusableFrom)
        answer(.released, customer, version, document)
        holder(nil, document, 0)
    }

    /// Two winners and a loser; one that leaves, so that the document goes to another; repeats, a reused key, a
    /// misrouted command and two that nobody can read.
    static func clean() -> History {
        var history = History()
        let first = history.winner("c-1", "D1")
        history.loser("c-2", "D1", heldBy: "c-1")
        history.winner("c-3", "D3")
        history.leave("c-3", "D3")
        history.winner("c-4", "D3")
        // Sent again with the same content in another form, and with another one.
        let again = history.command(
            "RegisterCustomer", "c-1", id: "register", #"{ "values" : { "document" : "D1" }, "unknown":1 }"#)
        history.outcome(first, .accepted(events: ["c-1@1"]), repeats: again.spot)
        let reused = history.command("RegisterCustomer", "c-1", id: "register", History.data("D9"))
        history.outcome(
            first, .rejected(.deduplicationKeyReused, message: "no"), repeats: reused.spot, hash: reused.hash)
        history.refused()
        history.strays()
        return history
    }

    private mutating func refused() {
        let sent = command("NoSuchType", "c-5", id: "odd", "{}")
        outcome(sent, .rejected(.unknownType, message: "no"))
    }

    private mutating func strays() {
        let home = Murmur2.partition(of: Array("c-6".utf8), count: Self.partitionCount)
        let wrong = command("NoSuchType", "c-6", id: "moved", "{}", partition: (home + 1) % Self.partitionCount)
        let origin = RecordHeader("origin", "customer-commands/\(wrong.spot.partition)/\(wrong.spot.offset)")
        let moved = command("NoSuchType", "c-6", id: "moved", "{}", headers: [origin])
        outcome(moved, .rejected(.unknownType, message: "no"))
        for key in [nil, Array("c-7".utf8)] as [[UInt8]?] {
            let spot = append(.customerCommands, key: key, value: Array("no JSON".utf8))
            append(
                .customerCommandsDeadLetter, key: key, value: Array("no JSON".utf8),
                headers: [
                    RecordHeader("dead-letter-topic", "customer-commands"),
                    RecordHeader("dead-letter-partition", "\(spot.partition)"),
                    RecordHeader("dead-letter-offset", "\(spot.offset)"),
                ])
        }
    }
}
