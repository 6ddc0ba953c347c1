import Printing
import Testing

@Suite("Escaping") struct PrintableTextTests {
    @Test(arguments: [
        ("plain é 客户 🙂", "plain é 客户 🙂"), ("a\\b", "a\\\\b"), ("a\nb\tc\rd", "a\\nb\\tc\\rd"), ("\u{0}", "\\u{0}"),
        ("\u{1B}[m", "\\u{1b}[m"), ("\u{85}\u{2028}\u{200B}", "\\u{85}\\u{2028}\\u{200b}"), ("", ""),
    ]) func texts(text: String, escaped: String) {
        #expect(PrintableText.escaped(text) == escaped)
    }

    @Test(
        arguments: [
            ([0xFF], "\\xff"), ([0x61, 0xC3, 0x62], "a\\xc3b"), ([0xE2, 0x82], "\\xe2\\x82"),
            ([0xC0, 0x80, 0xC3, 0xA9], "\\xc0\\x80é"), ([0xED, 0xA0, 0x80], "\\xed\\xa0\\x80"),
        ] as [([UInt8], String)]) func bytes(bytes: [UInt8], escaped: String)
    {
        #expect(PrintableText.escaped(bytes) == escaped)
    }

    @Test("no byte is lost, whatever the bytes are") func allBytes() {
        var generator: UInt64 = 0x9E37_79B9_7F4A_7C15
        for _ in 0..<500 {
            let bytes = (0..<12).map { _ -> UInt8 in
                generator ^= generator << 13
                generator ^= generator >> 7
                generator ^= generator << 17
                return UInt8(truncatingIfNeeded: generator >> 24)
            }
            #expect(Self.unescaped(PrintableText.escaped(bytes)) == bytes)
        }
    }

    @Test func aStartEndsBetweenCharacters() {
        let bytes = Array("aé🙂".utf8)
        let starts = (0...bytes.count).map {
            String(decoding: PrintableText.start(of: bytes, limit: $0), as: UTF8.self)
        }
        #expect(starts == ["", "a", "a", "aé", "aé", "aé", "aé", "aé🙂"])
        let garbage = [UInt8](repeating: 0x80, count: 20)
        #expect((6...10).contains(PrintableText.start(of: garbage, limit: 10).count))
    }

    /// Reads escaped text back, to compare.
    private static func unescaped(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = Array(text.unicodeScalars)[...]
        while let first = rest.popFirst() {
            guard first == "\\", let kind = rest.popFirst() else {
                bytes += Array(String(first).utf8)
                continue
            }
            switch kind {
            case "x":
                bytes.append(UInt8(number(rest.prefix(2)) ?? 0))
                rest = rest.dropFirst(2)
            case "u":
                let digits = rest.dropFirst().prefix { $0 != "}" }
                bytes += Array(String(number(digits).flatMap { Unicode.Scalar($0) } ?? "?").utf8)
                rest = rest.dropFirst(digits.count + 2)
            case "n": bytes.append(0x0A)
            case "t": bytes.append(0x09)
            case "r": bytes.append(0x0D)
            default: bytes.append(0x5C)
            }
        }
        return bytes
    }

    private static func number(_ digits: ArraySlice<Unicode.Scalar>) -> UInt32? {
        UInt32(String(String.UnicodeScalarView(digits)), radix: 16)
    }
}

@Suite("Tables") struct TextTableTests {
    @Test("columns are as wide as their widest text, the last one has no blanks behind it") func aligned() {
        let table = TextTable(titles: ["A", "NAME", "REST"], rows: [["1", "x", "r"], ["22", "a longer one", ""]])
        #expect(table.lines == ["A   NAME          REST", "1   x             r", "22  a longer one  "])
    }

    @Test("a text that is too long is cut between characters, and says by how much") func cut() {
        #expect(PrintableText.escaped("ab\u{1B}", limit: 3) == "ab\\u{1b}")
        #expect(PrintableText.escaped("abéd", limit: 3) == "ab…(3 bytes more)")
    }
}
