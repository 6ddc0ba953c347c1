internal import EventLog
internal import KafkaProtocol

extension Broker {
    /// OffsetCommit. Partitions that are not there are refused, the others committed.
    mutating func commit(
        _ request: KafkaProtocol.OffsetCommitRequest, _ caller: Caller, _ step: inout Step
    ) {
        let places = request.topics.flatMap { topic in
            topic.partitions.map { partition in
                OffsetToCommit(
                    partition: TopicPartition(topic: topic.name, partition: partition.partitionIndex),
                    offset: partition.committedOffset, leaderEpoch: partition.committedLeaderEpoch,
                    metadata: partition.committedMetadata)
            }
        }
        let known = places.filter { topics.contains($0.partition) }
        let commit = OffsetCommitRequest(
            groupID: request.groupID,
            member: MemberIdentity(
                memberID: request.memberID, instanceID: request.groupInstanceID, generation: request.generationID),
            offsets: known)
        run(groups.commit(commit, token: caller.token, now: step.now), &step) { reply in
            guard case .commit(let results) = reply else { return nil }
            return .offsetCommit(OffsetCommitResponse(Self.merge(places.map(\.partition), results)))
        }
    }

    /// TxnOffsetCommit (KIP-98, KIP-447): the group must be part of the producer's open transaction.
    mutating func commit(_ request: TxnOffsetCommitRequest, _ caller: Caller, _ step: inout Step) {
        let offsets = request.topics.flatMap { topic in
            topic.partitions.map { partition in
                OffsetToCommit(
                    partition: TopicPartition(topic: topic.name, partition: partition.partitionIndex),
                    offset: partition.committedOffset, leaderEpoch: partition.committedLeaderEpoch,
                    metadata: partition.committedMetadata)
            }
        }
        let error = mayCommit(request)
        guard error == .none else {
            let results = offsets.map { PartitionResult($0.partition, error) }
            return step.reply(caller.token, .txnOffsetCommit(TxnOffsetCommitResponse(results)))
        }
        let commit = TransactionalOffsetCommitRequest(
            groupID: request.groupID, producerID: request.producerID, producerEpoch: request.producerEpoch,
            member: MemberIdentity(
                memberID: request.memberID, instanceID: request.groupInstanceID, generation: request.generationID),
            offsets: offsets.filter { topics.contains($0.partition) })
        run(groups.commitTransactional(commit, token: caller.token, now: step.now), &step) { reply in
            guard case .commit(let results) = reply else { return nil }
            return .txnOffsetCommit(TxnOffsetCommitResponse(Self.merge(offsets.map(\.partition), results)))
        }
    }

    /// As with batches: a group that has offsets of the producer's open transaction takes more of them, whatever the
    /// transaction coordinator knows by now.
    private func mayCommit(_ request: TxnOffsetCommitRequest) -> ErrorCode {
        if groups.isLoading(request.groupID) { return .coordinatorLoadInProgress }
        if groups.hasOpenTransaction(of: request.producerID, groupID: request.groupID) { return .none }
        return transactions.mayCommitOffsets(
            transactionalID: request.transactionalID,
            producer: ProducerIdentity(producerID: request.producerID, epoch: request.producerEpoch),
            groupID: request.groupID)
    }

    /// OffsetDelete (KIP-496).
    mutating func deleteOffsets(_ request: OffsetDeleteRequest, _ caller: Caller, _ step: inout Step) {
        let places = request.topics.flatMap { topic in
            topic.partitions.map { TopicPartition(topic: topic.name, partition: $0) }
        }
        let known = places.filter { topics.contains($0) }
        run(
            groups.deleteOffsets(
                groupID: request.groupID, partitions: known, token: caller.token, now: step.now), &step
        ) { reply in
            guard case .deleteOffsets(var answer) = reply else { return nil }
            if answer.error == .none { answer.partitions = Self.merge(places, answer.partitions) }
            return .offsetDelete(OffsetDeleteResponse(answer))
        }
    }

    /// The results of all places of a request: those without one are not there.
    private static func merge(_ places: [TopicPartition], _ results: [PartitionResult]) -> [PartitionResult] {
        if places.count == results.count { return results }
        let errors = Dictionary(results.map { ($0.partition, $0.error) }) { first, _ in first }
        return places.map { PartitionResult($0, errors[$0] ?? .unknownTopicOrPartition) }
    }

    /// OffsetFetch, for one group or several.
    ///
    /// Below version 2 there is no error of a whole group.
    func fetchOffsets(_ request: OffsetFetchRequest, _ caller: Caller) -> OffsetFetchResponse {
        var seen: Set<OffsetFetchRequest.Group> = []
        return OffsetFetchResponse(
            groups: request.groups.filter { seen.insert($0).inserted }.map { group in
                let error = check(group: group.groupID, at: caller.node)
                guard error == .none else { return ErrorAnswer.offsetFetch(group, error) }
                let places = group.topics?.flatMap { topic in
                    topic.partitionIndexes.map { TopicPartition(topic: topic.name, partition: $0) }
                }
                var offsets = groups.fetchOffsets(
                    groupID: group.groupID, partitions: places, requireStable: request.requireStable)
                if groups.isLoading(group.groupID) {
                    let error = ErrorCode.coordinatorLoadInProgress
                    if caller.version >= 2 { return .init(groupID: group.groupID, errorCode: error) }
                    offsets = offsets.map { FetchedOffset(partition: $0.partition, error: error) }
                }
                return .init(
                    groupID: group.groupID,
                    topics: offsets.runs(of: \.partition.topic).map { topic, offsets in
                        .init(
                            name: topic,
                            partitions: offsets.map {
                                .init(
                                    partitionIndex: $0.partition.partition, committedOffset: $0.offset,
                                    committedLeaderEpoch: $0.leaderEpoch, metadata: $0.metadata, errorCode: $0.error)
                            })
                    })
            })
    }
}

extension Array {
    /// Neighbours with the same topic together.
    func runs(of topic: (Element) -> String) -> [(topic: String, elements: [Element])] {
        var runs: [(topic: String, elements: [Element])] = []
        for element in self {
            let topic = topic(element)
            if runs.last?.topic == topic {
                runs[runs.count - 1].elements.append(element)
            } else {
                runs.append((topic, [element]))
            }
        }
        return runs
    }
}

extension OffsetCommitResponse {
    init(_ results: [PartitionResult]) {
        self.init(
            topics: results.runs(of: \.partition.topic).map { topic, results in
                .init(
                    name: topic,
                    partitions: results.map {
                        .init(partitionIndex: $0.partition.partition, errorCode: $0.error)
                    })
            })
    }
}

extension TxnOffsetCommitResponse {
    fileprivate init(_ results: [PartitionResult]) {
        self.init(
            topics: results.runs(of: \.partition.topic).map { topic, results in
                .init(
                    name: topic,
                    partitions: results.map {
                        .init(partitionIndex: $0.partition.partition, errorCode: $0.error)
                    })
            })
    }
}

extension OffsetDeleteResponse {
    init(_ answer: DeleteOffsetsAnswer) {
        self.init(
            errorCode: answer.error,
            topics: answer.partitions.runs(of: \.partition.topic).map { topic, results in
                .init(
                    name: topic,
                    partitions: results.map {
                        .init(partitionIndex: $0.partition.partition, errorCode: $0.error)
                    })
            })
    }
}
