import BrokerCore
import EventLog
import KafkaProtocol
import Testing

/// A small client: what tests say often.
extension BrokerWorld {
    static let topic = "t"

    static func place(_ partition: Int32 = 0, topic: String = BrokerWorld.topic) -> TopicPartition {
        TopicPartition(topic: topic, partition: partition)
    }

    // MARK: Topics

    @discardableResult
    func createTopic(
        _ name: String = BrokerWorld.topic, partitions: Int32 = 1, copies: Int16 = 1,
        configs: [String: String] = [:]
    ) throws -> ErrorCode {
        let request = CreateTopicsRequest(topics: [
            .init(
                name: name, numPartitions: partitions, replicationFactor: copies,
                configs: configs.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: $0.value) })
        ])
        return try #require(try call(request).topics.first).errorCode
    }

    @discardableResult
    func deleteTopic(_ name: String = BrokerWorld.topic) throws -> ErrorCode {
        try #require(try call(DeleteTopicsRequest(topics: [.init(name: name)])).topics.first).errorCode
    }

    // MARK: Records

    func produce(
        bytes: [UInt8], to place: TopicPartition = BrokerWorld.place(), transactionalID: String? = nil,
        acks: Int16 = -1, version: Int16 = 9
    ) throws -> ProduceResponse.Partition {
        let request = ProduceRequest(
            transactionalID: transactionalID, acks: acks,
            topics: [
                .init(name: place.topic, partitions: [.init(partitionIndex: place.partition, records: bytes)])
            ])
        return try #require(try call(request, version: version).topics.first?.partitions.first)
    }

    /// Produces texts, and counts the producer's sequence on.
    @discardableResult
    func produce(
        _ texts: [String], to place: TopicPartition = BrokerWorld.place(), at time: Int64? = nil
    ) throws -> ProduceResponse.Partition {
        try produce(bytes: LogTestHost.batch(LogTestHost.records(texts, at: time ?? now)), to: place)
    }

    @discardableResult
    func produce(
        _ texts: [String], to place: TopicPartition = BrokerWorld.place(), by producer: inout TestProducer
    ) throws -> ErrorCode {
        let sequence = producer.sequences[place] ?? 0
        let writer = LogWriter(
            id: producer.id, epoch: producer.epoch, sequence: sequence, isTransactional: producer.name != nil)
        let bytes = LogTestHost.batch(LogTestHost.records(texts, at: now), writer)
        let error = try produce(bytes: bytes, to: place, transactionalID: producer.name).errorCode
        if error == .none { producer.sequences[place] = sequence + Int32(texts.count) }
        return error
    }

    func fetchRequest(
        _ place: TopicPartition = BrokerWorld.place(), from offset: Int64 = 0,
        _ isolation: IsolationLevel = .readUncommitted, wait: Int32 = 0, minBytes: Int32 = 1,
        maxBytes: Int32 = 1_000_000
    ) -> FetchRequest {
        FetchRequest(
            maxWaitMs: wait, minBytes: minBytes, maxBytes: maxBytes, isolationLevel: isolation,
            topics: [
                .init(
                    name: place.topic,
                    partitions: [
                        .init(partitionIndex: place.partition, fetchOffset: offset, partitionMaxBytes: maxBytes)
                    ])
            ])
    }

    func fetch(
        _ place: TopicPartition = BrokerWorld.place(), from offset: Int64 = 0,
        _ isolation: IsolationLevel = .readUncommitted, maxBytes: Int32 = 1_000_000
    ) throws -> FetchResponse.Partition {
        let response = try call(fetchRequest(place, from: offset, isolation, maxBytes: maxBytes))
        return try #require(response.topics.first?.partitions.first)
    }

    /// All values as a consumer sees them: it drops what was aborted, by what the answers say.
    func consume(
        _ place: TopicPartition = BrokerWorld.place(), _ isolation: IsolationLevel = .readCommitted
    ) throws -> [String] {
        var position = try offset(place, -2).offset
        var seen: [String] = []
        while true {
            let answer = try fetch(place, from: position, isolation, maxBytes: 400)
            try #require(answer.errorCode == .none)
            let bytes = answer.records ?? []
            if bytes.isEmpty { return seen }
            var filter = AbortFilter(answer.abortedTransactions ?? [])
            var start = 0
            while start < bytes.count {
                let section = try RecordSection(bytes, at: start)
                if try filter.shows(section.header, bytes, at: start) {
                    for record in try section.records() where record.offset >= position {
                        seen.append(String(decoding: record.key ?? [], as: UTF8.self))
                    }
                }
                position = section.header.lastOffset + 1
                start += section.header.sizeInBytes
            }
        }
    }

    /// ListOffsets of one partition.
    func offset(
        _ place: TopicPartition = BrokerWorld.place(), _ timestamp: Int64,
        _ isolation: IsolationLevel = .readUncommitted
    ) throws -> ListOffsetsResponse.Partition {
        let request = ListOffsetsRequest(
            isolationLevel: isolation,
            topics: [
                .init(
                    name: place.topic, partitions: [.init(partitionIndex: place.partition, timestamp: timestamp)])
            ])
        return try #require(try call(request).topics.first?.partitions.first)
    }
}

/// A producer id, and the sequences so far.
struct TestProducer {
    /// The transactional id, if it has one.
    var name: String?
    var id: Int64
    var epoch: Int16
    var sequences: [TopicPartition: Int32] = [:]
}

/// What a consumer does with the aborted transactions of an answer.
struct AbortFilter {
    private var pending: ArraySlice<FetchResponse.AbortedTransaction>
    private var aborted: Set<Int64> = []

    init(_ transactions: [FetchResponse.AbortedTransaction]) {
        pending = transactions.sorted { $0.firstOffset < $1.firstOffset }[...]
    }

    mutating func shows(_ header: RecordBatchHeader, _ bytes: [UInt8], at start: Int) throws -> Bool {
        while let next = pending.first, next.firstOffset <= header.lastOffset {
            aborted.insert(next.producerID)
            pending.removeFirst()
        }
        if header.attributes.isControl {
            if try EndTransactionMarker.read(bytes, at: start)?.result == .abort { aborted.remove(header.producerID) }
            return false
        }
        return !(header.attributes.isTransactional && aborted.contains(header.producerID))
    }
}
