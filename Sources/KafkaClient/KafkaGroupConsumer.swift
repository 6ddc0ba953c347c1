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
    let settings: Settings
    private(set) var client: ClientHandle
    private(set) var queues: ConsumerQueues
    let urgentTopics: Set<String>
    /// What is committed with each offset, so that it can be told who did.
    public var offsetMetadata: String
    /// The name of a static member.
    let instanceID: String?
    /// What a member must be allowed to do.
    let access: MissingAccess
    let decoding = RecordDecoding()

    /// What the group said and the caller has not yet heard.
    var news: [GroupNews] = []
    /// What went wrong behind records that were returned first.
    var failure: LogError?
    /// What the group said of a static member that it does not know under this one's member id any more.
    var putOut: LogError?
    /// What the caller was told that it was given, and has not given up.
    var given: [TopicPartition]?
    /// Who this was when the group gave what the caller was told of last; nil for nobody, who may commit nothing.
    var offered: GroupMembership?
    /// Who this was when the group gave what the caller has taken. It is bound by `assign`, not by the group's news: the
    /// client may have joined again in its background, as one who holds other partitions.
    var membership: GroupMembership?
    /// The places that the caller has taken. Nothing of any other is returned.
    var assigned: Set<TopicPartition> = []
    /// The place of the last record that was found to be among them.
    var lastPlace: TopicPartition?
    private(set) var isClosed = false

    /// How the group waits for a silent member where nobody says otherwise: Kafka's own default. A broker that dies is
    /// missed by its cluster after 9 s, and its partitions and groups are led by others after some more.
    public static let defaultSessionTimeout = Duration.seconds(45)

    /// How long the group waits for this member when it is not heard.
    public var sessionTimeout: Duration {
        client.setting("session.timeout.ms").map { .milliseconds($0) } ?? Self.defaultSessionTimeout
    }

    /// Joins the group; the first `.assigned` comes from `poll` once the group has formed.
    /// - Parameters:
    ///   - topics: All topics to read.
    ///   - urgentTopics: Those of `topics` whose records come first.
    ///   - instanceID: Makes the membership static: a restart within the session's time causes no rebalance.
    ///   - owner: The end of a static member's client id, by which the group can tell two processes with one name apart. It
    ///     must be the same after a restart: a group that takes a member back under its name goes on telling the client id
    ///     of the process before. Nil for a random one.
    ///   - offsetMetadata: Committed with each offset.
    ///   - sessionTimeout: How long the group waits for a silent member. `session.timeout.ms` in the properties wins.
    public init(
        configuration: KafkaConfiguration, group: String, topics: [String], urgentTopics: [String] = [],
        instanceID: String? = nil, owner: String? = nil, offsetMetadata: String = "",
        sessionTimeout: Duration = defaultSessionTimeout
    ) throws(LogError) {
        guard !topics.isEmpty, Set(urgentTopics).isSubset(of: topics) else {
            throw LogError(.configuration, "group \(group): there must be topics, and urgent ones must be among them")
        }
        settings = Settings(configuration, group, topics, instanceID, owner, sessionTimeout)
        self.group = group
        self.urgentTopics = Set(urgentTopics)
        self.offsetMetadata = offsetMetadata
        self.instanceID = instanceID
        access = MissingAccess(.read, topics: topics, group: group)
        (client, queues) = try settings.join()
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
        membership = offered
    }

    public func unassign() throws(LogError) {
        try requireOpen("unassign")
        decoding.forget()
        lastPlace = nil
        queues.forgetPartitions()
        assigned = []
        failure = nil
        (given, membership) = (nil, nil)
        let cause = unsafe rd_kafka_assign(client.raw, nil)
        guard cause == .success else { throw ErrorMapping.error(cause, doing: "give up partitions of group \(group)") }
    }

    /// Joins the group with a new client. What the caller was given is lost.
    func joinAgain() throws(LogError) {
        let (next, lost) = (try settings.join(), given)
        queues.close()
        client.destroy(leavingGroup: false)
        (client, queues) = next
        decoding.forget()
        (lastPlace, failure, putOut, offered, membership) = (nil, nil, nil, nil, nil)
        assigned = []
        news = lost.map { [.revoked($0, lost: true)] } ?? []
    }

    /// Leaves the group (a static member stays until its session ends) and releases everything, within 5 seconds.
    public func close() {
        guard !isClosed else { return }
        isClosed = true
        (membership, offered) = (nil, nil)
        queues.forgetPartitions()
        let left = leave(within: .seconds(3))
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
    /// With who the member was when it was given these.
    case assigned([TopicPartition], GroupMembership?)
    case revoked([TopicPartition], lost: Bool)
    case failed(LogError)
}
