import CRdKafka
public import EventLog

extension KafkaGroupConsumer {
    public func committed(
        _ partitions: [TopicPartition], within timeout: Duration
    ) throws(LogError) -> [TopicPartition: GroupOffset] {
        try requireOpen("read committed offsets")
        return try client.committed(partitions, group: group, within: timeout)
    }

    public func commit(_ offsets: [TopicPartition: Int64]) throws(LogError) {
        try requireOpen("commit")
        guard !offsets.isEmpty else { return }
        // librdkafka commits as who it is now. It may have joined again, and hold another generation's partitions, before
        // the caller has heard that its own are gone.
        guard let membership, membership.isStill(client) else {
            throw LogError(.rejoin, "commit \(offsets.count) offsets of group \(group): the group has moved on")
        }
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
