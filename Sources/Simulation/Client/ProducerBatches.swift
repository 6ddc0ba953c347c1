internal import EventLog
internal import KafkaProtocol

/// A batch on its way: the records of one call for one partition.
struct ProducerBatch {
    var place: TopicPartition
    /// The places of its records in the call.
    var indices: [Int]
    var baseSequence: Int32
    /// As they are sent, each time anew: the broker knows a batch that it has by producer, epoch and sequence.
    var bytes: [UInt8]
}

/// Who writes, and how far in each partition.
struct ProducerSession {
    var producerID: Int64
    var epoch: Int16
    private var sequences: [TopicPartition: Int32] = [:]

    init(producerID: Int64, epoch: Int16) {
        self.producerID = producerID
        self.epoch = epoch
    }

    /// How many bytes of records a batch takes before the next one begins, and how many records.
    private static let batchBytes = 900_000

    /// Batches of the records for each partition, partitions in the order in which they come first. Their sequences are
    /// taken when they are written: see `advance`.
    ///
    /// - Parameters:
    ///   - limit: Most records in a batch.
    ///   - now: Milliseconds since 1970.
    func batches(
        of records: [OutgoingRecord], isTransactional: Bool, limit: Int, now: Int64
    ) -> [[ProducerBatch]] {
        var order: [TopicPartition: Int] = [:]
        var places: [(place: TopicPartition, indices: [Int])] = []
        for (index, record) in records.enumerated() {
            let place = record.topicPartition
            if let known = order[place] {
                places[known].indices.append(index)
            } else {
                order[place] = places.count
                places.append((place, [index]))
            }
        }
        return places.map { place, indices in
            var sequence = sequences[place] ?? 0
            return split(indices, of: records, limit: limit).map { indices in
                let attributes = BatchAttributes(isTransactional: isTransactional)
                let bytes = RecordBatchWriter.batch(
                    indices.enumerated().map { BatchRecord(records[$0.element], offset: $0.offset, timestamp: now) },
                    attributes: attributes, producerID: producerID, producerEpoch: epoch, baseSequence: sequence)
                let batch = ProducerBatch(place: place, indices: indices, baseSequence: sequence, bytes: bytes)
                sequence = ProducerSequence.adding(Int32(clamping: indices.count), to: sequence)
                return batch
            }
        }
    }

    private func split(_ indices: [Int], of records: [OutgoingRecord], limit: Int) -> [[Int]] {
        var groups: [[Int]] = []
        var group: [Int] = []
        var bytes = 0
        for index in indices {
            let size = records[index].size
            if !group.isEmpty, bytes + size > Self.batchBytes || group.count >= limit {
                groups.append(group)
                group = []
                bytes = 0
            }
            group.append(index)
            bytes += size
        }
        groups.append(group)
        return groups
    }

    /// The broker has the batch.
    mutating func advance(behind batch: ProducerBatch) {
        sequences[batch.place] = ProducerSequence.adding(Int32(clamping: batch.indices.count), to: batch.baseSequence)
    }
}

extension BatchRecord {
    fileprivate init(_ record: OutgoingRecord, offset: Int, timestamp: Int64) {
        self.init(
            offset: Int64(offset), timestamp: timestamp, key: record.key, value: record.value,
            headers: record.headers.map { BatchRecordHeader(name: Array($0.name.utf8), value: $0.value) })
    }
}

/// Writes the records of one call: a request for each batch, sent again until the broker has it, each partition by
/// itself and its batches in order.
final class Writing {
    private let asker: Asker
    private let transactionalID: String?
    private let deadline: Int64
    private var session: ProducerSession
    private var offsets: [Int64]
    private var partitionsLeft = 0
    private var failure: (index: Int, error: LogError, isDoubtful: Bool)?
    private let then: (ProducerSession, Result<[Int64], LogError>, _ isDoubtful: Bool) -> Void

    /// - Parameters:
    ///   - deadline: Virtual time, in microseconds, at which it is given up.
    ///   - then: Gets the session with its new sequences; the records' offsets or the first record's failure; and whether
    ///     the broker may have something that it did not tell of, so that the sequences are unknown.
    init(
        _ asker: Asker, _ session: ProducerSession, transactionalID: String?, count: Int, deadline: Int64,
        then: @escaping (ProducerSession, Result<[Int64], LogError>, _ isDoubtful: Bool) -> Void
    ) {
        self.asker = asker
        self.session = session
        self.transactionalID = transactionalID
        self.deadline = deadline
        self.then = then
        offsets = [Int64](repeating: -1, count: count)
    }

    func write(_ partitions: [[ProducerBatch]]) {
        partitionsLeft = partitions.count
        for batches in partitions { write(batches[...]) }
    }

    private func write(_ batches: ArraySlice<ProducerBatch>) {
        guard let batch = batches.first else { return partitionDone() }
        let request = ProduceRequest(
            transactionalID: transactionalID, acks: -1, timeoutMs: 30_000,
            topics: [
                .init(
                    name: batch.place.topic,
                    partitions: [.init(partitionIndex: batch.place.partition, records: batch.bytes)])
            ])
        let doing = "write \(batch.indices.count) of \(offsets.count) records"
        let patience = deadline - asker.host.timeline.now
        asker.ask(
            .produce(request), version: 7, to: .leader(batch.place), within: patience, doing: doing
        ) { response -> Reading<Int64>? in
            guard case .produce(let answer) = response, let topic = answer.topics.first,
                let partition = topic.partitions.first
            else { return nil }
            switch partition.errorCode {
            case .none: return .answer(partition.baseOffset)
            // It has the batch, and does not know any more where.
            case .duplicateSequenceNumber: return .answer(-1)
            default: return .sorted(partition.errorCode, doing: doing, place: batch.place)
            }
        } then: { [self] result in
            switch result {
            case .success(let baseOffset):
                session.advance(behind: batch)
                if baseOffset >= 0 {
                    for (delta, index) in batch.indices.enumerated() { offsets[index] = baseOffset + Int64(delta) }
                }
                write(batches.dropFirst())
            case .failure(let error):
                fail(batch.indices.first ?? 0, error)
                partitionDone()
            }
        }
    }

    private func fail(_ index: Int, _ error: LogError) {
        let isDoubtful = error.code == .unreachable || error.code == .unavailable || failure?.isDoubtful == true
        if let failure, failure.index < index {
            self.failure?.isDoubtful = isDoubtful
        } else {
            failure = (index, error, isDoubtful)
        }
    }

    private func partitionDone() {
        partitionsLeft -= 1
        guard partitionsLeft <= 0 else { return }
        then(session, failure.map { .failure($0.error) } ?? .success(offsets), failure?.isDoubtful ?? false)
    }
}
