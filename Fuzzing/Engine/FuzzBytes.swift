/// Decisions out of an input's bytes, one after the other. Behind the end all are 0.
struct FuzzBytes {
    private let bytes: [UInt8]
    private var position: Int

    init(_ bytes: [UInt8], from position: Int = 0) {
        self.bytes = bytes
        self.position = min(position, bytes.count)
    }

    var isAtEnd: Bool { position >= bytes.count }

    mutating func byte() -> UInt8 {
        guard !isAtEnd else { return 0 }
        defer { position += 1 }
        return bytes[position]
    }

    /// A number from 0 up to, and without, `bound`, of one byte's making.
    mutating func below(_ bound: Int) -> Int { bound < 2 ? 0 : Int(byte()) % bound }
    mutating func flag() -> Bool { byte() & 1 == 1 }

    mutating func integer<Value: FixedWidthInteger>(_ type: Value.Type = Value.self) -> Value {
        var value: UInt64 = 0
        for _ in 0..<(Value.bitWidth / 8) { value = value << 8 | UInt64(byte()) }
        return Value(truncatingIfNeeded: value)
    }

    /// So many bytes, or what is left.
    mutating func take(_ count: Int) -> [UInt8] {
        let end = min(bytes.count, position + count)
        defer { position = end }
        return Array(bytes[position..<end])
    }

    mutating func rest() -> [UInt8] { take(bytes.count) }
}
