import BrokerCore
import EventLog
import KafkaProtocol

/// What a host has stored.
struct Disk {
    struct Batch {
        var bytes: [UInt8]
        var startsSegment: Bool
    }

    private(set) var journal: [[UInt8]] = []
    private(set) var logs: [TopicPartition: [Int64: Batch]] = [:]

    mutating func apply(_ action: BrokerAction) {
        switch action {
        case .createLog(let place):
            expect(logs[place] == nil, "\(place) is there already")
            logs[place] = [:]
        case .deleteLog(let place): logs[place] = nil
        case .append(let place, let append):
            let last = logs[place]?.keys.max() ?? -1
            expect(logs[place] != nil && append.baseOffset > last, "\(place) gets \(append.baseOffset) after \(last)")
            expect(append.lastOffset >= append.baseOffset, "\(place) gets \(append)")
            logs[place]?[append.baseOffset] = Batch(bytes: append.bytes, startsSegment: append.startsSegment)
        case .deleteBatches(let place, let offset): logs[place] = logs[place]?.filter { $0.key >= offset }
        case .journal(let entry): journal.append(entry.encoded())
        case .compact, .reply: break
        }
    }

    mutating func apply(_ result: CompactionResult, to place: TopicPartition) {
        for change in result.changes {
            expect(logs[place]?[change.baseOffset] != nil, "\(place) has no batch at \(change.baseOffset)")
            switch change.fate {
            case .remove: logs[place]?[change.baseOffset] = nil
            case .replace(let bytes):
                let before = logs[place]?[change.baseOffset].flatMap { try? RecordBatchHeader($0.bytes) }
                let after = try? StoredBatch(bytes).header
                expect(
                    after != nil && after?.baseOffset == before?.baseOffset && after?.lastOffset == before?.lastOffset,
                    "\(String(describing: before)) becomes \(String(describing: after))")
                logs[place]?[change.baseOffset]?.bytes = bytes
            }
        }
    }

    /// The journal is replaced by a snapshot.
    mutating func replaceJournal(_ entries: [JournalEntry]) { journal = entries.map { $0.encoded() } }

    /// A new process takes up what is there, and removes orphans.
    mutating func recover(_ configuration: BrokerConfiguration, now: Int64) -> Broker {
        var broker = Broker(configuration: configuration, now: now)
        for bytes in journal {
            guard let entry = try? JournalEntry(decoding: bytes) else { finding("not to be read: \(bytes)") }
            expect(entry.encoded() == bytes, "written otherwise: \(entry)")
            broker.apply(entry)
        }
        let known = Set(broker.logs)
        logs = logs.filter { known.contains($0.key) }
        for place in broker.logs {
            let stored = logs[place] ?? [:]
            logs[place] = stored
            for (offset, batch) in stored.sorted(by: { $0.key < $1.key }) {
                guard let restored = try? StoredBatch(batch.bytes) else { finding("\(place) at \(offset) is broken") }
                if !broker.restore(restored, in: place, startsSegment: batch.startsSegment) {
                    logs[place]?[offset] = nil
                }
            }
        }
        return broker
    }

    func bytes(of slice: FetchSlice, in place: TopicPartition) -> [UInt8] {
        let stored = logs[place] ?? [:]
        let offsets = stored.keys.filter { $0 >= slice.baseOffset && $0 < slice.endOffset }.sorted()
        expect(offsets.count == slice.batchCount, "\(offsets) of \(place) for \(slice)")
        let bytes = offsets.flatMap { stored[$0]?.bytes ?? [] }
        expect(bytes.count == slice.byteCount, "\(bytes.count) bytes of \(place) for \(slice)")
        return bytes
    }

    func batch(at offset: Int64, in place: TopicPartition) -> [UInt8]? { logs[place]?[offset]?.bytes }
}
