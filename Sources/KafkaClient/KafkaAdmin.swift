import CRdKafka
public import EventLog

/// A topic to be created.
public struct TopicPlan: Hashable, Sendable {
    public var name: String
    public var partitions: Int32
    /// nil leaves it to the broker's default.
    public var replicationFactor: Int32?
    /// Topic settings, such as `cleanup.policy`.
    public var settings: [String: String]

    public init(name: String, partitions: Int32, replicationFactor: Int32? = nil, settings: [String: String] = [:]) {
        self.name = name
        self.partitions = partitions
        self.replicationFactor = replicationFactor
        self.settings = settings
    }
}

/// What became of a topic that was to be created.
public enum TopicCreation: Hashable, Sendable {
    case created
    case existedAlready
    case failed(LogError)
}

/// Creates, describes and deletes topics. Confined to one thread.
public final class KafkaAdmin {
    let client: ClientHandle
    let timeout: Duration
    private var isClosed = false

    /// - Parameter timeout: How long each call waits for the broker before it throws `.unreachable`.
    public init(configuration: KafkaConfiguration, timeout: Duration = .seconds(30)) throws(LogError) {
        self.timeout = timeout
        // A consumer, because a producer's questions for topics can create them.
        var fixed = ConsumerDefaults.fixed
        fixed["group.id"] = "\(configuration.clientID)-admin"
        fixed["allow.auto.create.topics"] = "false"
        client = try ClientHandle(.consumer, configuration, defaults: [:], fixed: fixed)
    }

    deinit { close() }

    /// Creates topics, and waits until a broker that is asked for them tells of each with its leaders. One that exists
    /// already is left as it is, whatever its settings.
    /// - Returns: what became of each, by name.
    /// - Throws: also when they are not to be seen in time; they are created then.
    public func createTopics(_ plans: [TopicPlan]) throws(LogError) -> [String: TopicCreation] {
        let deadline = Deadline(after: timeout)
        var result: [String: TopicCreation] = [:]
        var open = plans
        while !open.isEmpty {
            result.merge(try createOnce(open)) { $1 }
            // A controller that has moved refuses each of them.
            open = open.filter { plan in
                if case .failed(let error) = result[plan.name] { return error.code == .unavailable }
                return false
            }
            if open.isEmpty || deadline.hasPassed { break }
            _ = try client.brokerIDs(within: deadline.remaining)
        }
        for case (let name, .created) in result {
            _ = try client.asking(until: deadline) { milliseconds throws(LogError) in
                if try client.shape(of: name, within: .milliseconds(milliseconds))?.isLed == true { return }
                throw LogError(.unavailable, "wait for topic \(name), which was created: it is not to be seen yet")
            }
        }
        return result
    }

    private func createOnce(_ plans: [TopicPlan]) throws(LogError) -> [String: TopicCreation] {
        let doing = "create \(plans.count) topics"
        var topics: [OpaquePointer?] = unsafe []
        defer {
            // swift-format-ignore: ReplaceForEachWithForLoop
            unsafe topics.forEach { if let topic = unsafe $0 { unsafe rd_kafka_NewTopic_destroy(topic) } }
        }
        for plan in plans { unsafe topics.append(try newTopic(plan)) }
        let event = try unsafe request(RD_KAFKA_ADMIN_OP_CREATETOPICS, doing) { options, queue in
            unsafe rd_kafka_CreateTopics(client.raw, &topics, topics.count, options, queue)
        }
        defer { unsafe rd_kafka_event_destroy(event) }
        var result: [String: TopicCreation] = [:]
        for answer in unsafe topicAnswers(
            rd_kafka_event_CreateTopics_result(event), rd_kafka_CreateTopics_result_topics)
        {
            result[answer.name] =
                switch answer.cause {
                case .success: .created
                case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS: .existedAlready
                default:
                    .failed(
                        ErrorMapping.error(answer.cause, doing: "create topic \(answer.name)", detail: answer.detail))
                }
        }
        return result
    }

    /// Deletes topics. One that does not exist is no error.
    public func deleteTopics(_ names: [String]) throws(LogError) {
        guard !names.isEmpty else { return }
        let doing = "delete \(names.count) topics"
        var topics: [OpaquePointer?] = unsafe []
        defer {
            // swift-format-ignore: ReplaceForEachWithForLoop
            unsafe topics.forEach { if let topic = unsafe $0 { unsafe rd_kafka_DeleteTopic_destroy(topic) } }
        }
        for name in names { unsafe topics.append(rd_kafka_DeleteTopic_new(name)) }
        let event = try unsafe request(RD_KAFKA_ADMIN_OP_DELETETOPICS, doing) { options, queue in
            unsafe rd_kafka_DeleteTopics(client.raw, &topics, topics.count, options, queue)
        }
        defer { unsafe rd_kafka_event_destroy(event) }
        let answers = unsafe topicAnswers(
            rd_kafka_event_DeleteTopics_result(event), rd_kafka_DeleteTopics_result_topics)
        for answer in answers where answer.cause != .success && ErrorMapping.code(answer.cause) != .unknownTopic {
            throw ErrorMapping.error(answer.cause, doing: "delete topic \(answer.name)", detail: answer.detail)
        }
    }

    /// How many partitions each topic has; nothing for topics that do not exist.
    public func partitionCounts(of topics: [String]) throws(LogError) -> [String: Int32] {
        try requireOpen("describe topics")
        var result: [String: Int32] = [:]
        for topic in topics { result[topic] = try client.partitionCount(of: topic, within: timeout) }
        return result
    }

    public func close() {
        guard !isClosed else { return }
        isClosed = true
        client.destroy(leavingGroup: false)
    }

    // MARK: Requests

    func requireOpen(_ doing: String) throws(LogError) {
        if isClosed { throw LogError(.other, "\(doing): the admin client is closed") }
    }

    private func newTopic(_ plan: TopicPlan) throws(LogError) -> OpaquePointer {
        var message = [CChar](repeating: 0, count: 512)
        guard
            let topic = unsafe rd_kafka_NewTopic_new(
                plan.name, plan.partitions, plan.replicationFactor ?? -1, &message, message.count)
        else { throw LogError(.configuration, "plan topic \(plan.name): \(string(message))") }
        for (name, value) in plan.settings {
            let cause = unsafe rd_kafka_NewTopic_set_config(topic, name, value)
            guard cause == .success else {
                unsafe rd_kafka_NewTopic_destroy(topic)
                throw ErrorMapping.error(cause, doing: "plan topic \(plan.name), setting \(name)")
            }
        }
        return unsafe topic
    }

    /// Sends a request and waits for its answer, which the caller releases.
    func request(
        _ operation: rd_kafka_admin_op_t, _ doing: String, _ send: (OpaquePointer?, OpaquePointer?) -> Void
    ) throws(LogError) -> OpaquePointer {
        try requireOpen(doing)
        let options = unsafe rd_kafka_AdminOptions_new(client.raw, operation)
        defer { unsafe rd_kafka_AdminOptions_destroy(options) }
        let queue = unsafe rd_kafka_queue_new(client.raw)
        defer { unsafe rd_kafka_queue_destroy(queue) }
        var message = [CChar](repeating: 0, count: 512)
        unsafe _ = rd_kafka_AdminOptions_set_request_timeout(options, timeout.milliseconds, &message, message.count)
        unsafe send(options, queue)
        // librdkafka answers in time itself; the second on top only guards against waiting without end.
        guard let event = unsafe rd_kafka_queue_poll(queue, (timeout + .seconds(1)).milliseconds) else {
            throw LogError(.unreachable, "\(doing): no answer in \(timeout)")
        }
        let cause = unsafe rd_kafka_event_error(event)
        guard cause == .success else {
            let detail = unsafe rd_kafka_event_error_string(event).map { unsafe String(cString: $0) }
            unsafe rd_kafka_event_destroy(event)
            throw ErrorMapping.error(cause, doing: doing, detail: detail)
        }
        return unsafe event
    }

    struct TopicAnswer {
        var name: String
        var cause: rd_kafka_resp_err_t
        var detail: String?
    }

    func topicAnswers(
        _ result: OpaquePointer?,
        _ read: (OpaquePointer?, UnsafeMutablePointer<Int>?) -> UnsafeMutablePointer<OpaquePointer?>?
    ) -> [TopicAnswer] {
        var count = 0
        guard let answers = unsafe read(result, &count) else { return [] }
        return (0..<count).compactMap { index in
            guard let answer = unsafe answers[index], let name = unsafe rd_kafka_topic_result_name(answer) else {
                return nil
            }
            return TopicAnswer(
                name: unsafe String(cString: name), cause: unsafe rd_kafka_topic_result_error(answer),
                detail: unsafe rd_kafka_topic_result_error_string(answer).map { unsafe String(cString: $0) })
        }
    }
}
