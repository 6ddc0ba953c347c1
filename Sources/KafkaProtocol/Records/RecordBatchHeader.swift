/// The first 61 bytes of a record batch of format 2 (the protocol guide, "Record Batch"; KIP-98).
public struct RecordBatchHeader: Hashable, Sendable {
    /// The size of a header in bytes.
    public static let size = 61
    /// What precedes the bytes that the batch's length counts: the base offset and the length itself.
    public static let prefixSize = 12
    /// Where the bytes begin that the checksum covers: the attributes and all that follows.
    public static let checksummedFrom = 21
    /// The one format that is stored.
    public static let magic: Int8 = 2

    /// The offset of the first record, whether it is still there or not.
    public var baseOffset: Int64
    /// The number of bytes behind this field, up to the batch's end.
    public var batchLength: Int32
    public var partitionLeaderEpoch: Int32
    public var checksum: UInt32
    public var attributes: BatchAttributes
    public var lastOffsetDelta: Int32
    /// Milliseconds since 1970; what the records' timestamps are relative to.
    public var baseTimestamp: Int64
    /// Milliseconds since 1970; -1 when the records have no timestamp.
    public var maxTimestamp: Int64
    /// -1 when the producer is not idempotent.
    public var producerID: Int64
    public var producerEpoch: Int16
    /// The sequence of the first record; -1 when the producer is not idempotent, and in markers.
    public var baseSequence: Int32
    public var recordCount: Int32

    public init(
        baseOffset: Int64 = 0, batchLength: Int32 = Int32(size - prefixSize), partitionLeaderEpoch: Int32 = -1,
        checksum: UInt32 = 0, attributes: BatchAttributes = BatchAttributes(), lastOffsetDelta: Int32 = 0,
        baseTimestamp: Int64 = 0, maxTimestamp: Int64 = 0, producerID: Int64 = -1, producerEpoch: Int16 = -1,
        baseSequence: Int32 = -1, recordCount: Int32 = 0
    ) {
        self.baseOffset = baseOffset
        self.batchLength = batchLength
        self.partitionLeaderEpoch = partitionLeaderEpoch
        self.checksum = checksum
        self.attributes = attributes
        self.lastOffsetDelta = lastOffsetDelta
        self.baseTimestamp = baseTimestamp
        self.maxTimestamp = maxTimestamp
        self.producerID = producerID
        self.producerEpoch = producerEpoch
        self.baseSequence = baseSequence
        self.recordCount = recordCount
    }

    /// The whole batch's size in bytes.
    public var sizeInBytes: Int { Self.prefixSize + Int(batchLength) }

    public var lastOffset: Int64 { baseOffset &+ Int64(lastOffsetDelta) }
    public var hasProducerID: Bool { producerID >= 0 }

    /// The sequence of the last record; -1 without one.
    public var lastSequence: Int32 {
        baseSequence < 0 ? -1 : ProducerSequence.adding(lastOffsetDelta, to: baseSequence)
    }

    /// The time from which tombstones and markers in the batch may go, in milliseconds since 1970 (KIP-534).
    public var deleteHorizon: Int64? { attributes.hasDeleteHorizon ? baseTimestamp : nil }

    /// Reads the header of the batch that begins at `position`, and checks that the whole batch is there. The checksum
    /// is not checked.
    ///
    /// - Throws: ``RecordBatchError/truncated``, ``RecordBatchError/unsupportedMagic(_:)``,
    ///   ``RecordBatchError/invalidLength(_:)``, or ``RecordBatchError/inconsistentCount(records:lastOffsetDelta:)`` for
    ///   negative numbers.
    public init(_ bytes: [UInt8], at position: Int = 0) throws(RecordBatchError) {
        let header = try Self.parse(bytes, at: position)
        guard header.sizeInBytes <= bytes.count - position else { throw .truncated }
        self = header
    }

    /// Reads a header alone: what stands behind it need not be there.
    public static func parse(_ bytes: [UInt8], at position: Int = 0) throws(RecordBatchError) -> RecordBatchHeader {
        guard position >= 0, position < bytes.count else { throw position == bytes.count ? .empty : .truncated }
        // The magic stands at the same place in all formats, so an old message set is told apart before its end.
        guard bytes.count - position > 16 else { throw .truncated }
        let magic = Int8(bitPattern: bytes[position + 16])
        guard magic == Self.magic else { throw .unsupportedMagic(magic) }
        guard bytes.count - position >= size else { throw .truncated }
        var reader = WireReader(bytes, range: position..<(position + size))
        var header = RecordBatchHeader()
        do { try header.read(&reader) } catch { throw .truncated }
        guard header.batchLength >= Int32(size - prefixSize) else { throw .invalidLength(header.batchLength) }
        guard header.recordCount >= 0, header.lastOffsetDelta >= 0 else {
            throw .inconsistentCount(records: header.recordCount, lastOffsetDelta: header.lastOffsetDelta)
        }
        return header
    }

    private mutating func read(_ reader: inout WireReader) throws(WireError) {
        baseOffset = try reader.int64()
        batchLength = try reader.int32()
        partitionLeaderEpoch = try reader.int32()
        try reader.skip(1)
        checksum = try reader.uint32()
        attributes = BatchAttributes(rawValue: try reader.int16())
        lastOffsetDelta = try reader.int32()
        baseTimestamp = try reader.int64()
        maxTimestamp = try reader.int64()
        producerID = try reader.int64()
        producerEpoch = try reader.int16()
        baseSequence = try reader.int32()
        recordCount = try reader.int32()
    }

    /// Writes the 61 bytes as they are here, checksum included.
    public func write(to writer: inout WireWriter) {
        writer.int64(baseOffset)
        writer.int32(batchLength)
        writer.int32(partitionLeaderEpoch)
        writer.int8(Self.magic)
        writer.uint32(checksum)
        writer.int16(attributes.rawValue)
        writer.int32(lastOffsetDelta)
        writer.int64(baseTimestamp)
        writer.int64(maxTimestamp)
        writer.int64(producerID)
        writer.int16(producerEpoch)
        writer.int32(baseSequence)
        writer.int32(recordCount)
    }
}
