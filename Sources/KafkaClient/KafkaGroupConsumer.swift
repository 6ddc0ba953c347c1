import CRdKafka
public import EventLog

/// A member of a consumer group that reads committed records. Confined to one thread.
///
/// Rebalances come as answers of `poll`, on the caller's thread, and wait for the caller: no callback runs in between.
/// Each partition's records are led past librdkafka's main queue into one of two queues, urgent and normal, so that
/// urgent topics are served first however long the backlog of the others is.
///
/// Records are taken one by one. In librdkafka below 2.1 the batch calls can return records of a partition that was
/// taken away during the call, or lose some; single calls check each record's version. The price is 0.1 us a record.
@safe public final class KafkaGroupConsumer: GroupConsumer {
    /// The group that this is a member of.
    public let group: String
    let client: ClientHandle
    let queues: ConsumerQueues
    let urgentTopics: Set<String>
    /// What is committed with each offset, so that it can be told who did.
    let offsetMetadata: String
    /// What a member must be allowed to do.
    let access: MissingAccess
    let decoding = RecordDecoding()

    /// What the group said and the caller has not yet heard.
    var news: [GroupNews] = []
    /// What went wrong behind records that were returned first.
    var failure: LogError?
    /// Who this was when the group last gave partitions; nil for nobody, who may commit nothing.
    var membership: GroupMembership?
    /// The places that the caller has taken. Nothing of any other is returned.
    var assigned: Set<TopicPartition> = []
    /// The place of the last record that was found to be among them.
    var lastPlace: TopicPartition?
    private(set) var isClosed = false

    /// Joins the group; the first `.assigned` comes from `poll` once the group has formed.
    /// - Parameters:
    ///   - topics: All topics to read.
    ///   - urgentTopics: Those of `topics` whose records come first.
    ///   - instanceID: Makes the membership static: a restart within the session's time causes no rebalance.
    ///   - offsetMetadata: Committed with each offset.
    ///   - sessionTimeout: How long the group waits for a silent member. `session.timeout.ms` in the properties wins.
    public init(
        configuration: KafkaConfiguration, group: String, topics: [String], urgentTopics: [String] = [],
        instanceID: String? = nil, offsetMetadata: String = "", sessionTimeout: Duration = .seconds(10)
    ) throws(LogError) {
        guard !topics.isEmpty, Set(urgentTopics).isSubset(of: topics) else {
            throw LogError(.configuration, "group \(group): there must be topics, and urgent ones must be among them")
        }
        var fixed = ConsumerDefaults.fixed
        fixed["group.id"] = group
        fixed["group.instance.id"] = instanceID
        var defaults = ConsumerDefaults.values
        defaults["session.timeout.ms"] = String(sessionTimeout.milliseconds)
        self.group = group
        self.urgentTopics = Set(urgentTopics)
        self.offsetMetadata = offsetMetadata
        access = MissingAccess(.read, topics: topics, group: group)
        client = try ClientHandle(
            .consumer, configuration, defaults: defaults, fixed: fixed,
            events: RD_KAFKA_EVENT_REBALANCE | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_OFFSET_COMMIT)
        unsafe rd_kafka_poll_set_consumer(client.raw)
        queues = try ConsumerQueues(client)
        let list = PartitionList(topics.map { TopicPartition(topic: $0, partition: -1) })
        let cause = unsafe rd_kafka_subscribe(client.raw, list.raw)
        guard cause == .success else { throw ErrorMapping.error(cause, doing: "subscribe group \(group)") }
    }

    deinit { close() }

    public func assign(_ positions: [TopicPartition: StartPosition]) throws(LogError) {
        try requireOpen("assign")
        decoding.forget()
        lastPlace = nil
        // First the way, then the records: what came before the forwarding would end up in the main queue.
        queues.forward(positions.keys, urgent: urgentTopics)
        let list = PartitionList(offsets: positions.mapValues(\.offsetNumber))
        let cause = unsafe rd_kafka_assign(client.raw, list.raw)
        guard cause == .success else {
            throw ErrorMapping.error(cause, doing: "take \(positions.count) partitions of group \(group)")
        }
        assigned = Set(positions.keys)
    }

    public func unassign() throws(LogError) {
        try requireOpen("unassign")
        decoding.forget()
        lastPlace = nil
        queues.forgetPartitions()
        assigned = []
        failure = nil
        let cause = unsafe rd_kafka_assign(client.raw, nil)
        guard cause == .success else { throw ErrorMapping.error(cause, doing: "give up partitions of group \(group)") }
    }

    /// Leaves the group (a static member stays until its session ends) and releases everything, within 5 seconds.
    public func close() {
        guard !isClosed else { return }
        isClosed = true
        membership = nil
        queues.forgetPartitions()
        let left = leave(within: .seconds(4))
        queues.close()
        client.destroy(leavingGroup: left)
    }

    private func leave(within timeout: Duration) -> Bool {
        let deadline = Deadline(after: timeout)
        // librdkafka waits without end for the answer to a rebalance that it has told of, in `destroy` too. What was
        // told and lies unanswered in `news` is answered here; where nothing is to be answered this changes nothing.
        //
        // What lies in the queue is answered with it, and must not be answered once more: when nothing keeps the member
        // from ending any more, it may end while the second answer is on its way to it, and whoever gave that would wait
        // for ever (librdkafka 2.0 throws away what its ended member was asked).
        repeat { unsafe _ = rd_kafka_assign(client.raw, nil) } while dropRebalances() && !deadline.hasPassed
        if let error = unsafe rd_kafka_consumer_close_queue(client.raw, queues.main) {
            unsafe rd_kafka_error_destroy(error)
            return false
        }
        while !isLeft {
            if deadline.hasPassed {
                client.warn("CLOSE", "group \(group) could not be left in time; the session's end will do it")
                answerRebalance()
                return false
            }
            guard let event = unsafe rd_kafka_queue_poll(queues.main, 50) else { continue }
            if unsafe rd_kafka_event_type(event) == RD_KAFKA_EVENT_REBALANCE { answerRebalance() }
            unsafe rd_kafka_event_destroy(event)
        }
        return true
    }

    private var isLeft: Bool { unsafe rd_kafka_consumer_closed(client.raw) != 0 }

    private func answerRebalance() {
        if !isLeft { unsafe _ = rd_kafka_assign(client.raw, nil) }
    }

    /// Empties the main queue.
    /// - Returns: whether there was news of a rebalance.
    private func dropRebalances() -> Bool {
        var found = false
        while let event = unsafe rd_kafka_queue_poll(queues.main, 0) {
            if unsafe rd_kafka_event_type(event) == RD_KAFKA_EVENT_REBALANCE { found = true }
            unsafe rd_kafka_event_destroy(event)
        }
        return found
    }

    func requireOpen(_ doing: String) throws(LogError) {
        if isClosed { throw LogError(.other, "\(doing): the consumer of group \(group) is closed") }
    }
}

/// What the group said.
enum GroupNews {
    case assigned([TopicPartition])
    case revoked([TopicPartition], lost: Bool)
    case failed(LogError)
}

/// The settings that all consumers share.
enum ConsumerDefaults {
    static let values = [
        // An empty fetch waits this long at the broker, and a shutdown for it.
        "fetch.wait.max.ms": "100",
        // Fetching pauses for up to a second above this many records; the kilobytes bound memory.
        "queued.min.messages": "1000000", "queued.max.messages.kbytes": "65536",
        "allow.auto.create.topics": "false",
    ]
    static let fixed = [
        "auto.offset.reset": "error", "enable.auto.commit": "false", "enable.auto.offset.store": "false",
        "isolation.level": "read_committed", "partition.assignment.strategy": "range", "enable.partition.eof": "false",
    ]
}
