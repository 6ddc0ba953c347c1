/// The CRC with Castagnoli's polynomial (RFC 3720, appendix B.4), which guards every record batch.
///
/// Eight bytes are folded in at a time ("slicing by 8"): a lookup for each byte in eight tables, none of which waits for
/// another.
public enum CRC32C {
    /// Eight tables of 256 entries, one after the other.
    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var value = UInt32(byte)
            for _ in 0..<8 { value = value & 1 == 1 ? (value >> 1) ^ 0x82F6_3B78 : value >> 1 }
            tables[byte] = value
        }
        for index in 256..<(8 * 256) {
            let before = tables[index - 256]
            tables[index] = (before >> 8) ^ tables[Int(before & 0xFF)]
        }
        return tables
    }()

    /// The checksum of all the bytes.
    public static func checksum(_ bytes: [UInt8]) -> UInt32 { checksum(bytes, 0..<bytes.count) }

    /// The checksum of the bytes in a range; what lies outside of the array is left out.
    public static func checksum(_ bytes: [UInt8], _ range: Range<Int>) -> UInt32 {
        let range = range.clamped(to: 0..<bytes.count)
        return checksum(bytes.span.extracting(range))
    }

    private static func checksum(_ bytes: Span<UInt8>) -> UInt32 {
        let table = tables.span
        let end = bytes.count
        var crc: UInt32 = 0xFFFF_FFFF
        var index = 0
        while end - index >= 8 {
            let low =
                crc ^ UInt32(bytes[index]) ^ (UInt32(bytes[index + 1]) << 8) ^ (UInt32(bytes[index + 2]) << 16)
                ^ (UInt32(bytes[index + 3]) << 24)
            let first = table[1792 + Int(low & 0xFF)] ^ table[1536 + Int((low >> 8) & 0xFF)]
            let second = table[1280 + Int((low >> 16) & 0xFF)] ^ table[1024 + Int(low >> 24)]
            let third = table[768 + Int(bytes[index + 4])] ^ table[512 + Int(bytes[index + 5])]
            let fourth = table[256 + Int(bytes[index + 6])] ^ table[Int(bytes[index + 7])]
            crc = first ^ second ^ third ^ fourth
            index += 8
        }
        while index < end {
            crc = (crc >> 8) ^ table[Int((crc ^ UInt32(bytes[index])) & 0xFF)]
            index += 1
        }
        return ~crc
    }
}
