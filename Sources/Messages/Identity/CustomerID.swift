/// What may be a customer id: 1 to 128 bytes of printable UTF-8.
public enum CustomerID {
    public static let byteLimit = 128

    /// Reads a record's key; nil when it can't be a customer id.
    public static func read(_ key: [UInt8]?) -> String? {
        guard let key, (1...byteLimit).contains(key.count), let text = String(validating: key, as: UTF8.self),
            isPrintable(text)
        else { return nil }
        return text
    }

    /// Whether a text has neither control characters nor line or paragraph separators. Unassigned code points pass:
    /// which those are changes with each version of Unicode, and what is readable today must stay so.
    public static func isPrintable(_ text: String) -> Bool {
        for scalar in text.unicodeScalars where !(0x20..<0x7f).contains(scalar.value) {
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator, .surrogate: return false
            default: continue
            }
        }
        return true
    }
}
