internal import EventLog
internal import Messages

/// What all records of services have in common.
extension Auditor {
    mutating func noteUnreadable(_ record: LogRecord, _ topic: Topic, _ problem: MessageProblem) {
        // Readers of event topics skip what a later version added.
        if problem == .unknownType {
            unknownTypes[topic, default: 0] += 1
        } else {
            unreadable.append(UnreadableFact(topic: topic, spot: record.spot, detail: problem.description))
        }
    }

    func flaws(of record: LogRecord, key: [UInt8]) -> Flaws {
        var flaws: Flaws = []
        if record.key != key { flaws.insert(.key) }
        if !isPlaced(record.key, on: record.partition) { flaws.insert(.partition) }
        return flaws
    }

    func record<Body>(_ record: LogRecord, _ message: Message<Body>, _ flaws: Flaws) -> RecordFact {
        var writer = JSONWriter(capacity: 256)
        writer.beginObject(message.body.type)
        message.body.write(to: &writer)
        writer.endObject()
        let metadata = message.metadata
        return RecordFact(
            spot: record.spot, identity: Fingerprint(metadata.source, metadata.id),
            cause: Fingerprint(metadata.causationSource ?? "", metadata.causationID ?? ""),
            content: Fingerprint(writer.bytes), flaws: flaws)
    }
}
