internal import EventLog
internal import KafkaProtocol

extension LogError {
    /// A broker's error, sorted by what can be done about it as the real client sorts it.
    init(_ error: ErrorCode, doing: String, place: TopicPartition? = nil) {
        let name = error.name
        self.init(Self.code(of: error), "\(doing): \(name)", place: place, cause: name)
    }

    init(_ failure: ConnectionFailure, doing: String) {
        switch failure {
        case .closed: self.init(.unreachable, "\(doing): the connection was closed", cause: "_TRANSPORT")
        case .timedOut: self.init(.unreachable, "\(doing): no answer in time", cause: "_TIMED_OUT")
        }
    }

    private static func code(of error: ErrorCode) -> LogError.Code {
        switch error {
        case .requestTimedOut: .unreachable
        case .leaderNotAvailable, .notLeaderOrFollower, .brokerNotAvailable, .coordinatorLoadInProgress,
            .coordinatorNotAvailable, .notCoordinator, .notEnoughReplicas, .notController, .storageError,
            .concurrentTransactions, .unstableOffsetCommit, .offsetNotAvailable, .fencedLeaderEpoch,
            .unknownLeaderEpoch, .groupMaxSizeReached:
            .unavailable
        case .producerFenced, .invalidProducerEpoch, .fencedInstanceID: .fenced
        case .illegalGeneration, .unknownMemberID, .rebalanceInProgress, .memberIDRequired: .rejoin
        case .unknownTopicOrPartition, .unknownTopicID: .unknownTopic
        case .offsetOutOfRange: .offsetOutOfRange
        case .topicAuthorizationFailed, .groupAuthorizationFailed, .clusterAuthorizationFailed,
            .transactionalIDAuthorizationFailed:
            .notAuthorized
        case .messageTooLarge, .recordListTooLarge: .recordTooLarge
        case .invalidTransactionTimeout, .invalidSessionTimeout, .invalidGroupID, .inconsistentGroupProtocol,
            .invalidConfig, .invalidPartitions, .invalidReplicationFactor, .invalidReplicaAssignment, .invalidTopic,
            .policyViolation:
            .configuration
        default: .other
        }
    }
}

extension ErrorCode {
    /// Whether the same request may succeed later without anyone changing anything.
    var isPassing: Bool {
        switch self {
        case .requestTimedOut, .leaderNotAvailable, .notLeaderOrFollower, .brokerNotAvailable,
            .coordinatorLoadInProgress, .coordinatorNotAvailable, .notCoordinator, .notEnoughReplicas, .storageError,
            .concurrentTransactions, .unstableOffsetCommit, .offsetNotAvailable, .fencedLeaderEpoch,
            .unknownLeaderEpoch:
            true
        default: false
        }
    }

    /// Kafka's name of the codes that clients of a simulation meet; the number of others.
    var name: String {
        switch self {
        case .leaderNotAvailable: "LEADER_NOT_AVAILABLE"
        case .notLeaderOrFollower: "NOT_LEADER_OR_FOLLOWER"
        case .fencedLeaderEpoch: "FENCED_LEADER_EPOCH"
        case .notCoordinator: "NOT_COORDINATOR"
        case .coordinatorNotAvailable: "COORDINATOR_NOT_AVAILABLE"
        case .notEnoughReplicas: "NOT_ENOUGH_REPLICAS"
        case .offsetOutOfRange: "OFFSET_OUT_OF_RANGE"
        case .unknownTopicOrPartition: "UNKNOWN_TOPIC_OR_PART"
        case .messageTooLarge: "MSG_SIZE_TOO_LARGE"
        case .illegalGeneration: "ILLEGAL_GENERATION"
        case .unknownMemberID: "UNKNOWN_MEMBER_ID"
        case .rebalanceInProgress: "REBALANCE_IN_PROGRESS"
        case .outOfOrderSequenceNumber: "OUT_OF_ORDER_SEQUENCE_NUMBER"
        case .invalidProducerEpoch: "INVALID_PRODUCER_EPOCH"
        case .invalidTransactionState: "INVALID_TXN_STATE"
        case .invalidProducerIDMapping: "INVALID_PRODUCER_ID_MAPPING"
        case .concurrentTransactions: "CONCURRENT_TRANSACTIONS"
        case .fencedInstanceID: "FENCED_INSTANCE_ID"
        case .unstableOffsetCommit: "UNSTABLE_OFFSET_COMMIT"
        case .producerFenced: "PRODUCER_FENCED"
        default: "ERROR_\(rawValue)"
        }
    }
}
