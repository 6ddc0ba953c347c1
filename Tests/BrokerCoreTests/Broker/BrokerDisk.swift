import BrokerCore
import EventLog
import KafkaProtocol
import Testing

/// What a host has stored: a value, so that a crash can be put anywhere.
struct BrokerDisk {
    /// A change of what is stored.
    enum Write {
        case action(BrokerAction)
        case compacted(TopicPartition, CompactionResult)
    }

    struct Batch {
        var bytes: [UInt8]
        var startsSegment: Bool
    }

    private(set) var journal: [[UInt8]] = []
    private(set) var logs: [TopicPartition: [Int64: Batch]] = [:]

    init() {}

    /// What the first writes of a history leave.
    init(_ history: ArraySlice<Write>) {
        for write in history { apply(write) }
    }

    mutating func apply(_ write: Write) {
        switch write {
        case .action(let action): apply(action)
        case .compacted(let place, let result):
            for change in result.changes {
                switch change.fate {
                case .remove: logs[place]?[change.baseOffset] = nil
                case .replace(let bytes): logs[place]?[change.baseOffset]?.bytes = bytes
                }
            }
        }
    }

    private mutating func apply(_ action: BrokerAction) {
        switch action {
        case .createLog(let place):
            #expect(logs[place] == nil, "\(place) is there already")
            logs[place] = [:]
        case .deleteLog(let place): logs[place] = nil
        case .append(let place, let append):
            let last = logs[place]?.keys.max() ?? -1
            #expect(logs[place] != nil && append.baseOffset > last, "\(place) gets \(append.baseOffset) after \(last)")
            logs[place]?[append.baseOffset] = Batch(bytes: append.bytes, startsSegment: append.startsSegment)
        case .deleteBatches(let place, let offset):
            logs[place] = logs[place]?.filter { $0.key >= offset }
        case .journal(let entry): journal.append(entry.encoded())
        case .compact, .reply: break
        }
    }

    /// The journal is replaced by a snapshot.
    mutating func replaceJournal(_ entries: [JournalEntry]) { journal = entries.map { $0.encoded() } }

    /// A new process; orphans are removed.
    mutating func recover(_ configuration: BrokerConfiguration, now: Int64) throws -> Broker {
        var broker = Broker(configuration: configuration, now: now)
        for bytes in journal { broker.apply(try JournalEntry(decoding: bytes)) }
        let known = Set(broker.logs)
        logs = logs.filter { known.contains($0.key) }
        for place in broker.logs {
            let stored = logs[place] ?? [:]
            logs[place] = stored
            for offset in stored.keys.sorted() {
                guard let batch = stored[offset] else { continue }
                let isKept = broker.restore(
                    try StoredBatch(batch.bytes), in: place, startsSegment: batch.startsSegment)
                if !isKept { logs[place]?[offset] = nil }
            }
        }
        return broker
    }

    func bytes(of slice: FetchSlice, in place: TopicPartition) -> [UInt8] {
        let stored = logs[place] ?? [:]
        let offsets = stored.keys.filter { $0 >= slice.baseOffset && $0 < slice.endOffset }.sorted()
        #expect(offsets.count == slice.batchCount)
        return offsets.flatMap { stored[$0]?.bytes ?? [] }
    }

    func batch(at offset: Int64, in place: TopicPartition) -> [UInt8]? { logs[place]?[offset]?.bytes }
}
