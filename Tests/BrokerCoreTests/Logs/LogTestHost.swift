import KafkaProtocol

@testable import BrokerCore

/// SplitMix64, so that a seed gives the same draws for ever.
struct LogDraws {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to, and without, `bound`.
    mutating func below(_ bound: Int) -> Int { bound < 2 ? 0 : Int(next() % UInt64(bound)) }
    mutating func chance(_ part: Int, of whole: Int) -> Bool { below(whole) < part }
}

/// A producer id with the epoch and the sequence of what it sends.
struct LogWriter {
    var id: Int64
    var epoch: Int16 = 0
    var sequence: Int32 = 0
    var isTransactional = false
}

/// What a host does for a log: keeps the bytes and the journal, in memory.
struct LogTestHost {
    var log: PartitionLog
    var stored: [Int64: [UInt8]] = [:]
    var journal: [PartitionLogEntry] = []
    var segmentStarts: Set<Int64> = []

    init(_ change: (inout LogSettings) -> Void = { _ in }) {
        var settings = LogSettings()
        change(&settings)
        log = PartitionLog(settings: settings)
    }

    /// A batch as a client sends it.
    static func batch(
        _ records: [BatchRecord], _ writer: LogWriter? = nil, attributes: BatchAttributes = BatchAttributes()
    ) -> [UInt8] {
        var attributes = attributes
        attributes.isTransactional = writer?.isTransactional ?? false
        return RecordBatchWriter.batch(
            records, attributes: attributes, producerID: writer?.id ?? -1, producerEpoch: writer?.epoch ?? -1,
            baseSequence: writer?.sequence ?? -1)
    }

    /// Records with the text as key and value.
    static func records(_ texts: [String], at time: Int64 = 1000) -> [BatchRecord] {
        texts.enumerated().map { number, text in
            BatchRecord(
                offset: Int64(number), timestamp: time, key: Array(text.utf8), value: Array("v\(text)".utf8))
        }
    }

    @discardableResult
    mutating func produce(_ payload: [UInt8], now: Int64 = 1000) throws -> AppendReceipt {
        let batches = try ClientBatch.split(payload)
        let receipt = try log.append(batches, now: now)
        for (batch, appended) in zip(batches, receipt.batches) {
            var bytes = Array(payload[batch.range])
            try appended.placement.write(into: &bytes)
            store(bytes, at: appended.placement.baseOffset, startsSegment: appended.startsSegment)
        }
        return receipt
    }

    @discardableResult
    mutating func produce(
        _ texts: [String], _ writer: LogWriter? = nil, at time: Int64 = 1000
    ) throws -> AppendReceipt {
        try produce(Self.batch(Self.records(texts, at: time), writer), now: time)
    }

    @discardableResult
    mutating func end(
        _ writer: LogWriter, _ result: TransactionResult, coordinatorEpoch: Int32 = 0, at time: Int64 = 1000
    ) throws -> Int64 {
        let appended = try log.appendMarker(
            EndTransactionMarker(result: result, coordinatorEpoch: coordinatorEpoch), producerID: writer.id,
            producerEpoch: writer.epoch, now: time)
        store(appended.bytes, at: appended.offset, startsSegment: appended.startsSegment)
        return appended.offset
    }

    private mutating func store(_ bytes: [UInt8], at offset: Int64, startsSegment: Bool) {
        stored[offset] = bytes
        if startsSegment { segmentStarts.insert(offset) }
    }

    mutating func run(_ effects: [PartitionLogEffect]) {
        for effect in effects {
            switch effect {
            case .journal(let entry): journal.append(entry)
            case .deleteBatches(let offset): stored = stored.filter { $0.key >= offset }
            }
        }
    }

    /// Runs a pass of compaction; nil when none is worth it.
    @discardableResult
    mutating func compact(now: Int64, decompress: @escaping Decompressor = { _, _ in nil }) throws -> CompactionResult?
    {
        guard let task = log.compactionCandidate(now: now) else { return nil }
        let result = try task.run(read: { stored[$0] }, decompress: decompress)
        for change in result.changes {
            switch change.fate {
            case .remove: stored[change.baseOffset] = nil
            case .replace(let bytes): stored[change.baseOffset] = bytes
            }
        }
        run(try log.finish(result))
        return result
    }

    /// The log as a new process finds it.
    func rebuilt(now: Int64 = 0, fromSnapshot: Bool = false) throws -> PartitionLog {
        var rebuilt = PartitionLog(
            settings: log.settings, journal: fromSnapshot ? log.snapshot() : journal, now: now)
        var isFirst = true
        for offset in stored.keys.sorted() {
            let batch = try StoredBatch(stored[offset] ?? [])
            if rebuilt.restore(batch, startsSegment: isFirst || segmentStarts.contains(offset)) { isFirst = false }
        }
        return rebuilt
    }
}

/// What a record looks like to a consumer.
struct SeenRecord: Hashable {
    var offset: Int64
    var value: String?
}

extension LogTestHost {
    /// Reads as a consumer does: fetches, and drops what was aborted, by what the answers say.
    func consume(
        _ isolation: ReadIsolation, from start: Int64? = nil, maxBytes: Int = 300, log given: PartitionLog? = nil
    ) throws -> [SeenRecord] {
        let log = given ?? log
        var seen: [SeenRecord] = []
        var position = start ?? log.startOffset
        while true {
            let slice = try log.fetch(from: position, maxBytes: maxBytes, atLeastOne: true, isolation: isolation)
            guard slice.batchCount > 0 else { return seen }
            var pending = (slice.abortedTransactions ?? []).sorted { $0.firstOffset < $1.firstOffset }[...]
            var aborted: Set<Int64> = []
            for (baseOffset, _) in log.batches(of: slice) {
                let section = try RecordSection(stored[baseOffset] ?? [])
                let header = section.header
                while let next = pending.first, next.firstOffset <= header.lastOffset {
                    aborted.insert(next.producerID)
                    pending.removeFirst()
                }
                if header.attributes.isControl {
                    let marker = try EndTransactionMarker.read(stored[baseOffset] ?? [])
                    if marker?.result == .abort { aborted.remove(header.producerID) }
                    continue
                }
                if header.attributes.isTransactional, aborted.contains(header.producerID) { continue }
                for record in try section.records() where record.offset >= position {
                    let value = record.value.map { String(decoding: $0, as: UTF8.self) }
                    seen.append(SeenRecord(offset: record.offset, value: value))
                }
            }
            position = slice.endOffset
        }
    }
}
