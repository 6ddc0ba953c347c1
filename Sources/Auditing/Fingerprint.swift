/// 128 bits that stand for a text or for bytes, so that ids need not be kept whole. Two different ones among a hundred
/// million are alike with a probability of 10⁻²²; it is no defence against someone who makes them alike on purpose.
struct Fingerprint: Hashable, Sendable, Comparable {
    var high: UInt64
    var low: UInt64

    static let none = Fingerprint(high: 0, low: 0)

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    init(_ bytes: some Sequence<UInt8>) {
        self.init(high: 0x243f_6a88_85a3_08d3, low: 0x1319_8a2e_0370_7344)
        mix(bytes)
    }

    init(_ text: String) { self.init(text.utf8) }

    /// Of two texts, told apart from any other pair with the same concatenation.
    init(_ first: String, _ second: String) {
        self.init(first.utf8)
        mix(CollectionOfOne(0xFF))  // Not a byte of UTF-8.
        mix(second.utf8)
    }

    private mutating func mix(_ bytes: some Sequence<UInt8>) {
        var word: UInt64 = 0
        var count: UInt64 = 0
        for byte in bytes {
            word = word << 8 | UInt64(byte)
            count += 1
            if count.isMultiple(of: 8) {
                absorb(word)
                word = 0
            }
        }
        absorb(word)
        absorb(count)
    }

    private mutating func absorb(_ word: UInt64) {
        let first = (high ^ word).multipliedFullWidth(by: 0x9e37_79b9_7f4a_7c15)
        let second = (low &+ (word ^ 0xa409_3822_299f_31d0)).multipliedFullWidth(by: 0xd6e8_feb8_6659_fd93)
        high = first.high ^ first.low ^ (second.low << 32 | second.low >> 32)
        low = (second.high ^ second.low) &+ (first.low << 29 | first.low >> 35)
    }

    static func < (left: Fingerprint, right: Fingerprint) -> Bool { (left.high, left.low) < (right.high, right.low) }
}
