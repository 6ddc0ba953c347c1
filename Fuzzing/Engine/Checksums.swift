import KafkaProtocol

/// Makes checksums right that a fuzzer can't guess.
enum Checksums {
    /// Goes over batches that stand one behind the other, as far as their lengths lead.
    static func repair(_ bytes: inout [UInt8]) {
        var position = 0
        while let header = try? RecordBatchHeader(bytes, at: position) {
            let end = position + header.sizeInBytes
            let checksum = CRC32C.checksum(bytes, (position + RecordBatchHeader.checksummedFrom)..<end)
            for index in 0..<4 {
                bytes[position + 17 + index] = UInt8(truncatingIfNeeded: checksum >> UInt32(24 - 8 * index))
            }
            position = end
        }
    }
}
