package import EventLog
internal import KafkaProtocol

extension SimulatedConsumer {
    /// The group's committed offsets, stable (waits for pending transactions to be decided); nothing for partitions
    /// without one.
    /// - Parameter patience: microseconds; nil for the client's own.
    package func committed(
        _ partitions: [TopicPartition], within patience: Int64? = nil,
        then: @escaping (Result<[TopicPartition: GroupOffset], LogError>) -> Void
    ) {
        if isClosed || partitions.isEmpty {
            let result: Result<[TopicPartition: GroupOffset], LogError> =
                isClosed ? .failure(closedError("read committed offsets")) : .success([:])
            host.after(0) { then(result) }
            return
        }
        let topics = partitions.sorted().byTopic().map {
            OffsetFetchRequest.Topic(name: $0.topic, partitionIndexes: $0.partitions)
        }
        let request = OffsetFetchRequest(
            groups: [OffsetFetchRequest.Group(groupID: group, topics: topics)], requireStable: true)
        let call = GroupCall(
            doing: "read committed offsets of group \(group)", request: .offsetFetch(request), version: 7,
            deadline: host.timeline.now &+ (patience ?? settings.questionTimeout))
        run(call, read: { Self.offsets(in: $0, call.doing) }, then: then)
    }

    private static func offsets(in response: AnyResponse, _ doing: String) -> Reading<[TopicPartition: GroupOffset]>? {
        guard case .offsetFetch(let response) = response, let group = response.groups.first else { return nil }
        if group.errorCode != .none { return .refusal(group.errorCode, doing) }
        var offsets: [TopicPartition: GroupOffset] = [:]
        for topic in group.topics {
            for partition in topic.partitions {
                let place = TopicPartition(topic: topic.name, partition: partition.partitionIndex)
                guard partition.errorCode == .none else { return .refusal(partition.errorCode, doing, place) }
                if partition.committedOffset >= 0 {
                    offsets[place] = GroupOffset(
                        next: partition.committedOffset, metadata: partition.metadata ?? "")
                }
            }
        }
        return .answer(offsets)
    }

    /// Commits the next offsets to read, as who this was when the group gave what the caller has taken.
    package func commit(_ offsets: [TopicPartition: Int64], then: @escaping (LogError?) -> Void) {
        if isClosed || offsets.isEmpty {
            let error = isClosed ? closedError("commit") : nil
            host.after(0) { then(error) }
            return
        }
        guard let membership, (membership.generation, membership.memberID) == (identity.generation, identity.memberID)
        else {
            let error = LogError(
                .rejoin, "commit \(offsets.count) offsets of group \(group): the group has moved on")
            host.after(0) { then(error) }
            return
        }
        let topics = offsets.keys.sorted().byTopic().map { topic in
            OffsetCommitRequest.Topic(
                name: topic.topic,
                partitions: topic.partitions.map { partition in
                    OffsetCommitRequest.Partition(
                        partitionIndex: partition,
                        committedOffset: offsets[TopicPartition(topic: topic.topic, partition: partition)] ?? -1,
                        committedMetadata: offsetMetadata)
                })
        }
        let request = OffsetCommitRequest(
            groupID: group, generationID: identity.generation, memberID: identity.memberID,
            groupInstanceID: instanceID, topics: topics)
        let call = GroupCall(
            doing: "commit \(offsets.count) offsets of group \(group)", request: .offsetCommit(request), version: 7,
            deadline: host.timeline.now &+ settings.questionTimeout)
        let read = { Self.commitment(in: $0, call.doing) }
        run(call, read: read) { result in
            switch result {
            case .success: then(nil)
            case .failure(var error):
                // A static member that has joined again is refused under its old id, and is not replaced by anyone.
                if error.code == .fenced { error.code = .rejoin }
                then(error)
            }
        }
    }

    private static func commitment(in response: AnyResponse, _ doing: String) -> Reading<Void>? {
        guard case .offsetCommit(let response) = response else { return nil }
        for topic in response.topics {
            for partition in topic.partitions where partition.errorCode != .none {
                let place = TopicPartition(topic: topic.name, partition: partition.partitionIndex)
                return .refusal(partition.errorCode, doing, place)
            }
        }
        return .answer(())
    }

    // MARK: Calls

    /// A request to the coordinator that is sent again until its time is over.
    private struct GroupCall {
        var doing: String
        var request: AnyRequest
        var version: Int16
        var deadline: Int64
    }

    /// An answer is waited for to the end, not only for `requestTimeout`: it may stand behind a join.
    private func run<Answer>(
        _ call: GroupCall, read: @escaping (AnyResponse) -> Reading<Answer>?,
        then: @escaping (Result<Answer, LogError>) -> Void
    ) {
        let timeout = max(1, call.deadline &- host.timeline.now)
        coordinator.send(call.request, version: call.version, timeout: timeout) { [self] result in
            noteCoordinator(result)
            let failure: LogError
            switch result {
            case .success(let response):
                switch read(response) {
                case .answer(let answer): return then(.success(answer))
                case .failed(let error): return then(.failure(error))
                case .again(let error): failure = error
                case nil: return then(.failure(LogError(.other, "\(call.doing): another answer")))
                }
            case .failure(let cause): failure = LogError(cause, doing: call.doing)
            }
            guard !isClosed, host.timeline.now &+ settings.retryBackoff < call.deadline else {
                return then(.failure(failure))
            }
            host.after(settings.retryBackoff) { self.run(call, read: read, then: then) }
        }
    }
}

extension Reading {
    fileprivate static func refusal(_ error: ErrorCode, _ doing: String, _ place: TopicPartition? = nil) -> Self {
        let failure = LogError(error, doing: doing, place: place)
        return error.isPassing ? .again(failure) : .failed(failure)
    }
}
