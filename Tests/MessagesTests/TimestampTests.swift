import Foundation
import Messages
import Testing

@Suite("Timestamps")
struct TimestampTests {
    @Test("agree with Foundation", arguments: 0..<4) func foundation(seed: Int) throws {
        var generator = Generator(seed: UInt64(seed))
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: false)
        for _ in 0..<2_000 {
            // Years 1 to 9999.
            let second = Int64(generator.below(315_537_897_600)) - 62_135_596_800
            let microsecond = Int64(generator.below(1_000_000))
            let timestamp = Timestamp(microseconds: second * 1_000_000 + microsecond)
            let text = timestamp.description
            if second >= -12_219_292_800 {  // Foundation's calendar is Julian before 1582.
                let expected = Date(timeIntervalSince1970: Double(second)).formatted(style)
                #expect(text.prefix(19) == expected.prefix(19))
            }
            #expect(text.suffix(8) == String(format: ".%06dZ", Int(microsecond)).suffix(8))
            #expect(Timestamp(text) == timestamp)
        }
    }

    @Test(
        "are read with offsets and fractions of any length",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("1970-01-01t00:00:00z", 0), ("1970-01-01 00:00:00Z", 0),
            ("1970-01-01T01:30:00+01:30", 0), ("1969-12-31T23:00:00-01:00", 0), ("1970-01-01T00:00:00.5Z", 500_000),
            ("1970-01-01T00:00:00.1234567891Z", 123_456), ("1969-12-31T23:59:59.999999Z", -1),
            ("2000-02-29T12:00:00Z", 951_825_600_000_000), ("2016-12-31T23:59:60Z", 1_483_228_800_000_000),
        ] as [(String, Int64)])
    func reads(text: String, microseconds: Int64) { #expect(Timestamp(text)?.microseconds == microseconds) }

    @Test(
        "are refused where they are none",
        arguments: [
            "", "1970-01-01", "1970-01-01T00:00:00", "1970-01-01T00:00:00.Z", "1970-13-01T00:00:00Z",
            "1970-00-01T00:00:00Z", "1970-01-32T00:00:00Z", "1970-01-00T00:00:00Z", "1970-01-01T24:00:00Z",
            "1970-01-01T00:60:00Z", "1970-01-01T00:00:61Z", "1970-01-01T00:00:00+1:00", "1970-01-01T00:00:00+24:00",
            "1970-01-01T00:00:00Zx", "x970-01-01T00:00:00Z", "1970-01-01X00:00:00Z", "１970-01-01T00:00:00Z",
            "1970-01-01T00:00:00+", "1970-01-01T00:00:00+00", "1970-01-01T00:00:00+00:0", "1970-02-30T00:00:00Z",
            "2023-02-29T00:00:00Z", "1970-04-31T00:00:00Z",
        ])
    func refuses(text: String) { #expect(Timestamp(text) == nil) }

    @Test("move by durations") func advanced() {
        let start = Timestamp(microseconds: 10)
        #expect(start.advanced(by: .seconds(5)).microseconds == 5_000_010)
        #expect(start.advanced(by: .milliseconds(-1)).microseconds == -990)
    }
}

@Suite("Durations as people write them") struct DurationTextTests {
    @Test(arguments: [
        ("0s", 0), ("90s", 90), ("2m", 120), ("3h", 10_800), ("7d", 604_800), ("365250d", 31_557_600_000),
    ])
    func read(text: String, seconds: Int64) { #expect(Duration(shortText: text) == .seconds(seconds)) }

    @Test(arguments: ["", "s", "5", "+5s", "-5s", "5 s", "5w", "1.5h", "٣s", "365251d", "99999999999999999999s"])
    func refused(text: String) { #expect(Duration(shortText: text) == nil) }
}
