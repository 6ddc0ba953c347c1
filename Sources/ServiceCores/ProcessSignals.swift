internal import Customers
internal import Messages

/// A message that stands in the book, as far as sending it needs to know it.
struct IssuedMessage {
    var customerID: String
    var metadata: Metadata
    /// The record's key.
    var key: [UInt8]

    /// - Returns: nil for what no process issues.
    init?(_ bytes: [UInt8], to topic: Topic) {
        switch topic {
        case .processCommands:
            guard let message = try? Message<ProcessCommand>(decoding: bytes) else { return nil }
            (customerID, metadata) = (message.body.customerID, message.metadata)
            key = Array(message.body.customerID.utf8)
        case .documentClaims:
            guard let message = try? Message<DocumentClaim>(decoding: bytes) else { return nil }
            (customerID, metadata) = (message.body.reference.customerID, message.metadata)
            key = message.body.reference.uniqueKey
        default: return nil
        }
    }
}

extension RegistrationProcess.Signal.Kind {
    /// What was sent in answer to it, if it was answered and what was sent is still what counts. It may stand in the book
    /// alone.
    func answer(in state: RegistrationProcess.State) -> (topic: Topic, command: [UInt8])? {
        switch (self, state) {
        case (.won, .sending(let sending)), (.lost, .sending(let sending)), (.requested, .sending(let sending)),
            (.reserved, .sending(let sending)):
            (sending.topic, sending.command)
        case (.refused, .ended(let release?)): (.documentClaims, release)
        // Cut off before the end was written down: this may be the last chance to send it.
        case (.refused, .sending(let sending)) where sending.step == .release: (sending.topic, sending.command)
        default: nil
        }
    }

    /// The topic that tells it.
    var topic: Topic {
        switch self {
        case .wanted, .settled, .changeRejected, .unregistered: .customerEvents
        case .requested: .registrationRequests
        case .won, .lost, .reserved, .reservationRejected: .documentEvents
        case .refused: .processOutcomes
        case .deadline: .registrationEvents
        }
    }
}

// From what the other services tell to signals.
extension RegistrationProcess.Signal {
    /// Whatever ends what an event began is the next event of the stream, and so knows the name of its process.
    static func from(_ message: Message<CustomerEvent>, now: Timestamp) -> Self? {
        let event = message.body
        let own = RegistrationProcess.name(customerID: event.customerID, version: event.version)
        let previous = RegistrationProcess.name(customerID: event.customerID, version: event.version - 1)
        let process: String
        let kind: Kind
        switch event.kind {
        case .registered(_, .pending, _):
            (process, kind) = (own, .wanted(.registration, document: event.document, version: event.version))
        case .registered(_, .confirmed, let reservation):
            guard let reservation else { return nil }
            (process, kind) = (reservation, .settled)
        case .documentChangeStarted:
            (process, kind) = (own, .wanted(.change, document: event.document, version: event.version))
        case .confirmed, .documentChanged: (process, kind) = (previous, .settled)
        case .documentChangeRejected(_, let heldBy): (process, kind) = (previous, .changeRejected(heldBy: heldBy))
        case .unregistered(let reason, let heldBy, _):
            (process, kind) = (previous, .unregistered(reason: reason, heldBy: heldBy))
        }
        return Self(process: process, customerID: event.customerID, kind: kind, cause: message.metadata, now: now)
    }

    static func from(_ message: Message<DocumentEvent>, now: Timestamp) -> Self? {
        let reference = message.body.reference
        let process: String
        let kind: Kind
        switch (message.body.kind, reference.reservation) {
        case (.reserved, let reservation?): (process, kind) = (reservation, .reserved)
        case (.reservationRejected, let reservation?):
            (process, kind) = (reservation, .reservationRejected(heldBy: message.body.heldBy))
        case (.claimed, nil), (.claimRejected, nil):
            guard let version = reference.version, let purpose = reference.purpose else { return nil }
            process = RegistrationProcess.name(customerID: reference.customerID, version: version)
            kind =
                message.body.kind == .claimed
                ? .won(purpose, document: reference.document, version: version)
                : .lost(purpose, document: reference.document, version: version, heldBy: message.body.heldBy)
        // A reservation that became its customer's, and what was given back: nobody waits for that.
        case (.claimed, _?), (.claimRejected, _?), (.released, _), (.reserved, nil), (.reservationRejected, nil):
            return nil
        }
        return Self(process: process, customerID: reference.customerID, kind: kind, cause: message.metadata, now: now)
    }

    static func from(_ message: Message<Outcome>, now: Timestamp) -> Self? {
        let outcome = message.body
        // A command's id is its process's name with the command's behind it.
        guard case .rejected(let code, _) = outcome.result, outcome.commandSource == Source.processManager,
            let end = outcome.commandID.lastIndex(of: "/")
        else { return nil }
        return Self(
            process: String(outcome.commandID[..<end]), customerID: outcome.customerID, kind: .refused(code),
            cause: message.metadata, now: now)
    }
}
