internal import CCompression
internal import KafkaProtocol

/// Snappy in both of the ways in which clients send it: one raw block, or, as the Java client does, xerial's stream of
/// blocks (a magic, two versions, then blocks with their length before them).
enum Snappy {
    private static let xerialMagic: [UInt8] = [0x82, 0x53, 0x4E, 0x41, 0x50, 0x50, 0x59, 0x00]
    /// The magic and two versions of four bytes.
    private static let xerialHeaderSize = 16

    static func unpack(_ bytes: [UInt8], limit: Int) -> [UInt8]? {
        guard bytes.starts(with: xerialMagic), bytes.count >= xerialHeaderSize else {
            return unpackBlock(bytes, limit: limit)
        }
        var output: [UInt8] = []
        var reader = WireReader(bytes, range: xerialHeaderSize..<bytes.count)
        do {
            while reader.remaining > 0 {
                let block = try reader.raw(Int(try reader.int32()))
                guard let unpacked = unpackBlock(block, limit: limit - output.count) else { return nil }
                output += unpacked
            }
        } catch { return nil }
        return output
    }

    private static func unpackBlock(_ block: [UInt8], limit: Int) -> [UInt8]? {
        unsafe block.withUnsafeBytes { source in
            let input = unsafe source.baseAddress?.assumingMemoryBound(to: CChar.self)
            var size = 0
            guard unsafe snappy_uncompressed_length(input, source.count, &size) == SNAPPY_OK,
                // A block's own word: checked against the limit, and against what so few bytes can possibly hold.
                size <= limit, size <= 64 * source.count
            else { return nil }
            var output = [UInt8](repeating: 0, count: size)
            let status = unsafe output.withUnsafeMutableBytes { target in
                unsafe snappy_uncompress(
                    input, source.count, target.baseAddress?.assumingMemoryBound(to: CChar.self), &size)
            }
            return status == SNAPPY_OK && size == output.count ? output : nil
        }
    }
}
