/// What can go wrong. The raw values are those of `--kinds` and of the table at the end.
public enum FaultKind: String, Hashable, Sendable, CaseIterable {
    // Services as processes.
    case killKeepingState = "kill"
    case killLosingState = "kill-state-lost"
    case killWithOldState = "kill-state-old"
    /// SIGSTOP for longer than the session time-out, then SIGCONT: a zombie.
    case freezeService = "freeze"
    case restart
    /// An instance leaves in the orderly way, stays away and comes back.
    case scaleAway = "scale"
    // The broker as a process.
    case killBroker = "broker-kill"
    case restartBroker = "broker-restart"
    // What the broker does wrong.
    case produceError = "produce-error"
    case fetchError = "fetch-error"
    case heartbeatError = "heartbeat-error"
    case offsetCommitError = "offset-commit-error"
    case addOffsetsError = "add-offsets-error"
    case transactionalOffsetCommitError = "txn-offset-commit-error"
    case endTransactionError = "end-txn-error"
    case endTransactionLate = "end-txn-late"
    case endTransactionDropped = "end-txn-dropped"
    case produceDropped = "produce-dropped"
    case produceLate = "produce-late"
    case delay
    case dropResponse = "drop-response"
    case refuseConnections = "refuse-connections"
    case freezeBroker = "broker-freeze"
    // What clients do.
    case resend
    /// All ways at once over few customers and documents: registrations, requests, changes, departures, some twice.
    case tangle

    /// Who is hit.
    public enum Subject: Hashable, Sendable { case service, brokerProcess, broker, clients }

    public var subject: Subject {
        switch self {
        case .killKeepingState, .killLosingState, .killWithOldState, .freezeService, .restart, .scaleAway: .service
        case .killBroker, .restartBroker: .brokerProcess
        case .produceError, .fetchError, .heartbeatError, .offsetCommitError, .addOffsetsError,
            .transactionalOffsetCommitError, .endTransactionError, .endTransactionLate, .endTransactionDropped,
            .produceDropped, .produceLate, .delay, .dropResponse, .refuseConnections, .freezeBroker:
            .broker
        case .resend, .tangle: .clients
        }
    }

    /// Kinds that need transactions, or need that there are none; nil for those of both guarantees.
    public var guarantee: Guarantee? {
        switch self {
        case .addOffsetsError, .transactionalOffsetCommitError, .endTransactionError, .endTransactionLate,
            .endTransactionDropped:
            .exactlyOnce
        case .offsetCommitError: .atLeastOnce
        case .killKeepingState, .killLosingState, .killWithOldState, .freezeService, .restart, .scaleAway,
            .killBroker, .restartBroker, .produceError, .fetchError, .heartbeatError, .produceDropped, .produceLate,
            .delay, .dropResponse, .refuseConnections, .freezeBroker, .resend, .tangle:
            nil
        }
    }

    /// How many of a deck's cards are of this kind.
    var cards: Int {
        switch self {
        case .killKeepingState, .killLosingState, .killWithOldState: 3
        case .freezeService: 4
        case .restart: 2
        case .endTransactionError, .endTransactionLate, .endTransactionDropped, .tangle: 2
        case .scaleAway, .killBroker, .restartBroker, .produceError, .fetchError, .heartbeatError, .offsetCommitError,
            .addOffsetsError, .transactionalOffsetCommitError, .produceDropped, .produceLate, .delay, .dropResponse,
            .refuseConnections, .freezeBroker, .resend:
            1
        }
    }
}

/// The values of `--delivery-guarantee`.
public enum Guarantee: String, Hashable, Sendable, CaseIterable {
    case exactlyOnce = "exactly-once"
    case atLeastOnce = "at-least-once"
}

/// The three services.
public enum ServiceName: String, Hashable, Sendable, CaseIterable {
    case command = "command-service"
    case projection = "projection-service"
    case processManager = "process-manager-service"
}

/// One instance of a service.
public struct InstanceName: Hashable, Sendable, CustomStringConvertible {
    public var service: ServiceName
    public var number: Int

    public init(_ service: ServiceName, _ number: Int) {
        self.service = service
        self.number = number
    }

    public var description: String { "\(service.rawValue)-\(number)" }
}
