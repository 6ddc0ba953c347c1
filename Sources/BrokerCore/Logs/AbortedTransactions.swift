/// A transaction that was aborted in a partition (KIP-98).
public struct AbortedTransaction: Hashable, Sendable {
    public var producerID: Int64
    public var firstOffset: Int64
    /// The marker's offset.
    public var lastOffset: Int64
    /// The last stable offset once the marker was written: no later transaction in the index begins below it.
    public var lastStableOffset: Int64
}

/// The aborted transactions of a partition by their end.
struct AbortedTransactions: Hashable, Sendable {
    private(set) var entries: [AbortedTransaction] = []

    mutating func append(_ entry: AbortedTransaction) { entries.append(entry) }

    /// Those with an offset from `start` up to, and without, `end`, by their end.
    func overlapping(from start: Int64, to end: Int64) -> [AbortedTransaction] {
        var found: [AbortedTransaction] = []
        for entry in entries[place(of: start)...] {
            if entry.firstOffset < end { found.append(entry) }
            if entry.lastStableOffset >= end { break }
        }
        return found
    }

    /// Forgets those that end below an offset.
    mutating func remove(below offset: Int64) { entries.removeFirst(place(of: offset)) }

    mutating func replace(with entries: [AbortedTransaction]) { self.entries = entries }

    /// The place of the first entry that ends at the offset or behind it.
    func place(of offset: Int64) -> Int {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = low + (high - low) / 2
            if entries[middle].lastOffset >= offset { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
