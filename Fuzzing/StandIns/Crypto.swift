// Stands in for swift-crypto, which is not built for fuzzing. No digest is ever looked into there, so any function of
// the bytes will do.

public enum Insecure {
    public struct SHA1 {
        private var state = Mixer()

        public init() {}
        public mutating func update(data: [UInt8]) { state.take(data) }
        public func finalize() -> [UInt8] { state.bytes(20) }
    }
}

public enum SHA256 {
    public static func hash(data: [UInt8]) -> [UInt8] {
        var state = Mixer()
        state.take(data)
        return state.bytes(32)
    }
}

/// FNV-1a.
struct Mixer {
    private var hash: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func take(_ bytes: [UInt8]) {
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    }

    func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: (hash &* (UInt64($0) &+ 1)) >> 56) }
    }
}
