/// A place in the log's name space: one partition of one topic.
public struct TopicPartition: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The topic's full name, deployment prefix included.
    public var topic: String
    /// The partition's number, from 0.
    public var partition: Int32

    public init(topic: String, partition: Int32) {
        self.topic = topic
        self.partition = partition
    }

    /// `topic/partition`, as errors and logs show it.
    public var description: String { "\(topic)/\(partition)" }

    public static func < (left: TopicPartition, right: TopicPartition) -> Bool {
        (left.topic, left.partition) < (right.topic, right.partition)
    }
}

/// A record's header. Kafka allows the same name several times, and values that are null.
public struct RecordHeader: Hashable, Sendable {
    public var name: String
    public var value: [UInt8]?

    public init(name: String, value: [UInt8]?) {
        self.name = name
        self.value = value
    }

    /// A header whose value is UTF-8 text.
    public init(_ name: String, _ value: String) {
        self.init(name: name, value: Array(value.utf8))
    }

    /// Bytes that it takes in a batch.
    public var size: Int { RecordSize.of(name.utf8.count) + RecordSize.of(value?.count) }
}

/// What parts of a record take in a batch before it is compressed, in bytes.
public enum RecordSize {
    /// Most bytes that a batch of one record has besides its key, value and headers.
    public static let frame = 128

    /// A text or a list of bytes of so many bytes, with its length ahead; nil is null.
    public static func of(_ count: Int?) -> Int {
        guard let count else { return 1 }
        // Lengths are zigzag numbers of seven bits a byte.
        let bits = UInt64(count << 1).leadingZeroBitCount
        return max((64 - bits + 6) / 7, 1) + count
    }

    static func of(_ key: [UInt8]?, _ value: [UInt8]?, _ headers: [RecordHeader]) -> Int {
        headers.reduce(frame + of(key?.count) + of(value?.count)) { $0 + $1.size }
    }
}

/// A record as it was read from the log.
public struct LogRecord: Hashable, Sendable {
    public var topic: String
    public var partition: Int32
    /// The record's place in its partition.
    public var offset: Int64
    /// Kafka's timestamp of the record in milliseconds since 1970; -1 when there is none.
    public var timestampMilliseconds: Int64
    public var key: [UInt8]?
    public var value: [UInt8]?
    public var headers: [RecordHeader]

    public init(
        topic: String, partition: Int32, offset: Int64, timestampMilliseconds: Int64 = -1, key: [UInt8]?,
        value: [UInt8]?, headers: [RecordHeader] = []
    ) {
        self.topic = topic
        self.partition = partition
        self.offset = offset
        self.timestampMilliseconds = timestampMilliseconds
        self.key = key
        self.value = value
        self.headers = headers
    }

    public var topicPartition: TopicPartition { TopicPartition(topic: topic, partition: partition) }

    /// Bytes that it takes in a batch of its own, before that is compressed.
    public var size: Int { RecordSize.of(key, value, headers) }
}

/// A record to be written. The partition is always explicit: who writes a keyed topic places the key itself.
public struct OutgoingRecord: Hashable, Sendable {
    public var topic: String
    public var partition: Int32
    public var key: [UInt8]?
    public var value: [UInt8]?
    public var headers: [RecordHeader]

    public init(topic: String, partition: Int32, key: [UInt8]?, value: [UInt8]?, headers: [RecordHeader] = []) {
        self.topic = topic
        self.partition = partition
        self.key = key
        self.value = value
        self.headers = headers
    }

    public var topicPartition: TopicPartition { TopicPartition(topic: topic, partition: partition) }

    /// Bytes that it takes in a batch of its own, before that is compressed.
    public var size: Int { RecordSize.of(key, value, headers) }
}
