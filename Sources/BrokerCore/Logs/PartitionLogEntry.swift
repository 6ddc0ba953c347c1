public import KafkaProtocol

/// What must be durable about a log besides its batches.
public enum PartitionLogEntry: Hashable, Sendable {
    /// The log begins at the offset. Deleting batches must not make a partition forget its producers (a fenced one
    /// could write again), so what is known of them goes with it.
    case logStart(Int64, ProducerSnapshot)
    /// What lies below the offset was compacted.
    case compacted(below: Int64)

    public func write(to writer: inout WireWriter) {
        switch self {
        case .logStart(let offset, let snapshot):
            writer.int8(0)
            writer.int64(offset)
            snapshot.write(to: &writer)
        case .compacted(let offset):
            writer.int8(1)
            writer.int64(offset)
        }
    }

    public init(from reader: inout WireReader) throws(WireError) {
        let kind = try reader.int8()
        switch kind {
        case 0: self = .logStart(try reader.int64(), try ProducerSnapshot(from: &reader))
        case 1: self = .compacted(below: try reader.int64())
        default: throw .invalidLength(Int64(kind))
        }
    }
}

/// What a partition knew of its producers when its log ended at some offset.
public struct ProducerSnapshot: Hashable, Sendable {
    public struct Producer: Hashable, Sendable {
        public var producerID: Int64
        public var state: ProducerState
        /// The first offset of its open transaction.
        public var transactionStart: Int64?
    }

    /// The batches below this offset have been counted in.
    public var endOffset: Int64
    /// By producer id.
    public var producers: [Producer]

    func write(to writer: inout WireWriter) {
        writer.int64(endOffset)
        writer.array(producers, false) { writer, producer in
            writer.int64(producer.producerID)
            writer.int16(producer.state.producerEpoch)
            writer.int32(producer.state.coordinatorEpoch)
            writer.int64(producer.state.lastTimestamp)
            writer.int64(producer.transactionStart ?? -1)
            writer.array(producer.state.batches, false) { writer, batch in
                writer.int32(batch.lastSequence)
                writer.int64(batch.lastOffset)
                writer.int32(batch.offsetDelta)
                writer.int64(batch.timestamp)
            }
        }
    }
}

extension ProducerSnapshot {
    init(from reader: inout WireReader) throws(WireError) {
        endOffset = try reader.int64()
        producers = try reader.array(false) { reader throws(WireError) in
            let producerID = try reader.int64()
            var state = ProducerState(producerEpoch: try reader.int16())
            state.coordinatorEpoch = try reader.int32()
            state.lastTimestamp = try reader.int64()
            let start = try reader.int64()
            state.batches = try reader.array(false) { reader throws(WireError) in
                ProducerState.Batch(
                    lastSequence: try reader.int32(), lastOffset: try reader.int64(),
                    offsetDelta: try reader.int32(), timestamp: try reader.int64())
            }
            return Producer(producerID: producerID, state: state, transactionStart: start < 0 ? nil : start)
        }
    }
}

/// What the host does after a log has changed, in the order given.
public enum PartitionLogEffect: Hashable, Sendable {
    case journal(PartitionLogEntry)
    /// The bytes of all batches below the offset may go.
    case deleteBatches(below: Int64)
}
