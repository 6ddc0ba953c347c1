public import KafkaProtocol

/// Unpacks records for compaction and for searches by timestamp. Batches are stored as they came; nothing is ever packed
/// again.
public enum Decompression {
    /// What a batch may unpack to, in bytes: the packed bytes come from anyone, and a few of them can promise gigabytes.
    public static let limit = 128 << 20

    /// - Returns: nil when the bytes are not in the codec's format, end early, or would unpack to more than `limit`.
    public static func unpack(_ codec: CompressionCodec, _ bytes: [UInt8]) -> [UInt8]? {
        unpack(codec, bytes, limit: limit)
    }

    static func unpack(_ codec: CompressionCodec, _ bytes: [UInt8], limit: Int) -> [UInt8]? {
        switch codec {
        case .none: bytes.count <= limit ? bytes : nil
        case .gzip: Gzip.unpack(bytes, limit: limit)
        case .snappy: Snappy.unpack(bytes, limit: limit)
        case .lz4: LZ4.unpack(bytes, limit: limit)
        case .zstd: Zstandard.unpack(bytes, limit: limit)
        }
    }
}

/// Output that grows in steps, up to a limit.
struct BoundedOutput {
    private(set) var bytes: [UInt8] = []
    let limit: Int
    /// Where each step's bytes are put before they are taken.
    private var step = [UInt8](repeating: 0, count: 64 << 10)

    init(limit: Int) { self.limit = limit }

    /// Lets `write` fill a piece of memory and takes what it says to have written.
    ///
    /// - Returns: False when the limit is passed.
    mutating func append(_ write: (UnsafeMutableRawBufferPointer) -> Int) -> Bool {
        let count = unsafe step.withUnsafeMutableBytes { unsafe write($0) }
        guard count >= 0, count <= limit - bytes.count else { return false }
        bytes.append(contentsOf: step[..<min(count, step.count)])
        return true
    }
}
