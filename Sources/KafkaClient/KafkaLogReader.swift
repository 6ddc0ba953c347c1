import CRdKafka
public import EventLog

/// Which records a reader is given.
public enum IsolationLevel: String, Hashable, Sendable {
    /// Only records of committed transactions, and none behind one that is still open.
    case readCommitted = "read_committed"
    /// All records, those of open and aborted transactions too.
    case readUncommitted = "read_uncommitted"
}

/// Reads partitions outside any group; never commits anything. Confined to one thread.
public final class KafkaLogReader: LogReader {
    private let configuration: KafkaConfiguration
    private let isolation: IsolationLevel
    private let timeout: Duration
    private let client: ClientHandle
    private let decoding = RecordDecoding()
    /// Asks for high watermarks: a `read_committed` client is told the last stable offset instead.
    private var uncommitted: ClientHandle?
    private var reached: [TopicPartition: Int64] = [:]
    private var failure: LogError?
    private var isClosed = false

    /// - Parameter timeout: How long each question (not `poll`) waits for the broker before it throws `.unreachable`.
    public init(
        configuration: KafkaConfiguration, isolation: IsolationLevel = .readCommitted, timeout: Duration = .seconds(30)
    ) throws(LogError) {
        self.configuration = configuration
        self.isolation = isolation
        self.timeout = timeout
        client = try KafkaLogReader.handle(configuration, isolation)
        unsafe rd_kafka_poll_set_consumer(client.raw)
    }

    deinit { close() }

    private static func handle(
        _ configuration: KafkaConfiguration, _ isolation: IsolationLevel
    ) throws(LogError) -> ClientHandle {
        var fixed = ConsumerDefaults.fixed
        // librdkafka wants a group for any consumer; this one never joins it and never commits to it.
        fixed["group.id"] = "\(configuration.clientID)-reader"
        fixed["isolation.level"] = isolation.rawValue
        // The end of a partition tells the position behind records that are hidden from this reader.
        fixed["enable.partition.eof"] = "true"
        return try ClientHandle(.consumer, configuration, defaults: ConsumerDefaults.values, fixed: fixed)
    }

    public func assign(_ positions: [TopicPartition: StartPosition]) throws(LogError) {
        try requireOpen("assign")
        decoding.forget()
        failure = nil
        reached = positions.compactMapValues { start in
            switch start {
            case .offset(let offset): offset
            case .earliest, .latest: nil
            }
        }
        let list = PartitionList(offsets: positions.mapValues(\.offsetNumber))
        let cause = unsafe rd_kafka_assign(client.raw, list.raw)
        guard cause == .success else { throw ErrorMapping.error(cause, doing: "read \(positions.count) partitions") }
        wanted = Set(positions.keys)
        // librdkafka's thread of an idle broker sleeps for up to a second before it looks for partitions to fetch from;
        // a request wakes it. What it answers does not matter.
        _ = try? client.watermarks(Array(wanted), within: .seconds(1))
    }

    /// Waits up to `timeout` for records. Comes back early, maybe with none, when a partition's end was reached, so
    /// that a caller can compare `positions` with the end that it wants.
    public func poll(maxRecords: Int, timeout: Duration) throws(LogError) -> [LogRecord] {
        try requireOpen("poll")
        if let failure {
            self.failure = nil
            throw failure
        }
        let deadline = Deadline(after: timeout)
        var records: [LogRecord] = []
        var patience = deadline.remainingMilliseconds
        var room = ConsumerDefaults.pollBytes
        while records.count < maxRecords, room > 0, let message = unsafe rd_kafka_consumer_poll(client.raw, patience) {
            defer { unsafe rd_kafka_message_destroy(message) }
            if unsafe message.pointee.err == .success {
                unsafe room -= message.pointee.len + message.pointee.key_len
                let record = unsafe decoding.record(message)
                records.append(record)
                reached[record.topicPartition] = record.offset + 1
                patience = 0
            } else if unsafe message.pointee.err == RD_KAFKA_RESP_ERR__PARTITION_EOF {
                let place = unsafe decoding.place(message)
                if wanted.contains(place) {
                    reached[place] = unsafe max(message.pointee.offset, reached[place] ?? 0)
                    patience = 0
                }
            } else if let error = unsafe failure(of: message) {
                if records.isEmpty { throw error }
                failure = error
                break
            }
            if patience > 0 { patience = deadline.remainingMilliseconds }
        }
        return records
    }

    public func positions() throws(LogError) -> [TopicPartition: Int64] {
        try requireOpen("read positions")
        return reached
    }

    public func watermarks(_ partitions: [TopicPartition]) throws(LogError) -> [TopicPartition: Watermarks] {
        try watermarks(partitions, within: timeout)
    }

    public func watermarks(
        _ partitions: [TopicPartition], within timeout: Duration
    ) throws(LogError) -> [TopicPartition: Watermarks] {
        try requireOpen("read watermarks")
        let asker: ClientHandle
        switch isolation {
        case .readUncommitted: asker = client
        case .readCommitted:
            if let uncommitted {
                asker = uncommitted
            } else {
                asker = try KafkaLogReader.handle(configuration, .readUncommitted)
                uncommitted = asker
            }
        }
        return try asker.watermarks(partitions, within: timeout)
    }

    public func partitionCount(of topic: String) throws(LogError) -> Int32? {
        try requireOpen("ask for a topic")
        return try client.partitionCount(of: topic, within: timeout)
    }

    public func clusterID() throws(LogError) -> String? {
        try requireOpen("ask for the cluster's id")
        return client.clusterID(within: min(timeout, .seconds(10)))
    }

    public func close() {
        guard !isClosed else { return }
        isClosed = true
        // Nothing to leave, but librdkafka ends its fetching in an orderly way only by closing the consumer.
        client.destroy()
        uncommitted?.destroy()
    }

    private var wanted: Set<TopicPartition> = []

    private func requireOpen(_ doing: String) throws(LogError) {
        if isClosed { throw LogError(.other, "\(doing): the reader is closed") }
    }

    private func failure(of message: UnsafeMutablePointer<rd_kafka_message_t>) -> LogError? {
        let cause = unsafe message.pointee.err
        let place: TopicPartition? = unsafe message.pointee.rkt == nil ? nil : decoding.place(message)
        let detail = unsafe rd_kafka_message_errstr(message).map { unsafe String(cString: $0) }
        if cause == RD_KAFKA_RESP_ERR__FATAL, let error = client.fatalFailure(doing: "read") { return error }
        switch ErrorMapping.code(cause) {
        case .offsetOutOfRange:
            guard let place, wanted.contains(place) else { return nil }
            return client.missing(place, wanted: unsafe message.pointee.offset, cause: cause)
        case .unreachable, .unavailable, .rejoin:
            client.warn(ErrorMapping.name(cause), detail ?? ErrorMapping.text(cause))
            return nil
        case .fenced, .unknownTopic, .notAuthorized, .recordTooLarge, .configuration, .other:
            return ErrorMapping.error(
                cause, doing: "read", detail: detail, place: place,
                needs: MissingAccess(.read, topics: place.map { [$0.topic] } ?? []))
        }
    }
}
