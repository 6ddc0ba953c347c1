/// What a pass of compaction is to do, and all that it must know besides the batches' bytes.
public struct CompactionTask: Hashable, Sendable {
    /// A producer's last traces, which stay so that its next batch is not taken for a gap, and fencing holds.
    struct LastTrace: Hashable, Sendable {
        var lastDataOffset: Int64?
        var producerEpoch: Int16
    }

    /// Keys are looked at from here: what lies below was compacted already.
    public var firstDirtyOffset: Int64
    /// Batches from here on are left alone.
    public var endOffset: Int64
    /// The base offsets of the batches to read, in order.
    public var batches: [Int64]
    /// Milliseconds since 1970.
    public var now: Int64
    public var deleteRetention: Int64
    var aborted: [AbortedTransaction]
    var lastTraces: [Int64: LastTrace]
}

/// What becomes of a batch.
public enum BatchFate: Hashable, Sendable {
    case remove
    /// These bytes take its place: a whole batch with the same base and last offset.
    case replace([UInt8])
}

/// What a pass of compaction found. Batches that are not named stay as they are.
public struct CompactionResult: Hashable, Sendable {
    public struct Change: Hashable, Sendable {
        public var baseOffset: Int64
        public var fate: BatchFate
    }

    /// In the order of offsets.
    public var changes: [Change]
    /// All below was compacted.
    public var endOffset: Int64
}

/// A stored batch, as far as compaction changes it.
public protocol CompactableBatch {
    var baseOffset: Int64 { get }
    var bytes: [UInt8] { get set }
    /// Whether a segment begins with it.
    var startsSegment: Bool { get set }
}

extension [CompactionResult.Change] {
    /// For hosts that keep batches in memory.
    /// - Parameter batches: a log's, in the order of offsets.
    /// - Returns: what is left of them. Where a segment's first batch goes, the next one begins it.
    public func applied<Batch: CompactableBatch>(to batches: [Batch]) -> [Batch] {
        var kept: [Batch] = []
        kept.reserveCapacity(batches.count)
        var changes = self[...]
        var startsSegment = false
        for var batch in batches {
            while let change = changes.first, change.baseOffset < batch.baseOffset { changes.removeFirst() }
            startsSegment = startsSegment || batch.startsSegment
            if let change = changes.first, change.baseOffset == batch.baseOffset {
                switch change.fate {
                case .remove: continue
                case .replace(let bytes): batch.bytes = bytes
                }
            }
            batch.startsSegment = startsSegment
            startsSegment = false
            kept.append(batch)
        }
        return kept
    }
}

extension PartitionLog {
    /// The pass of compaction that is worth it now; nil when there is none.
    ///
    /// Taken are the batches below the last stable offset, in closed segments none of which is younger than
    /// `min.compaction.lag.ms`, once the bytes that were not compacted yet are more of them than
    /// `min.cleanable.dirty.ratio` says.
    public func compactionCandidate(now: Int64) -> CompactionTask? {
        guard settings.compacts, let active = segments.last else { return nil }
        let dirty = max(firstDirtyOffset, startOffset)
        var bound = min(active.baseOffset, lastStableOffset)
        if settings.minCompactionLag > 0 { bound = min(bound, firstYoung(from: dirty, now) ?? bound) }
        let firstDirty = index.place(of: dirty)
        let end = index.place(of: bound)
        guard firstDirty < end else { return nil }
        let dirtyBytes = Double(index.bytes(from: firstDirty, to: end))
        guard dirtyBytes / Double(index.bytes(from: 0, to: end)) > settings.minDirtyRatio else { return nil }
        return task(dirty: dirty, end: end, now: now)
    }

    /// Where the first segment with batches from `offset` on begins that is too young.
    private func firstYoung(from offset: Int64, _ now: Int64) -> Int64? {
        let limit = now.clampedDistance(from: settings.minCompactionLag)
        return zip(segments, segments.dropFirst()).first { segment, next in
            segment.largestTimestamp > limit && next.baseOffset > offset
        }?.0.baseOffset
    }

    private func task(dirty: Int64, end: Int, now: Int64) -> CompactionTask {
        let entries = index.entries[..<end]
        let endOffset = (entries.last?.lastOffset ?? -1) &+ 1
        let traces = producers.states.mapValues {
            CompactionTask.LastTrace(lastDataOffset: $0.batches.last?.lastOffset, producerEpoch: $0.producerEpoch)
        }
        return CompactionTask(
            firstDirtyOffset: dirty, endOffset: endOffset, batches: entries.map(\.baseOffset), now: now,
            deleteRetention: settings.deleteRetention, aborted: aborted.overlapping(from: startOffset, to: endOffset),
            lastTraces: traces)
    }
}
