internal import EventLog

/// Ends of transactions that are decided and not written everywhere yet. Each partition gets its marker, and each group
/// the word about its offsets, at a time of its own, as on a cluster where other brokers write them.
struct MarkerQueue: Sendable {
    enum Target: Hashable, Sendable {
        case partition(TopicPartition)
        case group(String)
    }

    struct Marker: Sendable {
        /// Milliseconds since 1970.
        var due: Int64
        var target: Target
        var end: TransactionMarkers
    }

    /// By time; those of one time in the order in which they came.
    private var waiting: [Marker] = []
    /// How many markers each transactional id still waits for.
    private var missing: [String: Int] = [:]
    /// How many delays were drawn.
    private var drawn: UInt64 = 0

    var nextDeadline: Int64? { waiting.first?.due }

    /// Whether the end of a transaction is on its way to the partition.
    func isAwaited(in place: TopicPartition) -> Bool { waiting.contains { $0.target == .partition(place) } }

    /// - Parameter longest: Most milliseconds that a marker takes.
    mutating func add(_ end: TransactionMarkers, now: Int64, longest: Int64) {
        let targets = end.targets
        missing[end.transactionalID] = targets.count
        for target in targets {
            insert(Marker(due: now.clampedSum(drawDelay(longest)), target: target, end: end))
        }
    }

    private mutating func insert(_ marker: Marker) {
        let place = waiting.firstIndex { $0.due > marker.due } ?? waiting.endIndex
        waiting.insert(marker, at: place)
    }

    /// A marker that was taken out could not be written yet.
    mutating func putOff(_ marker: Marker, until time: Int64) {
        var marker = marker
        marker.due = time
        insert(marker)
    }

    /// No chance in here: a delay follows from how many were drawn before it (the finish of SplitMix64).
    private mutating func drawDelay(_ longest: Int64) -> Int64 {
        drawn &+= 0x9e37_79b9_7f4a_7c15
        var mixed = drawn
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        mixed ^= mixed >> 31
        return Int64(mixed % UInt64(max(1, longest.clampedSum(1))))
    }

    mutating func removeFirst(due now: Int64) -> Marker? {
        guard let first = waiting.first, first.due <= now else { return nil }
        return waiting.removeFirst()
    }

    /// A marker is written.
    ///
    /// - Returns: Whether it was the last of its transaction.
    mutating func wrote(_ marker: Marker) -> Bool {
        let left = (missing[marker.end.transactionalID] ?? 1) - 1
        missing[marker.end.transactionalID] = left > 0 ? left : nil
        return left <= 0
    }

    /// Forgets what the coordinator of these shards had still to write: the next one begins anew.
    mutating func forget(_ shards: Set<Int>) {
        guard !missing.isEmpty else { return }
        let gone = Set(missing.keys.filter { shards.contains(CoordinatorShard.of($0)) })
        for transactionalID in gone { missing[transactionalID] = nil }
        waiting.removeAll { gone.contains($0.end.transactionalID) }
    }
}

extension TransactionMarkers {
    var targets: [MarkerQueue.Target] { partitions.map { .partition($0) } + groups.map { .group($0) } }
}
