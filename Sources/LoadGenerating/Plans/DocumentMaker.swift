/// How many ways a generated document is written in.
public enum SpellingVariety: String, Hashable, Sendable {
    /// Repeated documents often come with punctuation, in lower case, with spaces, or in full-width letters. Right for
    /// the system's usual normalization, `alphanumeric`.
    case varied
    /// Each document always has the same spelling. Right for every normalization.
    case uniform
}

/// Makes documents that look like Brazil's alphanumeric company numbers (CNPJ): twelve letters or digits and two check
/// digits, `12.ABC.345/01DE-35`.
///
/// Within a seed each number gives another document. Between seeds documents don't meet in practice either (there are
/// 2^62), so that runs can follow each other in one deployment.
struct DocumentMaker: Hashable, Sendable {
    private let keys: [UInt64]

    init(seed: UInt64) {
        var generator = SeededGenerator(seed: seed ^ 0x646F_6375_6D65_6E74)
        keys = (0..<4).map { _ in generator.next() }
    }

    /// The document with this number, as normalization leaves it.
    func document(_ number: Int) -> String {
        let base = Self.base36(permute(UInt64(number)))
        return String(decoding: base + Self.checkDigits(of: base), as: UTF8.self)
    }

    /// The same document, written in another way.
    static func respell(_ document: String, with generator: inout SeededGenerator) -> String {
        switch generator.below(5) {
        case 0: return punctuated(document, separators: [".", ".", "/", "-"])
        case 1: return document.lowercased()
        case 2: return punctuated(document.lowercased(), separators: [".", ".", "/", "-"])
        case 3: return punctuated(document, separators: [" ", " ", " ", " "])
        default: return fullWidth(document)
        }
    }

    /// The two check digits of a company number: digits and letters count as their ASCII code less 48.
    static func checkDigits(of base: [UInt8]) -> [UInt8] {
        var digits = base
        for _ in 0..<2 {
            var sum = 0
            var weight = 2
            for digit in digits.reversed() {
                sum += (Int(digit) - 48) * weight
                weight = weight == 9 ? 2 : weight + 1
            }
            let rest = sum % 11
            digits.append(UInt8(rest < 2 ? 48 : 48 + 11 - rest))
        }
        return Array(digits.suffix(2))
    }

    /// A Feistel network over 62 bits: one to one, whatever the keys are, so distinct numbers stay distinct.
    private func permute(_ number: UInt64) -> UInt64 {
        let mask: UInt64 = (1 << 31) - 1
        var left = (number >> 31) & mask
        var right = number & mask
        for key in keys {
            (left, right) = (right, left ^ (SeededGenerator.mix(right ^ key) & mask))
        }
        return left << 31 | right
    }

    private static func base36(_ number: UInt64) -> [UInt8] {
        var rest = number
        var digits: [UInt8] = []
        for _ in 0..<12 {
            let digit = UInt8(rest % 36)
            digits.append(digit < 10 ? 48 + digit : 55 + digit)
            rest /= 36
        }
        return digits.reversed()
    }

    private static func punctuated(_ document: String, separators: [String]) -> String {
        var result = ""
        for (place, character) in document.enumerated() {
            switch place {
            case 2: result += separators[0]
            case 5: result += separators[1]
            case 8: result += separators[2]
            case 12: result += separators[3]
            default: break
            }
            result.append(character)
        }
        return result
    }

    private static func fullWidth(_ document: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in document.unicodeScalars {
            result.append(Unicode.Scalar(scalar.value + 0xFEE0) ?? scalar)
        }
        return String(result)
    }
}
