import EventLog
import Messages
import Testing

@Suite("What a dead letter keeps")
struct DeadLetterContentTests {
    private static let marks = [RecordHeader("dead-letter-reason", "malformed")]

    private static func bytes(_ count: Int) -> [UInt8] { [UInt8](repeating: 0x78, count: count) }

    private static func record(
        key: [UInt8]? = Array("c-1".utf8), value: [UInt8]?, headers: [RecordHeader] = [RecordHeader("x", "1")]
    ) -> LogRecord {
        LogRecord(topic: "customer-commands", partition: 0, offset: 7, key: key, value: value, headers: headers)
    }

    private static func size(_ letter: DeadLetterContent) -> Int {
        record(key: letter.key, value: letter.value, headers: letter.headers).size
    }

    private static func text(_ name: String, in letter: DeadLetterContent) -> String? {
        letter.headers.last { $0.name == name }?.value.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test("All of it, where that fits") func whole() {
        for record in [Self.record(value: Self.bytes(1_040_000)), Self.record(key: nil, value: nil)] {
            let letter = DeadLetterContent(of: record, marks: Self.marks)
            #expect(letter.key == record.key)
            #expect(letter.value == record.value)
            #expect(letter.headers == record.headers + Self.marks)
        }
    }

    @Test("Else the beginning of the value, and what the whole was") func cutValue() {
        let value = Array("the beginning".utf8) + Self.bytes(3_000_000)
        let letter = DeadLetterContent(of: Self.record(value: value), marks: Self.marks)
        #expect(value.starts(with: letter.value ?? []))
        #expect(letter.value?.count ?? 0 > 2_000_000)
        #expect(Self.size(letter) <= DeadLetterContent.byteLimit)
        #expect(letter.key == Array("c-1".utf8))
        #expect(Array(letter.headers.prefix(2)) == [RecordHeader("x", "1")] + Self.marks)
        #expect(Self.text("dead-letter-truncated", in: letter) == "3000013")
        #expect(Self.text("dead-letter-truncated-headers", in: letter) == nil)
        // sha256sum of the value.
        #expect(
            Self.text("dead-letter-sha256", in: letter)
                == "a80479824405993f308c4618584233c5b8915755264c7bc432ae556fea58cddf")
    }

    @Test("A key or headers that are too large are cut as well, and a small value is kept") func cutOthers() {
        let many = (0..<200_000).map { RecordHeader("h\($0)", "0123456789") }
        let headers = DeadLetterContent(of: Self.record(value: Self.bytes(70_000), headers: many), marks: Self.marks)
        #expect(headers.value?.count == 70_000)
        #expect(headers.headers.count > 50_000)
        #expect(Self.text("dead-letter-truncated", in: headers) == "70000")
        #expect(Self.text("dead-letter-truncated-headers", in: headers) == "200000")
        let key = DeadLetterContent(of: Self.record(key: Self.bytes(3_000_000), value: nil), marks: Self.marks)
        #expect(key.key?.count == 65_536)
        #expect(key.value == nil)
        #expect(Self.text("dead-letter-truncated-key", in: key) == "3000000")
        let all = DeadLetterContent(
            of: Self.record(key: Self.bytes(3_000_000), value: Self.bytes(3_000_000), headers: many), marks: Self.marks)
        for letter in [headers, key, all] { #expect(Self.size(letter) <= DeadLetterContent.byteLimit) }
        #expect(all.value?.count ?? 0 > 900_000)
    }

    @Test("It fits, and loses nothing where it need not, whatever the sizes", arguments: 0..<4)
    func sizes(seed: Int) {
        var generator = Generator(seed: UInt64(seed))
        for _ in 0..<500 {
            let limit = 900 + generator.below(2_000)
            let record = Self.record(
                key: generator.below(4) == 0 ? nil : Self.bytes(generator.below(400)),
                value: generator.below(4) == 0 ? nil : Self.bytes(generator.below(3_000)),
                headers: (0..<generator.below(40)).map { _ in
                    RecordHeader(
                        name: String(repeating: "n", count: generator.below(80)),
                        value: generator.below(4) == 0 ? nil : Self.bytes(generator.below(200)))
                })
            let letter = DeadLetterContent(of: record, marks: Self.marks, limit: limit)
            #expect(Self.size(letter) <= limit)
            let isCut = letter.headers.contains { $0.name == "dead-letter-truncated" }
            #expect(isCut == (record.size + Self.marks[0].size > limit))
            if isCut { continue }
            #expect((letter.key, letter.value) == (record.key, record.value))
            #expect(letter.headers == record.headers + Self.marks)
        }
    }

    @Test("A sender's own marks don't count") func forged() {
        let forged = [RecordHeader("dead-letter-truncated", "9"), RecordHeader("dead-letter-reason", "fine")]
        let letter = DeadLetterContent(of: Self.record(value: [], headers: forged), marks: Self.marks)
        #expect(letter.headers == Self.marks)
    }
}
