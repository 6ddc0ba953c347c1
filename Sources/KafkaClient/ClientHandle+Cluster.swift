import CRdKafka
import EventLog

extension ClientHandle {
    /// How many partitions a topic has; nil when there is no such topic.
    func partitionCount(of topic: String, within timeout: Duration) throws(LogError) -> Int32? {
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
                if refusal == .success { return unsafe first.pointee.partition_cnt }
            }
            let error = ErrorMapping.error(refusal, doing: doing)
            if error.code == .unknownTopic { return nil }
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
