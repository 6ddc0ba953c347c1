public import EventLog
public import KafkaProtocol

/// What the transaction coordinator wants done, in this order.
public enum TransactionEffect: Hashable, Sendable {
    case journal(TransactionJournalEntry)
    case reply(RequestToken, TransactionReply)
    /// To be followed by `markersWritten`, at once or later.
    case writeMarkers(TransactionMarkers)
}

/// An answer, by the request that it answers. `producerFenced` is called `invalidProducerEpoch` in versions of the
/// requests that don't know it (KIP-588): the dispatcher's to map.
public enum TransactionReply: Hashable, Sendable {
    case initProducer(InitProducerAnswer)
    /// In the order of the request.
    case addPartitions([PartitionResult])
    case addOffsets(ErrorCode)
    case end(ErrorCode)
}

/// InitProducerId's answer; id and epoch are -1 with an error.
public struct InitProducerAnswer: Hashable, Sendable {
    public var error: ErrorCode
    public var producer: ProducerIdentity

    public init(_ producer: ProducerIdentity) {
        error = .none
        self.producer = producer
    }

    public init(error: ErrorCode) {
        self.error = error
        producer = ProducerIdentity(producerID: -1, epoch: -1)
    }
}

/// The end of a transaction, to be written into each partition as a control record, and told to the groups.
public struct TransactionMarkers: Hashable, Sendable {
    public var transactionalID: String
    public var producerID: Int64
    /// Higher than the one the transaction was written with when the producer is fenced.
    public var producerEpoch: Int16
    /// Of one single coordinator: always 0.
    public var coordinatorEpoch: Int32
    public var result: TransactionEnding
    /// Sorted. Partitions that are gone by now are to be skipped.
    public var partitions: [TopicPartition]
    /// Groups with offsets of the transaction, sorted.
    public var groups: [String]
}

/// DescribeTransactions' view of a transactional id, with `transactionalIDNotFound` or `invalidRequest` as errors.
public struct TransactionDescription: Hashable, Sendable {
    public var error: ErrorCode
    public var transactionalID: String
    public var state: String
    public var timeout: Int32
    /// Milliseconds since 1970; -1 when there was no transaction yet.
    public var startTime: Int64
    public var producer: ProducerIdentity
    /// Sorted.
    public var partitions: [TopicPartition]
}

/// ListTransactions' answer.
public struct TransactionListing: Hashable, Sendable {
    /// Names of states that are none.
    public var unknownStates: [String]
    /// By transactional id.
    public var transactions: [Line]

    public struct Line: Hashable, Sendable {
        public var transactionalID: String
        public var producerID: Int64
        public var state: String
    }
}
