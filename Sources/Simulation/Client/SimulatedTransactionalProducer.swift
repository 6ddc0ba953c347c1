package import EventLog
internal import KafkaProtocol

/// Writes batches together with the offsets that they were made of, all or nothing, over the older transaction protocol
/// (without KIP-890), as `KafkaTransactionalProducer` on librdkafka does.
///
/// It has two connections as librdkafka has: one to the transaction coordinator, and one for everything else. A request
/// that got no answer is sent again; the first copy may reach the broker later, and then hits the *next* transaction of
/// the producer: an EndTxn ends it, a TxnOffsetCommit puts its offsets back. So when any of them closed during a
/// transaction the result is `.indeterminate`.
/// After `.indeterminate` and `.fenced` the producer does nothing more but say so again.
package final class SimulatedTransactionalProducer {
    /// The protocol has a type of this name, too.
    package typealias TransactionResult = EventLog.TransactionResult

    package let host: Host
    package let transactionalID: String
    let settings: ClientSettings
    let coordination: Asker
    let data: Asker
    private var session: ProducerSession?
    /// Whether a batch may have been written without an answer: with sequences that are unknown no other transaction can
    /// be written.
    private var isDoubtful = false
    /// When the transaction under way was begun, in microseconds.
    private var began: Int64 = 0
    /// How often a connection had been closed by then.
    private var connectionsAtBegin = 0
    /// Whether the coordinator was asked for anything in the transaction under way.
    private var isKnownToBroker = false
    /// Groups whose coordinator was found.
    private var foundGroups: Set<String> = []
    /// What made the producer useless.
    private var end: TransactionResult?
    private var isClosed = false

    package init(host: Host, network: Network, settings: ClientSettings, transactionalID: String) {
        self.host = host
        self.settings = settings
        self.transactionalID = transactionalID
        let knowledge = Knowledge()
        coordination = Asker(network, host, settings, knowledge)
        data = Asker(network, host, settings, knowledge)
    }

    /// How often a connection of this producer was closed.
    private var coordinator: Target { .coordinator(.transaction, transactionalID) }
    private var closedConnections: Int { coordination.closedCount + data.closedCount }

    /// Registers the transactional id: fences older producers with it and ends what they left open.
    package func initialize(then: @escaping (LogError?) -> Void) {
        let doing = "initialise transactional id \(transactionalID)"
        let deadline = host.timeline.now &+ settings.initializationTimeout
        findCoordinator(transactionalID, .transaction, within: settings.initializationTimeout, doing: doing) {
            [self] error in
            if let error { return then(error) }
            coordination.initializeProducer(transactionalID, settings, within: deadline - host.timeline.now) {
                [self] result in
                switch result {
                case .success(let session):
                    self.session = session
                    then(nil)
                case .failure(let error): then(error)
                }
            }
        }
    }

    /// One whole transaction: begin, write, send the offsets, commit.
    ///
    /// - Parameters:
    ///   - membership: Who the group's member was when it was given its partitions; nil for none.
    ///   - metadata: The text that goes to the group with each offset.
    package func transact(
        _ records: [OutgoingRecord], offsets: [TopicPartition: Int64],
        membership: (group: String, generation: Int32, memberID: String, instanceID: String?)?,
        metadata: String = "", then: @escaping (TransactionResult) -> Void
    ) {
        let refusal: TransactionResult? =
            if let end {
                end
            } else if isClosed {
                .aborted(LogError(.other, "transact: the producer is closed"))
            } else if offsets.isEmpty {
                // Only the offsets fence: without one a member that the group has lost could commit.
                .aborted(LogError(.configuration, "transact: a transaction must carry at least one offset"))
            } else {
                nil
            }
        if let refusal {
            host.after(0) { then(refusal) }
            return
        }
        began = host.timeline.now
        connectionsAtBegin = closedConnections
        isKnownToBroker = false
        guard let session else {
            let error = LogError(.other, "begin a transaction: the producer is not initialised", cause: "_STATE")
            host.after(0) { [self] in then(finish(.indeterminate(error))) }
            return
        }
        add(records, session) { [self] failure in
            if let failure { return react(to: failure, then) }
            write(records, session) { [self] result in
                switch result {
                case .failure(let error): abort(because: error, then)
                case .success(let written):
                    send(offsets, metadata, as: membership, session) { [self] failure in
                        if let failure { return react(to: failure, then) }
                        commit(written, session, then)
                    }
                }
            }
        }
    }

    /// Releases everything. A transaction is never left open between calls.
    package func close() {
        isClosed = true
        coordination.close()
        data.close()
    }

    // MARK: Steps

    private func add(
        _ records: [OutgoingRecord], _ session: ProducerSession, then: @escaping (TransactionFailure?) -> Void
    ) {
        guard !records.isEmpty else { return then(nil) }
        let topics = Set(records.map(\.topicPartition)).sorted().byTopic().map {
            AddPartitionsToTxnRequest.Topic(name: $0.topic, partitions: $0.partitions)
        }
        let request = AddPartitionsToTxnRequest(
            transactionalID: transactionalID, producerID: session.producerID, producerEpoch: session.epoch,
            topics: topics)
        let doing = "add \(topics.count) topics to a transaction"
        isKnownToBroker = true
        ask(coordination, .addPartitionsToTxn(request), version: 1, to: coordinator, doing: doing, then) { response in
            guard case .addPartitionsToTxn(let answer) = response else { return nil }
            return answer.topics.flatMap(\.partitions).map(\.errorCode).mostTelling
        }
    }

    private func write(
        _ records: [OutgoingRecord], _ session: ProducerSession, then: @escaping (Result<[Int64], LogError>) -> Void
    ) {
        guard !records.isEmpty else { return then(.success([])) }
        let batches = session.batches(
            of: records, isTransactional: true, limit: settings.batchRecords, now: host.timeline.now / 1000)
        let writing = Writing(
            data, session, transactionalID: transactionalID, count: records.count,
            deadline: began &+ settings.transactionTimeout
        ) { [self] session, result, isDoubtful in
            self.session = session
            self.isDoubtful = isDoubtful
            then(result)
        }
        writing.write(batches)
    }

    private func send(
        _ offsets: [TopicPartition: Int64], _ metadata: String,
        as membership: (group: String, generation: Int32, memberID: String, instanceID: String?)?,
        _ session: ProducerSession, then: @escaping (TransactionFailure?) -> Void
    ) {
        guard let membership else {
            let error = LogError(
                .rejoin, "send \(offsets.count) offsets: the consumer is no member of its group",
                cause: ErrorCode.unknownMemberID.name)
            return then(TransactionFailure(error))
        }
        let group = membership.group
        let doing = "send \(offsets.count) offsets of group \(group)"
        let addition = AddOffsetsToTxnRequest(
            transactionalID: transactionalID, producerID: session.producerID, producerEpoch: session.epoch,
            groupID: group)
        let commit = TxnOffsetCommitRequest(
            transactionalID: transactionalID, groupID: group, producerID: session.producerID,
            producerEpoch: session.epoch, generationID: membership.generation, memberID: membership.memberID,
            groupInstanceID: membership.instanceID,
            topics: offsets.keys.sorted().byTopic().map { topic, numbers in
                let partitions = numbers.map { number in
                    TxnOffsetCommitRequest.Partition(
                        partitionIndex: number,
                        committedOffset: offsets[TopicPartition(topic: topic, partition: number)] ?? -1,
                        committedMetadata: metadata)
                }
                return TxnOffsetCommitRequest.Topic(name: topic, partitions: partitions)
            })
        isKnownToBroker = true
        let sendThem = { [self] (failure: TransactionFailure?) in
            if let failure { return then(failure) }
            ask(
                data, .txnOffsetCommit(commit), version: 3, to: .coordinator(.group, group), doing: doing, then
            ) { response in
                guard case .txnOffsetCommit(let answer) = response else { return nil }
                return answer.topics.flatMap(\.partitions).map(\.errorCode).mostTelling
            }
        }
        let addThem: (TransactionFailure?) -> Void = { [self] failure in
            if let failure { return then(failure) }
            ask(coordination, .addOffsetsToTxn(addition), version: 1, to: coordinator, doing: doing, sendThem) {
                response in
                if case .addOffsetsToTxn(let answer) = response { answer.errorCode } else { nil }
            }
        }
        if foundGroups.contains(group) { return addThem(nil) }
        findCoordinator(group, .group, within: settings.transactionTimeout, doing: doing) { [self] error in
            if error == nil { foundGroups.insert(group) }
            addThem(error.map(TransactionFailure.init))
        }
    }

    private func commit(
        _ written: [Int64], _ session: ProducerSession, _ then: @escaping (TransactionResult) -> Void
    ) {
        endTransaction(.commit, session) { [self] failure in
            guard let failure else {
                if let doubt = connectionDoubt("committed") { return then(finish(.indeterminate(doubt))) }
                return then(.committed(written))
            }
            if failure.reaction == .abort { return abort(because: failure.error, then) }
            react(to: failure, then)
        }
    }

    private enum Ending { case commit, abort }

    private func endTransaction(
        _ ending: Ending, _ session: ProducerSession, then: @escaping (TransactionFailure?) -> Void
    ) {
        let request = EndTxnRequest(
            transactionalID: transactionalID, producerID: session.producerID, producerEpoch: session.epoch,
            committed: ending == .commit)
        ask(
            coordination, .endTxn(request), version: 1, to: coordinator, doing: "\(ending) a transaction", then
        ) { response in
            if case .endTxn(let answer) = response { answer.errorCode } else { nil }
        }
    }

    private func react(to failure: TransactionFailure, _ then: @escaping (TransactionResult) -> Void) {
        switch failure.reaction {
        case .stop: then(finish(.fenced(failure.error)))
        case .abort: abort(because: failure.error, then)
        case .replace: then(finish(.indeterminate(failure.error)))
        }
    }

    /// Ends the transaction so that nothing of it is ever seen.
    private func abort(because error: LogError, _ then: @escaping (TransactionResult) -> Void) {
        let aborted = { [self] in
            let result: TransactionResult =
                if error.code == .fenced {
                    finish(.fenced(error))
                } else if isDoubtful {
                    finish(.indeterminate(error))
                } else {
                    .aborted(error)
                }
            then(result)
        }
        // What the broker was never told of needs no end.
        guard isKnownToBroker else {
            host.after(0, aborted)
            return
        }
        guard let session else { return aborted() }
        endTransaction(.abort, session) { [self] failure in
            if let failure {
                var doubt = failure.error
                doubt.detail += "; it was to be aborted because of: \(error)"
                return then(finish(failure.reaction == .stop ? .fenced(doubt) : .indeterminate(doubt)))
            }
            if isDoubtful { return bump(session, because: error, then) }
            if let doubt = connectionDoubt("aborted (because of: \(error))") {
                return then(finish(.indeterminate(doubt)))
            }
            aborted()
        }
    }

    /// Asks for the next epoch, as librdkafka does behind the abort of a transaction in which it can't know what was
    /// written. The request may be late, and then aborts what the next producer with this id has begun.
    private func bump(
        _ session: ProducerSession, because error: LogError, _ then: @escaping (TransactionResult) -> Void
    ) {
        coordination.initializeProducer(
            transactionalID, settings, after: session, within: settings.transactionTimeout
        ) { [self] result in
            if case .failure(let failure) = result, failure.code == .fenced { return then(finish(.fenced(failure))) }
            then(finish(.indeterminate(error)))
        }
    }

    private func connectionDoubt(_ end: String) -> LogError? {
        guard settings.distrustsLostConnections, closedConnections != connectionsAtBegin else { return nil }
        return LogError(
            .unreachable, "a connection was closed during a transaction that was then \(end)", cause: "_TRANSPORT")
    }

    private func finish(_ result: TransactionResult) -> TransactionResult {
        var result = result
        // The broker ends a transaction that is open for too long, and fences who began it. That tells nothing of a newer
        // instance.
        if case .fenced(let error) = result, host.timeline.now &- began >= settings.transactionTimeout {
            result = .indeterminate(
                LogError(.unavailable, "the transaction took longer than its timeout: \(error)", cause: error.cause))
        }
        end = result
        return result
    }

    // MARK: Asking

    /// Asks until there is an answer that says more than "not now".
    private func ask(
        _ asker: Asker, _ request: AnyRequest, version: Int16, to target: Target, doing: String,
        _ then: @escaping (TransactionFailure?) -> Void, error: @escaping (AnyResponse) -> ErrorCode?
    ) {
        asker.ask(request, version: version, to: target, within: settings.transactionTimeout, doing: doing) {
            response -> Reading<Void>? in
            guard let code = error(response) else { return nil }
            return code == .none ? .answer(()) : .sorted(code, doing: doing)
        } then: { result in
            switch result {
            case .success: then(nil)
            case .failure(let error): then(TransactionFailure(error))
            }
        }
    }

    private func findCoordinator(
        _ key: String, _ type: CoordinatorType, within patience: Int64, doing: String,
        then: @escaping (LogError?) -> Void
    ) {
        let request = FindCoordinatorRequest(coordinatorKeys: [key], keyType: type)
        data.ask(.findCoordinator(request), version: 2, within: patience, doing: doing) { response -> Reading<Void>? in
            guard case .findCoordinator(let answer) = response, let found = answer.coordinators.first else {
                return nil
            }
            return found.errorCode == .none ? .answer(()) : .sorted(found.errorCode, doing: doing)
        } then: { result in
            switch result {
            case .success: then(nil)
            case .failure(let error): then(error)
            }
        }
    }
}

extension [ErrorCode] {
    /// The one that decides: one for good before one that passes; none when there is none.
    fileprivate var mostTelling: ErrorCode {
        // "Not attempted" says that another is to blame.
        let errors = filter { $0 != .none && $0 != .operationNotAttempted }
        if let error = errors.first(where: { !$0.isPassing }) ?? errors.first { return error }
        return contains(.operationNotAttempted) ? .unknownServerError : .none
    }
}
