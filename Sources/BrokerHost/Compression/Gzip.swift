internal import CCompression

/// RFC 1952, through zlib.
enum Gzip {
    static func unpack(_ bytes: [UInt8], limit: Int) -> [UInt8]? {
        var stream = unsafe z_stream()
        guard unsafe soleholder_inflate_begin_gzip(&stream) == Z_OK else { return nil }
        defer { unsafe inflateEnd(&stream) }
        guard bytes.count <= UInt32.max else { return nil }
        var output = BoundedOutput(limit: limit)
        // zlib's interface is not const, but it only reads.
        var input = bytes
        return unsafe input.withUnsafeMutableBufferPointer { input in
            unsafe stream.next_in = input.baseAddress
            unsafe stream.avail_in = UInt32(input.count)
            var status = Z_OK
            while status == Z_OK {
                let isWithinLimit = unsafe output.append { room in
                    unsafe stream.next_out = unsafe room.baseAddress?.assumingMemoryBound(to: UInt8.self)
                    unsafe stream.avail_out = UInt32(room.count)
                    status = unsafe inflate(&stream, Z_NO_FLUSH)
                    return unsafe room.count - Int(stream.avail_out)
                }
                guard isWithinLimit else { return nil }
            }
            return status == Z_STREAM_END ? output.bytes : nil
        }
    }
}
