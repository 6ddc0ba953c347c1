import KafkaProtocol

/// Fills a message's fields in with what could mean something to a broker, and now and then with extremes.
struct LikelyCoder: WireCoder {
    typealias Failure = Never
    typealias TagSection = Void

    let version: Int16
    let flexible: Bool
    var draws: LogDraws
    /// Words that were said before: member ids, topic ids.
    var words: [String]
    var ids: [WireUUID]
    /// A producer that exists.
    var producer: (id: Int64, epoch: Int16)

    private mutating func integer<Value: FixedWidthInteger>(_ value: inout Value, _ likely: [Int64]) {
        switch draws.below(20) {
        case 0: value = Value.max
        case 1: value = Value.min
        case 2: value = Value(truncatingIfNeeded: draws.next())
        case 3..<8: value = Value(truncatingIfNeeded: likely[draws.below(likely.count)])
        default: value = Value(truncatingIfNeeded: draws.below(4) - 1)
        }
    }

    mutating func bool(_ value: inout Bool) { value = draws.chance(1, of: 2) }
    mutating func int8(_ value: inout Int8) { integer(&value, [2, 4, 1]) }
    mutating func int16(_ value: inout Int16) { integer(&value, [Int64(producer.epoch)]) }
    mutating func int32(_ value: inout Int32) { integer(&value, [100, 10_000, 1_000_000, 5]) }
    mutating func int64(_ value: inout Int64) { integer(&value, [producer.id, 5, 1_000_000, 20]) }

    mutating func uuid(_ value: inout WireUUID) {
        value = ids.isEmpty || draws.chance(1, of: 3) ? .zero : ids[draws.below(ids.count)]
    }

    mutating func text(_ value: inout String?, nullable: Bool) {
        if nullable, draws.chance(1, of: 3) {
            value = nil
            return
        }
        let known = ["t", "u", "v", "t", "tx", "g", "range", "consumer", "", "cleanup.policy", "compact", "1"]
        switch draws.below(10) {
        case 0: value = "é \u{0}"
        case 1..<4: value = words.isEmpty ? "x" : words[draws.below(words.count)]
        default: value = known[draws.below(known.count)]
        }
    }

    mutating func blob(_ value: inout [UInt8]?, nullable: Bool) {
        switch draws.below(8) {
        case 0: value = nullable ? nil : []
        case 1: value = (0..<draws.below(100)).map { _ in UInt8(truncatingIfNeeded: draws.next()) }
        case 2..<5: value = LogTestHost.batch(LogTestHost.records(["a", "b"]))
        default:
            let writer = LogWriter(
                id: producer.id, epoch: producer.epoch, sequence: Int32(draws.below(4)),
                isTransactional: draws.chance(3, of: 4))
            var bytes = LogTestHost.batch(LogTestHost.records(["c"]), writer)
            if draws.chance(1, of: 10) { bytes[draws.below(bytes.count)] ^= 1 }
            value = bytes
        }
    }

    mutating func elements<Element: WireMessage>(_ values: inout [Element]?, nullable: Bool) {
        if nullable, draws.chance(1, of: 4) {
            values = nil
            return
        }
        values = (0..<(draws.chance(1, of: 5) ? 0 : 1 + draws.below(2))).map { _ in
            var element = Element.blank
            element.code(&self)
            return element
        }
    }

    mutating func beginTags() {}
    mutating func beginTag(_ tag: UInt32, in section: inout Void, isSet: Bool) -> Bool {
        flexible && draws.chance(1, of: 2)
    }
    mutating func endTag(in section: inout Void) {}
    mutating func endTags(_ section: Void) {}
    mutating func noTags() {}
}
