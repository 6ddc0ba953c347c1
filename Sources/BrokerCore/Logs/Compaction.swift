public import KafkaProtocol

extension CompactionTask {
    /// Finds out what becomes of each batch (Kafka's design, "Log Compaction"; KIP-534 for the delete horizon).
    ///
    /// Of the records with one key the last stays. Aborted records go. A tombstone, and the marker of a transaction
    /// without batches, gets a delete horizon when it is met first, and goes when that has come. The last batch of each
    /// known producer stays, if need be without records, and so does the last batch of the pass, so that neither
    /// sequences nor offsets are forgotten. A batch that loses some of its records is written anew, not packed; a batch
    /// that can't be unpacked stays as it is.
    ///
    /// - Parameters:
    ///   - read: The bytes of the batch with a base offset; nil when it is no longer there. Called twice for most.
    ///   - decompress: Unpacks records.
    /// - Throws: When a stored batch is not well-formed. Nothing has changed then.
    public func run(
        read: (Int64) -> [UInt8]?, decompress: @escaping Decompressor
    ) throws(RecordBatchError) -> CompactionResult {
        var pass = CompactionPass(task: self, decompress: decompress)
        try pass.collectKeys(read)
        var transactions = CompactedTransactions(aborted)
        var changes: [CompactionResult.Change] = []
        for baseOffset in batches {
            guard let bytes = read(baseOffset) else { continue }
            guard let fate = try pass.fate(of: bytes, &transactions) else { continue }
            changes.append(CompactionResult.Change(baseOffset: baseOffset, fate: fate))
        }
        return CompactionResult(changes: changes, endOffset: endOffset)
    }
}

/// One pass at work.
struct CompactionPass {
    let task: CompactionTask
    let decompress: Decompressor
    /// The last offset of each key in the dirty part.
    private var lastOffsets: [[UInt8]: Int64] = [:]

    init(task: CompactionTask, decompress: @escaping Decompressor) {
        self.task = task
        self.decompress = decompress
    }

    /// The batch's records; nil when they can't be unpacked.
    private func section(_ bytes: [UInt8]) throws(RecordBatchError) -> RecordSection? {
        do { return try RecordSection(bytes, decompress: decompress) } catch {
            if case .unreadable = error { return nil }
            throw error
        }
    }

    mutating func collectKeys(_ read: (Int64) -> [UInt8]?) throws(RecordBatchError) {
        // A transaction may have begun below the dirty part; the aborted index tells.
        var transactions = CompactedTransactions(task.aborted)
        for baseOffset in task.batches {
            guard let bytes = read(baseOffset) else { continue }
            let header = try RecordBatchHeader(bytes)
            if header.attributes.isControl {
                if let marker = try EndTransactionMarker.read(bytes) { _ = transactions.hasOutlived(header, marker) }
                continue
            }
            guard !transactions.isAborted(header), header.lastOffset >= task.firstDirtyOffset,
                let section = try section(bytes)
            else { continue }
            var reader = section.makeReader()
            while let place = try reader.next() {
                guard let key = place.key else { continue }
                lastOffsets[Array(section.bytes[key])] = header.baseOffset &+ Int64(place.offsetDelta)
            }
        }
    }

    /// What becomes of a batch; nil when it stays as it is.
    func fate(
        of bytes: [UInt8], _ transactions: inout CompactedTransactions
    ) throws(RecordBatchError) -> BatchFate? {
        let header = try RecordBatchHeader(bytes)
        if header.attributes.isControl {
            guard let marker = try EndTransactionMarker.read(bytes) else { return isKept(header) ? nil : .remove }
            return try fate(ofMarker: bytes, header, hasOutlived: transactions.hasOutlived(header, marker))
        }
        if transactions.isAborted(header) { return withoutRecords(header) }
        guard header.recordCount > 0 else { return isKept(header) ? nil : .remove }
        guard let section = try section(bytes) else { return nil }
        return try fate(of: section)
    }

    /// Whether the batch must not vanish altogether.
    private func isKept(_ header: RecordBatchHeader) -> Bool {
        if header.lastOffset &+ 1 == task.endOffset { return true }
        guard header.hasProducerID, let trace = task.lastTraces[header.producerID] else { return false }
        if let lastDataOffset = trace.lastDataOffset { return header.lastOffset == lastDataOffset }
        return header.attributes.isControl && header.producerEpoch == trace.producerEpoch
    }

    private func fate(
        ofMarker bytes: [UInt8], _ header: RecordBatchHeader, hasOutlived: Bool
    ) throws(RecordBatchError) -> BatchFate? {
        // A marker that is kept stays whole: without its record it would end no transaction, and fence nobody.
        guard hasOutlived, !isKept(header) else { return nil }
        if let horizon = header.deleteHorizon { return horizon <= task.now ? .remove : nil }
        return .replace(try rewritten(RecordSection(bytes).records(), header, newHorizon: true))
    }

    private func fate(of section: RecordSection) throws(RecordBatchError) -> BatchFate? {
        let header = section.header
        var reader = section.makeReader()
        var retained: [BatchRecord] = []
        var hasTombstone = false
        while let place = try reader.next() {
            guard retains(place, section) else { continue }
            if place.value == nil { hasTombstone = true }
            retained.append(try reader.record(at: place, in: header))
        }
        if retained.isEmpty { return withoutRecords(header) }
        let needsHorizon = hasTombstone && header.deleteHorizon == nil
        if retained.count == Int(header.recordCount), !needsHorizon { return nil }
        return .replace(rewritten(retained, header, newHorizon: needsHorizon))
    }

    private func retains(_ place: RecordPlace, _ section: RecordSection) -> Bool {
        // A record without a key has no place in a compacted log; it is from before the log became one.
        guard let key = place.key else { return false }
        let offset = section.header.baseOffset &+ Int64(place.offsetDelta)
        guard offset >= lastOffsets[Array(section.bytes[key])] ?? Int64.min else { return false }
        guard place.value == nil, let horizon = section.header.deleteHorizon else { return true }
        return task.now < horizon
    }

    private func withoutRecords(_ header: RecordBatchHeader) -> BatchFate? {
        guard isKept(header) else { return .remove }
        guard header.recordCount > 0 else { return nil }
        var empty = header
        empty.attributes.hasDeleteHorizon = false
        empty.baseTimestamp = -1
        return .replace(RecordBatchWriter(empty).finish(lastOffset: header.lastOffset))
    }

    private func rewritten(_ records: [BatchRecord], _ header: RecordBatchHeader, newHorizon: Bool) -> [UInt8] {
        var header = header
        if newHorizon {
            header.attributes.hasDeleteHorizon = true
            header.baseTimestamp = task.now.clampedSum(task.deleteRetention)
        }
        let lastOffset = header.lastOffset
        var writer = RecordBatchWriter(header)
        for record in records { writer.append(record) }
        return writer.finish(lastOffset: lastOffset)
    }
}
