/// Bytes from anywhere as text that a terminal can show without obeying it.
public enum PrintableText {
    /// What is valid UTF-8 and visible stays; the rest becomes `\n`, `\t`, `\r`, `\u{1b}`, or `\xff` for a byte that is no
    /// UTF-8. A backslash is doubled, so that nothing can look like an escape that is none.
    public static func escaped(_ bytes: some Collection<UInt8>) -> String {
        var text = ""
        var parser = Unicode.UTF8.ForwardParser()
        var iterator = bytes.makeIterator()
        var rest = bytes[...]
        while true {
            switch parser.parseScalar(from: &iterator) {
            case .valid(let encoded):
                append(Unicode.UTF8.decode(encoded), to: &text)
                rest = rest.dropFirst(encoded.count)
            case .error(let length):
                for byte in rest.prefix(length) { text += "\\x" + hexadecimal(UInt32(byte), digits: 2) }
                rest = rest.dropFirst(length)
            case .emptyInput: return text
            }
        }
    }

    public static func escaped(_ text: String) -> String { escaped(Array(text.utf8)) }

    /// Escaped, and cut where it is longer than `limit` bytes: what is in a log may be of any size.
    public static func escaped(_ text: String, limit: Int) -> String {
        let bytes = Array(text.utf8)
        guard bytes.count > limit else { return escaped(bytes) }
        let start = start(of: bytes, limit: limit)
        return escaped(start) + "…(\(bytes.count - start.count) bytes more)"
    }

    /// At most `limit` bytes from the beginning, without a part of a character at the end.
    public static func start(of bytes: [UInt8], limit: Int) -> [UInt8] {
        guard bytes.count > limit else { return bytes }
        var end = limit
        while end > 0, end > limit - 4, bytes[end] & 0xC0 == 0x80 { end -= 1 }
        return Array(bytes[..<end])
    }

    private static func append(_ scalar: Unicode.Scalar, to text: inout String) {
        switch scalar {
        case "\\": text += "\\\\"
        case "\n": text += "\\n"
        case "\t": text += "\\t"
        case "\r": text += "\\r"
        default:
            if isVisible(scalar) {
                text.unicodeScalars.append(scalar)
            } else {
                text += "\\u{" + hexadecimal(scalar.value, digits: 1) + "}"
            }
        }
    }

    private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
        if (0x20..<0x7F).contains(scalar.value) { return true }
        switch scalar.properties.generalCategory {
        // Formats too: they turn the direction of what follows.
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: return false
        default: return true
        }
    }

    private static func hexadecimal(_ value: UInt32, digits: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: max(digits - text.count, 0)) + text
    }
}
