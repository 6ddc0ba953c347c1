extension Drawing {
    /// Errors that Kafka's brokers do give, by the request: those that pass, those that end a transaction, and those
    /// that end a membership.
    private static let codes: [FaultKind: [Int]] = [
        // NOT_LEADER, REQUEST_TIMED_OUT, NOT_ENOUGH_REPLICAS and its sister after the append.
        .produceError: [6, 7, 19, 20],
        .fetchError: [5, 6, 9],
        // COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR, ILLEGAL_GENERATION, UNKNOWN_MEMBER_ID, REBALANCE_IN_PROGRESS.
        .heartbeatError: [15, 16, 22, 25, 27],
        .offsetCommitError: [14, 15, 16, 22, 25, 27],
        .addOffsetsError: [14, 15, 16, 51],
        .transactionalOffsetCommitError: [14, 15, 16, 22, 25, 27],
        .endTransactionError: [14, 15, 16, 51],
    ]

    mutating func injectedFault(_ kind: FaultKind) -> InjectedFault {
        var fault = InjectedFault(kind: "error")
        fault.clientID = pick(ServiceName.allCases.map(\.rawValue), else: ServiceName.command.rawValue)
        fault.count = between(1, 6)
        fault.code = Self.codes[kind].map { pick($0, else: 6) }
        switch kind {
        case .produceError: fault.api = "Produce"
        case .fetchError: fault.api = "Fetch"
        case .heartbeatError: fault.api = "Heartbeat"
        case .offsetCommitError: fault.api = "OffsetCommit"
        case .addOffsetsError: fault.api = "AddOffsetsToTxn"
        case .transactionalOffsetCommitError: fault.api = "TxnOffsetCommit"
        case .endTransactionError: fault.api = "EndTxn"
        case .endTransactionLate: late(&fault, "EndTxn")
        case .produceLate: late(&fault, "Produce")
        case .endTransactionDropped: drop(&fault, "EndTxn")
        case .produceDropped: drop(&fault, "Produce")
        case .delay:
            fault.kind = "delay"
            fault.count = between(5, 60)
            fault.milliseconds = between(20, 2_000)
            fault.side = pick(["request", "response"], else: "response")
        case .dropResponse: drop(&fault, pick(["Fetch", "JoinGroup", "SyncGroup", "OffsetFetch", nil], else: nil))
        case .refuseConnections: immediate(&fault, "refuse-connections", between(500, 5_000))
        case .freezeBroker: immediate(&fault, "freeze", between(500, 9_000))
        case .killKeepingState, .killLosingState, .killWithOldState, .freezeService, .restart, .scaleAway,
            .killBroker, .restartBroker, .resend, .tangle:
            break
        }
        return fault
    }

    /// The request is done when its client has long gone on.
    private mutating func late(_ fault: inout InjectedFault, _ api: String) {
        fault.kind = "late"
        fault.api = api
        fault.count = between(1, 3)
        fault.milliseconds = between(10, 3_000)
    }

    private mutating func drop(_ fault: inout InjectedFault, _ api: String?) {
        fault.kind = pick(["drop-response", "close"], else: "drop-response")
        fault.api = api
        fault.count = between(1, 4)
    }

    private func immediate(_ fault: inout InjectedFault, _ kind: String, _ milliseconds: Int) {
        fault.kind = kind
        fault.clientID = nil
        fault.count = 1
        fault.milliseconds = milliseconds
    }
}
