internal import CCompression

/// RFC 8878, through libzstd. One frame or several.
enum Zstandard {
    /// 128 MiB, in bits: what a frame may ask for as its window.
    private static let windowLog: Int32 = 27

    static func unpack(_ bytes: [UInt8], limit: Int) -> [UInt8]? {
        guard let context = unsafe ZSTD_createDCtx() else { return nil }
        defer { unsafe ZSTD_freeDCtx(context) }
        unsafe ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, windowLog)
        var output = BoundedOutput(limit: limit)
        return unsafe bytes.withUnsafeBytes { source in
            var input = unsafe ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: 0)
            // What is still missing of the present frame; 0 at the end of one.
            var missing = 1
            while unsafe input.pos < input.size || missing != 0 {
                var written = 0
                let isWithinLimit = unsafe output.append { room in
                    var target = unsafe ZSTD_outBuffer(dst: room.baseAddress, size: room.count, pos: 0)
                    missing = unsafe ZSTD_decompressStream(context, &target, &input)
                    written = unsafe target.pos
                    return written
                }
                guard isWithinLimit, ZSTD_isError(missing) == 0 else { return nil }
                if unsafe input.pos == input.size, written == 0 { break }
            }
            return missing == 0 ? output.bytes : nil
        }
    }
}
