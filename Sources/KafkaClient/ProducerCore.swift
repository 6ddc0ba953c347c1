import CRdKafka
import EventLog

/// What both producers do: hand records over, and wait for the reports on them. Confined to one thread.
@safe final class ProducerCore {
    let client: ClientHandle
    private let encoding: RecordEncoding
    /// How long librdkafka tries to deliver a record, with room for a request that is under way then.
    private let patience: Duration
    private(set) var isClosed = false

    static let defaults = [
        "compression.codec": "lz4", "linger.ms": "2", "queue.buffering.max.messages": "1000000",
        "queue.buffering.max.kbytes": "1048576", "batch.num.messages": "100000", "batch.size": "1000000",
        "message.max.bytes": "2097152", "message.timeout.ms": "30000",
    ]
    static let fixed = [
        "enable.idempotence": "true", "acks": "all", "partitioner": "murmur2_random",
        "delivery.report.only.error": "false",
    ]

    init(
        _ configuration: KafkaConfiguration, defaults: [String: String] = [:], fixed: [String: String] = [:]
    ) throws(LogError) {
        let defaults = ProducerCore.defaults.merging(defaults) { _, special in special }
        client = try ClientHandle(
            .producer, configuration, defaults: defaults,
            fixed: ProducerCore.fixed.merging(fixed) { _, special in special })
        unsafe encoding = RecordEncoding(client: client.raw)
        patience = .milliseconds(client.setting("message.timeout.ms") ?? 30_000) + .seconds(5)
    }

    var reports: DeliveryReports { client.state.deliveries }

    /// Serves delivery reports.
    func serve(_ timeout: Duration) {
        unsafe _ = rd_kafka_poll(client.raw, timeout.milliseconds)
    }

    /// Hands over one record; waits for room when the queue is full.
    func enqueue(_ record: OutgoingRecord, opaque: UInt, until deadline: Deadline) -> rd_kafka_resp_err_t {
        while true {
            let cause = encoding.enqueue(record, opaque: opaque)
            guard cause == RD_KAFKA_RESP_ERR__QUEUE_FULL, !deadline.hasPassed else { return cause }
            serve(.milliseconds(10))
        }
    }

    /// Writes a batch and waits for the report on each of its records.
    func produce(_ records: [OutgoingRecord], doing: String) throws(LogError) -> [Int64] {
        guard !isClosed else { throw LogError(.other, "\(doing): the producer is closed") }
        if let error = unusable(doing: doing) { throw error }
        guard !records.isEmpty else { return [] }
        let deadline = Deadline(after: patience)
        reports.begin(records.count)
        for (index, record) in records.enumerated() {
            let cause = enqueue(record, opaque: reports.opaque(index), until: deadline)
            guard cause == RD_KAFKA_RESP_ERR_NO_ERROR else {
                reports.refuse(index, cause, isOurs: true)
                break
            }
            reports.accepted()
            if index & 0xfff == 0xfff { serve(.zero) }
        }
        while reports.pending > 0, !deadline.hasPassed {
            unsafe _ = rd_kafka_flush(client.raw, min(deadline.remainingMilliseconds, 1_000))
        }
        if reports.pending > 0 {
            // librdkafka owes reports that are overdue: take the batch out of its hands, so that nothing of it is
            // written after the caller was told that it failed, except for what is on the wire.
            unsafe _ = rd_kafka_purge(client.raw, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT)
            serve(.milliseconds(100))
            let missing = reports.pending
            reports.abandon()
            throw LogError(.unreachable, "\(doing): no report on \(missing) of \(records.count) records in time")
        }
        if let failure = reports.failure {
            let place = records[failure.index].topicPartition
            reports.abandon()
            if failure.cause == RD_KAFKA_RESP_ERR__FATAL, let error = unusable(doing: doing) { throw error }
            var error = ErrorMapping.error(
                failure.cause, doing: "\(doing): record \(failure.index + 1) of \(records.count)", place: place,
                needs: MissingAccess(.write, topics: [place.topic]))
            if error.code == .recordTooLarge { error.detail += "; \(Self.remedy(place.topic, failure.isOurs))" }
            throw error
        }
        return reports.takeOffsets()
    }

    /// What makes room for a record, or for a batch of records, that is too large.
    private static func remedy(_ topic: String, _ isOurs: Bool) -> String {
        if isOurs { return "it is above message.max.bytes, a property of this client" }
        return "topic \(topic) takes less than that: max.message.bytes, a setting of the topic, is too low. Raise it:"
            + " kafka-configs.sh --bootstrap-server BROKER --alter --topic \(topic)"
            + " --add-config max.message.bytes=BYTES (`soleholder topics check` says how much)"
    }

    /// Why nothing can be written any more, if so.
    func unusable(doing: String) -> LogError? {
        guard var error = client.fatalFailure(doing: doing, needs: MissingAccess(.write)) else { return nil }
        switch error.code {
        case .fenced, .notAuthorized: break
        case .unreachable, .unavailable, .rejoin, .unknownTopic, .offsetOutOfRange, .recordTooLarge, .configuration,
            .other:
            error.code = .other
        }
        error.detail += "; this producer is unusable from now on: close it and make a new one"
        return error
    }

    func flush(_ timeout: Duration) -> Bool {
        guard !isClosed else { return true }
        return unsafe rd_kafka_flush(client.raw, timeout.milliseconds) == RD_KAFKA_RESP_ERR_NO_ERROR
    }

    /// Releases everything. What was not written by now is dropped.
    func close() {
        guard !isClosed else { return }
        isClosed = true
        unsafe _ = rd_kafka_purge(client.raw, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT)
        serve(.zero)
        encoding.close()
        client.destroy()
    }

    deinit { close() }
}
