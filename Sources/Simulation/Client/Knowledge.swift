internal import EventLog
internal import KafkaProtocol

/// What a client knows of the nodes: who leads and who coordinates, as it was told last. Each handle has its own, as in
/// librdkafka; nothing is asked until it is needed, and nothing again until somebody was refused.
final class Knowledge {
    var leaders: [TopicPartition: Int32] = [:]
    var coordinators: [String: Int32] = [:]

    func learn(_ metadata: MetadataResponse) {
        for topic in metadata.topics {
            for partition in topic.partitions {
                let place = TopicPartition(topic: topic.name ?? "", partition: partition.partitionIndex)
                leaders[place] = partition.leaderID >= 0 ? partition.leaderID : nil
            }
        }
    }
}

/// Where a request belongs.
enum Target: Hashable {
    case anyNode
    case leader(TopicPartition)
    case coordinator(CoordinatorType, String)

    /// By which the coordinator is remembered.
    var key: String {
        switch self {
        case .anyNode, .leader: ""
        case .coordinator(let type, let key): "\(type) \(key)"
        }
    }

    /// What tells who it is.
    var question: (request: AnyRequest, version: Int16)? {
        switch self {
        case .anyNode: nil
        case .leader(let place):
            (.metadata(MetadataRequest(topics: [.init(name: place.topic)], allowAutoTopicCreation: false)), 4)
        case .coordinator(let type, let key):
            (.findCoordinator(FindCoordinatorRequest(coordinatorKeys: [key], keyType: type)), 2)
        }
    }
}

extension MetadataResponse {
    /// Whether it tells of the topic, and has no such partition.
    func lacks(_ place: TopicPartition) -> Bool {
        guard let topic = topics.first(where: { $0.name == place.topic }) else { return false }
        if topic.errorCode == .unknownTopicOrPartition { return true }
        return topic.errorCode == .none && !topic.partitions.contains { $0.partitionIndex == place.partition }
    }
}

extension LogError {
    /// Whether another node is the right one to ask.
    var isMisdirected: Bool {
        switch cause {
        case ErrorCode.notLeaderOrFollower.name, ErrorCode.leaderNotAvailable.name, ErrorCode.fencedLeaderEpoch.name,
            ErrorCode.notCoordinator.name, ErrorCode.coordinatorNotAvailable.name, "_TRANSPORT", "_TIMED_OUT":
            true
        default: false
        }
    }
}

extension NetworkCounts {
    mutating func note(_ error: ErrorCode) {
        if error == .notLeaderOrFollower { notLeader += 1 }
        if error == .notCoordinator { notCoordinator += 1 }
        if error == .notEnoughReplicas { notEnoughReplicas += 1 }
    }

    mutating func note(_ error: LogError) {
        for code in [ErrorCode.notLeaderOrFollower, .notCoordinator, .notEnoughReplicas] where error.cause == code.name
        {
            note(code)
        }
    }
}
