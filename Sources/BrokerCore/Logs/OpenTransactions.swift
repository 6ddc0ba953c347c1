/// The transactions that have data in a partition and no end yet.
struct OpenTransactions: Hashable, Sendable {
    private struct Open: Hashable, Sendable {
        var firstOffset: Int64
        var producerID: Int64
    }

    /// By first offset: transactions begin at the log's end, so a new one is always the last.
    private var ordered: [Open] = []
    private var firstOffsets: [Int64: Int64] = [:]

    /// The first offset of the earliest.
    var first: Int64? { ordered.first?.firstOffset }
    var isEmpty: Bool { ordered.isEmpty }

    subscript(_ producerID: Int64) -> Int64? { firstOffsets[producerID] }

    /// Begins the producer's transaction unless it has one.
    mutating func begin(_ producerID: Int64, at offset: Int64) {
        guard firstOffsets[producerID] == nil else { return }
        firstOffsets[producerID] = offset
        ordered.insert(Open(firstOffset: offset, producerID: producerID), at: place(of: offset))
    }

    /// Ends the producer's transaction; gives its first offset, nil when it has none.
    mutating func end(_ producerID: Int64) -> Int64? {
        guard let offset = firstOffsets.removeValue(forKey: producerID) else { return nil }
        ordered.remove(at: place(of: offset))
        return offset
    }

    private func place(of offset: Int64) -> Int {
        var low = 0
        var high = ordered.count
        while low < high {
            let middle = low + (high - low) / 2
            if ordered[middle].firstOffset >= offset { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
