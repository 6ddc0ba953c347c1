internal import EventLog
internal import KafkaProtocol

extension Broker {
    /// InitProducerId. Id and epoch come together or not at all (KIP-360).
    mutating func initProducer(_ request: InitProducerIDRequest, _ caller: Caller, _ step: inout Step) {
        guard (request.producerID == -1) == (request.producerEpoch == -1) else {
            return step.reply(
                caller.token, .initProducerID(InitProducerIDResponse(errorCode: .invalidRequest)))
        }
        let producer = ProducerIdentity(producerID: request.producerID, epoch: request.producerEpoch)
        let initialize = InitProducerRequest(
            transactionalID: request.transactionalID, transactionTimeout: request.transactionTimeoutMs,
            expected: request.producerID == -1 ? nil : producer)
        run(transactions.initProducer(initialize, token: caller.token, now: step.now), &step) { reply in
            guard case .initProducer(let answer) = reply else { return nil }
            return .initProducerID(
                InitProducerIDResponse(
                    errorCode: Self.fencing(answer.error, caller, knownSince: 4),
                    producerID: answer.producer.producerID, producerEpoch: answer.producer.epoch))
        }
    }

    /// AddPartitionsToTxn: all partitions or none.
    mutating func addPartitions(_ request: AddPartitionsToTxnRequest, _ caller: Caller, _ step: inout Step) {
        let places = request.topics.flatMap { topic in
            topic.partitions.map { TopicPartition(topic: topic.name, partition: $0) }
        }
        let unknown = places.filter { !topics.contains($0) }
        let add = AddPartitionsRequest(
            transactionalID: request.transactionalID,
            producer: ProducerIdentity(producerID: request.producerID, epoch: request.producerEpoch),
            partitions: places,
            refused: Dictionary(unknown.map { ($0, .unknownTopicOrPartition) }) { first, _ in first })
        run(transactions.addPartitions(add, token: caller.token, now: step.now), &step) { reply in
            guard case .addPartitions(let results) = reply else { return nil }
            return .addPartitionsToTxn(
                AddPartitionsToTxnResponse(
                    topics: results.runs(of: \.partition.topic).map { topic, results in
                        .init(
                            name: topic,
                            partitions: results.map {
                                .init(
                                    partitionIndex: $0.partition.partition,
                                    errorCode: Self.fencing($0.error, caller, knownSince: 2))
                            })
                    }))
        }
    }

    /// AddOffsetsToTxn.
    mutating func addOffsets(_ request: AddOffsetsToTxnRequest, _ caller: Caller, _ step: inout Step) {
        let add = AddOffsetsRequest(
            transactionalID: request.transactionalID,
            producer: ProducerIdentity(producerID: request.producerID, epoch: request.producerEpoch),
            groupID: request.groupID)
        run(transactions.addOffsets(add, token: caller.token, now: step.now), &step) { reply in
            guard case .addOffsets(let error) = reply else { return nil }
            return .addOffsetsToTxn(
                AddOffsetsToTxnResponse(errorCode: Self.fencing(error, caller, knownSince: 2)))
        }
    }

    /// EndTxn.
    mutating func endTransaction(_ request: EndTxnRequest, _ caller: Caller, _ step: inout Step) {
        let end = EndTransactionRequest(
            transactionalID: request.transactionalID,
            producer: ProducerIdentity(producerID: request.producerID, epoch: request.producerEpoch),
            result: request.committed ? .commit : .abort)
        run(transactions.end(end, token: caller.token, now: step.now), &step) { reply in
            guard case .end(let error) = reply else { return nil }
            return .endTxn(EndTxnResponse(errorCode: Self.fencing(error, caller, knownSince: 2)))
        }
    }

    /// Older versions know PRODUCER_FENCED by another name (KIP-588).
    private static func fencing(_ error: ErrorCode, _ caller: Caller, knownSince version: Int16) -> ErrorCode {
        error == .producerFenced && caller.version < version ? .invalidProducerEpoch : error
    }

    // MARK: Views

    /// DescribeProducers (KIP-664).
    func describeProducers(_ request: DescribeProducersRequest, _ caller: Caller) -> DescribeProducersResponse {
        var seen: Set<TopicPartition> = []
        return DescribeProducersResponse(
            topics: request.topics.map { topic in
                .init(
                    name: topic.name,
                    partitions: topic.partitions.map { number in
                        let place = TopicPartition(topic: topic.name, partition: number)
                        guard seen.insert(place).inserted else {
                            return .init(
                                partitionIndex: number, errorCode: .invalidRequest,
                                errorMessage: "the partition is named twice")
                        }
                        return describeProducers(of: place, at: caller.node)
                    })
            })
    }

    private func describeProducers(of place: TopicPartition, at node: Int32) -> DescribeProducersResponse.Partition {
        guard let log = partitions[place] else {
            return .init(
                partitionIndex: place.partition, errorCode: .unknownTopicOrPartition,
                errorMessage: "there is no such partition")
        }
        let error = nodes.check(place, at: node, .replica)
        guard error == .none else {
            return .init(
                partitionIndex: place.partition, errorCode: error, errorMessage: "node \(node) has no copy of it")
        }
        return .init(
            partitionIndex: place.partition,
            activeProducers: log.describeProducers().map {
                .init(
                    producerID: $0.producerID, producerEpoch: Int32($0.state.producerEpoch),
                    lastSequence: $0.state.lastSequence, lastTimestamp: $0.state.lastTimestamp,
                    coordinatorEpoch: $0.state.coordinatorEpoch, currentTxnStartOffset: $0.transactionStart ?? -1)
            })
    }

    /// DescribeTransactions (KIP-664).
    func describeTransactions(
        _ request: DescribeTransactionsRequest, _ caller: Caller
    ) -> DescribeTransactionsResponse {
        var seen: Set<String> = []
        return DescribeTransactionsResponse(
            transactions: request.transactionalIDs.filter { seen.insert($0).inserted }.map { transactionalID in
                let error = check(transactionalID: transactionalID, at: caller.node)
                guard error == .none else { return .init(errorCode: error, transactionalID: transactionalID) }
                let transaction = transactions.describe(transactionalID: transactionalID)
                return .init(
                    errorCode: transaction.error, transactionalID: transactionalID, state: transaction.state,
                    timeoutMs: transaction.timeout, startTimeMs: transaction.startTime,
                    producerID: transaction.producer.producerID, producerEpoch: transaction.producer.epoch,
                    topics: transaction.partitions.runs(of: \.topic).map { topic, places in
                        .init(name: topic, partitions: places.map(\.partition))
                    })
            })
    }

    /// ListTransactions (KIP-664, KIP-994).
    func listTransactions(
        _ request: ListTransactionsRequest, _ caller: Caller, now: Int64
    ) -> ListTransactionsResponse {
        let listing = transactions.list(
            producerIDs: request.producerIDFilters, states: request.stateFilters,
            longerThan: request.durationFilterMs, now: now)
        return ListTransactionsResponse(
            errorCode: transactions.isLoading ? .coordinatorLoadInProgress : .none,
            unknownStateFilters: listing.unknownStates,
            transactions: listing.transactions.filter {
                check(transactionalID: $0.transactionalID, at: caller.node) == .none
            }.map {
                .init(transactionalID: $0.transactionalID, producerID: $0.producerID, state: $0.state)
            })
    }
}
