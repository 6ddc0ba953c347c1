internal import Messages
internal import Operations
internal import StateStore
internal import Synchronization

/// What the workers' threads tell to those who serve HTTP.
final class ReadinessBoard: Sendable {
    private struct Entry {
        var isReady = false
        var reader: SQLiteStateReader?
        var rules: DeploymentRules?
        var partitions: Set<Int32> = []
    }
    private let entries: Mutex<[ConsumerGroup: Entry]>

    init(groups: [ConsumerGroup]) {
        entries = Mutex(Dictionary(uniqueKeysWithValues: groups.map { ($0, Entry()) }))
    }

    func set(_ group: ConsumerGroup, isReady: Bool) {
        entries.withLock { $0[group, default: Entry()].isReady = isReady }
    }

    func set(_ group: ConsumerGroup, reader: SQLiteStateReader, _ rules: DeploymentRules) {
        entries.withLock { entries in
            entries[group, default: Entry()].reader = reader
            entries[group, default: Entry()].rules = rules
        }
    }

    var readiness: Readiness {
        let waiting = entries.withLock { $0.filter { !$0.value.isReady }.map(\.key.rawValue).sorted() }
        return waiting.isEmpty
            ? .ready : .notReady("\(waiting.joined(separator: ", ")): no partitions yet, or catching up")
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
