package import EventLog
package import KafkaProtocol
import TestProcesses

/// An idempotent or transactional producer that does nothing by itself: every request and every error is the test's.
/// Confined to one thread.
package final class WireProducer {
    package let cluster: Cluster
    package let transactionalID: String?
    package let timeoutMs: Int32
    package var producerID: Int64 = -1
    package var epoch: Int16 = -1
    private var sequences: [TopicPartition: Int32] = [:]

    package init(_ cluster: Cluster, transactionalID: String? = nil, timeoutMs: Int32 = 60_000) {
        self.cluster = cluster
        self.transactionalID = transactionalID
        self.timeoutMs = timeoutMs
    }

    private var id: String {
        get throws {
            guard let transactionalID else { throw Failure("the producer has no transactional id") }
            return transactionalID
        }
    }

    /// Asks for a producer id and an epoch, once.
    package func tryInitialize() throws -> InitProducerIDResponse {
        let connection = try transactionalID.map { try cluster.transactions($0) } ?? cluster.any()
        let answer = try connection.call(
            InitProducerIDRequest(
                transactionalID: transactionalID, transactionTimeoutMs: timeoutMs, producerID: -1, producerEpoch: -1))
        if answer.errorCode == .none {
            (producerID, epoch) = (answer.producerID, answer.producerEpoch)
            sequences = [:]
        }
        return answer
    }

    /// Asks until an earlier transaction of the same id has ended.
    @discardableResult
    package func initialize() throws -> WireProducer {
        let answer = try retrying(on: .transactionEnds) {
            try tryInitialize()
        } error: {
            $0.errorCode
        }
        guard answer.errorCode == .none else { throw Failure("no producer id: \(answer.errorCode)") }
        return self
    }

    package func owner(_ place: TopicPartition) -> BatchOwner {
        BatchOwner(
            producerID: producerID, epoch: epoch, sequence: sequences[place] ?? 0, transactionalID: transactionalID)
    }

    package func advance(_ place: TopicPartition, by count: Int) { sequences[place, default: 0] += Int32(count) }

    /// Writes a batch at the next sequence number, which rises only if that works.
    package func tryProduce(_ values: [String], to place: TopicPartition) throws -> ProduceResponse.Partition {
        let written = try cluster.produce(values.map { Draft($0) }, to: place, as: owner(place))
        if written.errorCode == .none { advance(place, by: values.count) }
        return written
    }

    @discardableResult
    package func produce(_ values: [String], to place: TopicPartition) throws -> Int64 {
        let written = try tryProduce(values, to: place)
        guard written.errorCode == .none else { throw Failure("\(place) can't be written: \(written.errorCode)") }
        return written.baseOffset
    }

    // MARK: Transactions

    package func tryAdd(_ places: [TopicPartition]) throws -> ErrorCode {
        let topics = Dictionary(grouping: places, by: \.topic).sorted { $0.key < $1.key }.map { topic, places in
            AddPartitionsToTxnRequest.Topic(name: topic, partitions: places.map(\.partition))
        }
        let request = AddPartitionsToTxnRequest(
            transactionalID: try id, producerID: producerID, producerEpoch: epoch, topics: topics)
        let answer = try cluster.transactions(id).call(request)
        let errors = answer.topics.flatMap(\.partitions).map(\.errorCode)
        return errors.first { $0 != .none } ?? .none
    }

    package func add(_ places: [TopicPartition]) throws {
        try expectNone("adding \(places)") { try tryAdd(places) }
    }

    /// Begins a transaction, or goes on with one, and writes.
    @discardableResult
    package func transact(_ values: [String], to place: TopicPartition) throws -> Int64 {
        try add([place])
        return try produce(values, to: place)
    }

    package func tryAddOffsets(of group: String) throws -> ErrorCode {
        try cluster.transactions(id).call(
            AddOffsetsToTxnRequest(
                transactionalID: try id, producerID: producerID, producerEpoch: epoch, groupID: group)
        ).errorCode
    }

    /// Puts offsets into the transaction, as a member of the group or from outside of it.
    package func tryCommitOffset(
        _ offset: Int64, of place: TopicPartition, group: String, as member: Membership = .outside
    ) throws -> ErrorCode {
        let partition = TxnOffsetCommitRequest.Partition(
            partitionIndex: place.partition, committedOffset: offset, committedLeaderEpoch: -1, committedMetadata: nil)
        let answer = try cluster.group(group).call(
            TxnOffsetCommitRequest(
                transactionalID: try id, groupID: group, producerID: producerID, producerEpoch: epoch,
                generationID: member.generation, memberID: member.id, groupInstanceID: member.instance,
                topics: [TxnOffsetCommitRequest.Topic(name: place.topic, partitions: [partition])]))
        return answer.topics.first?.partitions.first?.errorCode ?? .unknownServerError
    }

    package func commitOffset(
        _ offset: Int64, of place: TopicPartition, group: String, as member: Membership = .outside
    ) throws {
        try expectNone("adding group \(group)") { try tryAddOffsets(of: group) }
        try expectNone("committing an offset of \(group)") {
            try tryCommitOffset(offset, of: place, group: group, as: member)
        }
    }

    package enum Ending: Hashable, Sendable { case commit, abort }

    package func tryEnd(_ ending: Ending) throws -> ErrorCode {
        try cluster.transactions(id).call(
            EndTxnRequest(
                transactionalID: try id, producerID: producerID, producerEpoch: epoch, committed: ending == .commit)
        ).errorCode
    }

    package func end(_ ending: Ending) throws {
        try expectNone("\(ending)") { try tryEnd(ending) }
    }

    private func expectNone(_ doing: String, _ ask: () throws -> ErrorCode) throws {
        let error = try retrying(on: .transactionEnds, ask) { $0 }
        guard error == .none else { throw Failure("\(doing): \(error)") }
    }
}
