/// A value that no two active customers may share, with the attribute that it is a value of.
///
/// Two keys are the same when their bytes are: Swift's `==` takes different spellings of one character (NFC, NFD) for the
/// same text, but as record keys they are two.
public struct UniqueKey: Hashable, Sendable {
    public let attribute: String
    /// Normalized.
    public let value: String

    public init(attribute: String, value: String) {
        self.attribute = attribute
        self.value = value
    }

    /// `<attribute>:<value>`: the key of records about it in the topics of the index.
    public var bytes: [UInt8] { Array(attribute.utf8) + [Self.separator] + Array(value.utf8) }

    /// The same as text.
    public var text: String { "\(attribute):\(value)" }

    private static let separator = UInt8(ascii: ":")

    /// Reads the key of a record; nil for what is no unique key.
    public init?(_ bytes: [UInt8]) {
        guard let end = bytes.firstIndex(of: Self.separator), end + 1 < bytes.count,
            let attribute = String(validating: bytes[..<end], as: UTF8.self), UniqueAttribute.isName(attribute),
            let value = String(validating: bytes[(end + 1)...], as: UTF8.self)
        else { return nil }
        self.init(attribute: attribute, value: value)
    }

    public static func == (left: UniqueKey, right: UniqueKey) -> Bool {
        left.attribute.isExactly(right.attribute) && left.value.isExactly(right.value)
    }

    public func hash(into hasher: inout Hasher) {
        for byte in attribute.utf8 { hasher.combine(byte) }
        hasher.combine(Self.separator)
        for byte in value.utf8 { hasher.combine(byte) }
    }
}

extension UniqueKey {
    func write(to writer: inout JSONWriter) {
        writer.member("attribute", attribute)
        writer.member("value", value)
    }

    init(data: JSONObject) throws(MessageProblem) {
        self.init(attribute: try data.required("attribute"), value: try data.required("value"))
        guard UniqueAttribute.isName(attribute), !value.isEmpty else { throw .malformed("a key that can be none") }
    }
}
