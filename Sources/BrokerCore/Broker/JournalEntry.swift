public import EventLog
public import KafkaProtocol

/// Everything durable besides batches. The broker's state is the fold of all entries in order, and of the batches.
public enum JournalEntry: Hashable, Sendable {
    case topic(TopicJournalEntry)
    case log(TopicPartition, PartitionLogEntry)
    case group(GroupJournalEntry)
    case transaction(TransactionJournalEntry)
    case lead(TopicPartition, LeadJournalEntry)

    /// The entry's bytes: a number for the component, then its own entry.
    public func encoded() -> [UInt8] {
        var writer = WireWriter(capacity: 64)
        switch self {
        case .topic(let entry):
            writer.int8(1)
            entry.write(to: &writer)
        case .log(let place, let entry):
            writer.int8(2)
            writer.partition(place)
            entry.write(to: &writer)
        case .group(let entry):
            writer.int8(3)
            entry.write(to: &writer)
        case .transaction(let entry):
            writer.int8(4)
            entry.write(to: &writer)
        case .lead(let place, let entry):
            writer.int8(5)
            writer.partition(place)
            entry.write(to: &writer)
        }
        return writer.bytes
    }

    /// Reads what `encoded` wrote.
    ///
    /// - Throws: `WireError`; `trailing` when something stands behind the entry.
    public init(decoding bytes: [UInt8]) throws(WireError) {
        var reader = WireReader(bytes)
        let kind = try reader.int8()
        switch kind {
        case 1: self = .topic(try TopicJournalEntry(from: &reader))
        case 2: self = .log(try reader.partition(), try PartitionLogEntry(from: &reader))
        case 3: self = .group(try GroupJournalEntry(from: &reader))
        case 4: self = .transaction(try TransactionJournalEntry(from: &reader))
        case 5: self = .lead(try reader.partition(), try LeadJournalEntry(from: &reader))
        default: throw .unsupported(apiKey: -1, version: Int16(kind))
        }
        guard reader.remaining == 0 else { throw .trailing(reader.remaining) }
    }
}
