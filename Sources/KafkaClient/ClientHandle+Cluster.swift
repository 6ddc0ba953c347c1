import CRdKafka
import EventLog

extension ClientHandle {
    /// How many partitions a topic has; nil when there is no such topic.
    func partitionCount(of topic: String, within timeout: Duration) throws(LogError) -> Int32? {
        try shape(of: topic, within: timeout)?.partitions
    }

    /// Partitions and copies of a topic; nil when there is no such topic.
    func shape(of topic: String, within timeout: Duration) throws(LogError) -> TopicShape? {
        let doing = "ask for topic \(topic)"
        guard let handle = unsafe rd_kafka_topic_new(raw, topic, nil) else {
            throw ErrorMapping.error(rd_kafka_last_error(), doing: doing)
        }
        defer { unsafe rd_kafka_topic_destroy(handle) }
        let deadline = Deadline(after: timeout)
        while true {
            var answer: UnsafePointer<rd_kafka_metadata>?
            let cause = unsafe rd_kafka_metadata(raw, 0, handle, &answer, max(1, deadline.remainingMilliseconds))
            defer { if let answer = unsafe answer { unsafe rd_kafka_metadata_destroy(answer) } }
            var refusal = cause
            if cause == .success, let answer = unsafe answer, unsafe answer.pointee.topic_cnt > 0,
                let first = unsafe answer.pointee.topics
            {
                refusal = unsafe first.pointee.err
                if refusal == .success { return unsafe TopicShape(first.pointee) }
            }
            let error = ErrorMapping.error(
                refusal, doing: doing, needs: MissingAccess(.describe, topics: [topic]))
            if error.code == .unknownTopic { return nil }
            guard error.code == .unavailable || error.code == .unreachable, !deadline.hasPassed else { throw error }
            pause()
        }
    }

    /// The brokers that are up, in the order of their ids.
    func brokerIDs(within timeout: Duration) throws(LogError) -> [Int32] {
        let deadline = Deadline(after: timeout)
        while true {
            var answer: UnsafePointer<rd_kafka_metadata>?
            let cause = unsafe rd_kafka_metadata(raw, 0, nil, &answer, max(1, deadline.remainingMilliseconds))
            defer { if let answer = unsafe answer { unsafe rd_kafka_metadata_destroy(answer) } }
            if cause == .success, let answer = unsafe answer {
                return (0..<Int(unsafe answer.pointee.broker_cnt)).compactMap { index in
                    unsafe answer.pointee.brokers?[index].id
                }.sorted()
            }
            let error = ErrorMapping.error(cause, doing: "ask for the brokers")
            guard error.code == .unavailable || error.code == .unreachable, !deadline.hasPassed else { throw error }
            pause()
        }
    }

    /// The cluster's id; nil when it has none, or did not tell it in time.
    func clusterID(within timeout: Duration) -> String? {
        guard let text = unsafe rd_kafka_clusterid(raw, timeout.milliseconds) else { return nil }
        defer { unsafe rd_kafka_mem_free(raw, text) }
        return unsafe String(cString: text)
    }
}

extension TopicShape {
    fileprivate init(_ topic: rd_kafka_metadata_topic) {
        partitions = unsafe topic.partition_cnt
        replicationFactor =
            (0..<Int(unsafe topic.partition_cnt)).compactMap { index in
                unsafe topic.partitions.map { unsafe Int($0[index].replica_cnt) }
            }.min() ?? 0
    }
}
