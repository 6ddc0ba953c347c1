/// How the characters of an input file are written as bytes.
public enum TextEncoding: String, Hashable, Sendable, CaseIterable {
    case utf8 = "utf-8"
    case utf16LittleEndian = "utf-16le"
    case utf16BigEndian = "utf-16be"
    /// What spreadsheets of the west write where they are not told otherwise; all of Latin-1's characters are in it.
    case windows1252 = "windows-1252"

    /// - Parameter name: as a person writes it.
    public init?(name: String) {
        switch name.lowercased() {
        case "utf-8", "utf8": self = .utf8
        case "utf-16le": self = .utf16LittleEndian
        case "utf-16be": self = .utf16BigEndian
        case "windows-1252", "cp1252", "latin-1", "latin1", "iso-8859-1": self = .windows1252
        default: return nil
        }
    }

    /// What Windows-1252 has from 0x80 to 0x9F; nil where it has nothing.
    private static let upper: [UInt32?] = [
        0x20AC, nil, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, nil,
        0x017D, nil, nil, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A,
        0x0153, nil, 0x017E, 0x0178,
    ]

    /// No text has this byte in UTF-8: whatever can't be decoded becomes it, so that its row, and no other, is unusable.
    private static let undecodable: UInt8 = 0xFF

    /// A source of the same text in UTF-8.
    func decoding(_ source: @escaping ByteWindow.Source) -> ByteWindow.Source {
        switch self {
        case .utf8: return source
        case .windows1252:
            return { () throws(CustomerFileError) in
                var text: [UInt8] = []
                for byte in try source() { Self.append(windows1252: byte, to: &text) }
                return text
            }
        case .utf16LittleEndian, .utf16BigEndian:
            var units = UTF16Units(isBigEndian: self == .utf16BigEndian)
            var isDry = false
            return { () throws(CustomerFileError) in
                // A chunk may be too short for a character; none at all means the end.
                while !isDry {
                    let bytes = try source()
                    isDry = bytes.isEmpty
                    let text = isDry ? units.end() : units.take(bytes)
                    if !text.isEmpty { return text }
                }
                return []
            }
        }
    }

    private static func append(windows1252 byte: UInt8, to text: inout [UInt8]) {
        guard byte >= 0x80 else { return text.append(byte) }
        let value = byte < 0xA0 ? upper[Int(byte - 0x80)] : UInt32(byte)
        append(value.flatMap(Unicode.Scalar.init), to: &text)
    }

    private static func append(_ scalar: Unicode.Scalar?, to text: inout [UInt8]) {
        if let scalar {
            text += Array(UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        } else {
            text.append(undecodable)
        }
    }

    /// Takes UTF-16 apart, however its bytes are cut into chunks.
    private struct UTF16Units {
        let isBigEndian: Bool
        private var half: UInt8?
        private var high: UInt16?

        init(isBigEndian: Bool) { self.isBigEndian = isBigEndian }

        mutating func take(_ bytes: [UInt8]) -> [UInt8] {
            var text: [UInt8] = []
            text.reserveCapacity(bytes.count)
            for byte in bytes {
                guard let first = half else {
                    half = byte
                    continue
                }
                half = nil
                let unit = isBigEndian ? UInt16(first) << 8 | UInt16(byte) : UInt16(byte) << 8 | UInt16(first)
                take(unit, into: &text)
            }
            return text
        }

        private mutating func take(_ unit: UInt16, into text: inout [UInt8]) {
            if let first = high {
                high = nil
                if UTF16.isTrailSurrogate(unit) {
                    let value = 0x1_0000 + (UInt32(first) - 0xD800) << 10 + (UInt32(unit) - 0xDC00)
                    return TextEncoding.append(Unicode.Scalar(value), to: &text)
                }
                TextEncoding.append(nil, to: &text)
            }
            if UTF16.isLeadSurrogate(unit) { high = unit } else { TextEncoding.append(Unicode.Scalar(unit), to: &text) }
        }

        mutating func end() -> [UInt8] {
            guard half != nil || high != nil else { return [] }
            (half, high) = (nil, nil)
            return [TextEncoding.undecodable]
        }
    }
}
