/// Writes messages. It only looks at the fields, which are `inout` for the reading side.
public struct WireEncoder: WireCoder, Sendable {
    public typealias Failure = Never

    /// The tagged fields that are set, by ascending tag.
    public struct TagSection: Sendable {
        fileprivate var fields: [(tag: UInt32, bytes: [UInt8])] = []
        /// The tagged field that is being written, and the writer to go on with after it.
        fileprivate var current: (tag: UInt32, outer: WireWriter)?
    }

    public private(set) var writer: WireWriter
    public let version: Int16
    public let flexible: Bool

    public init(_ writer: consuming WireWriter, version: Int16, flexible: Bool) {
        self.writer = writer
        self.version = version
        self.flexible = flexible
    }

    public mutating func bool(_ value: inout Bool) { writer.bool(value) }
    public mutating func int8(_ value: inout Int8) { writer.int8(value) }
    public mutating func int16(_ value: inout Int16) { writer.int16(value) }
    public mutating func int32(_ value: inout Int32) { writer.int32(value) }
    public mutating func int64(_ value: inout Int64) { writer.int64(value) }
    public mutating func uuid(_ value: inout WireUUID) { writer.uuid(value) }

    public mutating func text(_ value: inout String?, nullable: Bool) {
        writer.nullableString(nullable ? value : value ?? "", flexible)
    }

    public mutating func blob(_ value: inout [UInt8]?, nullable: Bool) {
        writer.nullableBytes(nullable ? value : value ?? [], flexible)
    }

    public mutating func elements<Element: WireMessage>(_ values: inout [Element]?, nullable: Bool) {
        writer.count(nullable ? values?.count : values?.count ?? 0, flexible)
        for var element in values ?? [] { element.code(&self) }
    }

    public mutating func beginTags() -> TagSection { TagSection() }

    public mutating func beginTag(_ tag: UInt32, in section: inout TagSection, isSet: Bool) -> Bool {
        guard flexible, isSet else { return false }
        section.current = (tag, writer)
        writer = WireWriter()
        return true
    }

    public mutating func endTag(in section: inout TagSection) {
        guard let (tag, outer) = section.current else { return }
        section.fields.append((tag, writer.bytes))
        section.current = nil
        writer = outer
    }

    public mutating func endTags(_ section: TagSection) {
        guard flexible else { return }
        writer.unsignedVarint(UInt32(section.fields.count))
        for field in section.fields {
            writer.unsignedVarint(field.tag)
            writer.unsignedVarint(UInt32(field.bytes.count))
            writer.raw(field.bytes)
        }
    }

    public mutating func noTags() { writer.noTaggedFields(flexible) }
}
