internal import Crypto
public import EventLog
public import Messages
internal import Printing
internal import Processing

/// What is known of a dead letter while all of them are looked through: its headers, but not its value, so that many
/// large ones need little memory.
public struct DeadLetter: Hashable, Sendable {
    public var place: RecordPlace
    /// The contract's topic whose dead letters lie where this one does.
    public var input: Topic
    /// Where the record was read that was put aside. Nil when the headers don't tell, or tell of another topic than
    /// `input`: then no service wrote them, and nothing is done with it.
    public var origin: RecordPlace?
    /// Where it was first, when it had been moved before it was put aside, or comes of a replay.
    public var firstPlace: String?
    /// A code; empty when there is none.
    public var reason: String
    public var detail: String
    public var service: String
    /// When it was put aside; by Kafka's clock when the header does not tell.
    public var time: Timestamp?
    /// The dead letter that was replayed, when this one is what came of that.
    public var replayedFrom: RecordPlace?
    /// The key as a customer id, when it can be one.
    public var keyText: String?
    /// Nil for a null key.
    public var keySize: Int?
    /// Nil for a null value.
    public var valueSize: Int?
    /// What the whole value has, where this is not the whole record, but its beginning.
    public var cutFrom: Int?
    /// SHA-256 of the whole value, in hex, where the record was cut.
    public var sha256: String?
    /// The beginning of the value, as much as was asked for.
    public var valueStart: [UInt8]
    /// Tells contents apart: key and value.
    var content: SHA256.Digest

    /// Reads a record of a dead letter topic; nil for one of another topic.
    /// - Parameter valueLimit: how many bytes of the value to keep, to be shown.
    public init?(_ record: LogRecord, names: DeploymentNames, valueLimit: Int = 0) {
        guard let input = names.topic(record.topic)?.inputOfDeadLetter else { return nil }
        place = RecordPlace(of: record)
        self.input = input
        reason = record.lastText(DeadLetterHeader.reason) ?? ""
        detail = record.lastText(DeadLetterHeader.detail) ?? ""
        service = record.lastText(DeadLetterHeader.service) ?? ""
        let stated = record.timestampMilliseconds.multipliedReportingOverflow(by: 1_000)
        time =
            record.lastText(DeadLetterHeader.time).flatMap(Timestamp.init)
            ?? (record.timestampMilliseconds < 0 || stated.overflow
                ? nil : Timestamp(microseconds: stated.partialValue))
        replayedFrom = record.lastText(DeadLetterHeader.replayedFrom).flatMap(RecordPlace.init)
        keyText = CustomerID.read(record.key)
        keySize = record.key?.count
        valueSize = record.value?.count
        cutFrom = record.lastText(DeadLetterHeader.truncated).flatMap(Int.init)
        sha256 = cutFrom == nil ? nil : record.lastText(DeadLetterHeader.sha256)
        valueStart = PrintableText.start(of: record.value ?? [], limit: valueLimit)
        content = Self.content(of: record)
        origin = Self.origin(of: record, input, names)
        if let origin {
            let original = record.putBack(to: origin)
            let first = FirstPlace.of(original, in: input)
            if !first.isExactly(FirstPlace.read(original, from: input)) { firstPlace = first }
        }
    }

    /// The headers name the contract's topic, whatever the deployment puts before its names.
    private static func origin(of record: LogRecord, _ topic: Topic, _ names: DeploymentNames) -> RecordPlace? {
        guard let named = record.lastText(DeadLetterHeader.topic), named.isExactly(topic.rawValue),
            let partition = record.lastText(DeadLetterHeader.partition),
            let offset = record.lastText(DeadLetterHeader.offset)
        else { return nil }
        return RecordPlace("\(names.name(topic))/\(partition)/\(offset)")
    }

    private static func content(of record: LogRecord) -> SHA256.Digest {
        var hash = SHA256()
        // Each with its length ahead, -1 for null, so that no byte of one can be taken for the other's.
        for part in [record.key, record.value] {
            let length = part?.count ?? -1
            hash.update(data: (0..<8).map { UInt8(truncatingIfNeeded: length >> ($0 * 8)) })
            hash.update(data: part ?? [])
        }
        return hash.finalize()
    }
}

extension Topic {
    /// The topic whose dead letters lie in this one; nil for one that is no dead letter topic.
    public var inputOfDeadLetter: Topic? { Topic.allCases.first { $0.deadLetter == self } }
}

extension LogRecord {
    /// The last header of a name, as text: services append theirs.
    func lastText(_ name: String) -> String? {
        headers.last { $0.name == name }?.value.map { String(decoding: $0, as: UTF8.self) }
    }

    /// The record that was put aside, as it was read at its origin.
    func putBack(to origin: RecordPlace) -> LogRecord {
        LogRecord(
            topic: origin.topicPartition.topic, partition: origin.topicPartition.partition, offset: origin.offset,
            key: key, value: value, headers: headers.filter { !$0.name.hasPrefix(DeadLetterHeader.prefix) })
    }
}
