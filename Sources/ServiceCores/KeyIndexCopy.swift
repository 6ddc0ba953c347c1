public import EventLog
public import Messages

/// What the compacted `unique-index` topic tells, as far as it was read: who has a key claimed or reserved.
///
/// Kept small and impersonal: keys and customers as 128 bits of their names' hashes, which two of either share
/// with a probability of about 2⁻⁸⁰ among a hundred million.
public struct KeyIndexCopy: Sendable {
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

    /// How many keys have a holder.
    public var count: Int { entries.count }

    /// Takes a record of the topic. What can't be read is passed over: this is advice.
    public mutating func apply(_ record: LogRecord) {
        guard let bytes = record.key, let text = String(validating: bytes, as: UTF8.self) else { return }
        let key = Name(text)
        guard let value = record.value else {
            let position = record.headers.first { $0.name == KeyHolder.positionHeader }?.value
                .flatMap { String(validating: $0, as: UTF8.self) }.flatMap { Int64($0) }
            if let known = entries[key], let position, known.position > position { return }
            entries[key] = nil
            return
        }
        guard let message = try? Message<KeyHolder>(decoding: value), message.body.key.bytes == bytes else { return }
        // A record that was written again, by someone who was late.
        if let known = entries[key], known.position > message.body.position { return }
        entries[key] = Entry(holder: Name(message.body.customerID), position: message.body.position)
    }

    /// Whether someone other than this customer has the key claimed or reserved.
    public func isTaken(_ key: UniqueKey, byOtherThan customerID: String) -> Bool {
        guard let entry = entries[Name(key.text)] else { return false }
        return entry.holder != Name(customerID)
    }
}
