/// Which records a consumer sees (KIP-98); the raw value is the wire's isolation level.
public enum ReadIsolation: Int8, Hashable, Sendable {
    case readUncommitted = 0
    case readCommitted = 1
}

/// The stored batches that answer a fetch: those from one base offset to another, in the order of offsets.
public struct FetchSlice: Hashable, Sendable {
    /// The base offset of the first batch; the offset that was asked for when there is none.
    public var baseOffset: Int64
    /// Behind the last batch; equal to `baseOffset` when there is none.
    public var endOffset: Int64
    public var batchCount: Int
    public var byteCount: Int
    public var highWatermark: Int64
    public var lastStableOffset: Int64
    public var logStartOffset: Int64
    /// The aborted transactions with records among the batches; nil for who reads uncommitted.
    public var abortedTransactions: [AbortedTransaction]?
}

extension PartitionLog {
    /// What can be read from an offset on.
    ///
    /// - Parameters:
    ///   - maxBytes: How many bytes the batches may have together.
    ///   - atLeastOne: Gives the first batch even if it is larger: a consumer must be able to go on (KIP-74).
    /// - Throws: ``PartitionLogError/offsetOutOfRange(offset:start:end:)`` when the offset is below the log's start or
    ///   behind its end. At the end, or at the last stable offset, there is nothing yet.
    public func fetch(
        from offset: Int64, maxBytes: Int, atLeastOne: Bool, isolation: ReadIsolation
    ) throws(PartitionLogError) -> FetchSlice {
        guard offset >= startOffset, offset <= endOffset else {
            throw .offsetOutOfRange(offset: offset, start: startOffset, end: endOffset)
        }
        let bound = readableEnd(isolation)
        let start = index.place(of: offset)
        var end = index.end(from: start, bound: bound, maxBytes: Int64(max(0, maxBytes)))
        if end == start, atLeastOne, start < index.entries.count, index.entries[start].lastOffset < bound { end += 1 }
        var slice = FetchSlice(
            baseOffset: offset, endOffset: offset, batchCount: end - start,
            byteCount: Int(index.bytes(from: start, to: end)), highWatermark: highWatermark,
            lastStableOffset: lastStableOffset, logStartOffset: startOffset, abortedTransactions: nil)
        if end > start {
            slice.baseOffset = index.entries[start].baseOffset
            slice.endOffset = index.entries[end - 1].lastOffset &+ 1
        }
        switch isolation {
        case .readUncommitted: break
        case .readCommitted:
            slice.abortedTransactions =
                end > start ? aborted.overlapping(from: offset, to: slice.endOffset) : []
        }
        return slice
    }

    /// The base offsets and sizes of a slice's batches.
    public func batches(of slice: FetchSlice) -> [(baseOffset: Int64, size: Int)] {
        let start = index.place(of: slice.baseOffset)
        return index.entries[start..<min(start + slice.batchCount, index.entries.count)].map {
            ($0.baseOffset, Int($0.size))
        }
    }

    /// Behind the last offset that can be read.
    func readableEnd(_ isolation: ReadIsolation) -> Int64 {
        switch isolation {
        case .readUncommitted: highWatermark
        case .readCommitted: lastStableOffset
        }
    }
}
