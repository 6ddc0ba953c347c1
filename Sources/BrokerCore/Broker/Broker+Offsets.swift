public import EventLog
internal import KafkaProtocol

extension Broker {
    /// ListOffsets. What a timestamp asks for is looked up in stored bytes by the host.
    mutating func listOffsets(_ request: ListOffsetsRequest, _ caller: Caller, _ step: inout Step) {
        let isolation: ReadIsolation = request.isolationLevel == .readCommitted ? .readCommitted : .readUncommitted
        var response = ListOffsetsResponse()
        var reads: [LogRead] = []
        var seen: Set<TopicPartition> = []
        for (topicNumber, topic) in request.topics.enumerated() {
            var listed = ListOffsetsResponse.Topic(name: topic.name)
            for (number, partition) in topic.partitions.enumerated() {
                let place = TopicPartition(topic: topic.name, partition: partition.partitionIndex)
                var answer = ListOffsetsResponse.Partition(partitionIndex: partition.partitionIndex)
                if !seen.insert(place).inserted {
                    answer.errorCode = .invalidRequest
                } else if let log = partitions[place] {
                    answer.errorCode = nodes.check(
                        place, at: caller.node, leaderEpoch: partition.currentLeaderEpoch)
                    if answer.errorCode == .none,
                        let read = lookUp(partition.timestamp, in: log, of: place, isolation, &answer)
                    {
                        reads.append(
                            .offset(topic: topicNumber, partition: number, of: place, read.0, read.1, isolation))
                    }
                } else {
                    answer.errorCode = .unknownTopicOrPartition
                }
                listed.partitions.append(answer)
            }
            response.topics.append(listed)
        }
        step.reply(caller.token, .listOffsets(response), reads: reads)
    }

    /// Answers from the log's metadata, or says where to look.
    private func lookUp(
        _ timestamp: Int64, in log: PartitionLog, of place: TopicPartition, _ isolation: ReadIsolation,
        _ answer: inout ListOffsetsResponse.Partition
    ) -> (BatchCandidate, OffsetQuery)? {
        guard let query = OffsetQuery(wire: timestamp) else {
            answer.errorCode = .unsupportedVersion
            return nil
        }
        switch log.lookUp(query, isolation: isolation) {
        case .offset(let offset):
            answer.offset = offset
            answer.leaderEpoch = nodes.epoch(at: offset, of: place)
            return nil
        case .batch(let candidate): return (candidate, query)
        case .none: return nil
        }
    }

    /// Where to look on when a candidate has no record that a query asks for: compaction may have removed it.
    public func nextCandidate(
        in place: TopicPartition, behind candidate: BatchCandidate, _ query: OffsetQuery, isolation: ReadIsolation
    ) -> BatchCandidate? {
        guard let log = partitions[place] else { return nil }
        let next = candidate.lastOffset.clampedSum(1)
        switch query {
        case .earliest, .latest: return nil
        case .timestamp(let timestamp):
            return log.candidate(atOrAfter: timestamp, from: next, isolation: isolation)
        case .maxTimestamp:
            guard let latest = log.index.entries.last?.latestTimestamp else { return nil }
            return log.candidate(atOrAfter: latest, from: next, isolation: .readUncommitted)
        }
    }

    /// The epoch of the leader that wrote the record at an offset.
    public func leaderEpoch(at offset: Int64, in place: TopicPartition) -> Int32 { nodes.epoch(at: offset, of: place) }

    /// OffsetForLeaderEpoch (KIP-101, KIP-320): where the next epoch begins, or the log ends.
    func endOffsets(_ request: OffsetForLeaderEpochRequest, _ caller: Caller) -> OffsetForLeaderEpochResponse {
        OffsetForLeaderEpochResponse(
            topics: request.topics.map { topic in
                .init(
                    name: topic.name,
                    partitions: topic.partitions.map { partition in
                        let place = TopicPartition(topic: topic.name, partition: partition.partitionIndex)
                        return endOffset(of: place, partition, caller)
                    })
            })
    }

    private func endOffset(
        of place: TopicPartition, _ partition: OffsetForLeaderEpochRequest.Partition, _ caller: Caller
    ) -> OffsetForLeaderEpochResponse.Partition {
        var answer = OffsetForLeaderEpochResponse.Partition(partitionIndex: place.partition)
        guard let log = partitions[place] else {
            answer.errorCode = .unknownTopicOrPartition
            return answer
        }
        answer.errorCode = nodes.check(place, at: caller.node, leaderEpoch: partition.currentLeaderEpoch)
        if answer.errorCode == .none, let end = nodes.end(of: partition.leaderEpoch, of: place) {
            answer.leaderEpoch = end.epoch
            answer.endOffset = end.offset ?? log.endOffset
        }
        return answer
    }
}
