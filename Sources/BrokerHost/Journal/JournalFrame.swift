internal import KafkaProtocol

/// An entry as it lies in the journal's file: its length (uint32), the CRC-32C of length and bytes (uint32), its bytes.
enum JournalFrame {
    static let headerSize = 8
    /// Larger than any entry: a length beyond it was never written.
    static let largestEntry = 256 << 20

    static func write(_ entry: [UInt8], to buffer: inout [UInt8]) {
        var writer = WireWriter(capacity: headerSize + entry.count)
        writer.uint32(UInt32(truncatingIfNeeded: entry.count))
        writer.uint32(checksum(entry))
        writer.raw(entry)
        buffer += writer.bytes
    }

    /// The entry that begins at a position; nil when there is no good one.
    static func read(_ bytes: [UInt8], at position: Int) -> (entry: [UInt8], end: Int)? {
        guard position + headerSize <= bytes.count else { return nil }
        var reader = WireReader(bytes, range: position..<bytes.count)
        guard let length = try? reader.uint32(), let stored = try? reader.uint32(), length > 0,
            length <= largestEntry, let entry = try? reader.raw(Int(length)), checksum(entry) == stored
        else { return nil }
        return (entry, position + headerSize + entry.count)
    }

    /// Whether good entries, one after the other, lead from somewhere behind a position to the end of the bytes.
    static func isFollowedByEntry(_ bytes: [UInt8], _ position: Int) -> Bool {
        var candidate = position + 1
        while candidate + headerSize < bytes.count {
            if read(bytes, at: candidate) != nil { return true }
            candidate += 1
        }
        return false
    }

    /// The length counts in: a run of zeros is no entry.
    private static func checksum(_ entry: [UInt8]) -> UInt32 {
        CRC32C.checksum(entry) ^ UInt32(truncatingIfNeeded: entry.count) ^ 0x5348_4A31
    }
}
