public import KafkaProtocol

/// A marker that was given its place, ready to be stored.
public struct AppendedMarker: Hashable, Sendable {
    public var offset: Int64
    /// The whole batch.
    public var bytes: [UInt8]
    public var startsSegment: Bool
}

extension PartitionLog {
    /// Ends a producer's transaction in this partition.
    ///
    /// Without an open transaction the marker is written all the same: it still raises the producer's epoch, which
    /// fences what an earlier instance may have on the way.
    ///
    /// - Throws: ``PartitionLogError/staleProducerEpoch(producerID:epoch:current:)`` and
    ///   ``PartitionLogError/staleCoordinatorEpoch(epoch:current:)``; nothing has changed then.
    public mutating func appendMarker(
        _ marker: EndTransactionMarker, producerID: Int64, producerEpoch: Int16, now: Int64, leaderEpoch: Int32 = 0
    ) throws(PartitionLogError) -> AppendedMarker {
        if let state = producers[producerID] {
            guard producerEpoch >= state.producerEpoch else {
                throw .staleProducerEpoch(producerID: producerID, epoch: producerEpoch, current: state.producerEpoch)
            }
            guard marker.coordinatorEpoch >= state.coordinatorEpoch else {
                throw .staleCoordinatorEpoch(epoch: marker.coordinatorEpoch, current: state.coordinatorEpoch)
            }
        }
        let offset = endOffset
        let bytes = marker.batch(
            baseOffset: offset, producerID: producerID, producerEpoch: producerEpoch, now: now,
            leaderEpoch: leaderEpoch)
        let header = RecordBatchHeader(
            baseOffset: offset, batchLength: Int32(clamping: bytes.count - RecordBatchHeader.prefixSize),
            attributes: BatchAttributes(isTransactional: true, isControl: true), baseTimestamp: now,
            maxTimestamp: now, producerID: producerID, producerEpoch: producerEpoch, recordCount: 1)
        let startsSegment = index(BatchEntry(header, marker: marker))
        producers.end(header, marker, now: now)
        endTransaction(of: producerID, marker.result, at: offset)
        return AppendedMarker(offset: offset, bytes: bytes, startsSegment: startsSegment)
    }
}
