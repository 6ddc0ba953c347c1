import Messages
import Testing

@Suite("The one spelling of a value")
struct NormalizationTests {
    private static let all: [NormalizationRule] = [
        .alphanumeric, .digits(length: nil), .digits(length: 11), .email, .trim, .none,
    ]

    private func expect(
        _ rule: NormalizationRule, _ value: String, _ normalized: String?,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let result = rule.normalize(value)
        #expect(
            result.map { Array($0.utf8) } == normalized.map { Array($0.utf8) }, "\(rule) of \(value.unicodeScalars)",
            sourceLocation: sourceLocation)
    }

    @Test("A rule has one name")
    func names() {
        for rule in Self.all + [.digits(length: 1), .digits(length: 64)] {
            #expect(NormalizationRule(rule.description) == rule)
        }
        #expect(Self.all.map(\.description) == ["alphanumeric", "digits", "digits=11", "email", "trim", "none"])
        for text in [
            "", "Alphanumeric", "digits=", "digits=0", "digits=65", "digits=011", "digits=+1", "digits=-1", "digits= 1",
            "digits=1x", "e-mail", "lower", "none ",
        ] {
            #expect(NormalizationRule(text) == nil, "\(text)")
        }
    }

    // What is not ASCII is as Python's unicodedata and str.casefold have it.
    @Test(
        "alphanumeric: letters, marks and digits are left, folded, a to z as A to Z",
        arguments: [
            ("529.982.247-25", "52998224725"), ("52998224725", "52998224725"), (" ab c ", "ABC"), ("x\u{0}y", "XY"),
            ("５２９．９８２", "529982"), ("ﬁx", "FIX"), ("ﬃ", "FFI"), ("①②", "12"), ("½", "12"), ("²³", "23"), ("Ⅷ", "VIII"),
            // Digits of any script by their value.
            ("٣۴", "34"), ("٣٫٥", "35"), ("१२", "12"), ("𝟗", "9"),
            // Full case folding.
            ("ß", "SS"), ("ẞ", "SS"), ("straße", "STRASSE"), ("É", "é"), ("e\u{301}", "é"), ("ａ\u{301}", "á"),
            ("ΑΣΣ", "ασσ"), ("ας", "ασ"), ("\u{390}", "ι\u{308}\u{301}"), ("ᾼ", "αι"), ("ϐ", "β"), ("µ", "μ"),
            ("ſ", "S"),
            ("\u{212a}", "K"), ("ǆ", "Dž"), ("Ǆ", "Dž"), ("ŉ", "ʼN"), ("ŒÆ", "œæ"), ("Ё", "ё"), ("ꭰ", "Ꭰ"), ("ᏸ", "Ᏸ"),
            ("Ა", "ა"),
            // The dotless i is no i, and the dotted one keeps its dot.
            ("ı", "ı"), ("İ", "I\u{307}"), ("I\u{307}", "I\u{307}"),
            // Marks are part of a word.
            ("कि", "\u{915}\u{93f}"), ("न\u{94d}", "\u{928}\u{94d}"), ("\u{301}", "\u{301}"), ("日本", "日本"),
            ("㍿", "株式会社"),
        ])
    func alphanumeric(value: String, normalized: String) { expect(.alphanumeric, value, normalized) }

    @Test("alphanumeric: nothing left is no value", arguments: ["", "-", " .\t", "\u{0}", "👍", "—", "+/=", "_"])
    func nothing(value: String) { expect(.alphanumeric, value, nil) }

    @Test("digits: digits alone") func digits() {
        for (value, normalized) in [
            ("529.982.247-25", "52998224725"), ("a1b2", "12"), ("007", "007"), ("٣۴", "34"), ("１２", "12"), ("①", "1"),
            ("½", "12"), (" 1\n", "1"), ("", nil), ("abc", nil), ("Ⅷ", nil),
        ] as [(String, String?)] {
            expect(.digits(length: nil), value, normalized)
        }
    }

    @Test("digits=N: padded with zeros to N; more are too many") func padded() {
        for (value, normalized) in [
            ("52998224725", "52998224725"), ("529.982.247-25", "52998224725"), ("2998224725", "02998224725"),
            ("0", "00000000000"), ("1a", "00000000001"), ("٣", "00000000003"), ("152998224725", nil),
            ("000000000001", nil), ("", nil), ("-", nil), ("x", nil),
        ] as [(String, String?)] {
            expect(.digits(length: 11), value, normalized)
        }
        expect(.digits(length: 1), "7", "7")
        expect(.digits(length: 1), "77", nil)
        expect(.digits(length: 64), "7", String(repeating: "0", count: 63) + "7")
    }

    @Test("email: trimmed and folded, with one @ between two sides without white space") func email() {
        for (value, normalized) in [
            ("ana@example.com", "ana@example.com"), (" Ana@Example.COM\n", "ana@example.com"),
            ("\u{a0}ANA＠example.com\u{3000}", "ana@example.com"), ("Straße@x", "strasse@x"), ("İ@x", "i\u{307}@x"),
            ("e\u{301}@É", "é@é"), ("a.b+c@d", "a.b+c@d"), ("ana", nil), ("", nil), ("@", nil), ("ana@", nil),
            ("@example.com", nil), ("a@b@c", nil), ("a@@b", nil), ("a b@c", nil), ("a@b c", nil), ("a@b\u{2028}c", nil),
            ("a@\u{a0}b", nil), ("a\u{0}@b", nil), ("a@b\u{7f}", nil), (" @ ", nil), ("a@ ", nil),
        ] as [(String, String?)] {
            expect(.email, value, normalized)
        }
    }

    @Test("trim: NFC, without white space at both ends; none: as it is") func others() {
        for (value, trimmed, plain) in [
            (" \u{3000}a-1 b\n", "a-1 b", nil), ("e\u{301} ", "é", "e\u{301} "), ("ﬁ", "ﬁ", "ﬁ"), ("Aß", "Aß", "Aß"),
            (" a-1 ", "a-1", " a-1 "), (" ", nil, " "), ("\t\n", nil, nil), ("", nil, nil), ("a\u{0}b", nil, nil),
            ("a\nb", nil, nil), ("\u{212b}", "å".uppercased(), "\u{212b}"),
        ] as [(String, String?, String?)] {
            expect(.trim, value, trimmed)
            expect(.none, value, plain)
        }
    }

    @Test("64 scalars may be left, 254 where a value keeps its form; one more not") func limit() {
        for letter in ["A", "é", "日", "😀", "7"] {
            func text(_ count: Int) -> String { String(repeating: letter, count: count) }
            for rule in [NormalizationRule.alphanumeric, .digits(length: nil)] {
                if letter == "😀" || rule != .alphanumeric && letter != "7" { continue }
                expect(rule, text(64), text(64))
                expect(rule, text(65), nil)
            }
            for rule in [NormalizationRule.trim, .none] {
                expect(rule, text(254), text(254))
                expect(rule, text(255), nil)
            }
            expect(.email, text(252).lowercased() + "@x", text(252).lowercased() + "@x")
            expect(.email, text(253).lowercased() + "@x", nil)
        }
        // What is left counts, not what was sent.
        expect(.alphanumeric, String(repeating: "ß", count: 32), String(repeating: "S", count: 64))
        expect(.alphanumeric, String(repeating: "ß", count: 33), nil)
        expect(.alphanumeric, String(repeating: "-", count: 60_000) + "A", "A")
        expect(.trim, String(repeating: " ", count: 60_000) + "A", "A")
        expect(.trim, String(repeating: "e\u{301}", count: 254), String(repeating: "é", count: 254))
    }

    @Test("What is normalized stays as it is, in whatever script", arguments: all)
    func idempotent(rule: NormalizationRule) {
        var generator = Generator(seed: 7)
        var taken = 0
        for round in 0..<8_000 {
            var scalars = String.UnicodeScalarView()
            for _ in 0..<(1 + generator.below(6)) {
                if let scalar = Unicode.Scalar(UInt32(generator.below(generator.below(4) == 0 ? 0x11_0000 : 0x3000))) {
                    scalars.append(scalar)
                }
            }
            let text = (rule == .email ? "a@" : "") + (round % 2 == 0 ? "7" : "") + String(scalars)
            guard let once = rule.normalize(text) else { continue }
            taken += 1
            expect(rule, once, once)
        }
        #expect(taken > 1_000)
    }

    @Test("Every scalar by itself reaches a fixed point", arguments: all)
    func allScalars(rule: NormalizationRule) {
        for value in UInt32(0x80)..<0x3_0000 {
            guard let scalar = Unicode.Scalar(value),
                let once = rule.normalize((rule == .email ? "a@" : "") + String(Character(scalar)))
            else { continue }
            if rule.normalize(once).map({ Array($0.utf8) }) != Array(once.utf8) {
                Issue.record("U+\(String(value, radix: 16)) has no fixed point by \(rule)")
            }
        }
    }
}

/// SplitMix64.
struct Generator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(max(bound, 1))) }
}
