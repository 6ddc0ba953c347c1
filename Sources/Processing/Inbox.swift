internal import EventLog
internal import Messages

/// What every record goes through before a core sees it: the checks that are the same for all services.
enum Inbox {
    /// A record that is moved grows by a header, and must still fit its topic, which takes 1 MiB. Far above what is
    /// allowed for a message, so that one that is merely too large is answered where it belongs.
    private static let movableSize = 524_288
    /// Most bytes of a value that a service is taken to have written: several times what any of theirs can have. What
    /// follows from a record carries parts of it along, and must fit its topic, whoever wrote the record.
    static let valueLimit = 262_144

    static func take(_ record: LogRecord, into core: any ServiceCore, step: Step) throws(StateStoreError) {
        guard let topic = step.names.topic(record.topic) else { return }
        switch topic {
        // Whoever reads these has a limit of its own, and answers.
        case .customerCommands, .processCommands, .registrationRequests: break
        default:
            guard record.value?.count ?? 0 <= valueLimit else {
                step.deadLetter(
                    record, from: topic, reason: "malformed", detail: "the value is larger than \(valueLimit) bytes")
                return
            }
        }
        if topic == .uniqueClaims {
            guard let key = record.key, belongsHere(key, record, step) else {
                step.deadLetter(
                    record, from: topic, reason: "misrouted", detail: "the key is missing or of another partition")
                return
            }
            try core.handle(record, from: topic, customerID: "", in: step)
            return
        }
        guard let key = record.key, let customerID = CustomerID.read(key) else {
            step.deadLetter(
                record, from: topic, reason: "malformed",
                detail: "the key is not 1 to \(CustomerID.byteLimit) bytes of printable UTF-8")
            return
        }
        guard belongsHere(key, record, step) else {
            switch topic {
            case .customerCommands, .processCommands, .registrationRequests:
                guard record.size <= movableSize else {
                    step.deadLetter(
                        record, from: topic, reason: "malformed",
                        detail: "the key is of another partition, and the record is too large to be moved there")
                    return
                }
                let partition = Murmur2.partition(of: key, count: step.partitionCount)
                step.reroute(record, from: topic, to: partition)
            default:
                step.deadLetter(record, from: topic, reason: "misrouted", detail: "the key is of another partition")
            }
            return
        }
        try core.handle(record, from: topic, customerID: customerID, in: step)
    }

    private static func belongsHere(_ key: [UInt8], _ record: LogRecord, _ step: Step) -> Bool {
        Murmur2.partition(of: key, count: step.partitionCount) == record.partition
    }
}
