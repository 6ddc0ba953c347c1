public import Messages

/// Whether values are printed. They are personal data.
public enum ValueDisplay: Hashable, Sendable {
    case hidden
    case shown
}

/// A unique key as it may be printed: its attribute and the beginning of its SHA-256, and the value itself where that is
/// asked for.
///
/// The hash tells which rows are about one key. It has 32 bits alone, so that many values share it: who tries all of them
/// does not learn which one it is.
public struct KeyTag: Hashable, Sendable {
    public let attribute: String
    private var short: UInt32
    /// Nil where values are hidden.
    public private(set) var value: String?

    public init(_ key: UniqueKey, _ display: ValueDisplay) {
        attribute = key.attribute
        short = Fingerprint(key.bytes).short
        switch display {
        case .hidden: value = nil
        case .shown: value = key.value
        }
    }

    /// Eight hexadecimal digits.
    public var hash: String {
        let digits = String(short, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}
