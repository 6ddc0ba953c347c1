package import EventLog
internal import KafkaProtocol

extension SimulatedReader {
    /// First and next offset of each partition, open transactions included in the latter.
    /// - Parameter patience: microseconds; nil for the client's own.
    package func watermarks(
        _ partitions: [TopicPartition], within patience: Int64? = nil,
        then: @escaping (Result<[TopicPartition: Watermarks], LogError>) -> Void
    ) {
        let deadline = host.timeline.now &+ (patience ?? settings.questionTimeout)
        let patience = { [self] in max(1, deadline &- host.timeline.now) }
        questions.listOffsets(partitions, timestamp: -2, .readUncommitted, within: patience()) { [self] result in
            guard case .success(let low) = result else { return then(result.map { _ in [:] }) }
            questions.listOffsets(partitions, timestamp: -1, .readUncommitted, within: patience()) { result in
                then(
                    result.map { high in
                        var marks: [TopicPartition: Watermarks] = [:]
                        for place in partitions {
                            if let low = low[place], let high = high[place] {
                                marks[place] = Watermarks(low: low, high: high)
                            }
                        }
                        return marks
                    })
            }
        }
    }

    /// How many partitions a topic has; nil when there is no such topic.
    package func partitionCount(of topic: String, then: @escaping (Result<Int32?, LogError>) -> Void) {
        let doing = "ask for topic \(topic)"
        let request = MetadataRequest(topics: [.init(name: topic)], allowAutoTopicCreation: false)
        questions.ask(.metadata(request), version: 4, within: settings.questionTimeout, doing: doing) { response in
            guard case .metadata(let metadata) = response else { return nil }
            guard let found = metadata.topics.first else { return .answer(nil) }
            switch found.errorCode {
            case .none: return .answer(Int32(clamping: found.partitions.count))
            case .unknownTopicOrPartition: return .answer(nil)
            default: return .sorted(found.errorCode, doing: doing)
            }
        } then: {
            then($0)
        }
    }

    /// The cluster's own id.
    package func clusterID(then: @escaping (Result<String?, LogError>) -> Void) {
        let request = MetadataRequest(topics: [], allowAutoTopicCreation: false)
        let doing = "ask for the cluster's id"
        questions.ask(.metadata(request), version: 4, within: settings.questionTimeout, doing: doing) { response in
            if case .metadata(let metadata) = response { .answer(metadata.clusterID) } else { nil }
        } then: {
            then($0)
        }
    }
}

extension Asker {
    /// Asks for an offset of each partition: of the first record (-2), or behind the last (-1). With several nodes each
    /// partition is a question to its leader.
    func listOffsets(
        _ partitions: [TopicPartition], timestamp: Int64, _ isolation: IsolationLevel, within patience: Int64,
        then: @escaping (Result<[TopicPartition: Int64], LogError>) -> Void
    ) {
        guard !isSingle, partitions.count > 1 else {
            return listOffsets(of: partitions, timestamp: timestamp, isolation, within: patience, then: then)
        }
        var left = partitions.count
        var whole: Result<[TopicPartition: Int64], LogError> = .success([:])
        for place in partitions {
            listOffsets(of: [place], timestamp: timestamp, isolation, within: patience) { part in
                if case .success(let known) = whole { whole = part.map { $0.merging(known) { new, _ in new } } }
                left -= 1
                if left == 0 { then(whole) }
            }
        }
    }

    private func listOffsets(
        of partitions: [TopicPartition], timestamp: Int64, _ isolation: IsolationLevel, within patience: Int64,
        then: @escaping (Result<[TopicPartition: Int64], LogError>) -> Void
    ) {
        let topics = Set(partitions).sorted().byTopic().map { topic, numbers in
            ListOffsetsRequest.Topic(
                name: topic, partitions: numbers.map { .init(partitionIndex: $0, timestamp: timestamp) })
        }
        let request = ListOffsetsRequest(isolationLevel: isolation, topics: topics)
        let doing = "ask for offsets"
        ask(
            .listOffsets(request), version: 5, to: partitions.first.map { .leader($0) } ?? .anyNode, within: patience,
            doing: doing
        ) { response in
            guard case .listOffsets(let answer) = response else { return nil }
            var offsets: [TopicPartition: Int64] = [:]
            for topic in answer.topics {
                for partition in topic.partitions {
                    let place = TopicPartition(topic: topic.name, partition: partition.partitionIndex)
                    guard partition.errorCode == .none else {
                        return .sorted(partition.errorCode, doing: doing, place: place)
                    }
                    offsets[place] = partition.offset
                }
            }
            return .answer(offsets)
        } then: {
            then($0)
        }
    }
}

extension Reading {
    /// What an error code means: again, or never.
    static func sorted(_ error: ErrorCode, doing: String, place: TopicPartition? = nil) -> Reading {
        let failure = LogError(error, doing: doing, place: place)
        return error.isPassing ? .again(failure) : .failed(failure)
    }
}

extension [TopicPartition] {
    /// The partitions' numbers by topic, both in the order in which they come.
    func byTopic() -> [(topic: String, partitions: [Int32])] {
        var topics: [(topic: String, partitions: [Int32])] = []
        for place in self {
            if let index = topics.lastIndex(where: { $0.topic == place.topic }) {
                topics[index].partitions.append(place.partition)
            } else {
                topics.append((place.topic, [place.partition]))
            }
        }
        return topics
    }
}
