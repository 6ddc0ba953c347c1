import KafkaProtocol

@testable import BrokerCore

/// Random writes of a few producers, and beside the log an account of them that is kept in the plainest way.
struct LogWorkload {
    struct Transaction {
        var records: [SeenRecord] = []
        var firstOffset: Int64
    }

    var host: LogTestHost
    var draws: LogDraws
    var time: Int64 = 1_000_000
    var writers: [LogWriter]
    /// Visible to who reads committed, by the plain account.
    var committed: [SeenRecord] = []
    var all: [SeenRecord] = []
    var open: [Int64: Transaction] = [:]
    private var counter = 0

    init(seed: UInt64, _ change: (inout LogSettings) -> Void = { $0.segmentBytes = 600 }) {
        host = LogTestHost(change)
        draws = LogDraws(seed: seed)
        writers = (0..<4).map { LogWriter(id: 10 + $0, isTransactional: $0 > 0) }
    }

    var stableOffset: Int64 { open.values.map(\.firstOffset).min() ?? host.log.endOffset }

    /// One write: records, a marker, or a repetition.
    mutating func step() throws {
        time += Int64(draws.below(50))
        let number = draws.below(writers.count + 1)
        guard number < writers.count else { return try write(nil) }
        if writers[number].isTransactional, draws.chance(1, of: 4) { return try end(number) }
        try write(number)
    }

    private mutating func write(_ number: Int?) throws {
        let keys = (0...draws.below(3)).map { _ in draws.below(8) }
        var records: [BatchRecord] = []
        for (place, key) in keys.enumerated() {
            counter += 1
            let isTombstone = host.log.settings.compacts && draws.chance(1, of: 6)
            records.append(
                BatchRecord(
                    offset: Int64(place), timestamp: time, key: Array("k\(key)".utf8),
                    value: isTombstone ? nil : Array("\(counter)".utf8)))
        }
        let base = host.log.endOffset
        let seen = records.map { record in
            SeenRecord(offset: base + record.offset, value: record.value.map { String(decoding: $0, as: UTF8.self) })
        }
        try host.produce(LogTestHost.batch(records, number.map { writers[$0] }), now: time)
        all += seen
        guard let number else {
            committed += seen
            return
        }
        writers[number].sequence = ProducerSequence.adding(Int32(records.count), to: writers[number].sequence)
        guard writers[number].isTransactional else {
            committed += seen
            return
        }
        open[writers[number].id, default: Transaction(firstOffset: base)].records += seen
    }

    private mutating func end(_ number: Int) throws {
        let result: TransactionResult = draws.chance(1, of: 2) ? .commit : .abort
        if draws.chance(1, of: 4) {
            writers[number].epoch += 1
            writers[number].sequence = 0
        }
        try host.end(writers[number], result, at: time)
        let transaction = open.removeValue(forKey: writers[number].id)
        switch result {
        case .commit: committed += transaction?.records ?? []
        case .abort: break
        }
    }

    /// What who reads committed sees at most now.
    var visible: [SeenRecord] {
        committed.filter { $0.offset < stableOffset && $0.offset >= host.log.startOffset }
            .sorted { $0.offset < $1.offset }
    }
}

/// All that a log knows, without what depends on when it was built.
struct LogFingerprint: Hashable {
    var startOffset: Int64
    var endOffset: Int64
    var lastStableOffset: Int64
    var producers: [ProducerSnapshot.Producer]
    var entries: [BatchEntry]
    var segments: [LogSegment]
    var firstDirtyOffset: Int64

    init(_ log: PartitionLog) {
        startOffset = log.startOffset
        endOffset = log.endOffset
        lastStableOffset = log.lastStableOffset
        producers = log.describeProducers().map { producer in
            var producer = producer
            producer.state.lastSeen = 0
            return producer
        }
        let origin = log.index.entries.first?.position ?? 0
        entries = log.index.entries.map { entry in
            var entry = entry
            entry.position -= origin
            return entry
        }
        segments = log.segments
        firstDirtyOffset = log.firstDirtyOffset
    }
}
