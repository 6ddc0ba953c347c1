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
        try client.commit(offsets, metadata: offsetMetadata, doing) { cause, place in
            commitError(cause, doing, place: place)
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
