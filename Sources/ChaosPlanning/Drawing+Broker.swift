internal import LoadGenerating
internal import Messages

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
        // Of another subject.
        default: break
        }
        return fault
    }

    mutating func nodeFault(_ kind: FaultKind) -> NodeFault {
        let node = between(1, campaign.nodes)
        return switch kind {
        case .moveLeaders: .moveLeaders(seed: dice.below(1 << 50))
        case .rollNodes: .roll(down: between(500, 3_000))
        case .loseMajority: .loseMajority(left: node, down: between(1_000, 8_000))
        case .staleMetadata: .stale(node: node, between(1_000, 8_000))
        default: .kill(node: node, down: between(500, 12_000))
        }
    }

    func nodeFaultMilliseconds(_ fault: NodeFault) -> Int {
        switch fault {
        case .kill(_, let time), .loseMajority(_, let time), .stale(_, let time): time
        case .moveLeaders: 0
        case .roll(let time): campaign.nodes * time
        }
    }

    mutating func clientFault(_ kind: FaultKind) -> Schedule.Action {
        switch kind {
        case .tangle:
            .tangle(
                Tangle(
                    commands: between(100, 600), customers: between(4, 40), values: between(2, 20),
                    seed: dice.below(1 << 50)))
        case .giants:
            .giants(
                Giants(
                    records: between(1, 4), bytes: between(70_000, 3_500_000), headerBytes: between(0, 900_000),
                    seed: dice.below(1 << 50)))
        case .declare: .declare(Declaring(registrations: between(1, 20), seed: dice.below(1 << 50)))
        default: .resend(Resending(records: between(50, 400), seed: dice.below(1 << 50)))
        }
    }

    /// What the campaign ends with; nil for nothing.
    mutating func deploymentFault() -> DeploymentFault? {
        let kinds = campaign.kinds.filter { $0.subject == .deployment }
        guard let kind = dice.pick(kinds) else { return nil }
        // Topics in which each partition has records that were taken.
        let topic = pick([Topic.customerCommands, .customerEvents, .uniqueClaims], else: .customerCommands)
        return kind == .addPartitions ? .partitionAdded(topic) : .recreated(topic)
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
