/// Goes over the fields of a message in the order of the wire, and reads or writes each.
///
/// A message describes its fields once, in `WireMessage.code`, for both directions: what is written can't differ from
/// what is read. `WireDecoder` fills the fields in from bytes; `WireEncoder` looks at them and appends bytes.
public protocol WireCoder {
    /// What can go wrong: `WireError` when reading, `Never` when writing.
    associatedtype Failure: Error
    /// A section of tagged fields on its way (KIP-482).
    associatedtype TagSection

    /// The version of the API, which decides what fields there are.
    var version: Int16 { get }
    /// Whether the version has compact lengths and tagged fields.
    var flexible: Bool { get }

    mutating func bool(_ value: inout Bool) throws(Failure)
    mutating func int8(_ value: inout Int8) throws(Failure)
    mutating func int16(_ value: inout Int16) throws(Failure)
    mutating func int32(_ value: inout Int32) throws(Failure)
    mutating func int64(_ value: inout Int64) throws(Failure)
    mutating func uuid(_ value: inout WireUUID) throws(Failure)

    /// A string. Where null is not allowed, nil is written as an empty one and null is not read.
    mutating func text(_ value: inout String?, nullable: Bool) throws(Failure)

    /// Bytes. Where null is not allowed, nil is written as no bytes and null is not read.
    mutating func blob(_ value: inout [UInt8]?, nullable: Bool) throws(Failure)

    /// An array. Where null is not allowed, nil is written as an empty one and null is not read.
    mutating func elements<Element: WireMessage>(_ values: inout [Element]?, nullable: Bool) throws(Failure)

    /// Begins the tagged fields that end a structure. They follow in ascending order, then `endTags`. There is nothing on
    /// the wire where the version is not flexible.
    mutating func beginTags() throws(Failure) -> TagSection

    /// Begins a tagged field, unless it is absent: not set when writing, not there when reading. If true, the field
    /// follows, then `endTag`.
    mutating func beginTag(_ tag: UInt32, in section: inout TagSection, isSet: Bool) throws(Failure) -> Bool

    mutating func endTag(in section: inout TagSection) throws(Failure)

    mutating func endTags(_ section: TagSection) throws(Failure)

    /// The tagged fields of a structure that has none; others' are stepped over.
    mutating func noTags() throws(Failure)
}

extension WireCoder {
    public mutating func string(_ value: inout String) throws(Failure) {
        var text: String? = value
        try self.text(&text, nullable: false)
        value = text ?? ""
    }

    public mutating func nullableString(_ value: inout String?) throws(Failure) { try text(&value, nullable: true) }

    /// A string that may be null from some version on.
    public mutating func string(_ value: inout String?, nullableSince first: Int16) throws(Failure) {
        try text(&value, nullable: version >= first)
    }

    public mutating func bytes(_ value: inout [UInt8]) throws(Failure) {
        var blob: [UInt8]? = value
        try self.blob(&blob, nullable: false)
        value = blob ?? []
    }

    public mutating func nullableBytes(_ value: inout [UInt8]?) throws(Failure) { try blob(&value, nullable: true) }

    /// A structure that is there or not as a whole: to be used for a tagged field.
    public mutating func structure<Structure: WireMessage>(_ value: inout Structure?) throws(Failure) {
        var structure = value ?? Structure.blank
        try structure.code(&self)
        value = structure
    }

    public mutating func array<Element: WireMessage>(_ values: inout [Element]) throws(Failure) {
        var elements: [Element]? = values
        try self.elements(&elements, nullable: false)
        values = elements ?? []
    }

    public mutating func nullableArray<Element: WireMessage>(_ values: inout [Element]?) throws(Failure) {
        try elements(&values, nullable: true)
    }

    /// An array that may be null from some version on.
    public mutating func array<Element: WireMessage>(
        _ values: inout [Element]?, nullableSince first: Int16
    ) throws(Failure) {
        try elements(&values, nullable: version >= first)
    }
}
