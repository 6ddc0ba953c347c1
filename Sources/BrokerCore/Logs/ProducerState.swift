internal import KafkaProtocol

/// What a partition knows of a producer id (KIP-98, KIP-360): enough to tell a retry from something new.
public struct ProducerState: Hashable, Sendable {
    /// A batch among the producer's last, by which its retry is recognised.
    public struct Batch: Hashable, Sendable {
        public var lastSequence: Int32
        public var lastOffset: Int64
        public var offsetDelta: Int32
        public var timestamp: Int64

        public var firstOffset: Int64 { lastOffset &- Int64(offsetDelta) }
        public var firstSequence: Int32 { ProducerSequence.subtracting(offsetDelta, from: lastSequence) }
    }

    /// How many batches are remembered: as many as a producer may have in flight.
    public static let rememberedBatches = 5

    public internal(set) var producerEpoch: Int16
    /// The epoch of the coordinator that wrote the last marker; -1 before any.
    public internal(set) var coordinatorEpoch: Int32 = -1
    /// The timestamp of the last batch or marker.
    public internal(set) var lastTimestamp: Int64 = -1
    /// The last batches of the current epoch, the oldest first.
    public internal(set) var batches: [Batch] = []
    /// When the producer was last heard of, by the broker's clock.
    var lastSeen: Int64 = 0

    init(producerEpoch: Int16) { self.producerEpoch = producerEpoch }

    /// -1 when the current epoch has no batch.
    public var lastSequence: Int32 { batches.last?.lastSequence ?? -1 }

    private mutating func enter(_ epoch: Int16) {
        guard epoch != producerEpoch else { return }
        batches.removeAll(keepingCapacity: true)
        producerEpoch = epoch
    }

    mutating func add(_ header: RecordBatchHeader, now: Int64) {
        enter(header.producerEpoch)
        // Only a state that was forgotten lets a batch in that does not follow; what was known before it is void.
        if !ProducerSequence.follows(header.baseSequence, lastSequence) { batches.removeAll(keepingCapacity: true) }
        if batches.count == Self.rememberedBatches { batches.removeFirst() }
        batches.append(
            Batch(
                lastSequence: header.lastSequence, lastOffset: header.lastOffset, offsetDelta: header.lastOffsetDelta,
                timestamp: header.maxTimestamp))
        lastTimestamp = header.maxTimestamp
        lastSeen = now
    }

    mutating func end(epoch: Int16, coordinatorEpoch: Int32, timestamp: Int64, now: Int64) {
        enter(epoch)
        self.coordinatorEpoch = coordinatorEpoch
        lastTimestamp = timestamp
        lastSeen = now
    }

    /// The remembered batch with these very sequences: the one that the header repeats.
    func duplicate(of header: RecordBatchHeader) -> Batch? {
        guard header.producerEpoch == producerEpoch else { return nil }
        return batches.first { $0.firstSequence == header.baseSequence && $0.lastSequence == header.lastSequence }
    }

    /// Checks that a batch may follow.
    ///
    /// - Throws: ``PartitionLogError/staleProducerEpoch(producerID:epoch:current:)`` or
    ///   ``PartitionLogError/outOfOrderSequence(producerID:sequence:last:)``.
    func check(_ header: RecordBatchHeader) throws(PartitionLogError) {
        guard header.producerEpoch >= producerEpoch else {
            throw .staleProducerEpoch(
                producerID: header.producerID, epoch: header.producerEpoch, current: producerEpoch)
        }
        let last = header.producerEpoch == producerEpoch ? lastSequence : -1
        guard ProducerSequence.follows(header.baseSequence, last) else {
            throw .outOfOrderSequence(producerID: header.producerID, sequence: header.baseSequence, last: last)
        }
    }
}
