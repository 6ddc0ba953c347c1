/// Builds a batch of records that are not packed: markers, what compaction leaves, and test data.
public struct RecordBatchWriter: Sendable {
    /// Everything but the length, the checksum and, unless set, what the records decide.
    public var header: RecordBatchHeader
    private var records = WireWriter(capacity: 64)
    private var isFirst = true

    /// - Parameter header: Base offset, attributes, base timestamp and producer. Deltas, counts, the max timestamp, the
    ///   length and the checksum are the writer's.
    public init(_ header: RecordBatchHeader) {
        self.header = header
        self.header.attributes.rawValue &= ~0x07
        self.header.lastOffsetDelta = 0
        self.header.recordCount = 0
    }

    /// Adds a record. Its offset is not below the batch's base offset; offsets rise.
    public mutating func append(_ record: BatchRecord) {
        var body = WireWriter(capacity: 64)
        body.int8(0)
        body.varlong(record.timestamp &- header.baseTimestamp)
        let offsetDelta = Int32(truncatingIfNeeded: record.offset &- header.baseOffset)
        body.varint(offsetDelta)
        Self.write(record.key, to: &body)
        Self.write(record.value, to: &body)
        body.varint(Int32(truncatingIfNeeded: record.headers.count))
        for recordHeader in record.headers {
            Self.write(recordHeader.name, to: &body)
            Self.write(recordHeader.value, to: &body)
        }
        records.varint(Int32(truncatingIfNeeded: body.count))
        records.raw(body.bytes)
        header.recordCount &+= 1
        header.lastOffsetDelta = max(header.lastOffsetDelta, offsetDelta)
        switch header.attributes.timestampType {
        case .logAppendTime: break
        case .createTime:
            header.maxTimestamp = isFirst ? record.timestamp : max(header.maxTimestamp, record.timestamp)
        }
        isFirst = false
    }

    private static func write(_ field: [UInt8]?, to writer: inout WireWriter) {
        guard let field else { return writer.varint(-1) }
        writer.varint(Int32(truncatingIfNeeded: field.count))
        writer.raw(field)
    }

    /// The batch's bytes, with length and checksum.
    ///
    /// - Parameter lastOffset: The last offset that the batch covers, if that is more than its records do: what
    ///   compaction removed must not give the offset away again.
    public func finish(lastOffset: Int64? = nil) -> [UInt8] {
        var header = header
        if let lastOffset {
            header.lastOffsetDelta = Int32(truncatingIfNeeded: lastOffset &- header.baseOffset)
        }
        let size = RecordBatchHeader.size + records.count
        header.batchLength = Int32(truncatingIfNeeded: size - RecordBatchHeader.prefixSize)
        var writer = WireWriter(capacity: size)
        header.write(to: &writer)
        writer.raw(records.bytes)
        let checksum = CRC32C.checksum(writer.bytes, RecordBatchHeader.checksummedFrom..<size)
        writer.overwrite(uint32: checksum, at: 17)
        return writer.bytes
    }

    /// A batch of these records, the first of which gives the base offset and the base timestamp.
    public static func batch(
        _ records: [BatchRecord], attributes: BatchAttributes = BatchAttributes(), producerID: Int64 = -1,
        producerEpoch: Int16 = -1, baseSequence: Int32 = -1, partitionLeaderEpoch: Int32 = -1
    ) -> [UInt8] {
        var writer = RecordBatchWriter(
            RecordBatchHeader(
                baseOffset: records.first?.offset ?? 0, partitionLeaderEpoch: partitionLeaderEpoch,
                attributes: attributes, baseTimestamp: records.first?.timestamp ?? -1,
                maxTimestamp: records.map(\.timestamp).max() ?? -1, producerID: producerID,
                producerEpoch: producerEpoch, baseSequence: baseSequence))
        for record in records { writer.append(record) }
        return writer.finish()
    }
}
