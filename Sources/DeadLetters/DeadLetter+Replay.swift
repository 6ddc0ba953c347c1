public import EventLog
internal import Messages
internal import Processing

extension DeadLetter {
    /// The record to be produced to put a dead letter back where it came from: the original's key, value and headers;
    /// `replayed-from`, which names the dead letter; and `origin`, because a command without an id has its id from the
    /// first place that it was at: replayed twice, it is still one command.
    /// - Parameters:
    ///   - record: the dead letter's record.
    ///   - partitionCount: how many partitions the topic has that it came from.
    public func replay(_ record: LogRecord, partitionCount: Int32) throws(ReplayProblem) -> OutgoingRecord {
        guard let origin else { throw .unknownOrigin }
        if let cutFrom { throw .cut(bytes: cutFrom) }
        let original = record.putBack(to: origin)
        // A null key has no place of its own.
        let partition =
            original.key.map { Murmur2.partition(of: $0, count: max(partitionCount, 1)) }
            ?? origin.topicPartition.partition
        guard (0..<partitionCount).contains(partition) else {
            throw .noSuchPartition(partition: partition, count: partitionCount)
        }
        var headers = original.headers.filter { !$0.namesReplay }
        // As when it is moved: a first place that is told on a wrong partition is not told by a service.
        let isStated = origin.topicPartition.partition == partition
        let first = isStated ? FirstPlace.of(original, in: input) : FirstPlace.read(original, from: input)
        if headers.first(where: { $0.name == FirstPlace.headerName })?.value != Array(first.utf8) {
            headers.removeAll { $0.name == FirstPlace.headerName }
            headers.append(RecordHeader(FirstPlace.headerName, first))
        }
        headers.append(RecordHeader(DeadLetterHeader.replayedFrom, place.description))
        return OutgoingRecord(
            topic: origin.topicPartition.topic, partition: partition, key: original.key, value: original.value,
            headers: headers)
    }
}

extension RecordHeader {
    /// Whether an earlier replay left it. A header of the sender's own that has the same name stays.
    fileprivate var namesReplay: Bool {
        guard name == DeadLetterHeader.replayedFrom, let value else { return false }
        return RecordPlace(String(decoding: value, as: UTF8.self)) != nil
    }
}
