internal import Crypto

/// 128 bits that stand for a text, so that millions of ids need not be kept whole. It is the beginning of the text's
/// SHA-256: what clients name themselves can't be made to look alike.
struct Fingerprint: Hashable, Sendable {
    private var high: UInt64
    private var low: UInt64

    init(_ bytes: some Sequence<UInt8>) {
        var words: (UInt64, UInt64) = (0, 0)
        for (index, byte) in SHA256.hash(data: Array(bytes)).prefix(16).enumerated() {
            if index < 8 { words.0 = words.0 << 8 | UInt64(byte) } else { words.1 = words.1 << 8 | UInt64(byte) }
        }
        (high, low) = words
    }

    init(_ text: String) { self.init(text.utf8) }

    /// Of several texts, told apart from any others with the same concatenation.
    init(_ parts: String...) {
        // 0xFF is no byte of UTF-8.
        self.init(parts.flatMap { Array($0.utf8) + [0xFF] })
    }

    /// The first 32 bits.
    var short: UInt32 { UInt32(truncatingIfNeeded: high >> 32) }
}
