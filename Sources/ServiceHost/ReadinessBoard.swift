internal import Messages
internal import Operations
internal import Processing
internal import StateStore
internal import Synchronization

/// What the workers' threads tell to those who serve HTTP.
final class ReadinessBoard: Sendable {
    private struct Entry {
        var standing = WorkerStanding(isMember: false)
        /// When something was committed last, or could have been.
        var proved: ContinuousClock.Instant?
        var reader: SQLiteStateReader?
        var rules: DeploymentRules?

        /// Why the worker is not ready; nil when it is.
        func obstacle(_ now: ContinuousClock.Instant, within proofTime: Duration) -> String? {
            if let obstacle = standing.obstacle { return obstacle }
            guard let proved else { return "nothing was committed yet" }
            let silence = proved.duration(to: now)
            return silence < proofTime ? nil : "nothing could be committed for \(silence.components.seconds) seconds"
        }
    }
    private let entries: Mutex<[ConsumerGroup: Entry]>

    /// For so long a commit shows that a batch could be committed now. Workers without input try more often.
    private static let proofTime = Duration.seconds(10)

    init(groups: [ConsumerGroup]) {
        entries = Mutex(Dictionary(uniqueKeysWithValues: groups.map { ($0, Entry()) }))
    }

    func set(_ group: ConsumerGroup, _ standing: WorkerStanding) {
        entries.withLock { $0[group, default: Entry()].standing = standing }
    }

    func proved(_ group: ConsumerGroup, at time: ContinuousClock.Instant) {
        entries.withLock { $0[group, default: Entry()].proved = time }
    }

    func set(_ group: ConsumerGroup, reader: SQLiteStateReader, _ rules: DeploymentRules) {
        entries.withLock { entries in
            entries[group, default: Entry()].reader = reader
            entries[group, default: Entry()].rules = rules
        }
    }

    /// Ready is a service that could commit a batch now, or did so within the last seconds, for every partition that it
    /// was given. The time is looked at here: a worker that hangs in a call can't say so.
    func readiness(at now: ContinuousClock.Instant) -> Readiness {
        let obstacles = entries.withLock { entries in
            entries.sorted { $0.key.rawValue < $1.key.rawValue }.compactMap { group, entry in
                entry.obstacle(now, within: Self.proofTime).map { "\(group.rawValue): \($0)" }
            }
        }
        return obstacles.isEmpty ? .ready : .notReady(obstacles.joined(separator: "\n"))
    }

    /// What the service runs by; nil before it is known.
    var rules: DeploymentRules? { entries.withLock { $0.values.lazy.compactMap(\.rules).first } }

    /// The state of a group, for reading; nil before it is open.
    func state(of group: ConsumerGroup) -> (reader: SQLiteStateReader, rules: DeploymentRules)? {
        entries.withLock { entries in
            guard let entry = entries[group], let reader = entry.reader, let rules = entry.rules else {
                return nil
            }
            return (reader, rules)
        }
    }
}
