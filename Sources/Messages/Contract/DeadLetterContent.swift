public import EventLog

/// What is kept of a record that is put aside: all of it where its topic takes that, else the beginning.
///
/// Kafka measures *compressed* batches: what came through a topic that takes 1 MiB can be far larger than that, and the
/// letter is written with a compression of its own, which may be worse.
public struct DeadLetterContent: Hashable, Sendable {
    public private(set) var key: [UInt8]?
    public private(set) var value: [UInt8]?
    public private(set) var headers: [RecordHeader]

    /// Most bytes of a letter before it is compressed: what a dead letter topic takes, with room for a compression that
    /// makes it larger.
    public static let byteLimit = 2 * 1_048_576 - 65_536
    /// Most of a key that is kept where all does not fit: far more than any that can be taken.
    static let keyLimit = 65_536

    /// - Parameter marks: the headers that say why it was put aside. A sender's own of such names are dropped.
    public init(of record: LogRecord, marks: [RecordHeader], limit: Int = byteLimit) {
        var whole = record
        whole.headers = record.headers.filter { !$0.name.hasPrefix(DeadLetterHeader.prefix) }
        let marksSize = marks.reduce(0) { $0 + $1.size }
        if whole.size + marksSize <= limit {
            (key, value, headers) = (whole.key, whole.value, whole.headers + marks)
            return
        }
        let value = whole.value ?? []
        var cuts = [
            RecordHeader(DeadLetterHeader.truncated, String(value.count)),
            RecordHeader(DeadLetterHeader.sha256, Hexadecimal.text(Digest.sha256(value))),
        ]
        key = whole.key.map { $0.count > Self.keyLimit ? Array($0.prefix(Self.keyLimit)) : $0 }
        if let count = whole.key?.count, count > Self.keyLimit {
            cuts.append(RecordHeader(DeadLetterHeader.truncatedKey, String(count)))
        }
        // The lengths of what is cut may take more bytes than those of what is left: counted with the frame.
        var room = limit - RecordSize.frame - RecordSize.of(key?.count) - marksSize
        room -= (cuts + [RecordHeader(DeadLetterHeader.truncatedHeaders, String(whole.headers.count))])
            .reduce(0) { $0 + $1.size }
        // Half of the room is the headers' where both want more.
        var headersRoom = room - min(RecordSize.of(value.count), room / 2)
        let kept = whole.headers.prefix { header in
            headersRoom -= header.size
            return headersRoom >= 0
        }
        if kept.count < whole.headers.count {
            cuts.append(RecordHeader(DeadLetterHeader.truncatedHeaders, String(whole.headers.count)))
        }
        room -= kept.reduce(0) { $0 + $1.size }
        let valueRoom = max(room - (RecordSize.of(value.count) - value.count), 0)
        self.value = whole.value.map { $0.count > valueRoom ? Array($0.prefix(valueRoom)) : $0 }
        headers = Array(kept) + marks + cuts
    }
}
