public import KafkaProtocol

/// A batch that was given its place.
public struct AppendedBatch: Hashable, Sendable {
    /// What to write into the batch's bytes before they are stored.
    public var placement: BatchPlacement
    /// A host that keeps a file for each segment begins one with this batch.
    public var startsSegment: Bool
}

/// What a producer is told, and what the host writes.
public struct AppendReceipt: Hashable, Sendable {
    public var baseOffset: Int64
    public var lastOffset: Int64
    /// Milliseconds since 1970 where the broker sets the timestamps; else -1.
    public var logAppendTime: Int64
    public var logStartOffset: Int64
    /// The batch was here already: nothing is written, and the offsets are those it got then.
    public var isDuplicate: Bool
    /// One for each batch, in order; none for a duplicate.
    public var batches: [AppendedBatch]
}

extension PartitionLog {
    /// Appends what a producer sent for this partition: all of it, or nothing.
    ///
    /// A batch with a producer id is checked against what that producer wrote before (KIP-98): a repetition of one of
    /// its last five batches is a success without effect; otherwise its sequence must be the next, a new epoch must
    /// begin at 0, and an older epoch is refused. A producer that this partition does not know, or has forgotten, may
    /// begin at any sequence (KIP-360).
    ///
    /// - Throws: See ``PartitionLogError``; nothing has changed then.
    public mutating func append(
        _ batches: [ClientBatch], now: Int64, leaderEpoch: Int32 = 0
    ) throws(PartitionLogError) -> AppendReceipt {
        try check(batches)
        if let duplicate = try checkProducer(batches) { return receipt(for: duplicate) }
        let baseOffset = endOffset
        let appended = batches.map { place($0.header, now: now, leaderEpoch: leaderEpoch) }
        return AppendReceipt(
            baseOffset: baseOffset, lastOffset: endOffset - 1,
            logAppendTime: settings.timestampType == .logAppendTime ? now : -1, logStartOffset: startOffset,
            isDuplicate: false, batches: appended)
    }

    private func check(_ batches: [ClientBatch]) throws(PartitionLogError) {
        guard !batches.isEmpty else { throw .noBatch }
        for batch in batches {
            guard batch.header.sizeInBytes <= settings.maxBatchBytes else {
                throw .batchTooLarge(bytes: batch.header.sizeInBytes, limit: settings.maxBatchBytes)
            }
            guard !batch.header.attributes.isTransactional || batch.header.hasProducerID else {
                throw .transactionWithoutProducer
            }
            // A retry of several batches could be known in part only, and then be neither repeated nor refused.
            guard batches.count == 1 || !batch.header.hasProducerID else { throw .severalBatches }
            guard !settings.compacts || !batch.hasRecordWithoutKey else { throw .recordWithoutKey }
        }
    }

    /// The remembered batch that this one repeats.
    private func checkProducer(_ batches: [ClientBatch]) throws(PartitionLogError) -> ProducerState.Batch? {
        guard let header = batches.first?.header, header.hasProducerID else { return nil }
        if let state = producers[header.producerID] {
            if let duplicate = state.duplicate(of: header) { return duplicate }
            try state.check(header)
        }
        guard header.attributes.isTransactional || transactions[header.producerID] == nil else {
            throw .insideTransaction(producerID: header.producerID)
        }
        return nil
    }

    private func receipt(for duplicate: ProducerState.Batch) -> AppendReceipt {
        AppendReceipt(
            baseOffset: duplicate.firstOffset, lastOffset: duplicate.lastOffset,
            logAppendTime: settings.timestampType == .logAppendTime ? duplicate.timestamp : -1,
            logStartOffset: startOffset, isDuplicate: true, batches: [])
    }

    private mutating func place(_ header: RecordBatchHeader, now: Int64, leaderEpoch: Int32) -> AppendedBatch {
        var header = header
        header.baseOffset = endOffset
        header.attributes.timestampType = settings.timestampType
        switch settings.timestampType {
        case .logAppendTime: header.maxTimestamp = now
        case .createTime: break
        }
        let startsSegment = index(BatchEntry(header, marker: nil))
        if header.hasProducerID {
            producers.add(header, now: now)
            if header.attributes.isTransactional { transactions.begin(header.producerID, at: header.baseOffset) }
        }
        let placement = BatchPlacement(
            baseOffset: header.baseOffset, leaderEpoch: leaderEpoch, timestampType: settings.timestampType,
            maxTimestamp: header.maxTimestamp)
        return AppendedBatch(placement: placement, startsSegment: startsSegment)
    }
}
