import KafkaProtocol

/// Fills a message's fields in with random values: whatever the version has, nothing else.
struct GeneratingCoder: WireCoder {
    typealias Failure = Never
    typealias TagSection = Void

    let version: Int16
    let flexible: Bool
    var random: SeededGenerator

    private mutating func integer<Value: FixedWidthInteger>(_ value: inout Value) {
        switch random.below(6) {
        case 0: value = Value.max
        case 1: value = Value.min
        case 2: value = 0
        case 3: value = 0 &- 1
        default: value = Value(truncatingIfNeeded: random.next())
        }
    }

    mutating func bool(_ value: inout Bool) { value = random.chance(1, of: 2) }
    mutating func int8(_ value: inout Int8) { integer(&value) }
    mutating func int16(_ value: inout Int16) { integer(&value) }
    mutating func int32(_ value: inout Int32) { integer(&value) }
    mutating func int64(_ value: inout Int64) { integer(&value) }
    mutating func uuid(_ value: inout WireUUID) { value = WireUUID(high: random.next(), low: random.next()) }

    mutating func text(_ value: inout String?, nullable: Bool) {
        if nullable, random.chance(1, of: 4) {
            value = nil
            return
        }
        let alphabet: [Character] = ["a", "Z", "0", "-", ".", "é", "日", "🐟", "\u{0}"]
        let length = random.chance(1, of: 10) ? 127 + random.below(300) : random.below(12)
        value = String((0..<length).map { _ in alphabet[random.below(alphabet.count)] })
    }

    mutating func blob(_ value: inout [UInt8]?, nullable: Bool) {
        if nullable, random.chance(1, of: 4) {
            value = nil
            return
        }
        let length = random.chance(1, of: 10) ? 127 + random.below(300) : random.below(12)
        value = (0..<length).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    }

    mutating func elements<Element: WireMessage>(_ values: inout [Element]?, nullable: Bool) {
        if nullable, random.chance(1, of: 4) {
            values = nil
            return
        }
        values = (0..<random.below(4)).map { _ in
            var element = Element.blank
            element.code(&self)
            return element
        }
    }

    mutating func beginTags() {}
    mutating func beginTag(_ tag: UInt32, in section: inout Void, isSet: Bool) -> Bool {
        flexible && random.chance(1, of: 2)
    }
    mutating func endTag(in section: inout Void) {}
    mutating func endTags(_ section: Void) {}
    mutating func noTags() {}
}

extension ApiMessage {
    /// One with random contents for a version.
    static func generated(version: Int16, seed: UInt64) -> Self {
        var coder = GeneratingCoder(
            version: version, flexible: apiKey.isFlexible(version), random: SeededGenerator(seed: seed))
        var message = blank
        message.code(&coder)
        return message
    }

    func encoded(version: Int16) -> [UInt8] {
        var writer = WireWriter()
        encode(to: &writer, version: version)
        return writer.bytes
    }

    /// Reads one that fills the bytes.
    init(_ bytes: [UInt8], version: Int16) throws(WireError) {
        var reader = WireReader(bytes)
        try self.init(from: &reader, version: version)
        guard reader.remaining == 0 else { throw .trailing(reader.remaining) }
    }
}
