internal import BrokerCore
internal import EventLog
internal import KafkaProtocol

/// One batch as it lies in a partition's log.
package struct StoredLogBatch: CompactableBatch, Hashable, Sendable {
    package var baseOffset: Int64
    package var lastOffset: Int64
    /// The whole batch, header included.
    package var bytes: [UInt8]
    var startsSegment: Bool
}

/// What a broker's process leaves behind: the journal, and the batches of each log.
final class SimulatedDisk {
    final class Log {
        /// In the order of offsets.
        var batches: [StoredLogBatch] = []
        /// The offset behind the last batch that was ever stored.
        var endOffset: Int64 = 0

        /// The index of the first batch with a base offset that is not below the offset.
        func index(of offset: Int64) -> Int {
            // What is asked for is mostly near the end.
            var high = batches.count
            guard high > 0, batches[high - 1].baseOffset >= offset else { return high }
            var low = 0
            while low < high {
                let middle = low + (high - low) / 2
                if batches[middle].baseOffset >= offset { high = middle } else { low = middle + 1 }
            }
            return low
        }
    }

    private(set) var journal: [JournalEntry] = []
    private(set) var logs: [TopicPartition: Log] = [:]

    func write(_ entry: JournalEntry) { journal.append(entry) }
    func createLog(_ place: TopicPartition) { if logs[place] == nil { logs[place] = Log() } }
    func deleteLog(_ place: TopicPartition) { logs[place] = nil }

    func append(_ batch: AppendAction, to place: TopicPartition) {
        guard let log = logs[place] else { return }
        log.batches.append(
            StoredLogBatch(
                baseOffset: batch.baseOffset, lastOffset: batch.lastOffset, bytes: batch.bytes,
                startsSegment: batch.startsSegment))
        log.endOffset = batch.lastOffset + 1
    }

    func deleteBatches(_ place: TopicPartition, below offset: Int64) {
        guard let log = logs[place] else { return }
        log.batches.removeFirst(log.index(of: offset))
    }

    /// The bytes of the batches with base offsets in the range. One batch, the usual case, is not copied.
    func read(_ place: TopicPartition, _ offsets: Range<Int64>) -> [UInt8] {
        guard let log = logs[place] else { return [] }
        let batches = log.batches[log.index(of: offsets.lowerBound)..<log.index(of: offsets.upperBound)]
        if batches.count == 1, let only = batches.first { return only.bytes }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(batches.reduce(0) { $0 + $1.bytes.count })
        for batch in batches { bytes += batch.bytes }
        return bytes
    }

    func batch(_ place: TopicPartition, at baseOffset: Int64) -> [UInt8]? {
        guard let log = logs[place] else { return nil }
        let index = log.index(of: baseOffset)
        guard index < log.batches.count, log.batches[index].baseOffset == baseOffset else { return nil }
        return log.batches[index].bytes
    }

    /// Brings a broker's logs back. Logs that it does not expect are orphans, and go.
    func restore(into broker: inout Broker) {
        let expected = broker.logs
        var found: [TopicPartition: Log] = [:]
        for place in expected {
            let log = logs[place] ?? Log()
            found[place] = log
            var kept: [StoredLogBatch] = []
            kept.reserveCapacity(log.batches.count)
            var startsSegment = true
            for batch in log.batches {
                startsSegment = startsSegment || batch.startsSegment
                guard let stored = try? StoredBatch(batch.bytes),
                    broker.restore(stored, in: place, startsSegment: startsSegment)
                else { continue }
                var batch = batch
                batch.startsSegment = startsSegment
                kept.append(batch)
                startsSegment = false
            }
            log.batches = kept
        }
        logs = found
    }

    /// Runs a pass of compaction; nil when the stored bytes can't be read.
    func compact(_ place: TopicPartition, _ task: CompactionTask) -> CompactionResult? {
        guard let log = logs[place],
            let result = try? task.run(read: { self.batch(place, at: $0) }, decompress: { _, _ in nil })
        else { return nil }
        log.batches = result.changes.applied(to: log.batches)
        return result
    }
}
