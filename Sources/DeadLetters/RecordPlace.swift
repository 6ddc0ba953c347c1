public import EventLog
internal import Messages

/// Where one record lies in the log, written `<topic>/<partition>/<offset>`.
public struct RecordPlace: Hashable, Sendable, Comparable, CustomStringConvertible {
    public var topicPartition: TopicPartition
    public var offset: Int64

    public init(_ topicPartition: TopicPartition, _ offset: Int64) {
        self.topicPartition = topicPartition
        self.offset = offset
    }

    public init(of record: LogRecord) { self.init(record.topicPartition, record.offset) }

    /// Reads a place as `description` writes it; nil for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[0].isEmpty, let partition = Int32(parts[1]), partition >= 0,
            let offset = Int64(parts[2]), offset >= 0
        else { return nil }
        self.init(TopicPartition(topic: String(parts[0]), partition: partition), offset)
        // One place has one spelling: `+1` and `01` are none of it.
        guard description.isExactly(text) else { return nil }
    }

    public var description: String { "\(topicPartition)/\(offset)" }

    public static func < (left: RecordPlace, right: RecordPlace) -> Bool {
        (left.topicPartition, left.offset) < (right.topicPartition, right.offset)
    }
}
