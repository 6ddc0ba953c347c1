/// A run of batches that retention deletes, and compaction takes, as one. The last of a log is the active one.
struct LogSegment: Hashable, Sendable {
    var baseOffset: Int64
    var byteCount: Int64
    /// The max timestamp of the first batch: a segment's age in event time is counted from it.
    var firstTimestamp: Int64
    var largestTimestamp: Int64

    init(_ entry: BatchEntry) {
        baseOffset = entry.baseOffset
        byteCount = Int64(entry.size)
        firstTimestamp = entry.maxTimestamp
        largestTimestamp = entry.maxTimestamp
    }

    mutating func take(_ entry: BatchEntry) {
        byteCount += Int64(entry.size)
        largestTimestamp = max(largestTimestamp, entry.maxTimestamp)
    }

    /// Whether the entry must begin a segment of its own (Kafka rolls by size, by the time between the first batch and
    /// this one, and before relative offsets would need more than 31 bits). It depends on nothing but the batches, so
    /// that a rebuilt log has the same segments.
    func isFull(for entry: BatchEntry, _ settings: LogSettings) -> Bool {
        if byteCount + Int64(entry.size) > settings.segmentBytes { return true }
        if firstTimestamp >= 0, entry.maxTimestamp.clampedDistance(from: firstTimestamp) > settings.segmentTime {
            return true
        }
        return entry.lastOffset.clampedDistance(from: baseOffset) > Int64(Int32.max)
    }
}

extension Int64 {
    /// This less the other, or the nearest number there is.
    func clampedDistance(from other: Int64) -> Int64 {
        let (value, overflow) = subtractingReportingOverflow(other)
        return overflow ? (self < other ? Int64.min : Int64.max) : value
    }

    /// This and the other, or the nearest number there is.
    func clampedSum(_ other: Int64) -> Int64 {
        let (value, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? Int64.min : Int64.max) : value
    }
}
