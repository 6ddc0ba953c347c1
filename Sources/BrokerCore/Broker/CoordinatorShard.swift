/// The share of the coordinators' work that a group or a transactional id belongs to: in Kafka a partition of
/// `__consumer_offsets` or of `__transaction_state`. The broker that leads the partition coordinates, so a fail-over moves
/// whole shards.
public enum CoordinatorShard {
    /// `offsets.topic.num.partitions` and `transaction.state.log.num.partitions`, both 50 in Kafka.
    public static let count = 50
    public static let all = Set(0..<count)

    /// The shard of a group or a transactional id, as Kafka places it: by Java's hash of the text.
    public static func of(_ key: String) -> Int {
        let hash = key.utf16.reduce(Int32(0)) { 31 &* $0 &+ Int32($1) }
        return Int(hash & .max) % count
    }
}

/// Shards whose state a coordinator is still reading: until it has, it refuses what is asked about them.
struct LoadingShards: Sendable {
    /// For shards that nobody coordinates, so that nobody reads them.
    static let never = Int64.max

    /// When each is read, in milliseconds since 1970.
    private var due: [Int: Int64] = [:]

    /// When the first is read.
    var nextDeadline: Int64? { due.values.min() }

    func contains(_ key: String) -> Bool { !due.isEmpty && due[CoordinatorShard.of(key)] != nil }
    /// Whether somebody is reading.
    var isUnderway: Bool { due.values.contains { $0 < Self.never } }

    mutating func begin(_ shards: Set<Int>, until time: Int64) {
        for shard in shards { due[shard] = time }
    }

    mutating func end(_ shards: Set<Int>) {
        if due.isEmpty { return }
        for shard in shards { due[shard] = nil }
    }

    /// Takes out those that are read by now.
    mutating func finish(now: Int64) -> Set<Int> {
        guard let first = nextDeadline, first <= now else { return [] }
        let read = Set(due.filter { $0.value <= now }.keys)
        for shard in read { due[shard] = nil }
        return read
    }
}
