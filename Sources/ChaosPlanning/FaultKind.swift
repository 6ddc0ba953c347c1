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
    /// One more instance joins with an empty directory, and leaves by SIGTERM.
    case visit = "join-and-stop"
    /// The same, ended by SIGKILL.
    case visitAndDie = "join-and-kill"
    // A group's offsets, by an operator's hand: while the group has no members.
    case deleteOffsets = "offsets-deleted"
    case setOffsetsBack = "offsets-back"
    case setOffsetsToEnd = "offsets-to-end"
    /// A consumer that is none of ours joins a group for seconds and commits offsets.
    case stranger
    // The broker as a process.
    case killBroker = "broker-kill"
    case restartBroker = "broker-restart"
    // The nodes of a broker that has several.
    case killNode = "node-kill"
    case moveLeaders = "leaders-moved"
    case rollNodes = "nodes-rolled"
    /// So many away that nothing can be written.
    case loseMajority = "two-nodes-away"
    /// A node that tells the leaders of some time ago.
    case staleMetadata = "stale-metadata"
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
    /// All strategies at once over few customers and values: registrations, requests, changes, departures, some twice.
    case tangle
    /// Records of megabytes that compression makes small, and giant headers, on the topics that clients write.
    case giants
    /// An operator declares another reuse, and at first one more attribute each time; then somebody names that one.
    case declare = "declared"
    // What the services must stop at, so that a campaign ends with it.
    case addPartitions = "partitions-added"
    case recreateTopic = "topic-recreated"

    /// Who is hit.
    public enum Subject: Hashable, Sendable {
        case service
        case guest
        case group
        case stranger
        case brokerProcess
        case nodes
        case broker
        case clients
        /// Everybody: the services must stop.
        case deployment
    }

    public var subject: Subject {
        switch self {
        case .killKeepingState, .killLosingState, .killWithOldState, .freezeService, .restart, .scaleAway: .service
        case .visit, .visitAndDie: .guest
        case .deleteOffsets, .setOffsetsBack, .setOffsetsToEnd: .group
        case .stranger: .stranger
        case .killBroker, .restartBroker: .brokerProcess
        case .killNode, .moveLeaders, .rollNodes, .loseMajority, .staleMetadata: .nodes
        case .produceError, .fetchError, .heartbeatError, .offsetCommitError, .addOffsetsError,
            .transactionalOffsetCommitError, .endTransactionError, .endTransactionLate, .endTransactionDropped,
            .produceDropped, .produceLate, .delay, .dropResponse, .refuseConnections, .freezeBroker:
            .broker
        case .resend, .tangle, .giants, .declare: .clients
        case .addPartitions, .recreateTopic: .deployment
        }
    }

    /// Kinds that need transactions, or need that there are none; nil for those of both guarantees.
    public var guarantee: Guarantee? {
        switch self {
        case .addOffsetsError, .transactionalOffsetCommitError, .endTransactionError, .endTransactionLate,
            .endTransactionDropped:
            .exactlyOnce
        case .offsetCommitError: .atLeastOnce
        case .killKeepingState, .killLosingState, .killWithOldState, .freezeService, .restart, .scaleAway, .visit,
            .visitAndDie, .deleteOffsets, .setOffsetsBack, .setOffsetsToEnd, .stranger, .killBroker, .restartBroker,
            .killNode, .moveLeaders, .rollNodes, .loseMajority, .staleMetadata, .produceError, .fetchError,
            .heartbeatError, .produceDropped, .produceLate, .delay, .dropResponse, .refuseConnections, .freezeBroker,
            .resend, .tangle, .giants, .declare, .addPartitions, .recreateTopic:
            nil
        }
    }

    /// How many of a deck's cards are of this kind.
    var cards: Int {
        switch self {
        case .killKeepingState, .killLosingState, .killWithOldState: 3
        case .freezeService: 4
        case .restart, .visit, .visitAndDie: 2
        case .endTransactionError, .endTransactionLate, .endTransactionDropped, .tangle: 2
        case .scaleAway, .deleteOffsets, .setOffsetsBack, .setOffsetsToEnd, .stranger, .killBroker, .restartBroker,
            .killNode, .moveLeaders, .rollNodes, .loseMajority, .staleMetadata, .produceError, .fetchError,
            .heartbeatError, .offsetCommitError, .addOffsetsError, .transactionalOffsetCommitError, .produceDropped,
            .produceLate, .delay, .dropResponse, .refuseConnections, .freezeBroker, .resend, .giants, .declare:
            1
        // Drawn once, as the last step.
        case .addPartitions, .recreateTopic: 0
        }
    }
}

/// The values of `--delivery-guarantee`.
public enum Guarantee: String, Hashable, Sendable, CaseIterable {
    case exactlyOnce = "exactly-once"
    case atLeastOnce = "at-least-once"
}
