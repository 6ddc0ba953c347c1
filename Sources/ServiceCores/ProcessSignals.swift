internal import Messages
internal import Uniqueness

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
        case .uniqueClaims:
            guard let message = try? Message<KeyWish>(decoding: bytes) else { return nil }
            (customerID, metadata) = (message.body.customerID, message.metadata)
            key = message.body.key.bytes
        default: return nil
        }
    }
}

extension RegistrationProcess.Signal.Kind {
    /// What was sent in answer to it, if it was answered and what was sent is still what counts. It may stand in the book
    /// alone.
    func answers(in state: RegistrationProcess.State) -> [(topic: Topic, command: [UInt8])] {
        switch (self, state) {
        case (.won, .sending(let sending)), (.lost, .sending(let sending)), (.requested, .sending(let sending)):
            [(sending.topic, sending.command)]
        // Where keys are wanted it is the verdict that was answered, which was read first.
        case (.wanted(_, let values, _), .sending(let sending)) where values.wanted.isEmpty:
            [(sending.topic, sending.command)]
        case (.reserved, .sending(let sending)) where sending.step == .register: [(sending.topic, sending.command)]
        case (.refused, .ended(let releases)), (.reservationRejected, .ended(let releases)),
            // Cut off before the end was written down: this may be the last chance to send them.
            (.refused, .releasing(_, let releases)), (.reservationRejected, .releasing(_, let releases)):
            releases.map { (.uniqueClaims, $0.command) }
        default: []
        }
    }

    /// The topic that tells it.
    var topic: Topic {
        switch self {
        case .wanted, .ended: .customerEvents
        case .requested: .registrationRequests
        case .won, .lost, .reserved, .reservationRejected: .uniqueVerdicts
        case .refused: .processOutcomes
        case .deadline: .registrationEvents
        }
    }
}

// From what the other services tell to signals.
extension RegistrationProcess.Signal {
    /// - Parameter since: version of the event since which the stream has waited; nil where it did not wait.
    static func from(_ meaning: StreamMeaning, since: Int64?, cause: Metadata, now: Timestamp) -> Self? {
        let process: String
        let kind: Kind
        switch meaning.step {
        case .began(let purpose, let values):
            process = RegistrationProcess.name(customerID: meaning.customerID, version: meaning.version)
            kind = .wanted(purpose, values, version: meaning.version)
        case .ended(let end):
            guard let since else { return nil }
            process = RegistrationProcess.name(customerID: meaning.customerID, version: since)
            kind = .ended(end)
        case .registered(let reservation): (process, kind) = (reservation, .ended(.settled))
        case .nothing: return nil
        }
        return Self(process: process, customerID: meaning.customerID, kind: kind, cause: cause, now: now)
    }

    static func from(_ message: Message<KeyAnswer>, now: Timestamp) -> Self? {
        // What was given back: nobody waits for that.
        guard case .verdict(let verdict) = message.body else { return nil }
        let process: String
        let kind: Kind
        switch verdict.ground {
        case .reservation(let reservation):
            process = reservation
            kind = verdict.loss.map { .reservationRejected($0) } ?? .reserved
        case .event(let version, let purpose, nil):
            process = RegistrationProcess.name(customerID: verdict.customerID, version: version)
            let values = UniqueValues(verdict.keys)
            kind =
                verdict.loss.map { .lost(purpose, values, version: version, $0) }
                ?? .won(purpose, values, version: version)
        // A reservation that became its customer's: nobody waits for that.
        case .event(_, _, _?): return nil
        }
        return Self(process: process, customerID: verdict.customerID, kind: kind, cause: message.metadata, now: now)
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
