/// The batches of a log in the order of their offsets, found by offset, by bytes and by timestamp in logarithmic time.
struct BatchIndex: Hashable, Sendable {
    private(set) var entries: [BatchEntry] = []

    var byteCount: Int64 { bytes(from: 0, to: entries.count) }

    /// The bytes of the entries from one place up to, and without, another.
    func bytes(from start: Int, to end: Int) -> Int64 {
        guard start < end, let last = entries.last else { return 0 }
        let endPosition = end < entries.count ? entries[end].position : last.position + Int64(last.size)
        return endPosition - entries[start].position
    }

    mutating func append(_ entry: BatchEntry) {
        var entry = entry
        if let last = entries.last {
            entry.position = last.position + Int64(last.size)
            entry.latestTimestamp = max(last.latestTimestamp, entry.maxTimestamp)
        } else {
            entry.position = 0
            entry.latestTimestamp = entry.maxTimestamp
        }
        entries.append(entry)
    }

    /// The place of the first batch that ends at the offset or behind it; the number of batches when there is none.
    func place(of offset: Int64) -> Int {
        firstPlace(from: 0) { $0.lastOffset >= offset }
    }

    /// The place of the first batch from `start` on with a timestamp that is not earlier.
    func place(ofTimestamp timestamp: Int64, from start: Int) -> Int {
        // The running maximum helps only where nothing before the start reaches the timestamp.
        if start == 0 || start >= entries.count || entries[start - 1].latestTimestamp < timestamp {
            return firstPlace(from: start) { $0.latestTimestamp >= timestamp }
        }
        return entries[start...].firstIndex { $0.maxTimestamp >= timestamp } ?? entries.count
    }

    /// The place behind the last of the batches from `start` on that end before `bound` and have no more than so many
    /// bytes together.
    func end(from start: Int, bound: Int64, maxBytes: Int64) -> Int {
        guard start < entries.count else { return start }
        let origin = entries[start].position
        return firstPlace(from: start) {
            $0.lastOffset >= bound || $0.position + Int64($0.size) - origin > maxBytes
        }
    }

    /// A binary search: `matches` is false up to some entry, and true from there on.
    private func firstPlace(from start: Int, where matches: (BatchEntry) -> Bool) -> Int {
        var low = start
        var high = entries.count
        while low < high {
            let middle = low + (high - low) / 2
            if matches(entries[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }

    /// Forgets the batches before a place.
    mutating func removeFirst(_ count: Int) {
        guard count > 0 else { return }
        entries.removeFirst(count)
        var latest = Int64.min
        for index in entries.indices {
            latest = max(latest, entries[index].maxTimestamp)
            // From where the running maximum is what it was, nothing behind it changes.
            if entries[index].latestTimestamp == latest { break }
            entries[index].latestTimestamp = latest
        }
    }

    /// Puts other entries in the place of all.
    mutating func rebuild(_ replaced: [BatchEntry]) {
        entries.removeAll(keepingCapacity: true)
        for entry in replaced { append(entry) }
    }
}
