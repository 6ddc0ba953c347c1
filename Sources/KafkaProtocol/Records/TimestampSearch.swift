/// Finds the exact record for a timestamp inside one batch, once a log has said which batch it must be in.
public enum TimestampSearch {
    /// A record's offset and timestamp.
    public struct Match: Hashable, Sendable {
        public var offset: Int64
        /// Milliseconds since 1970.
        public var timestamp: Int64

        public init(offset: Int64, timestamp: Int64) {
            self.offset = offset
            self.timestamp = timestamp
        }
    }

    /// The first record from `offset` on whose timestamp is `timestamp` or later; nil when the batch has none.
    ///
    /// Records that can't be unpacked count as one: the batch's first offset and its max timestamp stand for them.
    public static func first(
        in batch: [UInt8], at position: Int = 0, atOrAfter timestamp: Int64, from offset: Int64,
        decompress: Decompressor = { _, _ in nil }
    ) throws(RecordBatchError) -> Match? {
        let header = try RecordBatchHeader(batch, at: position)
        return try search(batch, position, header, offset, decompress) { match, found in
            found == nil && match.timestamp >= timestamp
        }
    }

    /// The first record with the batch's largest timestamp (KIP-734).
    public static func latest(
        in batch: [UInt8], at position: Int = 0, from offset: Int64, decompress: Decompressor = { _, _ in nil }
    ) throws(RecordBatchError) -> Match? {
        let header = try RecordBatchHeader(batch, at: position)
        return try search(batch, position, header, offset, decompress) { match, found in
            match.timestamp > found?.timestamp ?? Int64.min
        }
    }

    private static func search(
        _ batch: [UInt8], _ position: Int, _ header: RecordBatchHeader, _ offset: Int64, _ decompress: Decompressor,
        takes: (Match, Match?) -> Bool
    ) throws(RecordBatchError) -> Match? {
        let section: RecordSection
        do { section = try RecordSection(batch, at: position, decompress: decompress) } catch {
            guard case .unreadable = error, header.lastOffset >= offset else {
                if case .unreadable = error { return nil }
                throw error
            }
            let whole = Match(offset: max(header.baseOffset, offset), timestamp: header.maxTimestamp)
            return takes(whole, nil) ? whole : nil
        }
        var reader = section.makeReader()
        var found: Match?
        while let place = try reader.next() {
            let match = Match(
                offset: header.baseOffset &+ Int64(place.offsetDelta), timestamp: header.timestamp(of: place))
            if match.offset >= offset, takes(match, found) { found = match }
        }
        return found
    }
}
