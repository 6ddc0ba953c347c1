internal import CChecksum
internal import KafkaProtocol

/// CRC-32C with the processor's own instruction where it has one: what recovery spends its time on.
enum StoredChecksum {
    private static let hasInstruction = soleholder_has_crc32c() != 0

    /// The checksum of the bytes in a range; what lies outside of the array is left out.
    static func crc32c(_ bytes: [UInt8], _ range: Range<Int>) -> UInt32 {
        guard hasInstruction else { return CRC32C.checksum(bytes, range) }
        let range = range.clamped(to: 0..<bytes.count)
        return unsafe bytes.withUnsafeBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return CRC32C.checksum([]) }
            return unsafe soleholder_crc32c(start + range.lowerBound, range.count)
        }
    }
}

extension StoredBatch {
    /// Reads and checks a stored batch as `init(_:at:)` does, only faster.
    init(stored bytes: [UInt8], at position: Int) throws(RecordBatchError) {
        let header = try RecordBatchHeader(bytes, at: position)
        let computed = StoredChecksum.crc32c(
            bytes, (position + RecordBatchHeader.checksummedFrom)..<(position + header.sizeInBytes))
        guard computed == header.checksum else {
            throw .checksumMismatch(stored: header.checksum, computed: computed)
        }
        let marker = header.attributes.isControl ? try EndTransactionMarker.read(bytes, at: position) : nil
        self.init(header: header, marker: marker)
    }
}
