public import EventLog
public import KafkaProtocol

/// Why a partition's batches are not taken.
private struct ProduceRefusal: Error {
    var errorCode: ErrorCode
    var message: String?
    /// The place in its batch of the record that is at fault.
    var record: Int?

    init(_ errorCode: ErrorCode, _ message: String? = nil, record: Int? = nil) {
        self.errorCode = errorCode
        self.message = message
        self.record = record
    }
}

extension Broker {
    /// Produce: each partition for itself. Answered at once, or, with acks 0, not at all.
    mutating func produce(_ request: ProduceRequest, _ caller: Caller, _ step: inout Step) {
        var response = ProduceResponse()
        response.topics.reserveCapacity(request.topics.count)
        for topic in request.topics {
            var partitions: [ProduceResponse.Partition] = []
            partitions.reserveCapacity(topic.partitions.count)
            for partition in topic.partitions {
                let place = TopicPartition(topic: topic.name, partition: partition.partitionIndex)
                partitions.append(produce(partition.records ?? [], to: place, request, caller, &step))
            }
            response.topics.append(ProduceResponse.Topic(name: topic.name, partitions: partitions))
        }
        step.reply(caller.token, request.acks == 0 ? nil : .produce(response))
    }

    private mutating func produce(
        _ payload: [UInt8], to place: TopicPartition, _ request: ProduceRequest, _ caller: Caller, _ step: inout Step
    ) -> ProduceResponse.Partition {
        do {
            let batches = try check(payload, for: place, request, caller)
            let receipt = try append(batches, of: payload, to: place, &step)
            return ProduceResponse.Partition(
                partitionIndex: place.partition, baseOffset: receipt.baseOffset,
                logAppendTimeMs: receipt.logAppendTime, logStartOffset: receipt.logStartOffset)
        } catch {
            let recordErrors = error.record.map {
                [ProduceResponse.RecordError(batchIndex: Int32(clamping: $0), message: error.message)]
            }
            return ProduceResponse.Partition(
                partitionIndex: place.partition, errorCode: error.errorCode, recordErrors: recordErrors ?? [],
                errorMessage: error.message)
        }
    }

    /// All that can be said before the log is asked.
    private mutating func check(
        _ payload: [UInt8], for place: TopicPartition, _ request: ProduceRequest, _ caller: Caller
    ) throws(ProduceRefusal) -> [ClientBatch] {
        guard (-1...1).contains(request.acks) else {
            throw ProduceRefusal(.invalidRequiredAcks, "acks is none of -1, 0 and 1")
        }
        guard let settings = partitions[place]?.settings else {
            throw ProduceRefusal(.unknownTopicOrPartition, "there is no partition \(place.partition) of this topic")
        }
        let error = nodes.check(place, at: caller.node)
        guard error == .none else { throw ProduceRefusal(error, "node \(caller.node) does not lead the partition") }
        let copies = request.acks == -1 ? nodes.inSync(of: place).count : .max
        guard copies >= settings.minInSyncReplicas else {
            throw ProduceRefusal(
                .notEnoughReplicas, "the partition is in sync on \(copies), and min.insync.replicas wants more")
        }
        let batches: [ClientBatch]
        do { batches = try ClientBatch.split(payload) } catch { throw ProduceRefusal(error, version: caller.version) }
        // From version 3 on Kafka takes one batch for a partition at a time.
        guard caller.version < 3 || batches.count == 1 else {
            throw ProduceRefusal(.invalidRecord, "there is more than one batch for the partition")
        }
        for batch in batches where batch.header.attributes.isTransactional {
            try checkTransaction(of: batch.header, in: place, request)
        }
        return batches
    }

    /// Whether the batch belongs to an open transaction that the partition was added to (KIP-890, part 1).
    ///
    /// As in Kafka, a partition that has the producer's open transaction does not ask the coordinator, and so takes batches
    /// until its marker has come. Another one asks, and while the last transaction is being ended the client is told to try
    /// again: a batch that is late may so end up in the next transaction.
    private mutating func checkTransaction(
        of header: RecordBatchHeader, in place: TopicPartition, _ request: ProduceRequest
    ) throws(ProduceRefusal) {
        guard let transactionalID = request.transactionalID else {
            throw ProduceRefusal(
                .transactionalIDAuthorizationFailed, "a transactional batch comes without a transactional id")
        }
        if partitions[place]?.openTransaction(of: header.producerID) != nil {
            if transactions.isEnding(transactionalID) { seen.batchesBehindTheEnd += 1 }
            return
        }
        let error = transactions.mayProduce(
            transactionalID: transactionalID,
            producer: ProducerIdentity(producerID: header.producerID, epoch: header.producerEpoch), partition: place)
        if error == .none { return }
        if error == .concurrentTransactions || error == .coordinatorLoadInProgress {
            if error == .concurrentTransactions { seen.batchesPutOff += 1 }
            // Kafka's choice: clients try again, and don't look for another leader.
            throw ProduceRefusal(.notEnoughReplicas, "the coordinator can't verify the transaction now, try again")
        }
        throw ProduceRefusal(error, "the partition is not in an open transaction of the producer with this epoch")
    }

    /// Writes one record, without a key, in the name of whoever runs the broker; as if a client had.
    public mutating func write(
        _ value: [UInt8], headers: [BatchRecordHeader], to place: TopicPartition, now: Int64
    ) throws(TopicRefusal) -> [BrokerAction] {
        var step = Step(now: now)
        let payload = RecordBatchWriter.batch([
            BatchRecord(offset: 0, timestamp: now, key: nil, value: value, headers: headers)
        ])
        do throws(ProduceRefusal) {
            let batches: [ClientBatch]
            do { batches = try ClientBatch.split(payload) } catch { throw ProduceRefusal(error, version: 3) }
            _ = try append(batches, of: payload, to: place, &step)
        } catch { throw TopicRefusal(error.errorCode, error.message ?? "the record is not taken") }
        answerFetches(&step)
        return step.actions
    }

    private mutating func append(
        _ batches: [ClientBatch], of payload: [UInt8], to place: TopicPartition, _ step: inout Step
    ) throws(ProduceRefusal) -> AppendReceipt {
        let appended: AppendReceipt?
        do {
            appended = try partitions[place]?.append(batches, now: step.now, leaderEpoch: nodes.epoch(of: place))
        } catch {
            let record = error == .recordWithoutKey ? Self.firstWithoutKey(in: batches, of: payload) : nil
            throw ProduceRefusal(error.errorCode, error.description, record: record)
        }
        guard let receipt = appended else { throw ProduceRefusal(.unknownTopicOrPartition) }
        for (batch, appended) in zip(batches, receipt.batches) {
            var bytes = Array(payload[batch.range])
            // It fails only where there is no header, and the header was read before.
            try? appended.placement.write(into: &bytes)
            let action = AppendAction(
                baseOffset: appended.placement.baseOffset,
                lastOffset: appended.placement.baseOffset &+ Int64(batch.header.lastOffsetDelta), bytes: bytes,
                startsSegment: appended.startsSegment)
            step.actions.append(.append(place, action))
        }
        if !receipt.isDuplicate { touch(place, &step) }
        return receipt
    }

    private static func firstWithoutKey(in batches: [ClientBatch], of payload: [UInt8]) -> Int? {
        guard let batch = batches.first(where: \.hasRecordWithoutKey),
            let section = try? RecordSection(payload, at: batch.range.lowerBound)
        else { return nil }
        var reader = section.makeReader()
        while let place = try? reader.next() {
            if place.key == nil { return reader.index - 1 }
        }
        return nil
    }
}

extension ProduceRefusal {
    /// Says what is wrong with a batch.
    fileprivate init(_ error: RecordBatchError, version: Int16) {
        switch error {
        case .unsupportedMagic(let magic):
            // Kafka has two answers: from version 3 on there are batches of format 2 only.
            self.init(version < 3 ? error.errorCode : .invalidRecord, "the format \(magic) of records is not supported")
        case .invalidRecord(let index): self.init(error.errorCode, "a record is not well-formed", record: index)
        case .empty: self.init(error.errorCode, "there is no batch for the partition")
        case .truncated, .invalidLength: self.init(error.errorCode, "the batch is cut short")
        case .checksumMismatch: self.init(error.errorCode, "the batch's checksum is wrong")
        case .unknownCodec, .unreadable: self.init(error.errorCode, "the batch's compression is unknown")
        case .inconsistentCount, .trailing:
            self.init(error.errorCode, "the number of records is not what the batch's header says")
        case .unexpectedBaseOffset: self.init(error.errorCode, "the batch's base offset is not 0")
        case .controlBatch, .notAMarker: self.init(error.errorCode, "clients can't write control records")
        case .unexpectedTimestampType:
            self.init(error.errorCode, "the batch claims a timestamp or a horizon that only a broker sets")
        case .invalidSequence: self.init(error.errorCode, "an idempotent producer's batch has no sequence")
        }
    }
}
