/// Fills messages in from bytes that anyone may have sent.
public struct WireDecoder: WireCoder, Sendable {
    public typealias Failure = WireError

    /// Where tagged fields are. They are looked up by tag only, so that the dictionary's order never shows.
    public struct TagSection: Sendable {
        fileprivate var ranges: [UInt32: Range<Int>] = [:]
        /// The reader to go on with after the tagged field that is being read.
        fileprivate var outer: WireReader?
    }

    public private(set) var reader: WireReader
    public let version: Int16
    public let flexible: Bool

    public init(_ reader: WireReader, version: Int16, flexible: Bool) {
        self.reader = reader
        self.version = version
        self.flexible = flexible
    }

    public mutating func bool(_ value: inout Bool) throws(WireError) { value = try reader.bool() }
    public mutating func int8(_ value: inout Int8) throws(WireError) { value = try reader.int8() }
    public mutating func int16(_ value: inout Int16) throws(WireError) { value = try reader.int16() }
    public mutating func int32(_ value: inout Int32) throws(WireError) { value = try reader.int32() }
    public mutating func int64(_ value: inout Int64) throws(WireError) { value = try reader.int64() }
    public mutating func uuid(_ value: inout WireUUID) throws(WireError) { value = try reader.uuid() }

    public mutating func text(_ value: inout String?, nullable: Bool) throws(WireError) {
        value = nullable ? try reader.nullableString(flexible) : try reader.string(flexible)
    }

    public mutating func blob(_ value: inout [UInt8]?, nullable: Bool) throws(WireError) {
        value = nullable ? try reader.nullableBytes(flexible) : try reader.bytes(flexible)
    }

    public mutating func elements<Element: WireMessage>(
        _ values: inout [Element]?, nullable: Bool
    ) throws(WireError) {
        guard let count = nullable ? try reader.nullableCount(flexible) : try reader.count(flexible) else {
            values = nil
            return
        }
        // Room is made as elements are read, not as the count promises: an element may be much larger than its bytes.
        var read: [Element] = []
        read.reserveCapacity(min(count, 64))
        for _ in 0..<count {
            var element = Element.blank
            try element.code(&self)
            read.append(element)
        }
        values = read
    }

    public mutating func beginTags() throws(WireError) -> TagSection {
        var section = TagSection()
        try reader.taggedFields(flexible) { tag, field throws(WireError) in
            section.ranges[tag] = field.position..<field.end
        }
        return section
    }

    public mutating func beginTag(_ tag: UInt32, in section: inout TagSection, isSet: Bool) -> Bool {
        guard let range = section.ranges[tag] else { return false }
        section.outer = reader
        reader = reader.confined(to: range)
        return true
    }

    public mutating func endTag(in section: inout TagSection) throws(WireError) {
        guard reader.remaining == 0 else { throw .trailing(reader.remaining) }
        if let outer = section.outer { reader = outer }
    }

    public mutating func endTags(_ section: TagSection) {}

    public mutating func noTags() throws(WireError) { try reader.taggedFields(flexible) }
}
