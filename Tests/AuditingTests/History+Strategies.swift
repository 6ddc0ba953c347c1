import EventLog
import Messages

@testable import Auditing

/// Stories of requests for a registration.
extension History {
    /// A client asks, and the process manager asks the index.
    mutating func ask(_ customer: String, _ document: String, id: String = "request") -> Sent {
        let sent = request(customer, id: id, Self.data(document))
        book(
            customer, "\(sent.key)", .began(.reserve, document),
            id: "started")
        processWish(.reserve, sent, document)
        return sent
    }

    mutating func grant(_ sent: Sent, _ document: String) {
        processAnswer(.reserved, sent, document)
        holder(sent.customer, document, lastClaim, reservation: "\(sent.key)")
    }

    /// The customer is registered with the reservation.
    mutating func registerReserved(_ sent: Sent, _ document: String) {
        let (customer, reservation) = (sent.customer, "\(sent.key)")
        let register = processCommand(.register(reservation: reservation), customer, document)
        event(
            customer, 1, document, .registered(name: nil, status: .confirmed, reservation: reservation), by: register)
        claim(.claim, customer, 1, document, reservation: reservation)
        answer(.claimed, customer, 1, document, reservation: reservation)
        holder(customer, document, lastClaim)
        book(customer, reservation, .completed, id: "completed")
    }

    @discardableResult
    mutating func reserved(_ customer: String, _ document: String, id: String = "request") -> Sent {
        let sent = ask(customer, document, id: id)
        grant(sent, document)
        registerReserved(sent, document)
        return sent
    }

    /// The document is another's, or rests.
    @discardableResult
    mutating func notReserved(
        _ customer: String, _ document: String, heldBy: String?, id: String = "request"
    ) -> Sent {
        let sent = ask(customer, document, id: id)
        processAnswer(.reservationRejected, sent, document, heldBy: heldBy)
        processWish(.release, sent, document, cause: (Source.projection, "\(sent.key)/reserve/rejected"))
        book(customer, "\(sent.key)", .taken(heldBy), id: "rejected")
        return sent
    }

    /// The customer can't be registered: the reservation is given back.
    mutating func giveBack(_ sent: Sent, _ document: String, _ code: RejectionCode, frees: Bool = true) {
        let (customer, reservation) = (sent.customer, "\(sent.key)")
        let register = processCommand(.register(reservation: reservation), customer, document)
        outcome(register, .rejected(code, message: "no"))
        processWish(.release, sent, document, cause: (Source.commandService, "\(register.key)/outcome"))
        book(customer, reservation, .refused(code.rawValue), id: "rejected")
        if !frees { return }
        processAnswer(.released, sent, document)
        holder(nil, document, 0)
    }

    /// A request that is refused at once.
    @discardableResult
    mutating func refuse(_ type: String, _ customer: String, id: String, _ data: String, _ code: RejectionCode) -> Sent
    {
        let sent = request(customer, id: id, data, type: type)
        book(customer, "\(sent.key)", .refused(code.rawValue), id: "rejected")
        return sent
    }
}

/// Stories of changes. The version is that of the change's first event.
extension History {
    @discardableResult
    mutating func beginChange(_ customer: String, _ version: Int64, from old: String, to new: String) -> Sent {
        let sent = command(
            "ChangeCustomer", customer, id: "change-\(version)", Self.data(new))
        outcome(sent, .accepted(events: ["\(customer)@\(version)"]))
        event(customer, version, old, .changing(to: new), by: sent)
        claim(.claim, customer, version, new, for: .change)
        process(
            customer, .began(.change, new, version), id: "started",
            version: version)
        return sent
    }

    mutating func winChange(_ customer: String, _ version: Int64, _ new: String) {
        answer(.claimed, customer, version, new, for: .change)
        holder(customer, new, lastClaim)
    }

    mutating func endChange(
        _ customer: String, _ version: Int64, from old: String, to new: String, reusableFrom: ReusableFrom? = nil
    ) {
        let confirm = processCommand(.confirmChange, customer, new, version: version)
        event(customer, version + 1, new, .moved(from: old, Self.times(reusableFrom)), by: confirm)
        claim(.release, customer, version + 1, old, for: .change, reusableFrom: reusableFrom)
        answer(.released, customer, version + 1, old)
        holder(nil, old, 0)
        process(customer, .completed, id: "completed", version: version)
    }

    mutating func change(
        _ customer: String, _ version: Int64, from old: String, to new: String, reusableFrom: ReusableFrom? = nil
    ) {
        beginChange(customer, version, from: old, to: new)
        winChange(customer, version, new)
        endChange(customer, version, from: old, to: new, reusableFrom: reusableFrom)
    }

    mutating func loseChange(_ customer: String, _ version: Int64, from old: String, to new: String, heldBy: String?) {
        beginChange(customer, version, from: old, to: new)
        answer(.claimRejected, customer, version, new, for: .change, heldBy: heldBy)
        let reject = processCommand(.rejectChange(heldBy: heldBy), customer, new, version: version)
        event(
            customer, version + 1, old, .notChanged(new, heldBy), by: reject)
        claim(.release, customer, version + 1, new, as: .releaseWanted)
        process(
            customer, .taken(heldBy), id: "rejected", version: version)
    }

    /// The customer's client unregisters it while a change is in flight.
    mutating func leaveChanging(_ customer: String, _ version: Int64, from old: String, to new: String, won: Bool) {
        let sent = command("UnregisterCustomer", customer, id: "leave", "{}")
        outcome(sent, .accepted(events: ["\(customer)@\(version + 1)"]))
        event(
            customer, version + 1, old, .left(wanted: new), by: sent)
        claim(.release, customer, version + 1, old)
        answer(.released, customer, version + 1, old)
        holder(nil, old, 0)
        claim(.release, customer, version + 1, new, for: .change, as: .releaseWanted)
        if won {
            answer(.released, customer, version + 1, new, as: .releaseWanted)
            holder(nil, new, 0)
        }
        process(
            customer, .refused("already-unregistered"), id: "rejected", version: version)
    }
}
