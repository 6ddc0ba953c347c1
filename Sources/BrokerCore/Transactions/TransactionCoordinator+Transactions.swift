public import EventLog
public import KafkaProtocol

extension TransactionCoordinator {
    /// AddPartitionsToTxn. Answered by `.addPartitions`: the first one begins the transaction.
    public mutating func addPartitions(
        _ request: AddPartitionsRequest, token: RequestToken, now: Int64
    ) -> [TransactionEffect] {
        var step = Step(now: now)
        let results: [PartitionResult]
        if request.refused.isEmpty {
            let error = add(request.partitions, [], request.transactionalID, request.producer, &step)
            results = request.partitions.map { PartitionResult($0, error) }
        } else {
            results = request.partitions.map { PartitionResult($0, request.refused[$0] ?? .operationNotAttempted) }
        }
        step.reply(token, .addPartitions(results))
        return step.outcome
    }

    /// AddOffsetsToTxn. Answered by `.addOffsets`.
    public mutating func addOffsets(
        _ request: AddOffsetsRequest, token: RequestToken, now: Int64
    ) -> [TransactionEffect] {
        var step = Step(now: now)
        let error =
            request.groupID.isEmpty
            ? .invalidGroupID : add([], [request.groupID], request.transactionalID, request.producer, &step)
        step.reply(token, .addOffsets(error))
        return step.outcome
    }

    private mutating func add(
        _ partitions: [TopicPartition], _ groups: [String], _ transactionalID: String, _ producer: ProducerIdentity,
        _ step: inout Step
    ) -> ErrorCode {
        if transactionalID.isEmpty { return .invalidRequest }
        if loading.contains(transactionalID) { return .coordinatorLoadInProgress }
        let error = validate(transactionalID, producer)
        guard error == .none, var record = records[transactionalID] else { return error }
        switch record.state {
        case .prepareCommit, .prepareAbort: return .concurrentTransactions
        case .ongoing:
            let isOld = Set(partitions).isSubset(of: record.partitions) && Set(groups).isSubset(of: record.groups)
            if isOld { return .none }
        case .empty, .completeCommit, .completeAbort:
            record.startTime = step.now
            // Who begins a transaction has got the answer to its InitProducerId, and does not repeat that any more.
            record.lastProducerEpoch = -1
            record.partitions = []
            record.groups = []
        }
        record.state = .ongoing
        record.partitions = Set(record.partitions).union(partitions).sorted()
        record.groups = Set(record.groups).union(groups).sorted()
        update(record, &step)
        return .none
    }

    /// Whether a producer is the current one of its transactional id.
    private func validate(_ transactionalID: String, _ producer: ProducerIdentity) -> ErrorCode {
        guard let record = records[transactionalID], record.producerID == producer.producerID else {
            return .invalidProducerIDMapping
        }
        return record.producerEpoch == producer.epoch ? .none : .producerFenced
    }

    /// EndTxn. Answered by `.end` as soon as the decision is journaled, before the markers are written. Who repeats it
    /// gets `concurrentTransactions` until they are, and `none` from then on.
    public mutating func end(
        _ request: EndTransactionRequest, token: RequestToken, now: Int64
    ) -> [TransactionEffect] {
        var step = Step(now: now)
        step.reply(token, .end(end(request, &step)))
        return step.outcome
    }

    private mutating func end(_ request: EndTransactionRequest, _ step: inout Step) -> ErrorCode {
        if request.transactionalID.isEmpty { return .invalidRequest }
        if loading.contains(request.transactionalID) { return .coordinatorLoadInProgress }
        let error = validate(request.transactionalID, request.producer)
        guard error == .none, var record = records[request.transactionalID] else { return error }
        switch record.state {
        case .ongoing:
            switch request.result {
            case .commit: record.state = .prepareCommit
            case .abort: record.state = .prepareAbort
            }
            update(record, &step)
            step.markers += markers(of: record).map { [$0] } ?? []
            return .none
        case .prepareCommit, .prepareAbort:
            return record.state.pendingResult == request.result ? .concurrentTransactions : .invalidTransactionState
        case .completeCommit, .completeAbort:
            return record.state.finalResult == request.result ? .none : .invalidTransactionState
        case .empty: return .invalidTransactionState
        }
    }

    /// All markers of a transaction are written. Said twice, or of a transaction that has long been over, it does
    /// nothing.
    ///
    /// `producerEpoch` is that of the markers.
    public mutating func markersWritten(
        transactionalID: String, producerID: Int64, producerEpoch: Int16, now: Int64
    ) -> [TransactionEffect] {
        guard var record = records[transactionalID],
            record.producer == ProducerIdentity(producerID: producerID, epoch: producerEpoch),
            let result = record.state.pendingResult
        else { return [] }
        var step = Step(now: now)
        switch result {
        case .commit: record.state = .completeCommit
        case .abort: record.state = .completeAbort
        }
        record.partitions = []
        record.groups = []
        update(record, &step)
        return step.outcome
    }

    // MARK: Verification

    /// Whether a producer may write the first batch of its transaction into a partition (KIP-890, part 1): `none`;
    /// `invalidTransactionState` if the partition was not added; `concurrentTransactions` while markers are being written;
    /// `invalidProducerEpoch` for who is fenced; `invalidProducerIDMapping` if it has another producer id.
    ///
    /// A client takes `concurrentTransactions` for a reason to try again, as it does Kafka's: what is late may so end up in
    /// the next transaction.
    public func mayProduce(
        transactionalID: String, producer: ProducerIdentity, partition: TopicPartition
    ) -> ErrorCode {
        verify(transactionalID, producer) { $0.partitions.contains(partition) }
    }

    /// Whether the id's transaction is decided and not ended everywhere.
    public func isEnding(_ transactionalID: String) -> Bool { records[transactionalID]?.state.pendingResult != nil }

    /// Whether a producer may commit offsets of a group within its transaction; errors as `mayProduce` has them.
    public func mayCommitOffsets(
        transactionalID: String, producer: ProducerIdentity, groupID: String
    ) -> ErrorCode {
        verify(transactionalID, producer) { $0.groups.contains(groupID) }
    }

    private func verify(
        _ transactionalID: String, _ producer: ProducerIdentity, _ isAdded: (TransactionRecord) -> Bool
    ) -> ErrorCode {
        if loading.contains(transactionalID) { return .coordinatorLoadInProgress }
        guard let record = records[transactionalID], record.producerID == producer.producerID else {
            return .invalidProducerIDMapping
        }
        if record.producerEpoch != producer.epoch { return .invalidProducerEpoch }
        if record.state.pendingResult != nil { return .concurrentTransactions }
        return record.state == .ongoing && isAdded(record) ? .none : .invalidTransactionState
    }

    // MARK: Administration

    /// DescribeTransactions, for one transactional id.
    public func describe(transactionalID: String) -> TransactionDescription {
        let isLoading = loading.contains(transactionalID)
        guard !isLoading, let record = records[transactionalID] else {
            let missing: ErrorCode = isLoading ? .coordinatorLoadInProgress : .transactionalIDNotFound
            return TransactionDescription(
                error: transactionalID.isEmpty ? .invalidRequest : missing,
                transactionalID: transactionalID, state: "", timeout: 0, startTime: 0,
                producer: ProducerIdentity(producerID: 0, epoch: 0), partitions: [])
        }
        return TransactionDescription(
            error: .none, transactionalID: transactionalID, state: record.state.name, timeout: record.timeout,
            startTime: record.startTime, producer: record.producer, partitions: record.partitions)
    }

    /// Whether ``list(producerIDs:states:longerThan:now:)`` may leave out transactions that are still being read.
    public var isLoading: Bool { loading.isUnderway }

    /// ListTransactions. `states` are names; no producer ids or states means all; `longerThan` in milliseconds, -1 for
    /// any (KIP-994).
    public func list(
        producerIDs: [Int64] = [], states: [String] = [], longerThan: Int64 = -1, now: Int64
    ) -> TransactionListing {
        let known = Set(TransactionState.allCases.map(\.name))
        let lines = records.values.filter { record in
            !loading.contains(record.transactionalID)
                && (producerIDs.isEmpty || producerIDs.contains(record.producerID))
                && (states.isEmpty || states.contains(record.state.name))
                && (longerThan < 0 || now &- record.startTime > longerThan)
        }
        return TransactionListing(
            unknownStates: states.filter { !known.contains($0) },
            transactions: lines.sorted { $0.transactionalID < $1.transactionalID }.map {
                .init(transactionalID: $0.transactionalID, producerID: $0.producerID, state: $0.state.name)
            })
    }
}
