internal import NIOCore

/// Cuts a stream of bytes into frames: a length of four bytes, then so many bytes.
struct FrameAccumulator {
    enum Next: Equatable {
        case frame([UInt8])
        /// More bytes have to come; the frame's length, once it is known.
        case incomplete(length: Int?)
        /// No length that a frame can have.
        case impossible(length: Int)
    }

    private var buffer = ByteBuffer()

    var count: Int { buffer.readableBytes }

    mutating func append(_ bytes: inout ByteBuffer) {
        if buffer.readableBytes == 0 {
            // The usual case: nothing is left over, nothing is copied.
            swap(&buffer, &bytes)
        } else {
            buffer.writeBuffer(&bytes)
        }
    }

    /// Takes the next frame out, without its length.
    mutating func next(limit: Int) -> Next {
        guard let length: Int32 = buffer.getInteger(at: buffer.readerIndex) else { return .incomplete(length: nil) }
        guard length > 0, length <= limit else { return .impossible(length: Int(length)) }
        guard buffer.readableBytes >= 4 + Int(length) else { return .incomplete(length: Int(length)) }
        buffer.moveReaderIndex(forwardBy: 4)
        let frame = buffer.readBytes(length: Int(length)) ?? []
        // A buffer that grew for a large frame is not kept for small ones.
        if buffer.readableBytes == 0, buffer.capacity > 1 << 20 { buffer = ByteBuffer() }
        return .frame(frame)
    }
}
