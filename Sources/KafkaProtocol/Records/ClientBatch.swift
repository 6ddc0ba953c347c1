/// A batch that a client sent and that was found good.
public struct ClientBatch: Hashable, Sendable {
    /// The header; its max timestamp is the records' own, where they can be read.
    public var header: RecordBatchHeader
    /// Where the batch lies in the payload.
    public var range: Range<Int>
    /// Whether a record without a key was seen. Records that are packed are not looked at.
    public var hasRecordWithoutKey: Bool

    public init(header: RecordBatchHeader, range: Range<Int>, hasRecordWithoutKey: Bool = false) {
        self.header = header
        self.range = range
        self.hasRecordWithoutKey = hasRecordWithoutKey
    }

    /// Splits what a produce request has for one partition into batches and checks each of them: format, length,
    /// checksum, counts, codec, and, where the records are not packed, each record. Packed records are stored as they
    /// came and are not looked into.
    ///
    /// - Throws: The first thing that is wrong. ``RecordBatchError/empty`` when there is no batch.
    public static func split(_ payload: [UInt8]) throws(RecordBatchError) -> [ClientBatch] {
        guard !payload.isEmpty else { throw .empty }
        var batches: [ClientBatch] = []
        var position = 0
        while position < payload.count {
            let batch = try check(payload, at: position)
            batches.append(batch)
            position = batch.range.upperBound
        }
        return batches
    }

    private static func check(_ payload: [UInt8], at position: Int) throws(RecordBatchError) -> ClientBatch {
        let header = try RecordBatchHeader(payload, at: position)
        let range = position..<(position + header.sizeInBytes)
        let computed = CRC32C.checksum(payload, (position + RecordBatchHeader.checksummedFrom)..<range.upperBound)
        guard computed == header.checksum else {
            throw .checksumMismatch(stored: header.checksum, computed: computed)
        }
        guard let codec = header.attributes.codec else { throw .unknownCodec(header.attributes.codecBits) }
        guard !header.attributes.isControl else { throw .controlBatch }
        guard header.baseOffset == 0 else { throw .unexpectedBaseOffset(header.baseOffset) }
        guard header.recordCount > 0, header.lastOffsetDelta == header.recordCount - 1 else {
            throw .inconsistentCount(records: header.recordCount, lastOffsetDelta: header.lastOffsetDelta)
        }
        guard header.attributes.timestampType == .createTime, !header.attributes.hasDeleteHorizon else {
            throw .unexpectedTimestampType
        }
        guard !header.hasProducerID || header.baseSequence >= 0 else { throw .invalidSequence(header.baseSequence) }
        var batch = ClientBatch(header: header, range: range)
        if codec == .none { try batch.checkRecords(payload) }
        return batch
    }

    private mutating func checkRecords(_ payload: [UInt8]) throws(RecordBatchError) {
        let section = (range.lowerBound + RecordBatchHeader.size)..<range.upperBound
        var reader = RecordReader(payload, range: section, count: header.recordCount)
        var maxTimestamp: Int64 = -1
        while let place = try reader.next() {
            guard Int(place.offsetDelta) == reader.index - 1 else { throw .invalidRecord(index: reader.index - 1) }
            if place.key == nil { hasRecordWithoutKey = true }
            maxTimestamp = max(maxTimestamp, header.timestamp(of: place))
        }
        guard reader.remaining == 0 else { throw .trailing(reader.remaining) }
        header.maxTimestamp = maxTimestamp
    }
}
