/// A batch as it was found in a log's bytes, with what recovery needs to know of it.
public struct StoredBatch: Hashable, Sendable {
    public var header: RecordBatchHeader
    /// The marker in it, when it is a control batch that still has its record.
    public var marker: EndTransactionMarker?

    public init(header: RecordBatchHeader, marker: EndTransactionMarker? = nil) {
        self.header = header
        self.marker = marker
    }

    /// Reads the batch that begins at `position` and checks its checksum, so that a write which the machine's end cut
    /// short is told from a whole one.
    public init(_ bytes: [UInt8], at position: Int = 0) throws(RecordBatchError) {
        header = try RecordBatchHeader(bytes, at: position)
        let range = (position + RecordBatchHeader.checksummedFrom)..<(position + header.sizeInBytes)
        let computed = CRC32C.checksum(bytes, range)
        guard computed == header.checksum else {
            throw .checksumMismatch(stored: header.checksum, computed: computed)
        }
        marker = header.attributes.isControl ? try EndTransactionMarker.read(bytes, at: position) : nil
    }
}
