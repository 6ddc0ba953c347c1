import KafkaProtocol

/// Lists a message's values in the order of the wire, in the notation of the golden files: integers and `true`/`false` as
/// they are, `"` before a string, `x` before bytes, `u` before a UUID, `[` before the number of an array's elements, `~`
/// for null.
struct DescribingCoder: WireCoder {
    typealias Failure = Never
    typealias TagSection = Void

    let version: Int16
    let flexible: Bool
    private(set) var words: [String] = []

    init(version: Int16, flexible: Bool) {
        self.version = version
        self.flexible = flexible
    }

    static func hex(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef")
        return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }

    mutating func bool(_ value: inout Bool) { words.append("\(value)") }
    mutating func int8(_ value: inout Int8) { words.append("\(value)") }
    mutating func int16(_ value: inout Int16) { words.append("\(value)") }
    mutating func int32(_ value: inout Int32) { words.append("\(value)") }
    mutating func int64(_ value: inout Int64) { words.append("\(value)") }

    mutating func uuid(_ value: inout WireUUID) {
        var writer = WireWriter()
        writer.uuid(value)
        words.append("u" + Self.hex(writer.bytes))
    }

    mutating func text(_ value: inout String?, nullable: Bool) { words.append(value.map { "\"" + $0 } ?? "~") }
    mutating func blob(_ value: inout [UInt8]?, nullable: Bool) {
        words.append(value.map { "x" + Self.hex($0) } ?? "~")
    }

    mutating func elements<Element: WireMessage>(_ values: inout [Element]?, nullable: Bool) {
        guard let elements = values else {
            words.append(nullable ? "[~" : "[0")
            return
        }
        words.append("[\(elements.count)")
        for var element in elements { element.code(&self) }
    }

    mutating func beginTags() {}
    mutating func beginTag(_ tag: UInt32, in section: inout Void, isSet: Bool) -> Bool { flexible && isSet }
    mutating func endTag(in section: inout Void) {}
    mutating func endTags(_ section: Void) {}
    mutating func noTags() {}
}

extension ApiMessage {
    /// The values that a version has.
    func described(version: Int16) -> String {
        var coder = DescribingCoder(version: version, flexible: Self.apiKey.isFlexible(version))
        var message = self
        message.code(&coder)
        return coder.words.joined(separator: " ")
    }
}
