internal import Messages

/// A broker's settings, as it tells them.
public struct BrokerState: Hashable, Sendable {
    public var id: Int32
    /// Those that it tells. Managed clusters may tell none.
    public var settings: [String: String]

    public init(id: Int32, settings: [String: String]) {
        self.id = id
        self.settings = settings
    }

    func number(_ setting: String) -> Int64? { settings[setting].flatMap { Int64($0) } }
}

// What holds for all topics. A setting that is not told is passed over: many clusters hide them.
extension DeploymentCheck {
    /// What is wrong with the brokers.
    /// - Parameters:
    ///   - topics: those of the deployment that exist.
    ///   - transactionTimeout: what the services' producers ask for, in milliseconds.
    public func findings(
        brokers: [BrokerState], topics: [TopicState], transactionTimeout: Int64
    ) -> [Finding] {
        let kept = topics.filter { $0.topic.isWrittenByClients || $0.topic == .processCommands }
            .compactMap { $0.number("retention.ms") }.max()
        return brokers.flatMap { broker in
            timeoutFindings(broker, transactionTimeout) + memoryFindings(broker, inputsKept: kept)
                + (brokers.count > 1 ? internalTopicFindings(broker) : [])
        }
    }

    private func finding(
        _ severity: Finding.Severity, _ broker: BrokerState, _ setting: String, atLeast least: Int64, why: String
    ) -> [Finding] {
        guard let value = broker.number(setting), value < least else { return [] }
        return [
            Finding(
                severity, "broker \(broker.id)", what: "\(setting) is \(value), should be at least \(least)", why: why,
                remedy: "set \(setting)=\(least) in server.properties of each broker, and restart them one by one")
        ]
    }

    private func timeoutFindings(_ broker: BrokerState, _ transactionTimeout: Int64) -> [Finding] {
        finding(
            .wrong, broker, "transaction.max.timeout.ms", atLeast: transactionTimeout,
            why: "the services ask for transaction.timeout.ms=\(transactionTimeout), are refused, and can't start")
    }

    /// - Parameter inputsKept: how long commands and requests are kept, in milliseconds; below 0 for ever.
    private func memoryFindings(_ broker: BrokerState, inputsKept: Int64?) -> [Finding] {
        let day: Int64 = 86_400_000
        let kept = max(inputsKept ?? 0, 7 * day)
        return finding(
            .warning, broker, "transactional.id.expiration.ms", atLeast: day,
            why: "an id that rests for longer is forgotten, and with it who was fenced")
            + finding(
                .warning, broker, "offsets.retention.minutes", atLeast: (kept + 7 * day) / 60_000,
                why:
                    "commands are kept for \(kept / day) days: a group that is away until both its offsets and commands are"
                    + " gone can't tell from the offsets that it missed some, and only its own output shows it")
    }

    /// The brokers' own topics hold offsets and the ends of transactions.
    private func internalTopicFindings(_ broker: BrokerState) -> [Finding] {
        let why = "positions and the ends of transactions are lost with one broker"
        return finding(.wrong, broker, "transaction.state.log.min.isr", atLeast: 2, why: why)
            + finding(.wrong, broker, "transaction.state.log.replication.factor", atLeast: 2, why: why)
            + finding(.wrong, broker, "offsets.topic.replication.factor", atLeast: 2, why: why)
    }
}
