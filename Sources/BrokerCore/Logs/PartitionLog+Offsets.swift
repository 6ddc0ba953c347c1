/// What ListOffsets asks for.
public enum OffsetQuery: Hashable, Sendable {
    case earliest
    case latest
    /// The record with the largest timestamp (KIP-734).
    case maxTimestamp
    /// The first record with this timestamp, in milliseconds since 1970, or a later one.
    case timestamp(Int64)

    /// The query that a request's timestamp stands for; nil for the negative numbers that this broker knows nothing of.
    public init?(wire timestamp: Int64) {
        switch timestamp {
        case -1: self = .latest
        // There is no other tier: the earliest local offset (-4, KIP-405) is the earliest.
        case -2, -4: self = .earliest
        case -3: self = .maxTimestamp
        case 0...: self = .timestamp(timestamp)
        default: return nil
        }
    }
}

/// What a log can say without a batch's bytes.
public enum OffsetLookup: Hashable, Sendable {
    case offset(Int64)
    /// The record is in this batch, if it is anywhere before: see `TimestampSearch`.
    case batch(BatchCandidate)
    case none
}

/// A batch in which a record is to be looked for.
public struct BatchCandidate: Hashable, Sendable {
    public var baseOffset: Int64
    public var lastOffset: Int64
    public var size: Int
    /// Records below this offset don't count.
    public var firstOffset: Int64
}

extension PartitionLog {
    /// Answers ListOffsets as far as metadata can.
    ///
    /// For a candidate the caller searches the batch's bytes with `TimestampSearch.first` (or `.latest` for
    /// ``OffsetQuery/maxTimestamp``). When that finds nothing, which a batch whose records were removed can bring about,
    /// it goes on with ``candidate(atOrAfter:from:isolation:)`` from behind the candidate's last offset.
    public func lookUp(_ query: OffsetQuery, isolation: ReadIsolation) -> OffsetLookup {
        switch query {
        case .earliest: return .offset(startOffset)
        case .latest: return .offset(readableEnd(isolation))
        case .maxTimestamp:
            guard let latest = index.entries.last?.latestTimestamp, latest >= 0 else { return .none }
            return candidate(atOrAfter: latest, from: startOffset, isolation: .readUncommitted).map { .batch($0) }
                ?? .none
        case .timestamp(let timestamp):
            return candidate(atOrAfter: timestamp, from: startOffset, isolation: isolation).map { .batch($0) } ?? .none
        }
    }

    /// The first readable batch from an offset on whose max timestamp is `timestamp` or later.
    public func candidate(
        atOrAfter timestamp: Int64, from offset: Int64, isolation: ReadIsolation
    ) -> BatchCandidate? {
        let first = max(offset, startOffset)
        let place = index.place(ofTimestamp: timestamp, from: index.place(of: first))
        guard place < index.entries.count else { return nil }
        let entry = index.entries[place]
        guard entry.lastOffset < readableEnd(isolation) else { return nil }
        return BatchCandidate(
            baseOffset: entry.baseOffset, lastOffset: entry.lastOffset, size: Int(entry.size), firstOffset: first)
    }
}
