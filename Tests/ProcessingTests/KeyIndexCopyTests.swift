import EventLog
import Messages
import ServiceCores
import Testing

@Suite struct KeyIndexCopyTests {
    private static let first = UniqueKey(attribute: "document", value: "D1")
    /// The same value of another attribute is another key.
    private static let second = UniqueKey(attribute: "tax-number", value: "D1")

    private static func record(_ key: [UInt8]?, _ value: [UInt8]?, headers: [RecordHeader] = []) -> LogRecord {
        LogRecord(topic: "unique-index", partition: 0, offset: 0, key: key, value: value, headers: headers)
    }

    private static func held(_ key: UniqueKey, _ customer: String, _ position: Int64, under bytes: [UInt8]? = nil)
        -> LogRecord
    {
        let metadata = Metadata(
            id: "x", source: Source.projection, time: Timestamp(microseconds: 0), correlationID: "x",
            causationID: nil, causationSource: nil)
        let holder = KeyHolder(
            key: key, customerID: customer, status: .claimed, reservation: nil, position: position)
        return record(bytes ?? key.bytes, Message(metadata, holder).encoded())
    }

    private static func free(_ key: UniqueKey, _ position: String?) -> LogRecord {
        record(key.bytes, nil, headers: position.map { [RecordHeader("position", $0)] } ?? [])
    }

    @Test func itTellsWhoHasAKey() {
        var copy = KeyIndexCopy()
        #expect(!copy.isTaken(Self.first, byOtherThan: "c-2"))
        copy.apply(Self.held(Self.first, "c-1", 5))
        #expect(copy.isTaken(Self.first, byOtherThan: "c-2"))
        #expect(!copy.isTaken(Self.first, byOtherThan: "c-1"))
        #expect(!copy.isTaken(Self.second, byOtherThan: "c-2"))
        copy.apply(Self.free(Self.first, "6"))
        #expect(!copy.isTaken(Self.first, byOtherThan: "c-2"))
        #expect(copy.count == 0)
    }

    /// Written again, by someone who was late.
    @Test func aLowerPositionIsIgnored() {
        var copy = KeyIndexCopy()
        copy.apply(Self.held(Self.first, "c-1", 5))
        copy.apply(Self.held(Self.first, "c-2", 4))
        #expect(copy.isTaken(Self.first, byOtherThan: "c-2"))
        copy.apply(Self.free(Self.first, "4"))
        #expect(copy.isTaken(Self.first, byOtherThan: "c-2"))
        copy.apply(Self.held(Self.first, "c-2", 5))
        #expect(!copy.isTaken(Self.first, byOtherThan: "c-2"))
    }

    /// From a stranger, or by another client: it is taken at its word.
    @Test(arguments: [nil, "", "x", "-"]) func aTombstoneWithoutPositionFrees(_ position: String?) {
        var copy = KeyIndexCopy()
        copy.apply(Self.held(Self.first, "c-1", 5))
        copy.apply(Self.free(Self.first, position))
        #expect(copy.count == 0)
    }

    @Test func whatCanNotBeReadIsPassedOver() {
        var copy = KeyIndexCopy()
        copy.apply(Self.record(nil, nil))
        copy.apply(Self.held(Self.first, "c-1", 1, under: [0xff]))
        copy.apply(Self.record(Self.first.bytes, Array("no json".utf8)))
        copy.apply(Self.held(Self.first, "c-1", 1, under: Self.second.bytes))
        #expect(copy.count == 0)
    }
}
