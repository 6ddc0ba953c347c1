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
        var declared: DeclarationHistory.Entry?
        var served = ServedPartitions(term: .zero)

        /// Why the worker is not ready; nil when it is.
        func obstacle(_ now: ContinuousClock.Instant, within proofTime: Duration) -> String? {
            if let obstacle = standing.obstacle { return obstacle }
            guard let proved else { return "nothing was committed yet" }
            let silence = proved.duration(to: now)
            return silence < proofTime ? nil : "nothing could be committed for \(silence.components.seconds) seconds"
        }
    }
    private let start = ContinuousClock.now
    private let entries: Mutex<[ConsumerGroup: Entry]>

    /// For so long a commit shows that a batch could be committed now. Workers without input try more often.
    private static let proofTime = Duration.seconds(10)

    init(groups: [ConsumerGroup]) {
        entries = Mutex(Dictionary(uniqueKeysWithValues: groups.map { ($0, Entry()) }))
    }

    func set(_ group: ConsumerGroup, _ standing: WorkerStanding) {
        entries.withLock { entries in
            entries[group, default: Entry()].standing = standing
            entries[group, default: Entry()].served.stand(standing)
        }
    }

    func proved(_ group: ConsumerGroup, at time: ContinuousClock.Instant) {
        entries.withLock { entries in
            entries[group, default: Entry()].proved = time
            entries[group, default: Entry()].served.proved()
        }
    }

    func proving(_ group: ConsumerGroup, at time: ContinuousClock.Instant) {
        let time = stamp(time)
        entries.withLock { $0[group, default: Entry()].served.proving(at: time) }
    }

    /// - Parameter session: how long the group waits for a member that is not heard.
    func set(_ group: ConsumerGroup, reader: SQLiteStateReader, _ declared: DeclarationHistory.Entry, session: Duration)
    {
        entries.withLock { entries in
            var entry = entries[group] ?? Entry()
            entry.reader = reader
            entry.declared = declared
            entry.served = ServedPartitions(term: min(session / 2, Self.proofTime))
            entry.served.stand(entry.standing)
            entries[group] = entry
        }
    }

    /// Time that nobody can put back, and that goes on while the machine sleeps.
    private func stamp(_ time: ContinuousClock.Instant) -> Timestamp {
        let (seconds, attoseconds) = start.duration(to: time).components
        return Timestamp(microseconds: seconds * 1_000_000 + attoseconds / 1_000_000_000_000)
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

    /// What is known to be declared; nil before anything is.
    var declared: DeclarationHistory.Entry? {
        entries.withLock { $0.values.compactMap(\.declared).min { $0.revision < $1.revision } }
    }

    /// Questions are answered by what is declared now.
    func adopt(_ declared: DeclarationHistory.Entry) {
        entries.withLock { entries in
            for group in entries.keys where entries[group]?.declared != nil { entries[group]?.declared = declared }
        }
    }

    /// The state of a group, for reading; nil before it is open.
    func state(of group: ConsumerGroup) -> (reader: SQLiteStateReader, declaration: Declaration)? {
        entries.withLock { entries in
            guard let entry = entries[group], let reader = entry.reader, let declared = entry.declared else {
                return nil
            }
            return (reader, declared.declaration)
        }
    }

    func standing(of partition: Int32, in group: ConsumerGroup) -> ServedPartitions.Standing {
        let now = stamp(.now)
        return entries.withLock { $0[group]?.served.standing(of: partition, at: now) ?? .uncertain }
    }
}
