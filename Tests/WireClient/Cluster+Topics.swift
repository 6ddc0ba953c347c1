package import EventLog
import Foundation
package import KafkaProtocol
import TestProcesses

extension Cluster {
    /// Creates a topic and waits until every partition has a leader.
    package func createTopic(_ name: String, partitions: Int32 = 1, configs: [String: String] = [:]) throws {
        let error = try tryCreateTopic(name, partitions: partitions, configs: configs)
        guard error == .none else { throw Failure("topic \(name) can't be made: \(error)") }
        for partition in 0..<partitions { _ = try leader(TopicPartition(topic: name, partition: partition)) }
    }

    package func tryCreateTopic(_ name: String, partitions: Int32, configs: [String: String] = [:]) throws -> ErrorCode
    {
        let configs = configs.sorted { $0.key < $1.key }
            .map { CreateTopicsRequest.Config(name: $0.key, value: $0.value) }
        let topic = CreateTopicsRequest.Topic(
            name: name, numPartitions: partitions, replicationFactor: -1, configs: configs)
        let answer = try controller().call(CreateTopicsRequest(topics: [topic], timeoutMs: 30_000))
        return answer.topics.first?.errorCode ?? .unknownServerError
    }

    /// Deletes topics; those that are not there any more don't matter.
    package func deleteTopics(_ names: [String]) throws {
        guard !names.isEmpty else { return }
        _ = try controller().call(
            DeleteTopicsRequest(topics: names.map { DeleteTopicsRequest.Topic(name: $0) }, timeoutMs: 30_000))
    }

    /// Where a partition begins (-2), ends (-1), or has its first record at or after a time.
    package func listOffset(
        _ place: TopicPartition, timestamp: Int64, isolation: IsolationLevel = .readUncommitted
    ) throws -> ListOffsetsResponse.Partition {
        let partition = ListOffsetsRequest.Partition(partitionIndex: place.partition, timestamp: timestamp)
        let answer = try leader(place).call(
            ListOffsetsRequest(
                replicaID: -1, isolationLevel: isolation,
                topics: [ListOffsetsRequest.Topic(name: place.topic, partitions: [partition])]))
        guard let found = answer.topics.first?.partitions.first else { throw Failure("no answer about \(place)") }
        return found
    }

    package func end(of place: TopicPartition, isolation: IsolationLevel = .readUncommitted) throws -> Int64 {
        try listOffset(place, timestamp: -1, isolation: isolation).offset
    }

    package func start(of place: TopicPartition) throws -> Int64 { try listOffset(place, timestamp: -2).offset }
}

/// A record to be written.
package struct Draft {
    /// Milliseconds since 1970. Records of long ago would fall to retention.
    package static var now: Int64 { Int64(Date().timeIntervalSince1970 * 1000) }

    package var key: String?
    package var value: String?
    package var timestamp: Int64

    package init(key: String? = nil, _ value: String?, timestamp: Int64 = Draft.now) {
        self.key = key
        self.value = value
        self.timestamp = timestamp
    }
}

/// Who writes a batch: a producer with an id, and the sequence number of the batch's first record.
package struct BatchOwner {
    package var producerID: Int64 = -1
    package var epoch: Int16 = -1
    package var sequence: Int32 = -1
    package var transactionalID: String?

    package static let nobody = BatchOwner()
}

extension Cluster {
    /// Writes one batch.
    package func produce(_ drafts: [Draft], to place: TopicPartition, as owner: BatchOwner = .nobody) throws
        -> ProduceResponse.Partition
    {
        let connection = try leader(place)
        return try Self.written(connection.receive(try send(drafts, to: place, as: owner, over: connection)))
    }

    package func send(
        _ drafts: [Draft], to place: TopicPartition, as owner: BatchOwner, over connection: Connection
    ) throws -> Connection.Pending<ProduceRequest> {
        let records = drafts.enumerated().map { index, draft in
            BatchRecord(
                offset: Int64(index), timestamp: draft.timestamp, key: draft.key.map { Array($0.utf8) },
                value: draft.value.map { Array($0.utf8) })
        }
        let batch = RecordBatchWriter.batch(
            records, attributes: BatchAttributes(isTransactional: owner.transactionalID != nil),
            producerID: owner.producerID, producerEpoch: owner.epoch, baseSequence: owner.sequence)
        let partition = ProduceRequest.Partition(partitionIndex: place.partition, records: batch)
        return try connection.send(
            ProduceRequest(
                transactionalID: owner.transactionalID, acks: -1, timeoutMs: 30_000,
                topics: [ProduceRequest.Topic(name: place.topic, partitions: [partition])]))
    }

    package static func written(_ answer: ProduceResponse) throws -> ProduceResponse.Partition {
        guard let partition = answer.topics.first?.partitions.first else { throw Failure("an empty produce answer") }
        return partition
    }

    /// Writes values and expects that to work.
    /// - Returns: the first one's offset.
    @discardableResult
    package func write(_ values: [String], to place: TopicPartition) throws -> Int64 {
        let written = try produce(values.map { Draft($0) }, to: place)
        guard written.errorCode == .none else { throw Failure("\(place) can't be written: \(written.errorCode)") }
        return written.baseOffset
    }
}
