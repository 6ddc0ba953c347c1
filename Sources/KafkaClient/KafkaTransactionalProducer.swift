import CRdKafka
public import EventLog

/// Writes batches together with the offsets that they were made of, all or nothing. Confined to one thread.
///
/// librdkafka speaks the older transaction protocol, without KIP-890: a request that is delayed on the network can hit the
/// *next* transaction of the same producer, and librdkafka sends it again by itself after a lost connection. A late end of
/// a transaction ends that one; late offsets put its offsets back to where the one before began. So whenever a connection
/// of this producer was closed between the beginning and the end of a transaction the result is `.indeterminate`, whatever
/// librdkafka reports: initialising a new producer with the same id fences the late request. After `.indeterminate` and
/// `.fenced` the producer does nothing more but say so again.
public final class KafkaTransactionalProducer: TransactionalProducer {
    /// `transaction.timeout.ms` where nobody says otherwise.
    public static let defaultTimeoutMilliseconds: Int64 = 10_000

    public let transactionalID: String
    private let make: () throws(LogError) -> ProducerCore
    private var core: ProducerCore
    /// How long one call may be tried again: as long as the broker keeps the transaction open.
    private let patience: Duration
    /// When the transaction under way was begun.
    private var began = ContinuousClock.now
    /// How many connections had been closed by then.
    private var connectionsAtBegin = 0
    /// What made the producer useless.
    private var end: TransactionResult?
    /// What the transaction under way must be allowed to do.
    private var needs: MissingAccess

    /// - Parameters:
    ///   - transactionTimeout: The broker aborts a transaction that is open for longer; at most the broker's
    ///     `transaction.max.timeout.ms`. `transaction.timeout.ms` in the properties wins; `message.timeout.ms` follows
    ///     it, and must not be above it.
    public init(
        configuration: KafkaConfiguration, transactionalID: String,
        transactionTimeout: Duration = .milliseconds(defaultTimeoutMilliseconds)
    ) throws(LogError) {
        guard !transactionalID.isEmpty else { throw LogError(.configuration, "the transactional id is empty") }
        self.transactionalID = transactionalID
        let timeout = configuration.properties["transaction.timeout.ms"] ?? String(transactionTimeout.milliseconds)
        needs = MissingAccess(.write, transactionalID: transactionalID)
        make = { () throws(LogError) in
            try ProducerCore(
                configuration, defaults: ["transaction.timeout.ms": timeout, "message.timeout.ms": timeout],
                fixed: ["transactional.id": transactionalID])
        }
        core = try make()
        patience = .milliseconds(core.client.setting("transaction.timeout.ms") ?? 10_000)
    }

    public func initialize() throws(LogError) {
        let doing = "initialise transactional id \(transactionalID)"
        guard !core.isClosed else { throw LogError(.other, "\(doing): the producer is closed") }
        if core.unusable(doing: doing) != nil {
            core.close()
            core = try make()
        }
        // A member of a group must not be away for long. librdkafka goes on behind a call whose time is over.
        let failure = unsafe retrying(within: .seconds(1), doing: doing) { milliseconds in
            unsafe rd_kafka_init_transactions(core.client.raw, milliseconds)
        }
        guard var error = failure?.error else { return }
        switch error.code {
        case .notAuthorized, .configuration: break
        case .unreachable, .unavailable, .fenced, .rejoin, .unknownTopic, .offsetOutOfRange, .recordTooLarge, .other:
            // Whatever it is, the next try may do better: its client is the newest then.
            error.code = .unavailable
        }
        throw error
    }

    public func transact(
        _ records: [OutgoingRecord], offsets: [TopicPartition: Int64], of consumer: any GroupConsumer
    ) -> TransactionResult {
        if let end { return end }
        guard !core.isClosed else {
            return .aborted(LogError(.other, "transact: the producer is closed"))
        }
        guard let consumer = consumer as? KafkaGroupConsumer else {
            return .aborted(LogError(.configuration, "transact: the consumer is not one of Kafka's"))
        }
        // Only the offsets fence: a transaction without one could be committed by a member that the group has lost.
        guard !offsets.isEmpty else {
            return .aborted(LogError(.configuration, "transact: a transaction must carry at least one offset"))
        }
        needs = MissingAccess(
            .write, topics: Set(records.map(\.topic)).sorted(), group: consumer.group, transactionalID: transactionalID)
        began = .now
        connectionsAtBegin = core.client.closedConnections
        let refusal = unsafe failure(doing: "begin a transaction") {
            unsafe rd_kafka_begin_transaction(core.client.raw)
        }
        if let failure = refusal {
            // Nothing was begun. But a producer that can't begin can't do anything.
            return finish(failure.reaction == .stop ? .fenced(failure.error) : .indeterminate(failure.error))
        }
        let written: [Int64]
        do {
            written = try core.produce(records, doing: "write \(records.count) records in a transaction")
        } catch {
            return abort(because: cause(of: error, offsets, consumer))
        }
        if let failure = send(offsets, of: consumer) { return react(to: failure) }
        return commit(written)
    }

    /// Releases everything. A transaction is never left open between calls, so there is none to abort here.
    public func close() {
        core.close()
    }

    // MARK: Steps

    private func send(
        _ offsets: [TopicPartition: Int64], of consumer: KafkaGroupConsumer
    ) -> TransactionFailure? {
        let doing = "send \(offsets.count) offsets of group \(consumer.group)"
        guard let membership = consumer.membership else { return TransactionFailure(noMember: doing) }
        let list = PartitionList(offsets: offsets, metadata: consumer.offsetMetadata)
        return unsafe retrying(within: patience, doing: doing) { milliseconds in
            unsafe rd_kafka_send_offsets_to_transaction(
                core.client.raw, list.raw, membership.metadata, milliseconds)
        }
    }

    /// Records that were dropped do not tell why: the transaction had failed. It tells so when more is asked of it; and
    /// if it takes the offsets after all, they are aborted with it. Only what no further try can mend is worth more than
    /// the first error, which is.
    private func cause(
        of error: LogError, _ offsets: [TopicPartition: Int64], _ consumer: KafkaGroupConsumer
    ) -> LogError {
        guard error.cause == "_PURGE_QUEUE" || error.cause == "_PURGE_INFLIGHT" else { return error }
        guard let told = send(offsets, of: consumer)?.error, told.code == .notAuthorized else { return error }
        return told
    }

    private func commit(_ written: [Int64]) -> TransactionResult {
        let failure = unsafe retrying(within: patience, doing: "commit a transaction") { milliseconds in
            unsafe rd_kafka_commit_transaction(core.client.raw, milliseconds)
        }
        if let failure {
            guard failure.reaction == .abort else { return react(to: failure) }
            return abort(because: failure.error)
        }
        if let doubt = connectionDoubt("committed") { return finish(.indeterminate(doubt)) }
        return .committed(written)
    }

    private func react(to failure: TransactionFailure) -> TransactionResult {
        switch failure.reaction {
        case .stop: finish(.fenced(failure.error))
        case .abort: abort(because: failure.error)
        case .retry, .replace: finish(.indeterminate(failure.error))
        }
    }

    /// Ends the transaction so that nothing of it is ever seen.
    private func abort(because error: LogError) -> TransactionResult {
        let failure = unsafe retrying(within: patience, doing: "abort a transaction") { milliseconds in
            unsafe rd_kafka_abort_transaction(core.client.raw, milliseconds)
        }
        if let failure {
            var doubt = failure.error
            doubt.detail += "; it was to be aborted because of: \(error)"
            // What was never allowed to begin can't be ended either; the reason is the first error.
            if error.code == .notAuthorized { doubt = error }
            return finish(failure.reaction == .stop ? .fenced(doubt) : .indeterminate(doubt))
        }
        if let doubt = connectionDoubt("aborted (because of: \(error))") {
            return finish(.indeterminate(doubt))
        }
        return error.code == .fenced ? finish(.fenced(error)) : .aborted(error)
    }

    private func connectionDoubt(_ end: String) -> LogError? {
        guard core.client.closedConnections != connectionsAtBegin else { return nil }
        return LogError(
            .unreachable, "a connection was closed during a transaction that was then \(end)", cause: "_TRANSPORT")
    }

    private func finish(_ result: TransactionResult) -> TransactionResult {
        var result = result
        // The broker ends a transaction that is open for too long, and fences who began it. That tells nothing of a newer
        // instance: if there is one, it has fenced this one in the group as well.
        if case .fenced(let error) = result, began.duration(to: .now) >= patience {
            result = .indeterminate(
                LogError(
                    .unavailable, "the transaction took longer than transaction.timeout.ms: \(error)",
                    cause: error.cause))
        }
        end = result
        return result
    }

    private func failure(doing: String, _ call: () -> OpaquePointer?) -> TransactionFailure? {
        unsafe TransactionFailure(call(), doing: doing, needs: needs)
    }

    /// Calls again while the failure is one that passes and there is time.
    private func retrying(
        within patience: Duration, doing: String, _ call: (Int32) -> OpaquePointer?
    ) -> TransactionFailure? {
        let deadline = Deadline(after: patience)
        while true {
            let failure = unsafe failure(doing: doing) { unsafe call(max(1, deadline.remainingMilliseconds)) }
            guard let failure, failure.reaction == .retry, !deadline.hasPassed else { return failure }
            core.serve(.milliseconds(20))
        }
    }
}
