/// Why bytes are not a record batch that can be stored or read. Never carries the bytes.
public enum RecordBatchError: Error, Hashable, Sendable {
    /// There is no batch at all.
    case empty
    /// The bytes end before the batch does.
    case truncated
    /// A message set of the formats 0 and 1 (before Kafka 0.11), or a format that nobody knows.
    case unsupportedMagic(Int8)
    /// The batch's length is less than its header takes.
    case invalidLength(Int32)
    case checksumMismatch(stored: UInt32, computed: UInt32)
    /// The three bits of the attributes name no codec.
    case unknownCodec(Int16)
    /// The records are packed in a way that can't be undone here.
    case unreadable(CompressionCodec)
    /// The number of records and the last offset delta contradict each other, or there is no record.
    case inconsistentCount(records: Int32, lastOffsetDelta: Int32)
    /// A record is not well-formed, or its offset is not the one that its place demands.
    case invalidRecord(index: Int)
    /// There are bytes behind the last record.
    case trailing(Int)
    /// A client sent a batch whose base offset is not zero.
    case unexpectedBaseOffset(Int64)
    /// A client sent a control batch.
    case controlBatch
    /// A control batch's record is not an end-of-transaction marker.
    case notAMarker
    /// A client claims that the broker set the timestamps.
    case unexpectedTimestampType
    /// A batch has a producer id, but a negative sequence.
    case invalidSequence(Int32)

    /// What the client is told.
    public var errorCode: ErrorCode {
        switch self {
        case .truncated, .invalidLength, .checksumMismatch: .corruptMessage
        case .unsupportedMagic(let magic): magic == 0 || magic == 1 ? .unsupportedForMessageFormat : .corruptMessage
        case .unknownCodec, .unreadable: .unsupportedCompressionType
        case .unexpectedTimestampType: .invalidTimestamp
        case .empty, .inconsistentCount, .invalidRecord, .trailing, .unexpectedBaseOffset, .controlBatch, .notAMarker,
            .invalidSequence:
            .invalidRecord
        }
    }
}
