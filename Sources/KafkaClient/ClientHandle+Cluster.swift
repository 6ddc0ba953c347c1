import CRdKafka
import Dispatch
import EventLog

extension ClientHandle {
    /// Asks until there is an answer, an error that asking again does not mend, or the time is over.
    ///
    /// No try waits long, the later ones longer: whoever is asked may have died without a word, and another one may lead by
    /// now. Nothing but this makes a client look for new leaders whose questions are refused (librdkafka 2.0 refreshes what
    /// it knows of topics that it reads or writes, and of no others).
    /// - Parameters:
    ///   - patience: how long the first try waits; nil for a second, or half of the time.
    ///   - topics: those whose leaders are asked.
    ///   - ask: asks once, for no longer than so many milliseconds.
    func asking<Answer>(
        until deadline: Deadline, atFirst patience: Duration? = nil, leadersOf topics: [String] = [],
        _ ask: (Int32) throws(LogError) -> Answer
    ) throws(LogError) -> Answer {
        var patience = patience ?? min(.seconds(1), deadline.remaining / 2)
        while true {
            for topic in topics where doubtful.contains(topic) && !deadline.hasPassed {
                let answer = try? shapeOnce(topic, max(1, min(deadline.remaining, patience).milliseconds))
                if answer != nil { doubtful.remove(topic) }
            }
            do throws(LogError) { return try ask(max(1, min(deadline.remaining, patience).milliseconds)) } catch {
                guard error.code == .unavailable || error.code == .unreachable else { throw error }
                // The next question begins with it, where this one's time is over.
                doubtful.formUnion(topics)
                if deadline.hasPassed { throw error }
            }
            pause()
            // No longer: a request to a dead leader waits for all of it, though another may lead long since.
            patience = min(patience * 2, .seconds(2))
        }
    }

    /// A moment between two tries of a call that the broker refused at once.
    private func pause() {
        _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(50))
    }

    /// How many partitions a topic has; nil when there is no such topic.
    func partitionCount(of topic: String, within timeout: Duration) throws(LogError) -> Int32? {
        try shape(of: topic, within: timeout)?.partitions
    }

    /// Partitions and copies of a topic; nil when there is no such topic.
    func shape(of topic: String, within timeout: Duration) throws(LogError) -> TopicShape? {
        try asking(until: Deadline(after: timeout)) { milliseconds throws(LogError) in
            try shapeOnce(topic, milliseconds)
        }
    }

    /// Asks any broker that is up. The client knows the leaders of the topic from then on.
    private func shapeOnce(_ topic: String, _ milliseconds: Int32) throws(LogError) -> TopicShape? {
        let doing = "ask for topic \(topic)"
        guard let handle = unsafe rd_kafka_topic_new(raw, topic, nil) else {
            throw ErrorMapping.error(rd_kafka_last_error(), doing: doing)
        }
        defer { unsafe rd_kafka_topic_destroy(handle) }
        var answer: UnsafePointer<rd_kafka_metadata>?
        var refusal = unsafe rd_kafka_metadata(raw, 0, handle, &answer, milliseconds)
        defer { if let answer = unsafe answer { unsafe rd_kafka_metadata_destroy(answer) } }
        if refusal == .success, let answer = unsafe answer, unsafe answer.pointee.topic_cnt > 0,
            let first = unsafe answer.pointee.topics
        {
            refusal = unsafe first.pointee.err
            if refusal == .success { return unsafe TopicShape(first.pointee) }
        }
        let error = ErrorMapping.error(refusal, doing: doing, needs: MissingAccess(.describe, topics: [topic]))
        if error.code == .unknownTopic { return nil }
        throw error
    }

    /// The brokers that are up, in the order of their ids.
    func brokerIDs(within timeout: Duration) throws(LogError) -> [Int32] {
        try asking(until: Deadline(after: timeout)) { milliseconds throws(LogError) in
            var answer: UnsafePointer<rd_kafka_metadata>?
            let cause = unsafe rd_kafka_metadata(raw, 0, nil, &answer, milliseconds)
            defer { if let answer = unsafe answer { unsafe rd_kafka_metadata_destroy(answer) } }
            guard cause == .success, let answer = unsafe answer else {
                throw ErrorMapping.error(cause, doing: "ask for the brokers")
            }
            return (0..<Int(unsafe answer.pointee.broker_cnt)).compactMap { index in
                unsafe answer.pointee.brokers?[index].id
            }.sorted()
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
        isLed = (0..<Int(unsafe topic.partition_cnt)).allSatisfy { index in
            unsafe topic.partitions.map { unsafe $0[index].leader >= 0 } ?? false
        }
    }
}
