import Messages

/// Makes values of an attribute that its normalization leaves as they are, and other spellings of them: addresses for
/// `email`, digits for `digits`, and for the others what looks like Brazil's alphanumeric company numbers (CNPJ), twelve
/// letters or digits and two check digits, `12.ABC.345/01DE-35`.
///
/// Within a seed each number gives another value. Between seeds values don't meet in practice either (there are 2^62,
/// but fewer for short `digits=N`), so that runs can follow each other in one deployment.
struct ValueMaker: Hashable, Sendable {
    let attribute: UniqueAttribute
    private let keys: [UInt64]

    init(of attribute: UniqueAttribute, seed: UInt64) {
        self.attribute = attribute
        var salt: UInt64 = 0
        for byte in attribute.name.utf8 { salt = SeededGenerator.mix(salt ^ UInt64(byte)) }
        var generator = SeededGenerator(seed: seed ^ salt)
        keys = (0..<4).map { _ in generator.next() }
    }

    /// How many values there are; nil if there are enough for every plan.
    var valueCount: Int? {
        guard case .digits(let length?) = attribute.normalize, length < Self.greatestLength else { return nil }
        return (0..<length).reduce(1) { power, _ in power * 10 }
    }

    /// So many digits hold 62 bits.
    private static let greatestLength = 19

    /// The value with this number, as normalization leaves it.
    func value(_ number: Int) -> String {
        switch attribute.normalize {
        case .digits(let length):
            var digits = UInt64(number)
            // Whoever leaves the shorter range is sent on until it is back: still one to one.
            repeat { digits = permute(digits, halfBits: halfBits) } while valueCount.map { digits >= $0 } ?? false
            let text = String(digits)
            return String(repeating: "0", count: max(0, (length ?? Self.greatestLength) - text.utf8.count)) + text
        case .email:
            let name = Self.base36(permute(UInt64(number), halfBits: 31))
            return "\(String(decoding: name, as: UTF8.self).lowercased())@example.com"
        case .alphanumeric, .trim, .none:
            let base = Self.base36(permute(UInt64(number), halfBits: 31))
            return String(decoding: base + Self.checkDigits(of: base), as: UTF8.self)
        }
    }

    /// The same value, written in another way. Where every spelling is a value of its own, it stays.
    func respell(_ value: String, with generator: inout SeededGenerator) -> String {
        switch attribute.normalize {
        case .alphanumeric:
            switch generator.below(5) {
            case 0: Self.punctuated(value, separators: [".", ".", "/", "-"])
            case 1: value.lowercased()
            case 2: Self.punctuated(value.lowercased(), separators: [".", ".", "/", "-"])
            case 3: Self.punctuated(value, separators: [" ", " ", " ", " "])
            default: Self.fullWidth(value)
            }
        case .digits(let length):
            switch generator.below(length == nil ? 3 : 4) {
            case 0: Self.punctuated(value, separators: [".", ".", ".", "-"])
            case 1: Self.punctuated(value, separators: [" ", " ", " ", " "])
            case 2: Self.fullWidth(value)
            // As spreadsheets do.
            default: String(value.drop { $0 == "0" })
            }
        case .email:
            switch generator.below(3) {
            case 0: value.uppercased()
            case 1: " \(value) "
            default: Self.fullWidth(value)
            }
        case .trim: generator.chance(1, of: 2) ? " \(value)" : "\(value) "
        case .none: value
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

    /// Half the bits that hold every number of a value.
    private var halfBits: UInt64 {
        guard let valueCount else { return 31 }
        return UInt64((Int.bitWidth - valueCount.leadingZeroBitCount + 1) / 2)
    }

    /// A Feistel network: one to one, whatever the keys are, so distinct numbers stay distinct.
    private func permute(_ number: UInt64, halfBits: UInt64) -> UInt64 {
        let mask: UInt64 = (1 << halfBits) - 1
        var left = (number >> halfBits) & mask
        var right = number & mask
        for key in keys {
            (left, right) = (right, left ^ (SeededGenerator.mix(right ^ key) & mask))
        }
        return left << halfBits | right
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

    private static func punctuated(_ value: String, separators: [String]) -> String {
        var result = ""
        for (place, character) in value.enumerated() {
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

    private static func fullWidth(_ value: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in value.unicodeScalars {
            result.append(Unicode.Scalar(scalar.value + 0xFEE0) ?? scalar)
        }
        return String(result)
    }
}
