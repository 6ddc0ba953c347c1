public import KafkaProtocol

extension PartitionLog {
    /// What recovery has to know while it goes on.
    struct Recovery: Hashable, Sendable {
        var now: Int64
        /// The producers' state below this offset is from the journal.
        var producersFrom: Int64 = 0
        /// Transactions among the batches that the journal's state covers: they matter for the aborted index alone.
        var transactions = OpenTransactions()

        init(now: Int64) { self.now = now }
    }

    /// Takes up what was journalled.
    public mutating func apply(_ entry: PartitionLogEntry) {
        switch entry {
        case .logStart(let offset, let snapshot):
            if offset > startOffset { pruneStart(offset) }
            take(snapshot)
        case .compacted(let offset): firstDirtyOffset = max(firstDirtyOffset, offset)
        }
    }

    /// The shortest list of entries from which, together with the batches, this log can be rebuilt.
    public func snapshot() -> [PartitionLogEntry] {
        var entries: [PartitionLogEntry] = []
        if startOffset > 0 {
            entries.append(
                .logStart(startOffset, ProducerSnapshot(endOffset: endOffset, producers: describeProducers())))
        }
        if firstDirtyOffset > startOffset { entries.append(.compacted(below: firstDirtyOffset)) }
        return entries
    }

    private mutating func take(_ snapshot: ProducerSnapshot) {
        guard snapshot.endOffset >= recovery.producersFrom else { return }
        recovery.producersFrom = snapshot.endOffset
        // Should the last batches be lost, their offsets are not given away again: the snapshot has counted them in.
        endOffset = max(endOffset, snapshot.endOffset)
        producers = ProducerTable()
        transactions = OpenTransactions()
        for producer in snapshot.producers {
            var state = producer.state
            state.lastSeen = recovery.now
            producers[producer.producerID] = state
            if let start = producer.transactionStart { transactions.begin(producer.producerID, at: start) }
        }
    }

    /// Takes up a stored batch behind those taken up so far.
    ///
    /// - Parameter startsSegment: Whether the batch begins a segment file, for a host that has such files; nil decides
    ///   as appending does.
    /// - Returns: False when the batch lies wholly below the log's start: its deletion was cut short, and it may go now.
    public mutating func restore(_ batch: StoredBatch, startsSegment: Bool? = nil) -> Bool {
        let header = batch.header
        guard header.lastOffset >= startOffset else { return false }
        _ = index(BatchEntry(header, marker: batch.marker), startsSegment: startsSegment)
        guard header.hasProducerID else { return true }
        if header.baseOffset < recovery.producersFrom {
            restoreAborted(batch)
        } else if let marker = batch.marker {
            producers.end(header, marker, now: recovery.now)
            endTransaction(of: header.producerID, marker.result, at: header.lastOffset)
        } else if !header.attributes.isControl {
            producers.add(header, now: recovery.now)
            if header.attributes.isTransactional { transactions.begin(header.producerID, at: header.baseOffset) }
        }
        return true
    }

    /// A batch whose producer's state is known: only the aborted index is rebuilt from it.
    private mutating func restoreAborted(_ batch: StoredBatch) {
        let header = batch.header
        guard let marker = batch.marker else {
            if header.attributes.isTransactional, !header.attributes.isControl {
                recovery.transactions.begin(header.producerID, at: header.baseOffset)
            }
            return
        }
        guard let firstOffset = recovery.transactions.end(header.producerID) else { return }
        switch marker.result {
        case .commit: break
        case .abort:
            aborted.append(
                AbortedTransaction(
                    producerID: header.producerID, firstOffset: firstOffset, lastOffset: header.lastOffset,
                    lastStableOffset: recovery.transactions.first ?? header.lastOffset &+ 1))
        }
    }
}
