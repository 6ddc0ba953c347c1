internal import Foundation

/// How a document is brought to the one spelling that is compared. Only the command side does it; nobody normalizes
/// again what a service wrote.
public enum DocumentNormalization: String, Hashable, Sendable, CaseIterable {
    /// Unicode NFKC, letters and decimal digits only, upper case, repeated until nothing changes.
    case alphanumeric
    /// White space at both ends is cut off.
    case trim
    /// As it was sent.
    case none

    /// How many Unicode scalars may be left.
    public static let scalarLimit = 64

    /// The normalized document; nil when what is left is empty, too long, or holds control characters.
    public func normalize(_ document: String) -> String? {
        let result: String
        switch self {
        case .alphanumeric: result = Self.fastASCII(document) ?? Self.alphanumeric(document)
        case .trim: result = document.trimmingCharacters(in: .whitespacesAndNewlines)
        case .none: result = document
        }
        var count = 0
        for scalar in result.unicodeScalars {
            count += 1
            if count > Self.scalarLimit || scalar.properties.generalCategory == .control { return nil }
        }
        return count == 0 ? nil : result
    }

    /// ASCII is its own NFKC: one pass is the fixed point. Nil for anything else.
    private static func fastASCII(_ document: String) -> String? {
        var kept: [UInt8] = []
        kept.reserveCapacity(document.utf8.count)
        for byte in document.utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"): kept.append(byte)
            case UInt8(ascii: "a")...UInt8(ascii: "z"): kept.append(byte - 0x20)
            case 0x80...: return nil
            default: break
            }
        }
        return String(decoding: kept, as: UTF8.self)
    }

    private static func alphanumeric(_ document: String) -> String {
        var current = document
        // Upper-casing can leave NFKC and NFKC can bring new case pairs; a few rounds reach the fixed point. The bound
        // is a belt: no known input needs more than three.
        for _ in 0..<16 {
            var kept = String.UnicodeScalarView()
            for scalar in current.precomposedStringWithCompatibilityMapping.unicodeScalars {
                switch scalar.properties.generalCategory {
                case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
                    .decimalNumber:
                    kept.append(scalar)
                default: break
                }
            }
            let next = String(kept).uppercased()
            if next.unicodeScalars.elementsEqual(current.unicodeScalars) { return next }
            current = next
        }
        return current
    }
}
