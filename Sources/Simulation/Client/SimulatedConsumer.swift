internal import EventLog

/// A member of a consumer group that reads committed records, in virtual time: what `KafkaGroupConsumer` is on librdkafka.
///
/// Its membership lives by timers of its host: joining, heartbeats and what the coordinator says go on between the calls,
/// and are told by `poll`, or kept for it by `heartbeat`. The group's rules as librdkafka follows them:
/// - Partitions that are taken away are told of, and the member joins again only after `unassign`; heartbeats go on.
/// - While the caller has not answered `.assigned` by `assign`, the group's wish to rebalance waits.
/// - Who is not known to the group any more joins as somebody new. What it was when it was given its partitions is kept as
///   `membership`, so that what it has in hand is refused.
///
/// All calls return at once; `then` is called once, later, from the timeline. One call at a time.
package final class SimulatedConsumer {
    /// Who a member is in its group.
    package typealias Membership = (group: String, generation: Int32, memberID: String, instanceID: String?)

    package let group: String
    let host: Host
    let network: Network
    let settings: ClientSettings
    let topics: [String]
    let urgentTopics: Set<String>
    let instanceID: String?
    /// What is committed with each offset.
    package var offsetMetadata: String
    /// For the group's requests. The broker answers one after the other, so others wait behind a join.
    let coordinator: Connection
    /// For records, and to find the coordinator.
    let data: Asker
    var isFindingCoordinator = false

    /// As it was when the group gave what the caller has taken (KIP-447); nil while it has taken nothing.
    package internal(set) var membership: Membership?
    /// As it was when the group gave what the caller was told of last.
    var offered: Membership?

    // MARK: The group's side

    var phase = Phase.waitingToJoin
    /// Who this is for the group at this moment. Changes behind the caller's back.
    var identity = Identity()
    /// The number of the current try to join: what belongs to an older one is dropped.
    var attempt = 0
    var nextJoinTime: Int64
    var joinTimer: TimerID?
    var heartbeatTimer: TimerID?
    var isHeartbeatUnderway = false
    /// When the member takes its session for lost.
    var sessionDeadline: Int64
    /// What the group gave with its last assignment.
    var given: [TopicPartition] = []
    /// Partitions of topics, as far as they are known.
    var partitionCounts: [String: Int32] = [:]
    /// The group is asked who has this static member's name.
    var isPutOut = false
    /// A newer instance has taken over: this one is told so by every poll from now on.
    var fenced: LogError?

    // MARK: The caller's side

    /// What the group said and the caller's thread has not yet taken note of.
    var events: [GroupNews] = []
    /// What the caller has not yet heard.
    var news: [GroupNews] = []
    var pendingPoll: PendingPoll?
    var lastPoll: Int64
    var pollTimer: TimerID?
    /// Not polled for too long: no joining until it is polled again.
    var isOverdue = false
    private(set) var isClosed = false

    // MARK: Records

    /// The number of the current set of positions: what was fetched for an older one is dropped.
    var version = 0
    var positions: [TopicPartition: FetchPosition] = [:]
    /// The places of `positions`, sorted, the urgent ones first.
    var places: [TopicPartition] = []
    /// Nodes of which records are on their way.
    var fetching: Set<Int32> = []
    var isLearningLeaders = false
    /// From a revocation on, until the caller says what it has.
    var isPaused = false
    var urgent = RecordBuffer()
    var normal = RecordBuffer()
    /// What went wrong behind the records that are buffered.
    var failure: LogError?

    /// Joins the group; the first `.assigned` comes from `poll` once the group has formed.
    /// - Parameters:
    ///   - topics: All topics to read.
    ///   - urgentTopics: Those of `topics` whose records come first.
    ///   - instanceID: Makes the membership static: a restart within the session's time causes no rebalance.
    ///   - offsetMetadata: Committed with each offset.
    package init(
        host: Host, network: Network, settings: ClientSettings, group: String, topics: [String],
        urgentTopics: [String] = [], instanceID: String? = nil, offsetMetadata: String = ""
    ) {
        self.host = host
        self.settings = settings
        self.group = group
        self.topics = topics.sorted()
        self.urgentTopics = Set(urgentTopics)
        self.instanceID = instanceID
        self.offsetMetadata = offsetMetadata
        coordinator = network.connect(host)
        data = Asker(network, host, settings)
        self.network = network
        let now = host.timeline.now
        nextJoinTime = now
        sessionDeadline = now
        lastPoll = now
        scheduleJoin()
        watchPolls()
        // Who waits for the answer holds this consumer.
        host.onDeath { [weak self] in self?.pendingPoll = nil }
    }

    /// Leaves the group (static members stay) and releases everything. Nothing is waited for: a leave that gets lost on
    /// its way is made up for by the session's end.
    package func close() {
        guard !isClosed else { return }
        isClosed = true
        (membership, offered) = (nil, nil)
        forgetRecords()
        cancelTimers()
        if let poll = pendingPoll { finish(poll, .failure(closedError("poll"))) }
        let isJoining = phase == .joining || phase == .syncing
        endMembership()
        data.close()
        // Behind a join that waits for others the leave would wait as well.
        if isJoining { coordinator.close() }
        if instanceID == nil, !identity.memberID.isEmpty {
            leave { [coordinator] in coordinator.close() }
        } else {
            coordinator.close()
        }
    }

    func closedError(_ doing: String) -> LogError {
        LogError(.other, "\(doing): the consumer of group \(group) is closed")
    }

    private func cancelTimers() {
        for timer in [joinTimer, heartbeatTimer, pollTimer] {
            if let timer { host.cancel(timer) }
        }
        (joinTimer, heartbeatTimer, pollTimer) = (nil, nil, nil)
    }
}

extension SimulatedConsumer {
    /// What the group said.
    enum GroupNews {
        /// With who the member was when it was given these.
        case assigned([TopicPartition], Membership?)
        case revoked([TopicPartition], lost: Bool)
        case failed(LogError)
    }

    /// What a member says of itself.
    struct Identity: Hashable {
        /// -1 for none.
        var generation: Int32 = -1
        var memberID = ""

        /// Whether a broker can tell it from others, and so from what it once was.
        var isComplete: Bool { generation >= 0 && !memberID.isEmpty }
    }

    /// A call of `poll` that waits.
    struct PendingPoll {
        var maxRecords: Int
        var timers: [TimerID]
        var then: (Result<PollResult, LogError>) -> Void
    }
}
