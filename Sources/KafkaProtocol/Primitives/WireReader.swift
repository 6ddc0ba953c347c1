/// Reads Kafka's primitive types (the protocol guide, "Protocol Primitive Types") from bytes that anyone may have sent:
/// nothing is allocated on the word of a length that the bytes themselves don't back.
///
/// `flexible` tells whether the message's version has compact lengths and tagged fields (KIP-482).
public struct WireReader: Sendable {
    private let bytes: [UInt8]
    public private(set) var position: Int
    public let end: Int

    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
        position = 0
        end = bytes.count
    }

    public init(_ bytes: [UInt8], range: Range<Int>) {
        self.bytes = bytes
        position = range.lowerBound
        end = range.upperBound
    }

    public var remaining: Int { end - position }

    /// One over a part of the same bytes; what lies outside of them is left out.
    public func confined(to range: Range<Int>) -> WireReader { WireReader(bytes, range: range.clamped(to: 0..<end)) }

    /// Steps over bytes.
    public mutating func skip(_ count: Int) throws(WireError) {
        guard count >= 0, count <= remaining else { throw .truncated }
        position += count
    }

    private mutating func bigEndian<Value: FixedWidthInteger>(_ type: Value.Type) throws(WireError) -> Value {
        let size = Value.bitWidth / 8
        guard size <= remaining else { throw .truncated }
        var value: Value = 0
        for index in position..<(position + size) { value = (value << 8) | Value(truncatingIfNeeded: bytes[index]) }
        position += size
        return value
    }

    public mutating func int8() throws(WireError) -> Int8 {
        guard remaining > 0 else { throw .truncated }
        defer { position += 1 }
        return Int8(bitPattern: bytes[position])
    }

    public mutating func bool() throws(WireError) -> Bool { try int8() != 0 }
    public mutating func int16() throws(WireError) -> Int16 { try bigEndian(Int16.self) }
    public mutating func uint16() throws(WireError) -> UInt16 { try bigEndian(UInt16.self) }
    public mutating func int32() throws(WireError) -> Int32 { try bigEndian(Int32.self) }
    public mutating func uint32() throws(WireError) -> UInt32 { try bigEndian(UInt32.self) }
    public mutating func int64() throws(WireError) -> Int64 { try bigEndian(Int64.self) }
    public mutating func float64() throws(WireError) -> Double { Double(bitPattern: try bigEndian(UInt64.self)) }

    /// Sixteen bytes that name something.
    public mutating func uuid() throws(WireError) -> WireUUID {
        WireUUID(high: try bigEndian(UInt64.self), low: try bigEndian(UInt64.self))
    }

    public mutating func unsignedVarint() throws(WireError) -> UInt32 {
        var value: UInt32 = 0
        for shift in stride(from: UInt32(0), through: 28, by: 7) {
            let byte = UInt8(bitPattern: try int8())
            if shift == 28, byte > 0x0F { throw .invalidVarint }
            value |= UInt32(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw .invalidVarint
    }

    /// A zig-zag varint.
    public mutating func varint() throws(WireError) -> Int32 {
        let value = try unsignedVarint()
        return Int32(bitPattern: value >> 1) ^ -Int32(bitPattern: value & 1)
    }

    /// A zig-zag varlong.
    public mutating func varlong() throws(WireError) -> Int64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), through: 63, by: 7) {
            let byte = UInt8(bitPattern: try int8())
            if shift == 63, byte > 1 { throw .invalidVarint }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1) }
        }
        throw .invalidVarint
    }

    /// A length that the rest of the bytes must cover; nil for null.
    private mutating func length(_ flexible: Bool, short: Bool) throws(WireError) -> Int? {
        let length = flexible ? Int(try unsignedVarint()) - 1 : short ? Int(try int16()) : Int(try int32())
        if length == -1 { return nil }
        guard length >= 0 else { throw .invalidLength(Int64(length)) }
        guard length <= remaining else { throw .truncated }
        return length
    }

    public mutating func nullableString(_ flexible: Bool) throws(WireError) -> String? {
        guard let length = try length(flexible, short: true) else { return nil }
        guard let text = String(validating: bytes[position..<(position + length)], as: UTF8.self) else {
            throw .invalidText
        }
        position += length
        return text
    }

    public mutating func string(_ flexible: Bool) throws(WireError) -> String {
        guard let text = try nullableString(flexible) else { throw .invalidLength(-1) }
        return text
    }

    public mutating func nullableBytes(_ flexible: Bool) throws(WireError) -> [UInt8]? {
        guard let length = try length(flexible, short: false) else { return nil }
        defer { position += length }
        return Array(bytes[position..<(position + length)])
    }

    public mutating func bytes(_ flexible: Bool) throws(WireError) -> [UInt8] {
        guard let bytes = try nullableBytes(flexible) else { throw .invalidLength(-1) }
        return bytes
    }

    /// So many bytes as they are.
    public mutating func raw(_ count: Int) throws(WireError) -> [UInt8] {
        guard count >= 0 else { throw .invalidLength(Int64(count)) }
        guard count <= remaining else { throw .truncated }
        defer { position += count }
        return Array(bytes[position..<(position + count)])
    }

    /// The number of an array's elements; nil for null. Each takes a byte at least, so a count above what is left lies.
    public mutating func nullableCount(_ flexible: Bool) throws(WireError) -> Int? {
        try length(flexible, short: false)
    }

    public mutating func count(_ flexible: Bool) throws(WireError) -> Int {
        guard let count = try nullableCount(flexible) else { throw .invalidLength(-1) }
        return count
    }

    /// An array, element by element. Room is made as elements are read, not as the count promises.
    public mutating func nullableArray<Element>(
        _ flexible: Bool, _ element: (inout WireReader) throws(WireError) -> Element
    ) throws(WireError) -> [Element]? {
        guard let count = try nullableCount(flexible) else { return nil }
        var elements: [Element] = []
        elements.reserveCapacity(min(count, 64))
        for _ in 0..<count { elements.append(try element(&self)) }
        return elements
    }

    public mutating func array<Element>(
        _ flexible: Bool, _ element: (inout WireReader) throws(WireError) -> Element
    ) throws(WireError) -> [Element] {
        guard let elements = try nullableArray(flexible, element) else { throw .invalidLength(-1) }
        return elements
    }

    /// Steps over a section of tagged fields; nothing where the version is not flexible. `known` may read a field: its
    /// reader is confined to the field's bytes.
    public mutating func taggedFields(
        _ flexible: Bool, _ known: (UInt32, inout WireReader) throws(WireError) -> Void = { _, _ throws(WireError) in }
    ) throws(WireError) {
        guard flexible else { return }
        for _ in 0..<(try unsignedVarint()) {
            let tag = try unsignedVarint()
            let size = Int(try unsignedVarint())
            guard size <= remaining else { throw .truncated }
            var field = WireReader(bytes, range: position..<(position + size))
            try known(tag, &field)
            position += size
        }
    }
}

/// A UUID as it goes over the wire.
public struct WireUUID: Hashable, Sendable {
    public var high: UInt64
    public var low: UInt64

    public static let zero = WireUUID(high: 0, low: 0)

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
}
