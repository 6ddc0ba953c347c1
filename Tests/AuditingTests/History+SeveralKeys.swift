import EventLog
import Messages

@testable import Auditing

/// Stories of customers with two values.
extension History {
    @discardableResult
    mutating func winner(_ customer: String, both document: String, _ email: String) -> Sent {
        let values = "\(document)+\(email)"
        let sent = begin(customer, values)
        holder(customer, document, lastClaim)
        claim(.claim, customer, 1, values, at: 2)
        holder(customer, "+\(email)", lastClaim)
        answer(.claimed, customer, 1, values)
        event(customer, 2, values, .confirmed, by: processCommand(.confirm, customer, values))
        process(customer, .completed, id: "completed")
        return sent
    }

    /// The document is had, the e-mail is another's.
    mutating func loser(_ customer: String, both document: String, _ email: String, heldBy: String) {
        let values = "\(document)+\(email)"
        begin(customer, values)
        holder(customer, document, lastClaim)
        claim(.claim, customer, 1, values, at: 2)
        answer(.claimRejected, customer, 1, values, heldBy: heldBy, attribute: "email")
        let undo = processCommand(.compensate(heldBy: heldBy), customer, values, attribute: "email")
        event(customer, 2, values, .undone(heldBy, "email"), by: undo)
        claim(.release, customer, 2, document)
        answer(.released, customer, 2, document)
        holder(nil, document, 0)
        claim(.release, customer, 2, "+\(email)")
        process(customer, .undone(heldBy, "email"), id: "compensated")
    }

    /// A reservation that has its first key, and not the second.
    @discardableResult
    mutating func notReserved(_ customer: String, both document: String, _ email: String, heldBy: String) -> Sent {
        let values = "\(document)+\(email)"
        let sent = ask(customer, values)
        holder(customer, document, lastClaim, reservation: "\(sent.key)")
        sendOn(sent, values, at: 2)
        processAnswer(.reservationRejected, sent, values, heldBy: heldBy, attribute: "email")
        let cause = (Source.projection, "\(sent.key)/reserve/rejected")
        processWish(.release, sent, document, cause: cause)
        processAnswer(.released, sent, document)
        holder(nil, document, 0)
        processWish(.release, sent, "+\(email)", cause: cause)
        book(customer, "\(sent.key)", .taken(heldBy, "email"), id: "rejected")
        return sent
    }

    /// A change that gives a value up, and takes none: nothing is asked of the index before it is confirmed.
    mutating func giveUpEmail(_ customer: String, both document: String, _ email: String, version: Int64) {
        let sent = command("ChangeCustomer", customer, id: "give-up", #"{"values":{"email":null}}"#)
        let wanted = ValueChanges([ValueChanges.Change(attribute: "email", value: nil)])
        outcome(sent, .accepted(events: ["\(customer)@\(version)"]))
        event(customer, version, "\(document)+\(email)", .changeStarted(wanted: wanted), by: sent)
        process(
            customer, .started(strategy: .change, values: wanted, name: nil, version: version), id: "started",
            version: version)
        let confirm = processCommand(.confirmChange, customer, "", version: version)
        event(customer, version + 1, document, .moved(from: "+\(email)"), by: confirm)
        claim(.release, customer, version + 1, "+\(email)")
        answer(.released, customer, version + 1, "+\(email)")
        holder(nil, "+\(email)", 0)
        process(customer, .completed, id: "completed", version: version)
    }

    /// A client leaves so soon that the release comes before the claim that it overtakes.
    mutating func overtaken(_ customer: String, _ document: String) {
        let sent = command("RegisterCustomer", customer, id: "register", Self.data(document))
        outcome(sent, .accepted(events: ["\(customer)@1"]))
        event(customer, 1, document, .registered(name: nil, status: .pending, reservation: nil), by: sent)
        process(customer, .began(.compensate, document, 1), id: "started")
        let leave = command("UnregisterCustomer", customer, id: "leave", "{}")
        outcome(leave, .accepted(events: ["\(customer)@2"]))
        event(customer, 2, document, .left(), by: leave)
        claim(.release, customer, 2, document)
        claim(.claim, customer, 1, document)
        answer(.claimed, customer, 1, document)
        process(customer, .refused("already-unregistered"), id: "rejected")
    }
}
