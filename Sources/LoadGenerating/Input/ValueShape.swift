/// What the spelling of a value looks like, by itself: whether that means anything is for the column to tell.
enum ValueShape {
    /// `1.23457E+13`, as spreadsheets write it, or `1.23457E13`, as programs do.
    static func isScientific(_ text: some Collection<UInt8>) -> Bool {
        var rest = Substring(decoding: text)
        guard take(&rest, 1...1, isDigit) else { return false }
        var hasFraction = false
        if let mark = rest.first, mark == "." || mark == "," {
            rest.removeFirst()
            guard take(&rest, 1...17, isDigit) else { return false }
            hasFraction = true
        }
        guard let letter = rest.popFirst(), letter == "E" || letter == "e" else { return false }
        let hasSign = rest.first == "+" || rest.first == "-"
        if hasSign { rest.removeFirst() }
        // Without either it may be an id: 1E5.
        return (hasSign || hasFraction) && take(&rest, 1...3, isDigit) && rest.isEmpty
    }

    /// Digits, one separator, one or two digits.
    static func decimal(_ text: some Collection<UInt8>) -> (isDecimal: Bool, tailIsZero: Bool) {
        var rest = Substring(decoding: text)
        guard take(&rest, 1...64, isDigit), let mark = rest.popFirst(), mark == "." || mark == "," else {
            return (false, false)
        }
        let tail = rest
        guard take(&rest, 1...2, isDigit), rest.isEmpty else { return (false, false) }
        return (true, tail.allSatisfy { $0 == "0" })
    }

    /// `2024-01-05`, or the same with a time behind it.
    static func isDate(_ text: some Collection<UInt8>) -> Bool {
        let text = Array(text)
        guard text.count >= 10, isDate(text) else { return false }
        guard text.count > 10 else { return true }
        return text.count >= 16 && (text[10] == .space || text[10] == UInt8(ascii: "T"))
            && text[13] == UInt8(ascii: ":") && text[11...12].allSatisfy(isDigit)
    }

    /// Four digits, two and two, as dates have them, whatever they say.
    static func isDateLike(_ text: some Collection<UInt8>) -> Bool {
        let text = Array(text.prefix(10))
        return text.count == 10 && text[4] == UInt8(ascii: "-") && text[7] == UInt8(ascii: "-")
            && [0, 1, 2, 3, 5, 6, 8, 9].allSatisfy { isDigit(text[$0]) }
    }

    /// `CPF: 335.854.620-00`: letters, a separator, then digits.
    static func isLabelled(_ text: some Collection<UInt8>) -> Bool {
        let label = Array(text.prefix { !isDigit($0) })
        guard label.count(where: { isLetter($0) || $0 >= 0x80 }) >= 2, let last = label.last else { return false }
        return (last == .space || last == UInt8(ascii: ":") || last == UInt8(ascii: "#") || last == UInt8(ascii: "="))
            && text.count(where: isDigit) >= 5
    }

    /// Latin letters, and letters of Cyrillic or Greek all of which look like Latin ones.
    static func hasLookalikes(_ text: String) -> Bool {
        var hasLatin = false
        var hasLookalike = false
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x41...0x5A, 0x61...0x7A: hasLatin = true
            case 0x370...0x52F:
                guard lookalikes.contains(scalar) else { return false }
                hasLookalike = true
            default: break
            }
        }
        return hasLatin && hasLookalike
    }

    /// Characters that nobody sees, or that look like a space. Those that join letters belong to scripts that need them.
    static func hasInvisible(_ text: String) -> Bool {
        var joins = false
        var needsJoining = false
        for scalar in text.unicodeScalars where scalar.value >= 0x80 {
            switch (scalar.value, scalar.properties.generalCategory) {
            case (0x200C...0x200D, _): joins = true
            case (0x34F, _), (0xFE00...0xFE0F, _), (_, .format), (_, .spaceSeparator): return true
            case (0x600..., _): needsJoining = true
            default: break
            }
        }
        return joins && !needsJoining
    }

    static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
    static func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) }

    private static let lookalikes = Set("АВЕКМНОРСТУХІЈЅаеорсухіјѕΑΒΕΖΗΙΚΜΝΟΡΤΥΧο".unicodeScalars)

    private static func isDate(_ text: [UInt8]) -> Bool {
        guard isDateLike(text) else { return false }
        func number(_ range: ClosedRange<Int>) -> Int { text[range].reduce(0) { $0 * 10 + Int($1) - 0x30 } }
        return (1900...2100).contains(number(0...3)) && (1...12).contains(number(5...6))
            && (1...31).contains(number(8...9))
    }

    private static func isDigit(_ character: Character) -> Bool { ("0"..."9").contains(character) }

    private static func take(
        _ rest: inout Substring, _ counts: ClosedRange<Int>, _ belongs: (Character) -> Bool
    ) -> Bool {
        let taken = rest.prefix(while: belongs)
        guard counts.contains(taken.count) else { return false }
        rest = rest[taken.endIndex...]
        return true
    }
}

extension Substring {
    fileprivate init(decoding bytes: some Collection<UInt8>) {
        self = Substring(String(decoding: bytes, as: UTF8.self))
    }
}
