import CRdKafka
import EventLog

extension ClientHandle {
    /// A group's stable committed offsets; nothing for partitions without one.
    func committed(
        _ partitions: [TopicPartition], group: String, within timeout: Duration
    ) throws(LogError) -> [TopicPartition: GroupOffset] {
        guard !partitions.isEmpty else { return [:] }
        let doing = "read committed offsets of group \(group)"
        let access = MissingAccess(.describe, topics: Set(partitions.map(\.topic)).sorted(), group: group)
        let deadline = Deadline(after: timeout)
        // Asks with all of the time: librdkafka finds the coordinator anew by itself, and waits for open transactions.
        return try asking(until: deadline, atFirst: timeout) { _ throws(LogError) in
            let list = PartitionList(partitions)
            let cause = unsafe rd_kafka_committed(raw, list.raw, max(1, deadline.remainingMilliseconds))
            let entries = list.entries
            let failed = entries.first { $0.cause != .success }
            if cause != .success || failed != nil {
                throw ErrorMapping.error(
                    cause != .success ? cause : failed?.cause ?? .success, doing: doing, place: failed?.place,
                    needs: access)
            }
            return Dictionary(
                entries.lazy.filter { $0.offset >= 0 }.map {
                    ($0.place, GroupOffset(next: $0.offset, metadata: $0.metadata))
                }, uniquingKeysWith: { $1 })
        }
    }

    /// Commits offsets for the client's group, as who the client is in it: nobody, for one that never joined.
    func commit(
        _ offsets: [TopicPartition: Int64], metadata: String, _ doing: String,
        error: (rd_kafka_resp_err_t, TopicPartition?) -> LogError
    ) throws(LogError) {
        let list = PartitionList(offsets: offsets, metadata: metadata)
        // Not `rd_kafka_commit`, which waits without end: the answer comes through a queue of its own.
        guard let queue = unsafe rd_kafka_queue_new(raw) else {
            throw LogError(.other, "\(doing): there is no memory for a queue")
        }
        defer { unsafe rd_kafka_queue_destroy(queue) }
        let cause = unsafe rd_kafka_commit_queue(raw, list.raw, queue, nil, nil)
        guard cause == .success else { throw error(cause, nil) }
        guard let event = unsafe rd_kafka_queue_poll(queue, 30_000) else {
            throw LogError(.unreachable, "\(doing): no answer in 30 seconds; it may be committed still")
        }
        defer { unsafe rd_kafka_event_destroy(event) }
        let answer = unsafe rd_kafka_event_error(event)
        guard answer == .success else { throw error(answer, nil) }
        let entries = unsafe rd_kafka_event_topic_partition_list(event).map { unsafe PartitionList.entries($0) } ?? []
        for entry in entries where entry.cause != .success { throw error(entry.cause, entry.place) }
    }

    /// First and next offset of each partition, as far as this client's isolation sees.
    ///
    /// Not `rd_kafka_query_watermark_offsets`: that asks one partition at a time, goes on asking whom the client took for
    /// the leader last, and takes a minute where it was given seconds (librdkafka 2.0).
    func watermarks(
        _ places: [TopicPartition], within timeout: Duration
    ) throws(LogError) -> [TopicPartition: Watermarks] {
        let deadline = Deadline(after: timeout)
        // In this order no first offset is behind its next one.
        let lows = try offsets(of: places, at: Int64(RD_KAFKA_OFFSET_BEGINNING), until: deadline)
        let highs = try offsets(of: places, at: Int64(RD_KAFKA_OFFSET_END), until: deadline)
        var result: [TopicPartition: Watermarks] = [:]
        for (place, high) in highs { result[place] = Watermarks(low: lows[place] ?? high, high: high) }
        return result
    }

    /// The first or the next offset of each partition: one request to each leader.
    private func offsets(
        of places: [TopicPartition], at time: Int64, until deadline: Deadline
    ) throws(LogError) -> [TopicPartition: Int64] {
        if places.isEmpty { return [:] }
        let topics = Set(places.map(\.topic)).sorted()
        return try asking(until: deadline, leadersOf: topics) { milliseconds throws(LogError) in
            let list = PartitionList(offsets: Dictionary(places.map { ($0, time) }, uniquingKeysWith: { $1 }))
            let cause = unsafe rd_kafka_offsets_for_times(raw, list.raw, milliseconds)
            let entries = list.entries
            // Nothing is answered for a partition without a leader: its entry says so.
            let failed = entries.first { $0.cause != .success }
            if cause != .success || failed != nil {
                let refusal = cause != .success ? cause : failed?.cause ?? .success
                let error = ErrorMapping.error(
                    refusal, doing: "read watermarks", place: failed?.place,
                    needs: MissingAccess(.describe, topics: topics))
                if error.code == .unknownTopic { throw try judged(error, places, until: deadline) }
                throw error
            }
            return Dictionary(entries.map { ($0.place, $0.offset) }, uniquingKeysWith: { $1 })
        }
    }

    /// A partition that has no leader for now is unknown to librdkafka. The cluster says whether it is there.
    private func judged(
        _ error: LogError, _ places: [TopicPartition], until deadline: Deadline
    ) throws(LogError) -> LogError {
        var counts: [String: Int32] = [:]
        for place in places {
            var count = counts[place.topic] ?? 0
            if counts[place.topic] == nil {
                count = try partitionCount(of: place.topic, within: deadline.remaining) ?? 0
                counts[place.topic] = count
            }
            if place.partition >= count {
                var missing = error
                missing.place = place
                return missing
            }
        }
        return LogError(.unavailable, error.detail, place: error.place, cause: error.cause)
    }

    /// The error of a position that the log does not have, with what it has.
    func missing(_ place: TopicPartition, wanted: Int64, cause: rd_kafka_resp_err_t) -> LogError {
        let text: String
        if let marks = try? watermarks([place], within: .seconds(2))[place] {
            if wanted >= 0, wanted < marks.low {
                text = "offsets \(wanted) to \(marks.low - 1) are missing: the log begins at \(marks.low) now"
            } else {
                text = "offset \(wanted) is wanted, but the log has \(marks.low) to \(marks.high)"
            }
        } else {
            text = "offset \(wanted) is wanted, and not in the log (which could not be asked for its bounds)"
        }
        return LogError(.offsetOutOfRange, text, place: place, cause: ErrorMapping.name(cause))
    }
}
