extension PartitionLog {
    /// Deletes records by offset (DeleteRecords, KIP-107): the log then begins there.
    ///
    /// - Parameter offset: The first offset to keep; -1 for the high watermark.
    /// - Returns: The low watermark, which is the log's start, and what the host does; nothing when the log begins there
    ///   or behind already.
    /// - Throws: ``PartitionLogError/offsetOutOfRange(offset:start:end:)`` and ``PartitionLogError/notDeletable``.
    public mutating func deleteRecords(
        before offset: Int64
    ) throws(PartitionLogError) -> (lowWatermark: Int64, effects: [PartitionLogEffect]) {
        guard settings.deletesOld else { throw .notDeletable }
        let target = offset == -1 ? highWatermark : offset
        guard target >= 0, target <= highWatermark else {
            throw .offsetOutOfRange(offset: offset, start: startOffset, end: highWatermark)
        }
        let effects = moveStart(to: target)
        return (startOffset, effects)
    }

    /// Deletes the segments that are too old, or more than the topic may have, and forgets producers that were silent
    /// for long. To be called from time to time.
    public mutating func maintain(now: Int64) -> [PartitionLogEffect] {
        producers.expire(now: now, after: Self.producerExpiration) { transactions[$0] != nil }
        guard settings.deletesOld else { return [] }
        return moveStart(to: max(startBySize(), startByTime(now)))
    }

    /// Whole segments go while what is left is not below the limit. The active one stays.
    private func startBySize() -> Int64 {
        guard settings.retentionBytes >= 0 else { return startOffset }
        var excess = byteCount - settings.retentionBytes
        var start = startOffset
        for (segment, next) in zip(segments, segments.dropFirst()) {
            guard excess >= segment.byteCount else { break }
            excess -= segment.byteCount
            start = next.baseOffset
        }
        return start
    }

    /// Segments go while their largest timestamp is older than the limit; the active one too, as if it had been closed.
    /// A segment without timestamps has no age.
    private func startByTime(_ now: Int64) -> Int64 {
        guard settings.retentionTime >= 0 else { return startOffset }
        var start = startOffset
        for (place, segment) in segments.enumerated() {
            guard segment.largestTimestamp >= 0,
                now.clampedDistance(from: segment.largestTimestamp) > settings.retentionTime
            else { break }
            start = place + 1 < segments.count ? segments[place + 1].baseOffset : endOffset
        }
        return start
    }

    private mutating func moveStart(to offset: Int64) -> [PartitionLogEffect] {
        guard offset > startOffset else { return [] }
        let count = batchCount
        pruneStart(offset)
        let snapshot = ProducerSnapshot(endOffset: endOffset, producers: describeProducers())
        var effects: [PartitionLogEffect] = [.journal(.logStart(startOffset, snapshot))]
        if batchCount < count { effects.append(.deleteBatches(below: index.entries.first?.baseOffset ?? endOffset)) }
        return effects
    }

    /// Moves the start and forgets what lies wholly below it.
    mutating func pruneStart(_ offset: Int64) {
        startOffset = offset
        endOffset = max(endOffset, offset)
        firstDirtyOffset = max(firstDirtyOffset, offset)
        let removed = index.place(of: offset)
        index.removeFirst(removed)
        aborted.remove(below: offset)
        if removed > 0 { trimSegments() }
    }

    /// Fits the segments to the batches that are left in them.
    mutating func trimSegments() {
        var trimmed: [LogSegment] = []
        var place = 0
        for (number, segment) in segments.enumerated() {
            let end = number + 1 < segments.count ? index.place(of: segments[number + 1].baseOffset) : batchCount
            guard place < end else { continue }
            if index.bytes(from: place, to: end) == segment.byteCount {
                trimmed.append(segment)
            } else {
                var smaller = LogSegment(index.entries[place])
                for entry in index.entries[(place + 1)..<end] { smaller.take(entry) }
                trimmed.append(smaller)
            }
            place = end
        }
        segments = trimmed
    }
}
