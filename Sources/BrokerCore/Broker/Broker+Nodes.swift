internal import EventLog
internal import KafkaProtocol

/// Whose lead is to go to whom.
public struct LeaderMove: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, CaseIterable { case all, partitions, coordinators }

    public var kind: Kind
    /// nil for all topics. Coordinators have Kafka's internal ones, `__consumer_offsets` and `__transaction_state`.
    public var topic: String?
    /// nil for all partitions.
    public var partition: Int32?
    /// nil for whoever leads.
    public var from: Int32?
    /// nil for the next replica that is in sync. Where the node is none, the leader stays.
    public var to: Int32?

    public init(
        _ kind: Kind = .all, topic: String? = nil, partition: Int32? = nil, from: Int32? = nil, to: Int32? = nil
    ) {
        self.kind = kind
        self.topic = topic
        self.partition = partition
        self.from = from
        self.to = to
    }

    func concerns(_ place: TopicPartition) -> Bool {
        let isCoordinator = place.topic == Coordination.groupTopic || place.topic == Coordination.transactionTopic
        switch kind {
        case .all: break
        case .partitions: if isCoordinator { return false }
        case .coordinators: if !isCoordinator { return false }
        }
        return (topic == nil || topic == place.topic) && (partition == nil || partition == place.partition)
    }
}

extension Broker {
    /// The node dies. Nobody is told: what it led it leads, until its session ends. Its connections are the host's to close;
    /// what still arrives at it is not done, nor answered.
    ///
    /// - Parameter session: Milliseconds; nil for what the configuration says.
    public mutating func killNode(_ id: Int32, session: Int64? = nil, now: Int64) -> [BrokerAction] {
        guard nodes.isUp(id) else { return [] }
        var step = Step(now: now)
        let shards = Coordination.shards(of: Coordination.places.filter { nodes.leader(of: $0) == id })
        suspend(shards.groups, shards.transactionalIDs, &step)
        nodes.set(.unnoticed(until: now.clampedSum(session ?? configuration.nodeSessionTimeout)), of: id)
        return step.actions
    }

    /// The node hands over what it leads, and is gone: a controlled shutdown.
    public mutating func stopNode(_ id: Int32, now: Int64) -> [BrokerAction] {
        guard nodes.isUp(id) else { return [] }
        var step = Step(now: now)
        depose(id, &step)
        answerFetches(&step)
        note(step.actions)
        return step.actions
    }

    /// The node is back, with all records at once, and leads where nobody else can. A session that has not ended ends now:
    /// Kafka's controller lets a node that died wait for that.
    public mutating func startNode(_ id: Int32, now: Int64) -> [BrokerAction] {
        guard nodes.ids.contains(id), !nodes.isUp(id) else { return [] }
        var step = Step(now: now)
        if nodes.isListed(id) { depose(id, &step) }
        nodes.set(.up, of: id)
        elect(
            nodes.leads.keys.sorted().filter { nodes.leads[$0]?.leader == nil }.map { ($0, nodes.candidate(for: $0)) },
            &step)
        nodes.catchUp()
        if nodes.isSingle { takeOver(CoordinatorShard.all, CoordinatorShard.all, &step) }
        answerFetches(&step)
        note(step.actions)
        return step.actions
    }

    /// Leaders change at once, between nodes that are up.
    ///
    /// - Returns: How many, and what is to be done.
    public mutating func moveLeaders(_ move: LeaderMove, now: Int64) -> (count: Int, actions: [BrokerAction]) {
        var step = Step(now: now)
        var moved: [(TopicPartition, Int32?)] = []
        for place in nodes.leads.keys.sorted() where move.concerns(place) {
            guard let lead = nodes.leads[place], let old = lead.leader, move.from == nil || move.from == old,
                let next = move.to ?? nodes.candidate(for: place, behind: old), next != old, nodes.isUp(next),
                lead.inSync.contains(next)
            else { continue }
            moved.append((place, next))
        }
        elect(moved, &step)
        answerFetches(&step)
        return (moved.count, step.actions)
    }

    /// For a time the node tells clients who leads and coordinates as it is now, whatever changes.
    public mutating func keepMetadata(of id: Int32, for milliseconds: Int64, now: Int64) {
        staleViews[id] = (now.clampedSum(milliseconds), nodes)
    }

    /// What a node knows of nodes and leaders.
    func view(of id: Int32, now: Int64) -> Nodes {
        guard let stale = staleViews[id], stale.until > now else { return nodes }
        return stale.nodes
    }

    /// Ends the sessions of dead nodes that are over.
    mutating func expireNodes(_ step: inout Step) {
        guard let deadline = nodes.nextDeadline, deadline <= step.now else { return }
        for id in nodes.ids {
            if case .unnoticed(let until) = nodes.condition(of: id), until <= step.now { depose(id, &step) }
        }
    }

    /// The controller has noticed that the node is gone.
    private mutating func depose(_ id: Int32, _ step: inout Step) {
        if nodes.isSingle { suspend(CoordinatorShard.all, CoordinatorShard.all, &step) }
        nodes.set(.down, of: id)
        nodes.shrink(without: id)
        elect(
            nodes.leads.keys.sorted().filter { nodes.leads[$0]?.leader == id }.map { ($0, nodes.candidate(for: $0)) },
            &step)
    }

    /// Changes leaders, and with them coordinators.
    private mutating func elect(_ leaders: [(place: TopicPartition, leader: Int32?)], _ step: inout Step) {
        let changes = leaders.filter { $0.leader != nodes.leader(of: $0.place) }
        for (place, leader) in changes { lead(place, by: leader, &step) }
        let isTakenOver = { [nodes] (leader: Int32?) in leader.map(nodes.isUp) ?? false }
        let lost = Coordination.shards(of: changes.filter { !isTakenOver($0.leader) }.map(\.place))
        suspend(lost.groups, lost.transactionalIDs, &step)
        let taken = Coordination.shards(of: changes.filter { isTakenOver($0.leader) }.map(\.place))
        takeOver(taken.groups, taken.transactionalIDs, &step)
    }

    /// Journals who leads a partition, which begins an epoch.
    private mutating func lead(
        _ place: TopicPartition, by leader: Int32?, replicas: [Int32]? = nil, _ step: inout Step
    ) {
        let before = nodes.leads[place]
        let entry = LeadJournalEntry(
            replicas: replicas ?? before?.replicas ?? [1], leader: leader, epoch: before.map { $0.epoch &+ 1 } ?? 0,
            startOffset: partitions[place]?.endOffset ?? 0)
        nodes.apply(entry, to: place)
        step.journal(.lead(place, entry))
        touch(place, &step)
    }

    // MARK: Partitions

    /// Gives partitions that are new their replicas. A single node needs none of this.
    mutating func assign(_ places: [TopicPartition], copies: Int32, chosen: [[Int32]]? = nil, _ step: inout Step) {
        guard !nodes.isSingle else { return }
        for (number, place) in places.enumerated() {
            let replicas = chosen?[number] ?? nodes.assignment(of: place, copies: copies)
            lead(place, by: replicas.first(where: nodes.isListed), replicas: replicas, &step)
        }
    }

    /// All nodes are up when the broker starts. What has no replicas yet gets some; who led and is no node any more, or was
    /// none, is replaced. Epochs never fall.
    mutating func startNodes(_ step: inout Step) {
        if !nodes.isSingle {
            assign(
                (logs + Coordination.places).filter { nodes.leads[$0] == nil }, copies: defaultReplicationFactor, &step)
        }
        for place in nodes.leads.keys.sorted() {
            guard let known = nodes.leads[place] else { continue }
            let replicas = known.replicas.filter(nodes.ids.contains)
            if replicas != known.replicas || known.leader.map(nodes.ids.contains) != true {
                let all = replicas.isEmpty ? nodes.assignment(of: place, copies: Int32(known.replicas.count)) : replicas
                lead(place, by: all.first, replicas: all, &step)
            }
        }
        nodes.resetInSync()
    }

    /// Copies of a topic for which nobody says how many (`default.replication.factor`).
    var defaultReplicationFactor: Int32 { min(3, nodes.count) }
}
