/// Whether documents are printed. They are personal data.
public enum DocumentDisplay: Hashable, Sendable {
    case hidden
    case shown
}

/// A document as it may be printed: the beginning of its SHA-256, and the document itself where that is asked for.
///
/// The hash tells which rows are about one document. It has 32 bits alone, so that many documents share it: who tries
/// all of them does not learn which one it is.
public struct DocumentTag: Hashable, Sendable {
    private var short: UInt32
    /// Nil where documents are hidden.
    public private(set) var document: String?

    /// - Parameter document: normalized.
    public init(_ document: String, _ display: DocumentDisplay) {
        short = Fingerprint(document.utf8).short
        switch display {
        case .hidden: self.document = nil
        case .shown: self.document = document
        }
    }

    /// Eight hexadecimal digits.
    public var hash: String {
        let digits = String(short, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}
