internal import Foundation

/// How a value is brought to the one spelling that is compared, as declarations name it (the contract, section 5). Only
/// what clients send is normalized; nobody normalizes again what a service wrote.
public enum NormalizationRule: Hashable, Sendable, CustomStringConvertible {
    /// Unicode NFKC; letters, marks and decimal digits only, digits of any script as 0 to 9; case folded, then a to z as
    /// A to Z.
    case alphanumeric
    /// Digits alone; with a length padded on the left with zeros.
    case digits(length: Int?)
    /// Unicode NFKC, trimmed and case folded.
    case email
    /// Unicode NFC, without white space at both ends.
    case trim
    /// As it was sent.
    case none

    static let lengths = 1...64

    public init?(_ text: String) {
        switch text {
        case "alphanumeric": self = .alphanumeric
        case "digits": self = .digits(length: nil)
        case "email": self = .email
        case "trim": self = .trim
        case "none": self = .none
        default:
            guard text.hasPrefix("digits="), let length = Int(text.dropFirst(7)), Self.lengths.contains(length),
                text == "digits=\(length)"
            else { return nil }
            self = .digits(length: length)
        }
    }

    public var description: String {
        switch self {
        case .alphanumeric: "alphanumeric"
        case .digits(let length): length.map { "digits=\($0)" } ?? "digits"
        case .email: "email"
        case .trim: "trim"
        case .none: "none"
        }
    }

    /// How many Unicode scalars may be left.
    public var scalarLimit: Int {
        switch self {
        case .alphanumeric, .digits: 64
        case .email, .trim, .none: 254
        }
    }

    /// The normalized value; nil when what is left is empty, too long, holds control characters, or is not what the rule
    /// asks for.
    public func normalize(_ value: String) -> String? {
        var current = Self.fastASCII(value, self) ?? value
        // Folding can leave a normal form, and a normal form can bring new case pairs; a few rounds reach the fixed point.
        // The bound is a belt: no known input needs more than three.
        for _ in 0..<16 {
            let next = once(current)
            if next.isExactly(current) { break }
            current = next
        }
        if case .digits(let length?) = self {
            let count = current.utf8.count
            if count == 0 || count > length { return nil }
            return String(repeating: "0", count: length - count) + current
        }
        var count = 0
        for scalar in current.unicodeScalars {
            count += 1
            if count > scalarLimit || scalar.properties.generalCategory == .control { return nil }
        }
        if count == 0 { return nil }
        if case .email = self, !Self.isEmail(current) { return nil }
        return current
    }

    private func once(_ value: String) -> String {
        switch self {
        case .alphanumeric:
            if Self.isPlain(value) { return value }
            return Self.upperASCII(Self.folded(Self.kept(value, letters: true)))
        case .digits: return Self.kept(value, letters: false)
        case .email: return Self.folded(Self.trimmed(value.precomposedStringWithCompatibilityMapping))
        case .trim: return Self.trimmed(value.precomposedStringWithCanonicalMapping)
        case .none: return value
        }
    }

    /// A to Z and 0 to 9 alone: the fixed point.
    private static func isPlain(_ value: String) -> Bool {
        value.utf8.allSatisfy {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0)
        }
    }

    /// ASCII is its own NFKC: one pass is the fixed point. Nil for anything else.
    private static func fastASCII(_ value: String, _ rule: NormalizationRule) -> String? {
        guard rule == .alphanumeric else { return nil }
        var kept: [UInt8] = []
        kept.reserveCapacity(value.utf8.count)
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"): kept.append(byte)
            case UInt8(ascii: "a")...UInt8(ascii: "z"): kept.append(byte - 0x20)
            case 0x80...: return nil
            default: break
            }
        }
        return String(decoding: kept, as: UTF8.self)
    }

    private static func kept(_ value: String, letters: Bool) -> String {
        var kept = String.UnicodeScalarView()
        for scalar in value.precomposedStringWithCompatibilityMapping.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .decimalNumber:
                guard let digit = scalar.properties.numericValue, let zero = Unicode.Scalar(UInt32(0x30 + digit)) else {
                    continue
                }
                kept.append(zero)
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .nonspacingMark,
                .spacingMark, .enclosingMark:
                if letters { kept.append(scalar) }
            default: break
            }
        }
        return String(kept)
    }

    /// Unicode's full default case folding (`CaseFolding.txt`, C and F). The standard library has the mappings to upper
    /// and to lower case: the lower case of the upper case is the folding, but for the dotless i, which has the upper case
    /// of another letter and folds to itself, and for Cherokee, which folds to upper case.
    private static func folded(_ value: String) -> String {
        var folded = String.UnicodeScalarView()
        for scalar in value.unicodeScalars {
            switch scalar.value {
            case 0x61...0x7a: folded.append(scalar)
            case 0x131: folded.append(scalar)
            case 0x13a0...0x13ff, 0xab70...0xabbf:
                folded.append(contentsOf: scalar.properties.uppercaseMapping.unicodeScalars)
            default:
                for upper in scalar.properties.uppercaseMapping.unicodeScalars {
                    folded.append(contentsOf: upper.properties.lowercaseMapping.unicodeScalars)
                }
            }
        }
        return String(folded)
    }

    private static func upperASCII(_ value: String) -> String {
        String(decoding: value.utf8.map { (0x61...0x7a).contains($0) ? $0 - 0x20 : $0 }, as: UTF8.self)
    }

    private static func trimmed(_ value: String) -> String {
        let scalars = value.unicodeScalars
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return "" }
        return String(scalars[first...last])
    }

    private static func isEmail(_ value: String) -> Bool {
        let parts = value.unicodeScalars.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty }
            && !value.unicodeScalars.contains { $0.properties.isWhitespace }
    }
}
