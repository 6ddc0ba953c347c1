import Messages
import Testing

@Suite("The one spelling of a document")
struct DocumentNormalizationTests {
    @Test(
        "Letters and digits are left, in upper case",
        arguments: [
            ("529.982.247-25", "52998224725"), ("52998224725", "52998224725"), (" ab c ", "ABC"),
            ("５２９．９８２", "529982"), ("ﬁx", "FIX"), ("ß", "SS"), ("straße", "STRASSE"), ("é", "É"),
            ("e\u{301}", "É"), ("①②", "12"), ("٣", "٣"), ("ǆ", "DŽ"), ("ŉ", "ʼN"), ("x\u{0}y", "XY"), ("Ⅷ", "VIII"),
            ("½", "12"),
        ])
    func alphanumeric(document: String, normalized: String) {
        let result = DocumentNormalization.alphanumeric.normalize(document)
        #expect(result.map { Array($0.utf8) } == Array(normalized.utf8), "\(String(describing: result))")
    }

    @Test("Nothing left is no document", arguments: ["", "-", " .\t", "\u{0}", "👍", "\u{301}", "—", "+/="])
    func nothing(document: String) { #expect(DocumentNormalization.alphanumeric.normalize(document) == nil) }

    @Test("64 scalars may be left, 65 not", arguments: DocumentNormalization.allCases)
    func limit(normalization: DocumentNormalization) {
        for letter in ["A", "É", "日"] {
            #expect(normalization.normalize(String(repeating: letter, count: 64)) != nil)
            #expect(normalization.normalize(String(repeating: letter, count: 65)) == nil)
        }
        #expect(DocumentNormalization.alphanumeric.normalize(String(repeating: "ß", count: 32))?.count == 64)
        #expect(DocumentNormalization.alphanumeric.normalize(String(repeating: "ß", count: 33)) == nil)
    }

    @Test("`trim` cuts white space at both ends, `none` nothing") func others() {
        #expect(DocumentNormalization.trim.normalize(" \u{3000}a-1 b\n") == "a-1 b")
        #expect(DocumentNormalization.trim.normalize(" \t\n") == nil)
        #expect(DocumentNormalization.none.normalize(" a-1 ") == " a-1 ")
        #expect(DocumentNormalization.none.normalize("") == nil)
        #expect(DocumentNormalization.none.normalize("a\u{0}b") == nil)
        #expect(DocumentNormalization.trim.normalize("a\nb") == nil)
    }

    @Test("What is normalized stays as it is, in whatever script", arguments: 0..<8)
    func idempotent(seed: Int) {
        var generator = Generator(seed: UInt64(seed))
        for _ in 0..<2_000 {
            var document = String.UnicodeScalarView()
            for _ in 0..<(1 + generator.below(6)) {
                if let scalar = Unicode.Scalar(UInt32(generator.below(generator.below(4) == 0 ? 0x11_0000 : 0x3000))) {
                    document.append(scalar)
                }
            }
            let text = String(document)
            guard let once = DocumentNormalization.alphanumeric.normalize(text) else { continue }
            let twice = DocumentNormalization.alphanumeric.normalize(once)
            #expect(twice.map { Array($0.utf8) } == Array(once.utf8), "\(document.map { $0.value })")
            #expect(
                once.unicodeScalars.allSatisfy {
                    $0.properties.isAlphabetic || $0.properties.numericType == .decimal || isLetter($0)
                })
        }
    }

    private func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
        default: false
        }
    }

    @Test("Every scalar by itself reaches a fixed point, and spellings that Unicode holds for one become one")
    func allScalars() {
        for value in UInt32(0x80)..<0x3_0000 {
            guard let scalar = Unicode.Scalar(value),
                let once = DocumentNormalization.alphanumeric.normalize(String(Character(scalar)))
            else { continue }
            if DocumentNormalization.alphanumeric.normalize(once).map({ Array($0.utf8) }) != Array(once.utf8) {
                Issue.record("U+\(String(value, radix: 16)) has no fixed point")
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
