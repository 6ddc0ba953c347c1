package import EventLog
package import KafkaProtocol
import TestProcesses

/// A record that was read, as text.
package struct Read: Hashable, CustomStringConvertible {
    package var offset: Int64
    package var timestamp: Int64
    package var key: String?
    package var value: String?

    package var description: String { "\(offset):\(key.map { "\($0)=" } ?? "")\(value ?? "null")" }
}

/// What a partition gave up to its end, or up to its last stable offset.
package struct Reading {
    package var records: [Read] = []
    package var highWatermark: Int64 = -1
    package var lastStableOffset: Int64 = -1
    /// The first offset that was not read.
    package var position: Int64 = 0

    package init() {}

    package var values: [String] { records.map { $0.value ?? "null" } }
}

extension Cluster {
    package func fetch(
        _ place: TopicPartition, from offset: Int64, _ isolation: IsolationLevel, wait: Int32 = 0
    ) throws -> FetchResponse.Partition {
        let answer = try leader(place).call(fetchRequest(place, from: offset, isolation, wait: wait))
        guard answer.errorCode == .none, let partition = answer.topics.first?.partitions.first else {
            throw Failure("\(place) can't be fetched: \(answer.errorCode)")
        }
        return partition
    }

    package func fetchRequest(
        _ place: TopicPartition, from offset: Int64, _ isolation: IsolationLevel = .readUncommitted, wait: Int32 = 0,
        maxBytes: Int32 = 8 << 20
    ) -> FetchRequest {
        let partition = FetchRequest.Partition(
            partitionIndex: place.partition, currentLeaderEpoch: -1, fetchOffset: offset, lastFetchedEpoch: -1,
            logStartOffset: -1, partitionMaxBytes: maxBytes)
        // No session: id 0 and the final epoch.
        return FetchRequest(
            replicaID: -1, maxWaitMs: wait, minBytes: 1, maxBytes: maxBytes, isolationLevel: isolation, sessionID: 0,
            sessionEpoch: -1, topics: [FetchRequest.Topic(name: place.topic, partitions: [partition])])
    }

    /// Reads everything that a consumer of this isolation level would see now: aborted records are left out with the
    /// help of the list that the broker gives, as every client must do it.
    package func read(
        _ place: TopicPartition, from start: Int64? = nil, _ isolation: IsolationLevel
    ) throws -> Reading {
        var reading = Reading()
        reading.position = try start ?? self.start(of: place)
        while true {
            let answer = try fetch(place, from: reading.position, isolation)
            guard answer.errorCode == .none else { throw Failure("\(place) can't be read: \(answer.errorCode)") }
            reading.highWatermark = answer.highWatermark
            reading.lastStableOffset = answer.lastStableOffset
            let before = reading.position
            try reading.take(answer)
            let limit = isolation == .readCommitted ? answer.lastStableOffset : answer.highWatermark
            if reading.position >= limit { return reading }
            guard reading.position > before else {
                throw Failure("\(place): nothing comes at \(before), below the limit of \(limit)")
            }
        }
    }
}

extension Reading {
    /// Whether an answer about one partition has records.
    package static func isIn(_ answer: FetchResponse) throws -> Bool {
        guard let partition = answer.topics.first?.partitions.first else { return false }
        var reading = Reading()
        try reading.take(partition)
        return !reading.records.isEmpty
    }

    /// Takes a fetch answer's records.
    package mutating func take(_ answer: FetchResponse.Partition) throws {
        let bytes = answer.records ?? []
        // Producers whose records are aborted from an offset on, up to their next marker.
        var waiting = (answer.abortedTransactions ?? []).sorted { $0.firstOffset < $1.firstOffset }
        var aborting: Set<Int64> = []
        var start = 0
        while start < bytes.count {
            // A fetch may end in the middle of a batch, which is to be fetched again.
            guard let header = try? RecordBatchHeader(bytes, at: start) else { break }
            let section = try RecordSection(bytes, at: start)
            start += header.sizeInBytes
            while let first = waiting.first, first.firstOffset <= header.lastOffset {
                aborting.insert(first.producerID)
                waiting.removeFirst()
            }
            if header.attributes.isControl {
                aborting.remove(header.producerID)
            } else if !(header.attributes.isTransactional && aborting.contains(header.producerID)) {
                records += try section.records().filter { $0.offset >= position }.map(Read.init)
            }
            position = max(position, header.lastOffset + 1)
        }
    }
}

extension Read {
    package init(_ record: BatchRecord) {
        self.init(
            offset: record.offset, timestamp: record.timestamp,
            key: record.key.map { String(decoding: $0, as: UTF8.self) },
            value: record.value.map { String(decoding: $0, as: UTF8.self) })
    }
}
