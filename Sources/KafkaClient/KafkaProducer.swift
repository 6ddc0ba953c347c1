public import EventLog

/// An idempotent producer: a record is written once, in order, or reported as failed. Confined to one thread.
///
/// After a failure (of delivery within `message.timeout.ms`, or one that librdkafka calls fatal) it is unknown whether
/// the records were written. After a fatal one every call throws; replace the producer.
public final class KafkaProducer: BatchProducer {
    private let core: ProducerCore

    /// - Throws: `LogError(.configuration)` for properties that are unknown, refused or contradict each other.
    ///   An unreachable broker is not noticed here.
    public init(configuration: KafkaConfiguration) throws(LogError) {
        // See `ConsumerDefaults`. In a transactional producer it follows from the transaction's time.
        core = try ProducerCore(configuration, defaults: ["socket.timeout.ms": "10000"])
    }

    public func produce(_ records: [OutgoingRecord]) throws(LogError) -> [Int64] {
        try core.produce(records, doing: "write \(records.count) records")
    }

    public func close() {
        core.close()
    }

    // MARK: Sending without waiting

    /// How many records given to `send` were acknowledged.
    public var deliveredCount: Int { core.reports.delivered }
    /// How many records given to `send` were not written.
    public var failedCount: Int { core.reports.failed }
    /// The failures since the last call, at most 1,000 of them.
    public func takeFailures() -> [LogError] { core.reports.takeFailures() }

    /// Queues a record without waiting for it to be written; waits for room while the queue is full.
    /// Serve the reports with `serveReports` or `flush`, or now and then: every 256th call does so itself.
    /// - Throws: when the record can't be queued; it is not counted as failed then.
    public func send(_ record: OutgoingRecord) throws(LogError) {
        guard !core.isClosed else { throw LogError(.other, "send a record: the producer is closed") }
        sent &+= 1
        if sent & 0xff == 0 { core.serve(.zero) }
        let cause = core.enqueue(record, opaque: 0, until: Deadline(after: .seconds(60)))
        guard cause == .success else {
            if let error = core.unusable(doing: "send a record") { throw error }
            throw ErrorMapping.error(cause, doing: "send a record", place: record.topicPartition)
        }
    }

    /// Serves the delivery reports that have come, and waits up to `timeout` for one.
    public func serveReports(timeout: Duration = .zero) {
        guard !core.isClosed else { return }
        core.serve(timeout)
    }

    /// Waits until everything that was sent is reported on.
    /// - Returns: whether that happened in time.
    public func flush(timeout: Duration) -> Bool {
        core.flush(timeout)
    }

    private var sent: UInt = 0
}
