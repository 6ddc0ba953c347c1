public import BrokerCore
public import EventLog
public import KafkaProtocol

/// Keeps logs in memory, and forgets them at the end of the process.
public final class MemoryStorage: LogStorage {
    private var logs: [TopicPartition: MemoryLog] = [:]
    private var generation: UInt64 = 0

    public init() {}

    public func open(
        _ expected: [TopicPartition], restore: (StoredBatch, TopicPartition, _ startsSegment: Bool) -> Bool
    ) throws(StorageError) {
        logs = logs.filter { expected.contains($0.key) }
        for place in expected {
            let log = logs[place] ?? newLog()
            logs[place] = newLog()
            var startsSegment = true
            for batch in log.batches {
                startsSegment = startsSegment || batch.startsSegment
                let stored: StoredBatch
                do { stored = try StoredBatch(batch.bytes) } catch {
                    throw StorageError(
                        .corrupt, "a batch of \(place) at offset \(batch.baseOffset) is broken: \(error)")
                }
                guard restore(stored, place, startsSegment) else { continue }
                logs[place]?.batches.append(batch)
                startsSegment = false
            }
        }
    }

    public func createLog(_ place: TopicPartition) throws(StorageError) {
        if logs[place] == nil { logs[place] = newLog() }
    }

    private func newLog() -> MemoryLog {
        generation += 1
        return MemoryLog(generation: generation)
    }

    public func deleteLog(_ place: TopicPartition) throws(StorageError) { logs[place] = nil }

    public func append(_ batch: AppendAction, to place: TopicPartition) throws(StorageError) {
        guard logs[place] != nil else { throw missing(place) }
        logs[place]?.batches.append(
            MemoryLog.Batch(baseOffset: batch.baseOffset, bytes: batch.bytes, startsSegment: batch.startsSegment))
    }

    public func read(_ place: TopicPartition, _ offsets: Range<Int64>) throws(StorageError) -> [UInt8] {
        guard let log = logs[place] else { throw missing(place) }
        var bytes: [UInt8] = []
        let batches = log.batches[log.index(of: offsets.lowerBound)..<log.index(of: offsets.upperBound)]
        bytes.reserveCapacity(batches.reduce(0) { $0 + $1.bytes.count })
        for batch in batches { bytes += batch.bytes }
        return bytes
    }

    public func batch(_ place: TopicPartition, at baseOffset: Int64) throws(StorageError) -> [UInt8]? {
        guard let log = logs[place] else { throw missing(place) }
        return log.batch(at: baseOffset)
    }

    public func deleteBatches(_ place: TopicPartition, below offset: Int64) throws(StorageError) {
        guard let log = logs[place] else { throw missing(place) }
        logs[place]?.batches.removeFirst(log.index(of: offset))
    }

    public func snapshot(_ place: TopicPartition) throws(StorageError) -> any LogSnapshot {
        guard let log = logs[place] else { throw missing(place) }
        return MemorySnapshot(place: place, log: log)
    }

    public func install(_ rewrite: LogRewrite) throws(StorageError) -> Bool {
        guard case .changes(let changes) = rewrite.content, var log = logs[rewrite.place],
            log.generation == rewrite.generation
        else { return false }
        logs[rewrite.place] = nil
        log.batches = changes.applied(to: log.batches)
        logs[rewrite.place] = log
        return true
    }

    public func sync() throws(StorageError) {}
    public func takeUnsynced() -> UnsyncedFiles? { nil }
    public var isUnsynced: Bool { false }

    private func missing(_ place: TopicPartition) -> StorageError {
        StorageError(.missing, "there is no log \(place) in memory")
    }
}

/// The batches of one partition.
struct MemoryLog: Sendable {
    struct Batch: CompactableBatch, Sendable {
        var baseOffset: Int64
        var bytes: [UInt8]
        var startsSegment: Bool
    }

    /// Tells it from an earlier log of the same name.
    let generation: UInt64
    /// By base offset.
    var batches: [Batch] = []

    /// The index of the first batch with a base offset that is not below the offset.
    func index(of offset: Int64) -> Int {
        batches.firstIndexBySearch { $0.baseOffset >= offset }
    }

    func batch(at baseOffset: Int64) -> [UInt8]? {
        let index = index(of: baseOffset)
        guard index < batches.count, batches[index].baseOffset == baseOffset else { return nil }
        return batches[index].bytes
    }
}

private struct MemorySnapshot: LogSnapshot {
    var place: TopicPartition
    var log: MemoryLog

    func batch(at baseOffset: Int64) throws(StorageError) -> [UInt8]? { log.batch(at: baseOffset) }

    func rewrite(_ result: CompactionResult) throws(StorageError) -> LogRewrite {
        LogRewrite(place: place, generation: log.generation, content: .changes(result.changes))
    }
}

extension RandomAccessCollection where Index == Int {
    /// The first index for which the condition holds, given that it holds for all that follow; the end when there is
    /// none. A binary search.
    func firstIndexBySearch(where holds: (Element) -> Bool) -> Int {
        var low = startIndex
        var high = endIndex
        while low < high {
            let middle = low + (high - low) / 2
            if holds(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
