internal import CCompression

/// LZ4's frame format, through liblz4.
enum LZ4 {
    static func unpack(_ bytes: [UInt8], limit: Int) -> [UInt8]? {
        var created: OpaquePointer?
        guard unsafe LZ4F_isError(LZ4F_createDecompressionContext(&created, UInt32(LZ4F_VERSION))) == 0,
            let context = unsafe created
        else { return nil }
        defer { unsafe LZ4F_freeDecompressionContext(context) }
        var output = BoundedOutput(limit: limit)
        return unsafe bytes.withUnsafeBytes { source in
            var position = 0
            // What the library would like to get next; 0 at the end of a frame.
            var wanted = 1
            while wanted != 0 {
                var consumed = 0
                var written = 0
                let isWithinLimit = unsafe output.append { room in
                    consumed = source.count - position
                    written = room.count
                    wanted = unsafe LZ4F_decompress(
                        context, room.baseAddress, &written, source.baseAddress.map { unsafe $0 + position },
                        &consumed, nil)
                    return LZ4F_isError(wanted) == 0 ? written : 0
                }
                guard isWithinLimit, LZ4F_isError(wanted) == 0 else { return nil }
                position += consumed
                if consumed == 0, written == 0 { break }
            }
            return wanted == 0 && position == source.count ? output.bytes : nil
        }
    }
}
