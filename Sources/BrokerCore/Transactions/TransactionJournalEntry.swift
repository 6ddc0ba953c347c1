public import EventLog
public import KafkaProtocol

/// What must outlive the broker about transactions. The state is the fold of all entries in order.
public enum TransactionJournalEntry: Hashable, Sendable {
    /// All producer ids below this one may be in use.
    case producerIDsReserved(below: Int64)
    /// A transactional id stands thus now.
    case updated(TransactionRecord)
    /// A transactional id was not used for long.
    case removed(transactionalID: String)
}

/// Everything that is known about a transactional id.
public struct TransactionRecord: Hashable, Sendable {
    public var transactionalID: String
    public var state: TransactionState
    public var producerID: Int64
    public var producerEpoch: Int16
    /// The epoch before the last bump that the producer itself asked for (KIP-360), or -1: who repeats that request is
    /// answered as before.
    public var lastProducerEpoch: Int16
    /// The producer id before the last InitProducerId; -1 for none.
    public var previousProducerID: Int64
    /// Milliseconds.
    public var timeout: Int32
    /// When the transaction began: milliseconds since 1970, -1 for never.
    public var startTime: Int64
    /// When this was written.
    public var updateTime: Int64
    /// Partitions in the open transaction, sorted.
    public var partitions: [TopicPartition]
    /// Groups in the open transaction, sorted.
    public var groups: [String]

    var producer: ProducerIdentity { ProducerIdentity(producerID: producerID, epoch: producerEpoch) }
}

extension TransactionJournalEntry {
    /// The entry's bytes: a number for its kind, then its fields in Kafka's flexible primitives.
    public func write(to writer: inout WireWriter) {
        switch self {
        case .producerIDsReserved(let limit):
            writer.int8(1)
            writer.int64(limit)
        case .updated(let record):
            writer.int8(2)
            record.write(to: &writer)
        case .removed(let transactionalID):
            writer.int8(3)
            writer.string(transactionalID, true)
        }
    }

    /// Reads what `write` wrote, and nothing behind it.
    public init(from reader: inout WireReader) throws(WireError) {
        let kind = try reader.int8()
        switch kind {
        case 1: self = .producerIDsReserved(below: try reader.int64())
        case 2: self = .updated(try TransactionRecord(from: &reader))
        case 3: self = .removed(transactionalID: try reader.string(true))
        default: throw .unsupported(apiKey: -1, version: Int16(kind))
        }
    }
}

extension TransactionRecord {
    fileprivate func write(to writer: inout WireWriter) {
        writer.string(transactionalID, true)
        writer.int8(state.rawValue)
        writer.int64(producerID)
        writer.int16(producerEpoch)
        writer.int16(lastProducerEpoch)
        writer.int64(previousProducerID)
        writer.int32(timeout)
        writer.int64(startTime)
        writer.int64(updateTime)
        writer.array(partitions, true) { writer, partition in writer.partition(partition) }
        writer.array(groups, true) { writer, group in writer.string(group, true) }
    }

    fileprivate init(from reader: inout WireReader) throws(WireError) {
        transactionalID = try reader.string(true)
        let number = try reader.int8()
        guard let state = TransactionState(rawValue: number) else {
            throw .unsupported(apiKey: -1, version: Int16(number))
        }
        self.state = state
        producerID = try reader.int64()
        producerEpoch = try reader.int16()
        lastProducerEpoch = try reader.int16()
        previousProducerID = try reader.int64()
        timeout = try reader.int32()
        startTime = try reader.int64()
        updateTime = try reader.int64()
        partitions = try reader.partitions()
        groups = try reader.array(true) { reader throws(WireError) in try reader.string(true) }
    }
}
