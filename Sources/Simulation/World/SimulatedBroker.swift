package import BrokerCore
package import EventLog
internal import KafkaProtocol

/// What a broker coordinates.
package enum CoordinatorKind: String, Hashable, Sendable, CaseIterable {
    case groups, transactions
    /// Groups, when the next generation has begun and has no assignment yet.
    case groupsInRebalance = "groups, in a rebalance,"
}

/// The broker's process: `Broker` with its disk in memory.
///
/// Everything that its actions wrote is on disk and outlives a crash; connections, waiting requests and answers that were
/// not sent do not.
package final class SimulatedBroker {
    package let timeline: Timeline
    package let configuration: BrokerConfiguration
    package private(set) var isUp = true
    package private(set) var crashCount = 0
    /// Told of each place where batches, markers included, were stored, behind the step that stored them.
    package var onAppend: ((TopicPartition) -> Void)?
    /// Connections break: those to the node, or all.
    var onCrash: ((Int32?) -> Void)?
    /// Nodes that are not there while the broker is up.
    var nodesAway: Set<Int32> = []

    private let disk = SimulatedDisk()
    var broker: Broker
    private var answers: [RequestToken: (AnyResponse?) -> Void] = [:]
    private var nextToken: Int64 = 1
    private var outbox: [(answer: (AnyResponse?) -> Void, response: AnyResponse?)] = []
    private var isDelivering = false
    private var alarm: (at: Int64, id: TimerID)?
    /// Actions that are still done before the process dies.
    private var actionsLeft: Int?
    /// What clients met in the lives before this one.
    private var met = BrokerEncounters()
    /// Whether the groups' coordinators fail over as soon as a generation has begun.
    private var movesInRebalance = false

    /// A broker without topics, up at once.
    package init(timeline: Timeline, configuration: BrokerConfiguration) {
        self.timeline = timeline
        self.configuration = configuration
        broker = Broker(configuration: configuration, now: timeline.now / 1000)
        perform(broker.start(now: now))
    }

    /// Milliseconds since 1970, as brokers count.
    var now: Int64 { timeline.now / 1000 }

    // MARK: Life

    /// Ends the process.
    package func crash() {
        guard isUp else { return }
        isUp = false
        crashCount += 1
        met += broker.encounters
        actionsLeft = nil
        answers = [:]
        outbox = []
        if let alarm { timeline.cancel(alarm.id) }
        alarm = nil
        onCrash?(nil)
    }

    /// Ends the process as soon as it has done that many more actions (writes and answers): between any two that belong
    /// together.
    package func crash(afterActions count: Int) {
        guard isUp else { return }
        if count > 0 { actionsLeft = count } else { crash() }
    }

    /// Starts the process again, with what is on disk.
    package func restart() {
        guard !isUp else { return }
        broker = Broker(configuration: configuration, now: now)
        for entry in disk.journal { broker.apply(entry) }
        disk.restore(into: &broker)
        isUp = true
        nodesAway = []
        perform(broker.start(now: now))
    }

    /// Other brokers take over all groups, or all transactional ids: what their coordinators had in memory is gone.
    package func moveCoordinators(_ kind: CoordinatorKind) {
        guard isUp else { return }
        switch kind {
        case .groups: perform(broker.moveCoordinators(groups: CoordinatorShard.all, transactionalIDs: [], now: now))
        case .transactions:
            perform(broker.moveCoordinators(groups: [], transactionalIDs: CoordinatorShard.all, now: now))
        case .groupsInRebalance: movesInRebalance = true
        }
    }

    private func moveInRebalance(_ actions: [BrokerAction]) {
        let hasBegun = actions.contains {
            guard case .reply(let reply) = $0, case .joinGroup(let answer) = reply.response else { return false }
            return answer.errorCode == .none && !answer.members.isEmpty
        }
        guard movesInRebalance, hasBegun else { return }
        movesInRebalance = false
        moveCoordinators(.groups)
    }

    /// What clients have met, over all lives of the process.
    package var encounters: BrokerEncounters {
        var all = met
        if isUp { all += broker.encounters }
        return all
    }

    // MARK: Requests

    /// Takes a request in, unless the process is down.
    ///
    /// - Parameter answer: Called once, now or later, unless `cancel` or a crash comes first; nil when there is nothing to
    ///   say.
    func handle(
        _ request: AnyRequest, version: Int16, from client: ClientInfo, answer: @escaping (AnyResponse?) -> Void
    ) -> RequestToken {
        let token = RequestToken(rawValue: nextToken)
        nextToken += 1
        guard isUp else { return token }
        answers[token] = answer
        let header = RequestHeader(apiKey: request.apiKey, apiVersion: version, clientID: client.clientID)
        perform(broker.handle(request, header, from: client, token: token, now: now))
        return token
    }

    /// The client of a request is gone.
    func cancel(_ token: RequestToken) {
        guard isUp, answers.removeValue(forKey: token) != nil else { return }
        broker.disconnected(token, now: now)
    }

    /// Makes topics directly, before a run. Those that there are already stay as they are.
    ///
    /// - Throws: `TopicRefusal` when a name, a number of partitions or a setting is not allowed.
    package func createTopics(
        _ topics: [(name: String, partitions: Int32, config: [String: String])]
    ) throws(TopicRefusal) {
        for topic in topics {
            perform(
                try broker.createTopic(
                    named: topic.name, partitions: topic.partitions, configs: topic.config, now: now))
        }
    }

    /// Writes a record without a key directly, before a run.
    package func write(_ record: OutgoingRecord) throws(TopicRefusal) {
        let headers = record.headers.map { BatchRecordHeader(name: Array($0.name.utf8), value: $0.value) }
        perform(
            try broker.write(record.value ?? [], headers: headers, to: record.topicPartition, now: now))
    }

    func perform(_ actions: [BrokerAction]) {
        var touched: [TopicPartition] = []
        for action in actions {
            perform(action)
            if case .append(let place, _) = action, touched.last != place { touched.append(place) }
            if let left = actionsLeft {
                guard left > 1 else {
                    crash()
                    break
                }
                actionsLeft = left - 1
            }
        }
        if let onAppend {
            for place in touched { onAppend(place) }
        }
        guard isUp else { return }
        if movesInRebalance { moveInRebalance(actions) }
        setAlarm()
        deliver()
    }

    private func perform(_ action: BrokerAction) {
        switch action {
        case .journal(let entry): disk.write(entry)
        case .createLog(let place): disk.createLog(place)
        case .append(let place, let batch): disk.append(batch, to: place)
        case .deleteLog(let place): disk.deleteLog(place)
        case .deleteBatches(let place, let offset): disk.deleteBatches(place, below: offset)
        case .compact(let place, let task): planCompaction(of: place, task)
        case .reply(let reply):
            guard let answer = answers.removeValue(forKey: reply.token) else { return }
            // The bytes are read at once: what follows in the same step may delete them.
            outbox.append((answer, filled(reply)))
        }
    }

    /// Lets the answers out. Whoever gets one may hand in the next request at once.
    private func deliver() {
        guard !isDelivering else { return }
        isDelivering = true
        defer { isDelivering = false }
        while !outbox.isEmpty {
            let answers = outbox
            outbox = []
            for (answer, response) in answers { answer(response) }
        }
    }

    /// Asked in place: to read a property of a large value that an object holds would copy the value, at each request.
    private static func nextDeadline(of broker: inout Broker) -> Int64? { broker.nextDeadline }

    private func setAlarm() {
        guard let deadline = Self.nextDeadline(of: &broker) else { return }
        if let alarm {
            // One that rings too early finds nothing to do and is set anew.
            if alarm.at <= deadline { return }
            timeline.cancel(alarm.id)
        }
        let time = max(deadline &* 1000, timeline.now &+ 1000)
        let id = timeline.at(time) { [weak self] in
            guard let self else { return }
            alarm = nil
            perform(broker.expire(now: now))
        }
        alarm = (deadline, id)
    }

    /// Compaction runs beside everything else, a moment later.
    private func planCompaction(of place: TopicPartition, _ task: CompactionTask) {
        let log = disk.logs[place]
        let crashes = crashCount
        timeline.after(1_000) { [weak self] in
            guard let self, isUp, crashes == crashCount else { return }
            guard let log, disk.logs[place] === log, let result = disk.compact(place, task) else {
                return broker.compactionFailed(place)
            }
            perform(broker.compacted(place, result, now: now))
        }
    }

    // MARK: Stored bytes

    private func filled(_ reply: BrokerReply) -> AnyResponse? {
        guard !reply.reads.isEmpty, let response = reply.response else { return reply.response }
        switch response {
        case .fetch(var fetch):
            for read in reply.reads {
                guard case .records(let topic, let partition, let place, let slice) = read else { continue }
                fetch.topics[topic].partitions[partition].records = disk.read(
                    place, slice.baseOffset..<slice.endOffset)
            }
            return .fetch(fetch)
        case .listOffsets(var offsets):
            for read in reply.reads {
                guard case .offset(let topic, let partition, let place, let first, let query, let isolation) = read
                else { continue }
                guard let match = search(first, of: place, query, isolation) else { continue }
                offsets.topics[topic].partitions[partition].offset = match.offset
                offsets.topics[topic].partitions[partition].timestamp = match.timestamp
                offsets.topics[topic].partitions[partition].leaderEpoch = broker.leaderEpoch(
                    at: match.offset, in: place)
            }
            return .listOffsets(offsets)
        default: return response
        }
    }

    private func search(
        _ first: BatchCandidate, of place: TopicPartition, _ query: OffsetQuery, _ isolation: ReadIsolation
    ) -> TimestampSearch.Match? {
        var candidate: BatchCandidate? = first
        while let batch = candidate {
            if let bytes = disk.batch(place, at: batch.baseOffset), let match = match(query, in: bytes, batch) {
                return match
            }
            candidate = broker.nextCandidate(in: place, behind: batch, query, isolation: isolation)
        }
        return nil
    }

    private func match(
        _ query: OffsetQuery, in bytes: [UInt8], _ batch: BatchCandidate
    ) -> TimestampSearch.Match? {
        switch query {
        case .maxTimestamp: try? TimestampSearch.latest(in: bytes, from: batch.firstOffset)
        case .timestamp(let timestamp):
            try? TimestampSearch.first(in: bytes, atOrAfter: timestamp, from: batch.firstOffset)
        case .earliest, .latest: nil
        }
    }

    // MARK: For checkers

    /// The partitions that have a log on disk, sorted.
    package var places: [TopicPartition] { disk.logs.keys.sorted() }

    /// What is on disk of the log from the offset on, whether the process is up or not.
    ///
    /// - Parameter offset: Batches whose base offset is below it are left out.
    package func batches(of place: TopicPartition, from offset: Int64 = 0) -> [StoredLogBatch] {
        guard let log = disk.logs[place] else { return [] }
        return Array(log.batches[log.index(of: offset)...])
    }

    /// The offset that the partition's next record gets; 0 when there is no such partition.
    package func highWatermark(of place: TopicPartition) -> Int64 { disk.logs[place]?.endOffset ?? 0 }

    /// Up to here every transaction is decided; what the broker knew last when it is down, and -1 when there is no such
    /// partition.
    package func lastStableOffset(of place: TopicPartition) -> Int64 { broker.lastStableOffset(of: place) ?? -1 }
}
