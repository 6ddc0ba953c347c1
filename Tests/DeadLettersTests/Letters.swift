import DeadLetters
import EventLog
import Messages

/// Dead letters as services write them.
enum Letters {
    static let names = DeploymentNames(prefix: "t.")
    static let partitionCount: Int32 = 4

    static func place(_ topic: Topic, _ partition: Int32, _ offset: Int64) -> RecordPlace {
        RecordPlace(TopicPartition(topic: names.name(topic), partition: partition), offset)
    }

    /// The dead letter of a record of `topic`; where it lies itself is told by `at`.
    static func record(
        _ topic: Topic = .customerCommands, of origin: (partition: Int32, offset: Int64) = (1, 7), at offset: Int64 = 0,
        key: [UInt8]? = Array("c-1".utf8), value: [UInt8]? = Array("hello".utf8), headers: [RecordHeader] = [],
        reason: String = "malformed", detail: String = "the value is no JSON object",
        service: String = "command-service",
        time: String = "2026-01-02T03:04:05.000000Z", named: String? = nil, timestamp: Int64 = -1
    ) -> LogRecord {
        LogRecord(
            topic: names.name(topic.deadLetter ?? topic), partition: origin.partition, offset: offset,
            timestampMilliseconds: timestamp, key: key, value: value,
            headers: headers + [
                RecordHeader("dead-letter-reason", reason), RecordHeader("dead-letter-detail", detail),
                RecordHeader("dead-letter-topic", named ?? topic.rawValue),
                RecordHeader("dead-letter-partition", String(origin.partition)),
                RecordHeader("dead-letter-offset", String(origin.offset)),
                RecordHeader("dead-letter-service", service), RecordHeader("dead-letter-time", time),
            ])
    }

    static func box(_ records: [LogRecord], valueLimit: Int = 0) -> DeadLetterBox {
        var box = DeadLetterBox(names: names, valueLimit: valueLimit)
        for record in records { box.take(record) }
        return box
    }

    static func list(_ records: [LogRecord], _ contents: DeadLetterList.Contents = .hidden) -> DeadLetterList {
        let limit = contents == .shown ? DeadLetterList.valueLimit : 0
        return DeadLetterList(box(records, valueLimit: limit).entries, contents: contents)
    }
}
