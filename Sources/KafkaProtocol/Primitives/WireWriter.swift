/// Writes Kafka's primitive types. The mirror image of `WireReader`.
public struct WireWriter: Sendable {
    public private(set) var bytes: [UInt8] = []

    public init(capacity: Int = 256) { bytes.reserveCapacity(capacity) }

    public var count: Int { bytes.count }

    private mutating func bigEndian<Value: FixedWidthInteger>(_ value: Value) {
        var shift = Value.bitWidth - 8
        while shift >= 0 {
            bytes.append(UInt8(truncatingIfNeeded: value >> Value(shift)))
            shift -= 8
        }
    }

    public mutating func int8(_ value: Int8) { bytes.append(UInt8(bitPattern: value)) }
    public mutating func bool(_ value: Bool) { bytes.append(value ? 1 : 0) }
    public mutating func int16(_ value: Int16) { bigEndian(value) }
    public mutating func uint16(_ value: UInt16) { bigEndian(value) }
    public mutating func int32(_ value: Int32) { bigEndian(value) }
    public mutating func uint32(_ value: UInt32) { bigEndian(value) }
    public mutating func int64(_ value: Int64) { bigEndian(value) }
    public mutating func float64(_ value: Double) { bigEndian(value.bitPattern) }

    public mutating func uuid(_ value: WireUUID) {
        bigEndian(value.high)
        bigEndian(value.low)
    }

    public mutating func unsignedVarint(_ value: UInt32) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// A zig-zag varint.
    public mutating func varint(_ value: Int32) { unsignedVarint(UInt32(bitPattern: (value << 1) ^ (value >> 31))) }

    /// A zig-zag varlong.
    public mutating func varlong(_ value: Int64) {
        var rest = UInt64(bitPattern: (value << 1) ^ (value >> 63))
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    public mutating func nullableString(_ text: String?, _ flexible: Bool) {
        guard let text else {
            if flexible { unsignedVarint(0) } else { int16(-1) }
            return
        }
        // The older form counts in sixteen bits; what is longer (an error's text, say) is cut, never sent broken.
        let utf8 = text.utf8.prefix(upTo: Self.end(of: text, limit: flexible ? Int(Int32.max) - 1 : Int(Int16.max)))
        if flexible { unsignedVarint(UInt32(utf8.count + 1)) } else { int16(Int16(utf8.count)) }
        bytes.append(contentsOf: utf8)
    }

    /// The end of as many whole characters as fit into so many bytes.
    private static func end(of text: String, limit: Int) -> String.Index {
        guard var end = text.utf8.index(text.startIndex, offsetBy: limit, limitedBy: text.endIndex) else {
            return text.endIndex
        }
        while end < text.endIndex, end > text.startIndex, text.utf8[end] & 0xC0 == 0x80 {
            end = text.utf8.index(before: end)
        }
        return end
    }

    public mutating func string(_ text: String, _ flexible: Bool) { nullableString(text, flexible) }

    public mutating func nullableBytes(_ value: [UInt8]?, _ flexible: Bool) {
        guard let value else {
            if flexible { unsignedVarint(0) } else { int32(-1) }
            return
        }
        if flexible { unsignedVarint(UInt32(value.count + 1)) } else { int32(Int32(value.count)) }
        bytes.append(contentsOf: value)
    }

    public mutating func bytes(_ value: [UInt8], _ flexible: Bool) { nullableBytes(value, flexible) }

    public mutating func raw(_ value: some Sequence<UInt8>) { bytes.append(contentsOf: value) }

    /// The number of an array's elements; nil for null.
    public mutating func count(_ count: Int?, _ flexible: Bool) {
        if flexible { unsignedVarint(UInt32((count ?? -1) + 1)) } else { int32(Int32(count ?? -1)) }
    }

    public mutating func nullableArray<Element>(
        _ elements: [Element]?, _ flexible: Bool, _ element: (inout WireWriter, Element) -> Void
    ) {
        count(elements?.count, flexible)
        for value in elements ?? [] { element(&self, value) }
    }

    public mutating func array<Element>(
        _ elements: [Element], _ flexible: Bool, _ element: (inout WireWriter, Element) -> Void
    ) {
        nullableArray(elements, flexible, element)
    }

    /// An empty section of tagged fields; nothing where the version is not flexible.
    public mutating func noTaggedFields(_ flexible: Bool) { if flexible { unsignedVarint(0) } }

    /// Puts a number where room was left for it.
    public mutating func overwrite(int32 value: Int32, at position: Int) {
        for index in 0..<4 { bytes[position + index] = UInt8(truncatingIfNeeded: value >> Int32(24 - 8 * index)) }
    }

    public mutating func overwrite(uint32 value: UInt32, at position: Int) {
        overwrite(int32: Int32(bitPattern: value), at: position)
    }
}
