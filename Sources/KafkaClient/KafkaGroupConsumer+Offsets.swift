import CRdKafka
import Dispatch
public import EventLog

extension KafkaGroupConsumer {
    public func committed(_ partitions: [TopicPartition]) throws(LogError) -> [TopicPartition: GroupOffset] {
        try requireOpen("read committed offsets")
        return try client.committed(partitions, group: group, within: .seconds(30))
    }

    public func commit(_ offsets: [TopicPartition: Int64]) throws(LogError) {
        try requireOpen("commit")
        guard !offsets.isEmpty else { return }
        let doing = "commit \(offsets.count) offsets of group \(group)"
        let list = PartitionList(offsets: offsets, metadata: offsetMetadata)
        // Not `rd_kafka_commit`, which waits without end: the answer comes through a queue of its own.
        guard let queue = unsafe rd_kafka_queue_new(client.raw) else {
            throw LogError(.other, "\(doing): there is no memory for a queue")
        }
        defer { unsafe rd_kafka_queue_destroy(queue) }
        let cause = unsafe rd_kafka_commit_queue(client.raw, list.raw, queue, nil, nil)
        guard cause == .success else { throw commitError(cause, doing) }
        guard let event = unsafe rd_kafka_queue_poll(queue, 30_000) else {
            throw LogError(.unreachable, "\(doing): no answer in 30 seconds; it may be committed still")
        }
        defer { unsafe rd_kafka_event_destroy(event) }
        let answer = unsafe rd_kafka_event_error(event)
        guard answer == .success else { throw commitError(answer, doing) }
        let entries = unsafe rd_kafka_event_topic_partition_list(event).map { unsafe PartitionList.entries($0) } ?? []
        for entry in entries where entry.cause != .success {
            throw commitError(entry.cause, doing, place: entry.place)
        }
    }

    private func commitError(
        _ cause: rd_kafka_resp_err_t, _ doing: String, place: TopicPartition? = nil
    ) -> LogError {
        var error = ErrorMapping.error(cause, doing: doing, place: place, needs: access)
        // A static member that has joined again is refused under its old id: see `TransactionFailure`.
        if cause == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID { error.code = .rejoin }
        // librdkafka drops a commit of a group that it is leaving or has lost with this code.
        if cause == RD_KAFKA_RESP_ERR__NO_OFFSET { error.code = .rejoin }
        return error
    }
}

extension ClientHandle {
    /// A group's stable committed offsets; nothing for partitions without one.
    func committed(
        _ partitions: [TopicPartition], group: String, within timeout: Duration
    ) throws(LogError) -> [TopicPartition: GroupOffset] {
        guard !partitions.isEmpty else { return [:] }
        let doing = "read committed offsets of group \(group)"
        let deadline = Deadline(after: timeout)
        while true {
            let list = PartitionList(partitions)
            let cause = unsafe rd_kafka_committed(raw, list.raw, max(1, deadline.remainingMilliseconds))
            let entries = list.entries
            let failed = entries.first { $0.cause != .success }
            guard cause != .success || failed != nil else {
                return Dictionary(
                    entries.lazy.filter { $0.offset >= 0 }.map {
                        ($0.place, GroupOffset(next: $0.offset, metadata: $0.metadata))
                    }, uniquingKeysWith: { $1 })
            }
            let error = ErrorMapping.error(
                cause != .success ? cause : failed?.cause ?? .success, doing: doing, place: failed?.place,
                needs: MissingAccess(.describe, topics: Set(partitions.map(\.topic)).sorted(), group: group))
            guard error.code == .unavailable || error.code == .unreachable, !deadline.hasPassed else { throw error }
            pause()
        }
    }

    /// First and next offset of one partition, as far as this client's isolation sees.
    func watermarks(_ place: TopicPartition, within timeout: Duration) throws(LogError) -> Watermarks {
        let deadline = Deadline(after: timeout)
        while true {
            var low: Int64 = -1
            var high: Int64 = -1
            let cause = unsafe rd_kafka_query_watermark_offsets(
                raw, place.topic, place.partition, &low, &high, max(1, deadline.remainingMilliseconds))
            if cause == .success { return Watermarks(low: low, high: high) }
            let error = ErrorMapping.error(
                cause, doing: "read watermarks", place: place, needs: MissingAccess(.describe, topics: [place.topic]))
            guard error.code == .unavailable || error.code == .unreachable, !deadline.hasPassed else { throw error }
            pause()
        }
    }

    /// The error of a position that the log does not have, with what it has.
    func missing(_ place: TopicPartition, wanted: Int64, cause: rd_kafka_resp_err_t) -> LogError {
        let text: String
        do {
            let marks = try watermarks(place, within: .seconds(2))
            if wanted >= 0, wanted < marks.low {
                text = "offsets \(wanted) to \(marks.low - 1) are missing: the log begins at \(marks.low) now"
            } else {
                text = "offset \(wanted) is wanted, but the log has \(marks.low) to \(marks.high)"
            }
        } catch {
            text = "offset \(wanted) is wanted, and not in the log (which could not be asked for its bounds)"
        }
        return LogError(.offsetOutOfRange, text, place: place, cause: ErrorMapping.name(cause))
    }

    /// A moment between two tries of a call that the broker refused at once.
    func pause() {
        _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(50))
    }
}
