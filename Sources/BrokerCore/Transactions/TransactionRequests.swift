public import EventLog
public import KafkaProtocol

/// A producer id with its epoch.
public struct ProducerIdentity: Hashable, Sendable {
    public var producerID: Int64
    public var epoch: Int16

    public init(producerID: Int64, epoch: Int16) {
        self.producerID = producerID
        self.epoch = epoch
    }
}

/// InitProducerId.
public struct InitProducerRequest: Hashable, Sendable {
    /// nil for a producer that is idempotent only.
    public var transactionalID: String?
    /// Milliseconds.
    public var transactionTimeout: Int32
    /// KIP-360, version 3 and later: what the producer had so far; nil where it sends -1.
    public var expected: ProducerIdentity?

    public init(transactionalID: String?, transactionTimeout: Int32, expected: ProducerIdentity? = nil) {
        self.transactionalID = transactionalID
        self.transactionTimeout = transactionTimeout
        self.expected = expected
    }
}

/// AddPartitionsToTxn, for one transactional id.
public struct AddPartitionsRequest: Hashable, Sendable {
    public var transactionalID: String
    public var producer: ProducerIdentity
    public var partitions: [TopicPartition]
    /// Those of `partitions` that can't be added (`unknownTopicOrPartition`, say). Then none is: the others get
    /// `operationNotAttempted`.
    public var refused: [TopicPartition: ErrorCode]

    public init(
        transactionalID: String, producer: ProducerIdentity, partitions: [TopicPartition],
        refused: [TopicPartition: ErrorCode] = [:]
    ) {
        self.transactionalID = transactionalID
        self.producer = producer
        self.partitions = partitions
        self.refused = refused
    }
}

/// AddOffsetsToTxn.
public struct AddOffsetsRequest: Hashable, Sendable {
    public var transactionalID: String
    public var producer: ProducerIdentity
    public var groupID: String

    public init(transactionalID: String, producer: ProducerIdentity, groupID: String) {
        self.transactionalID = transactionalID
        self.producer = producer
        self.groupID = groupID
    }
}

/// EndTxn.
public struct EndTransactionRequest: Hashable, Sendable {
    public var transactionalID: String
    public var producer: ProducerIdentity
    public var result: TransactionEnding

    public init(transactionalID: String, producer: ProducerIdentity, result: TransactionEnding) {
        self.transactionalID = transactionalID
        self.producer = producer
        self.result = result
    }
}
