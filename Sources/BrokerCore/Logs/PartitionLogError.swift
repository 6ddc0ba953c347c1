public import KafkaProtocol

/// Why a partition's log refuses something. The text goes to who asked.
public enum PartitionLogError: Error, Hashable, Sendable, CustomStringConvertible {
    case offsetOutOfRange(offset: Int64, start: Int64, end: Int64)
    case batchTooLarge(bytes: Int, limit: Int64)
    case noBatch
    /// An idempotent producer's request has several batches for one partition.
    case severalBatches
    case transactionWithoutProducer
    case recordWithoutKey
    case staleProducerEpoch(producerID: Int64, epoch: Int16, current: Int16)
    case outOfOrderSequence(producerID: Int64, sequence: Int32, last: Int32)
    /// The producer has an open transaction here, and writes outside of it.
    case insideTransaction(producerID: Int64)
    case staleCoordinatorEpoch(epoch: Int32, current: Int32)
    /// Records of a topic that is only compacted are not deleted by offset.
    case notDeletable

    public var errorCode: ErrorCode {
        switch self {
        case .offsetOutOfRange: .offsetOutOfRange
        case .batchTooLarge: .messageTooLarge
        case .noBatch, .severalBatches, .transactionWithoutProducer, .recordWithoutKey: .invalidRecord
        case .staleProducerEpoch: .invalidProducerEpoch
        case .outOfOrderSequence: .outOfOrderSequenceNumber
        case .insideTransaction: .invalidTransactionState
        case .staleCoordinatorEpoch: .transactionCoordinatorFenced
        case .notDeletable: .policyViolation
        }
    }

    public var description: String {
        switch self {
        case .offsetOutOfRange(let offset, let start, let end): "offset \(offset) is not within \(start) to \(end)"
        case .batchTooLarge(let bytes, let limit): "a batch of \(bytes) bytes exceeds the limit of \(limit)"
        case .noBatch: "there is no batch"
        case .severalBatches: "an idempotent producer sends one batch for a partition at a time"
        case .transactionWithoutProducer: "a transactional batch needs a producer id"
        case .recordWithoutKey: "a compacted topic takes no record without a key"
        case .staleProducerEpoch(let producerID, let epoch, let current):
            "epoch \(epoch) of producer \(producerID) is older than \(current)"
        case .outOfOrderSequence(let producerID, let sequence, let last):
            "sequence \(sequence) of producer \(producerID) does not follow \(last)"
        case .insideTransaction(let producerID): "producer \(producerID) has an open transaction here"
        case .staleCoordinatorEpoch(let epoch, let current): "coordinator epoch \(epoch) is older than \(current)"
        case .notDeletable: "the topic's cleanup.policy does not have delete"
        }
    }
}
