public import KafkaProtocol

extension PartitionLog {
    /// Takes over what a pass of compaction found. The host has put the new bytes in the place of the old by then, and
    /// answers no fetch in between.
    ///
    /// Batches that have gone meanwhile are passed over; what was appended meanwhile is not touched.
    ///
    /// - Throws: When a replacement is not a batch. Nothing has changed then.
    public mutating func finish(_ result: CompactionResult) throws(RecordBatchError) -> [PartitionLogEffect] {
        var entries: [BatchEntry] = []
        entries.reserveCapacity(index.entries.count)
        var changes = result.changes[...]
        for entry in index.entries {
            while let change = changes.first, change.baseOffset < entry.baseOffset { changes.removeFirst() }
            guard let change = changes.first, change.baseOffset == entry.baseOffset else {
                entries.append(entry)
                continue
            }
            switch change.fate {
            case .remove: break
            case .replace(let bytes): entries.append(try entry.replaced(by: bytes))
            }
        }
        rebuild(entries)
        firstDirtyOffset = max(firstDirtyOffset, result.endOffset)
        return [.journal(.compacted(below: firstDirtyOffset))]
    }

    private mutating func rebuild(_ entries: [BatchEntry]) {
        index.rebuild(entries)
        trimSegments()
        keepAborted()
    }

    /// A transaction without batches leaves the aborted index together with them: its marker may go next, and a consumer
    /// that heard of the abort, but met no marker, would drop all that the producer wrote later.
    private mutating func keepAborted() {
        var firstOffsets: [Int64: Int64] = [:]
        var kept: [AbortedTransaction] = []
        for entry in index.entries {
            if entry.isTransactionalData {
                if firstOffsets[entry.producerID] == nil { firstOffsets[entry.producerID] = entry.baseOffset }
            } else if entry.flags.contains(.control) {
                guard let firstOffset = firstOffsets.removeValue(forKey: entry.producerID) else { continue }
                guard entry.flags.contains(.abort), var transaction = aborted.ending(at: entry.lastOffset) else {
                    continue
                }
                transaction.firstOffset = firstOffset
                kept.append(transaction)
            }
        }
        aborted.replace(with: kept)
    }
}

extension BatchEntry {
    /// The entry of the batch that takes this one's place: the same batch with fewer records.
    fileprivate func replaced(by bytes: [UInt8]) throws(RecordBatchError) -> BatchEntry {
        let header = try RecordBatchHeader(bytes)
        var entry = BatchEntry(header, marker: nil)
        entry.flags = flags
        return entry
    }
}

extension AbortedTransactions {
    /// The transaction whose marker has this offset.
    fileprivate func ending(at offset: Int64) -> AbortedTransaction? {
        let place = place(of: offset)
        guard place < entries.count, entries[place].lastOffset == offset else { return nil }
        return entries[place]
    }
}
