/// The records of one batch, unpacked: from here on it does not matter how they were packed.
public struct RecordSection: Sendable {
    public let header: RecordBatchHeader
    /// What the records lie in.
    public let bytes: [UInt8]
    public let range: Range<Int>

    /// Opens the batch that begins at `position`. A section that is not packed is not copied.
    ///
    /// - Throws: What the header's initialiser throws, ``RecordBatchError/unknownCodec(_:)``, and
    ///   ``RecordBatchError/unreadable(_:)`` when `decompress` can't unpack the records.
    public init(
        _ batch: [UInt8], at position: Int = 0, decompress: Decompressor = { _, _ in nil }
    ) throws(RecordBatchError) {
        header = try RecordBatchHeader(batch, at: position)
        let section = (position + RecordBatchHeader.size)..<(position + header.sizeInBytes)
        guard let codec = header.attributes.codec else { throw .unknownCodec(header.attributes.codecBits) }
        if codec == .none {
            bytes = batch
            range = section
        } else {
            guard let unpacked = decompress(codec, Array(batch[section])) else { throw .unreadable(codec) }
            bytes = unpacked
            range = 0..<unpacked.count
        }
    }

    public func makeReader() -> RecordReader {
        RecordReader(bytes, range: range, count: header.recordCount)
    }

    /// All records, copied.
    public func records() throws(RecordBatchError) -> [BatchRecord] {
        var reader = makeReader()
        var records: [BatchRecord] = []
        while let place = try reader.next() { records.append(try reader.record(at: place, in: header)) }
        return records
    }
}
