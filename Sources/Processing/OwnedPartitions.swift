internal import EventLog
internal import Messages

/// The partitions that a worker works on: taken over, caught up, and given by its group until it says otherwise.
struct OwnedPartitions {
    /// The next offset to be taken of each input.
    private(set) var next: [TopicPartition: Int64] = [:]
    /// Ends of the topics that the state is rebuilt from, as far as this worker has folded or written them itself.
    private(set) var memoryEnds: [TopicPartition: Int64] = [:]

    var isEmpty: Bool { next.isEmpty }

    var numbers: [Int32] { Set(next.keys.map(\.partition)).sorted() }

    mutating func add(_ plan: TakeOverPlan) {
        next.merge(plan.next) { $1 }
        memoryEnds.merge(plan.memoryEnds) { $1 }
    }

    /// What was handled is behind.
    mutating func advance(to offsets: [TopicPartition: Int64]) {
        for (place, offset) in offsets { if let known = next[place] { next[place] = max(known, offset) } }
    }

    /// What goes along with a batch part that takes no input of its partition: without an offset, nothing would fence a
    /// transaction of a worker that lost the partition (KIP-447).
    /// - Returns: nil for a partition that is not owned.
    func fence(of partition: Int32) -> FencingOffsets? {
        guard let place = next.keys.filter({ $0.partition == partition }).min(), let offset = next[place] else {
            return nil
        }
        return FencingOffsets(place, offset)
    }

    /// Whether a record of ours lies right behind what is known of its partition; it is known then, too.
    mutating func joins(_ place: TopicPartition, _ offset: Int64) -> Bool {
        guard let end = memoryEnds[place], offset == end else { return false }
        memoryEnds[place] = end + 1
        return true
    }
}

/// Offsets of inputs to be committed, at least one: they are what fences a batch.
struct FencingOffsets {
    private(set) var all: [TopicPartition: Int64]

    init(_ place: TopicPartition, _ next: Int64) { all = [place: next] }

    mutating func set(_ place: TopicPartition, _ next: Int64) { all[place] = next }
}
