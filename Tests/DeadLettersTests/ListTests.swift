import EventLog
import Messages
import Testing

@testable import DeadLetters

@Suite("How dead letters are shown") struct ListTests {
    @Test func rows() {
        let text = Letters.list([
            Letters.record(at: 0), Letters.record(at: 1), Letters.record(of: (1, 11), at: 2, key: nil),
        ])
        .text
        #expect(
            text == """
                TIME                         DEAD LETTER                          ORIGIN                    REASON     SERVICE          KEY   VALUE    COUNT  DETAIL
                2026-01-02T03:04:05.000000Z  t.customer-commands-dead-letter/1/0  t.customer-commands/1/7   malformed  command-service  c-1   5 bytes  2      the value is no JSON object
                2026-01-02T03:04:05.000000Z  t.customer-commands-dead-letter/1/2  t.customer-commands/1/11  malformed  command-service  null  5 bytes  1      the value is no JSON object

                """)
        #expect(Letters.list([]).text == "")
        #expect(Letters.list([]).json == "")
    }

    @Test func json() {
        let first = RecordHeader("origin", "customer-commands/3/9")
        let json = Letters.list([
            Letters.record(at: 0, headers: [first]),
            Letters.record(of: (1, 8), at: 1, key: nil, value: nil, named: "x"),
        ]).json
        #expect(
            json == """
                {"topic":"t.customer-commands-dead-letter","partition":1,"offset":0,"reason":"malformed",\
                "detail":"the value is no JSON object","service":"command-service","time":"2026-01-02T03:04:05.000000Z",\
                "origin":{"topic":"t.customer-commands","partition":1,"offset":7},\
                "firstPlace":"customer-commands/3/9","count":1,"key":"c-1","keyBytes":3,"valueBytes":5}
                {"topic":"t.customer-commands-dead-letter","partition":1,"offset":1,"reason":"malformed",\
                "detail":"the value is no JSON object","service":"command-service","time":"2026-01-02T03:04:05.000000Z",\
                "count":1,"key":null,"value":null}

                """)
    }

    @Test("values, and keys that hold them, are shown on demand alone") func personalData() {
        let claim = Letters.record(
            .uniqueClaims, key: Array("document:52998224725".utf8),
            value: Array("{\"values\":{\"document\":\"52998224725\"}}".utf8))
        let command = Letters.record(value: Array("{\"values\":{\"document\":\"52998224725\"}}".utf8))
        for record in [claim, command] {
            for text in [Letters.list([record]).text, Letters.list([record]).json] {
                #expect(!text.contains("52998224725"))
            }
            for text in [Letters.list([record], .shown).text, Letters.list([record], .shown).json] {
                #expect(text.contains("52998224725"))
            }
        }
        #expect(Letters.list([claim]).text.contains("20 bytes"))
        #expect(Letters.list([claim]).json.contains("\"keyBytes\":20"))
    }

    @Test func aValueHasALineOfItsOwnAndIsCut() {
        #expect(Letters.list([Letters.record()], .shown).text.hasSuffix("\n    hello\n"))
        let limit = DeadLetterList.valueLimit
        let long = Letters.record(value: Array(repeating: 0x78, count: limit - 1) + Array("éy".utf8))
        #expect(Letters.list([long], .shown).text.hasSuffix("xx … and 3 bytes more\n"))
        let fitting = Letters.record(value: Array(repeating: 0x78, count: limit))
        #expect(!Letters.list([fitting], .shown).text.contains("…"))
    }

    @Test("one that was cut says so, and how much there was") func cut() {
        let record = Letters.record(headers: [
            RecordHeader("dead-letter-truncated", "3000000"), RecordHeader("dead-letter-sha256", "ab12"),
        ])
        #expect(Letters.list([record]).text.contains("  5 bytes, cut from 3000000  "))
        #expect(Letters.list([record], .shown).text.hasSuffix("\n    hello … and 2999995 bytes more\n"))
        #expect(Letters.list([record]).json.contains(#""valueBytes":5,"cutFromBytes":3000000,"sha256":"ab12"}"#))
    }

    @Test("nothing that a sender wrote reaches a terminal as it is") func hostileText() {
        let escape = "\u{1B}[2J\u{9B}\u{202E}\n"
        let record = Letters.record(
            key: Array("a\u{202E}b".utf8), value: Array(escape.utf8), reason: escape, detail: escape, service: escape)
        let text = Letters.list([record], .shown).text
        #expect(!text.unicodeScalars.contains { $0 != "\n" && ($0.value < 0x20 || (0x7F..<0xA0).contains($0.value)) })
        #expect(!text.unicodeScalars.contains("\u{202E}"))
        #expect(text.split(separator: "\n").count == 3)
    }
}
