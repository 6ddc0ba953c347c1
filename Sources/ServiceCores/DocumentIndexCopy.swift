internal import Messages

/// What the compacted `document-index` topic tells, as far as it was read: who has a document claimed or reserved.
///
/// Kept small and impersonal: documents and customers as 128 bits of their names' hashes, which two of either share
/// with a probability of about 2⁻⁸⁰ among a hundred million.
public struct DocumentIndexCopy: Sendable {
    private struct Name: Hashable {
        var high: UInt64
        var low: UInt64

        init(_ text: String) {
            let bytes = NameID(name: text).bytes
            high = bytes[0..<8].reduce(0) { $0 << 8 | UInt64($1) }
            low = bytes[8..<16].reduce(0) { $0 << 8 | UInt64($1) }
        }
    }
    private struct Entry {
        var holder: Name
        var position: Int64
    }
    private var entries: [Name: Entry] = [:]

    public init() {}

    /// How many documents have a holder.
    public var count: Int { entries.count }

    /// Takes a record of the topic. What can't be read is passed over: this is advice.
    /// - Parameters:
    ///   - key: `document:<document>`.
    ///   - value: nil for a document that is free.
    public mutating func apply(key: [UInt8]?, value: [UInt8]?) {
        guard let key, let text = String(validating: key, as: UTF8.self) else { return }
        let document = Name(text)
        guard let value else {
            entries[document] = nil
            return
        }
        guard let message = try? Message<DocumentHolder>(decoding: value), message.body.uniqueKey == key else { return }
        // A record that was written again, by someone who was late.
        if let known = entries[document], known.position > message.body.position { return }
        entries[document] = Entry(holder: Name(message.body.customerID), position: message.body.position)
    }

    /// Whether someone other than this customer has the document claimed or reserved.
    public func isTaken(_ document: String, byOtherThan customerID: String) -> Bool {
        let key = String(decoding: DocumentReference.uniqueKey(document), as: UTF8.self)
        guard let entry = entries[Name(key)] else { return false }
        return entry.holder != Name(customerID)
    }
}

extension DocumentHolder {
    /// The key that its record has.
    var uniqueKey: [UInt8] { DocumentReference.uniqueKey(document) }
}
