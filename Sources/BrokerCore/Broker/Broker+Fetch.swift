public import EventLog
internal import KafkaProtocol

/// What a fetch gets.
private struct FetchOutcome {
    var response = FetchResponse()
    var reads: [LogRead] = []
    var byteCount = 0
    /// Something that the client must be told at once.
    var hasError = false
    /// A partition has more to read than there is room for.
    var isLimited = false
}

/// Why a partition can't be read.
private struct FetchRefusal: Error {
    var errorCode: ErrorCode
}

extension Broker {
    /// All that a reader of committed records finds in a partition; nil where there is none.
    public func committed(of place: TopicPartition) -> FetchSlice? {
        guard let log = partitions[place] else { return nil }
        return try? log.fetch(from: log.startOffset, maxBytes: .max, atLeastOne: true, isolation: .readCommitted)
    }

    /// Fetch. Answered at once when there is enough to read, or an error; else parked until there is, or its time is over.
    ///
    /// Fetch sessions (KIP-227) are refused as the protocol provides for it: who asks for one gets a whole answer
    /// and session 0, "none".
    mutating func fetch(_ request: FetchRequest, _ caller: Caller, _ step: inout Step) {
        // -1 asks for no session and 0 for a new one, whatever session was before; everything else continues one.
        guard request.sessionEpoch == 0 || request.sessionEpoch == -1 else {
            return step.reply(caller.token, .fetch(FetchResponse(errorCode: .fetchSessionIDNotFound)))
        }
        let reader = FetchReader(caller)
        let outcome = read(request, reader)
        if request.maxWaitMs <= 0 || isEnough(outcome, for: request) {
            return step.reply(caller.token, .fetch(outcome.response), reads: outcome.reads)
        }
        let deadline = step.now.clampedSum(Int64(request.maxWaitMs))
        fetches.park(
            ParkedFetch(request: request, reader: reader, deadline: deadline, places: request.places), as: caller.token)
    }

    /// Answers the parked fetches for which there is enough now. The last thing that a step does.
    mutating func answerFetches(_ step: inout Step) {
        guard !step.touched.isEmpty else { return }
        for token in fetches.tokens(waitingFor: step.touched) {
            guard let fetch = fetches[token] else { continue }
            let outcome = read(fetch.request, fetch.reader)
            guard isEnough(outcome, for: fetch.request) else { continue }
            fetches.remove(token)
            step.reply(token, .fetch(outcome.response), reads: outcome.reads)
        }
        step.touched = []
    }

    /// Answers the parked fetches whose time is over with what there is.
    mutating func expireFetches(_ step: inout Step) {
        for token in fetches.due(now: step.now) {
            guard let fetch = fetches[token] else { continue }
            let outcome = read(fetch.request, fetch.reader)
            fetches.remove(token)
            step.reply(token, .fetch(outcome.response), reads: outcome.reads)
        }
    }

    private func isEnough(_ outcome: FetchOutcome, for request: FetchRequest) -> Bool {
        // What fills the answer as far as the client allows is enough, even if it is less than it wants to wait for.
        if outcome.hasError || outcome.isLimited || outcome.byteCount >= Int(request.minBytes) { return true }
        return request.topics.allSatisfy(\.partitions.isEmpty)
    }

    private func read(_ request: FetchRequest, _ reader: FetchReader) -> FetchOutcome {
        var outcome = FetchOutcome()
        let limit = Int(max(0, min(request.maxBytes, configuration.maximumFetchBytes)))
        let isolation: ReadIsolation = request.isolationLevel == .readCommitted ? .readCommitted : .readUncommitted
        outcome.response.topics.reserveCapacity(request.topics.count)
        for (topicNumber, topic) in request.topics.enumerated() {
            var read = FetchResponse.Topic(name: topic.name)
            read.partitions.reserveCapacity(topic.partitions.count)
            for (number, partition) in topic.partitions.enumerated() {
                let place = TopicPartition(topic: topic.name, partition: partition.partitionIndex)
                do {
                    let room = min(limit - outcome.byteCount, Int(max(0, partition.partitionMaxBytes)))
                    let slice = try slice(
                        partition, of: place, room: room, isFirst: outcome.byteCount == 0, isolation,
                        reader)
                    read.partitions.append(FetchResponse.Partition(partition.partitionIndex, slice))
                    if partitions[place]?.hasMore(than: slice, isolation) == true { outcome.isLimited = true }
                    guard slice.batchCount > 0 else { continue }
                    outcome.byteCount += slice.byteCount
                    outcome.reads.append(.records(topic: topicNumber, partition: number, of: place, slice))
                } catch {
                    outcome.hasError = true
                    read.partitions.append(
                        FetchResponse.Partition(partitionIndex: partition.partitionIndex, errorCode: error.errorCode))
                }
            }
            outcome.response.topics.append(read)
        }
        return outcome
    }

    private func slice(
        _ partition: FetchRequest.Partition, of place: TopicPartition, room: Int, isFirst: Bool,
        _ isolation: ReadIsolation, _ reader: FetchReader
    ) throws(FetchRefusal) -> FetchSlice {
        guard let log = partitions[place] else { throw FetchRefusal(errorCode: .unknownTopicOrPartition) }
        let error = nodes.check(
            place, at: reader.node, leaderEpoch: partition.currentLeaderEpoch, reader.access)
        guard error == .none else { throw FetchRefusal(errorCode: error) }
        do {
            return try log.fetch(
                from: partition.fetchOffset, maxBytes: room, atLeastOne: isFirst, isolation: isolation)
        } catch {
            throw FetchRefusal(errorCode: error.errorCode)
        }
    }
}

extension FetchReader {
    /// From version 11 on every replica gives its records to consumers (KIP-392), so that a consumer whose metadata are
    /// old does not notice that the leader has moved.
    fileprivate init(_ caller: Broker.Caller) {
        self.init(node: caller.node, access: caller.version >= 11 ? .replica : .leader)
    }
}

extension PartitionLog {
    /// Whether there is a batch to read behind a slice.
    fileprivate func hasMore(than slice: FetchSlice, _ isolation: ReadIsolation) -> Bool {
        let next = index.place(of: slice.endOffset)
        return next < index.entries.count && index.entries[next].lastOffset < readableEnd(isolation)
    }
}

extension FetchRequest {
    /// What it looks at, each place once.
    fileprivate var places: [TopicPartition] {
        var seen: Set<TopicPartition> = []
        return topics.flatMap { topic in
            topic.partitions.map { TopicPartition(topic: topic.name, partition: $0.partitionIndex) }
        }.filter { seen.insert($0).inserted }
    }
}

extension FetchResponse.Partition {
    /// All but the bytes.
    fileprivate init(_ number: Int32, _ slice: FetchSlice) {
        self.init(
            partitionIndex: number, highWatermark: slice.highWatermark, lastStableOffset: slice.lastStableOffset,
            logStartOffset: slice.logStartOffset,
            abortedTransactions: slice.abortedTransactions?.map {
                .init(producerID: $0.producerID, firstOffset: $0.firstOffset)
            })
    }
}
