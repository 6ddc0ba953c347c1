internal import KafkaProtocol

extension TransactionCoordinator {
    /// From here on an epoch is not given out (KIP-360): the one above must be left for fencing.
    static let exhaustedEpoch: Int16 = .max - 1

    /// InitProducerId. Answered by `.initProducer`.
    ///
    /// An open transaction of the same transactional id is aborted first, and its producer fenced; the answer is
    /// `concurrentTransactions` then, as it is while markers are being written. The client tries again.
    public mutating func initProducer(
        _ request: InitProducerRequest, token: RequestToken, now: Int64
    ) -> [TransactionEffect] {
        var step = Step(now: now)
        step.reply(token, .initProducer(initProducer(request, &step)))
        return step.outcome
    }

    private mutating func initProducer(_ request: InitProducerRequest, _ step: inout Step) -> InitProducerAnswer {
        guard let transactionalID = request.transactionalID else {
            return InitProducerAnswer(ProducerIdentity(producerID: makeProducerID(&step), epoch: 0))
        }
        if transactionalID.isEmpty { return InitProducerAnswer(error: .invalidRequest) }
        if loading.contains(transactionalID) { return InitProducerAnswer(error: .coordinatorLoadInProgress) }
        guard 1...max(1, configuration.maximumTimeout) ~= request.transactionTimeout else {
            return InitProducerAnswer(error: .invalidTransactionTimeout)
        }
        guard let record = records[transactionalID] else {
            return become(create(transactionalID, request, &step), &step)
        }
        guard isKnown(request.expected, record) else { return InitProducerAnswer(error: .producerFenced) }
        switch record.state {
        case .prepareCommit, .prepareAbort: return InitProducerAnswer(error: .concurrentTransactions)
        case .ongoing:
            // As in Kafka nobody looks at the epoch here: a stale producer aborts its successor's transaction, and is
            // fenced when it asks again.
            if let expected = request.expected, expected != record.producer { encounters.abortsByStaleProducers += 1 }
            fence(record, &step)
            return InitProducerAnswer(error: .concurrentTransactions)
        case .empty, .completeCommit, .completeAbort:
            guard let next = succeed(record, request, &step) else { return InitProducerAnswer(error: .producerFenced) }
            return become(next, &step)
        }
    }

    private mutating func become(_ record: TransactionRecord, _ step: inout Step) -> InitProducerAnswer {
        update(record, &step)
        return InitProducerAnswer(record.producer)
    }

    private mutating func create(
        _ transactionalID: String, _ request: InitProducerRequest, _ step: inout Step
    ) -> TransactionRecord {
        TransactionRecord(
            transactionalID: transactionalID, state: .empty, producerID: makeProducerID(&step), producerEpoch: 0,
            lastProducerEpoch: -1, previousProducerID: -1, timeout: request.transactionTimeout, startTime: -1,
            updateTime: step.now, partitions: [], groups: [])
    }

    /// Whether the producer that asks to go on (KIP-360) has, or had before its epochs were used up, this id.
    private func isKnown(_ expected: ProducerIdentity?, _ record: TransactionRecord) -> Bool {
        guard let expected, expected.producerID != record.producerID else { return true }
        return expected.producerID == record.previousProducerID && expected.epoch >= Self.exhaustedEpoch
    }

    /// What comes after a transaction that is over; nil for who is fenced.
    private mutating func succeed(
        _ record: TransactionRecord, _ request: InitProducerRequest, _ step: inout Step
    ) -> TransactionRecord? {
        var next = record
        next.state = .empty
        next.timeout = request.transactionTimeout
        next.startTime = -1
        next.partitions = []
        next.groups = []
        if let expected = request.expected, expected != record.producer {
            // It asked before, and did not get the answer. Nobody else has asked since, or there would be no last one.
            let last = ProducerIdentity(producerID: record.previousProducerID, epoch: record.lastProducerEpoch)
            return expected == last && last.epoch >= 0 ? next : nil
        }
        next.lastProducerEpoch = request.expected == nil ? -1 : record.producerEpoch
        next.previousProducerID = record.producerID
        if record.producerEpoch >= Self.exhaustedEpoch {
            next.producerID = makeProducerID(&step)
            next.producerEpoch = 0
        } else {
            next.producerEpoch += 1
        }
        return next
    }
}
