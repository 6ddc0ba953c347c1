internal import EventLog
internal import KafkaProtocol

/// The broker's nodes: which are up, and who leads what, as a cluster's controller keeps it.
///
/// All nodes share one log, so what differs between them is only who may answer for what. Nodes have the ids 1 to `count`.
/// Coordinators are leaders too, as in Kafka: of the partitions of two internal topics, to which groups and transactional
/// ids are mapped. A single node leads all, and no partition has an entry then.
struct Nodes: Sendable {
    enum Condition: Hashable, Sendable {
        case up
        /// Dead, but its session has not ended: for the others it still leads what it led.
        case unnoticed(until: Int64)
        case down
    }

    let count: Int32
    private(set) var conditions: [Condition]
    /// nil while no node is up.
    private(set) var controller: Int32? = 1
    private(set) var leads: [TopicPartition: Lead] = [:]

    init(count: Int32) {
        self.count = max(1, count)
        conditions = Array(repeating: .up, count: Int(self.count))
    }

    var ids: ClosedRange<Int32> { 1...count }
    var isSingle: Bool { count == 1 }

    func condition(of id: Int32) -> Condition { ids.contains(id) ? conditions[Int(id) - 1] : .down }

    /// Whether requests to the node arrive.
    func isUp(_ id: Int32) -> Bool { condition(of: id) == .up }

    /// Whether the others take the node for alive.
    func isListed(_ id: Int32) -> Bool { condition(of: id) != .down }

    /// The nodes that clients are told of.
    var listed: [Int32] { ids.filter(isListed) }

    /// When the first session of a dead node ends.
    var nextDeadline: Int64? {
        conditions.compactMap { if case .unnoticed(let until) = $0 { until } else { nil } }.min()
    }

    var hasUnnoticed: Bool { nextDeadline != nil }

    // MARK: Who leads

    func leader(of place: TopicPartition) -> Int32? {
        if let lead = leads[place] { return lead.leader }
        return isSingle && isListed(1) ? 1 : nil
    }

    func epoch(of place: TopicPartition) -> Int32 { leads.isEmpty ? 0 : leads[place]?.epoch ?? 0 }

    func epoch(at offset: Int64, of place: TopicPartition) -> Int32 { leads[place]?.epoch(at: offset) ?? 0 }

    func replicas(of place: TopicPartition) -> [Int32] { leads[place]?.replicas ?? [1] }

    func inSync(of place: TopicPartition) -> [Int32] { leads[place]?.inSync ?? [1] }

    enum Access: Hashable, Sendable {
        case leader
        /// Any copy will do.
        case replica
    }

    /// Whether a node may answer for a partition to a client that knows its leader's epoch; -1 for one that doesn't say.
    /// An epoch that is not the present one comes first, as in Kafka (KIP-320).
    func check(
        _ place: TopicPartition, at node: Int32, leaderEpoch: Int32 = -1, _ access: Access = .leader
    ) -> ErrorCode {
        if leaderEpoch != -1 {
            let epoch = epoch(of: place)
            if leaderEpoch < epoch { return .fencedLeaderEpoch }
            if leaderEpoch > epoch { return .unknownLeaderEpoch }
        }
        if isSingle { return .none }
        return switch access {
        case .leader: leader(of: place) == node ? .none : .notLeaderOrFollower
        case .replica: replicas(of: place).contains(node) ? .none : .notLeaderOrFollower
        }
    }

    /// The last epoch up to that one that has records, and where it ends; the end is nil for the present one.
    func end(of epoch: Int32, of place: TopicPartition) -> (epoch: Int32, offset: Int64?)? {
        // An epoch that there has not been yet has no end.
        guard (0...self.epoch(of: place)).contains(epoch) else { return nil }
        guard let lead = leads[place] else { return (0, nil) }
        return lead.end(of: epoch)
    }

    /// The shortest journal that says the same.
    func snapshot() -> [(place: TopicPartition, entry: LeadJournalEntry)] {
        leads.keys.sorted().flatMap { place in (leads[place]?.entries ?? []).map { (place, $0) } }
    }

    // MARK: Changes

    /// Only by what was journaled.
    mutating func apply(_ entry: LeadJournalEntry, to place: TopicPartition) {
        leads[place] = Lead(entry, before: leads[place])
    }

    mutating func forget(_ place: TopicPartition) {
        if !leads.isEmpty { leads[place] = nil }
    }

    mutating func set(_ condition: Condition, of id: Int32) {
        guard ids.contains(id) else { return }
        conditions[Int(id) - 1] = condition
        // A controller that is dead leads until that is noticed.
        if controller.map({ !isListed($0) }) ?? true { controller = listed.first }
    }

    /// The node is not in sync any more. Where it is the last one it stays.
    mutating func shrink(without id: Int32) {
        for place in leads.keys.sorted() {
            guard var lead = leads[place], lead.inSync != [id] else { continue }
            lead.inSync.removeAll { $0 == id }
            leads[place] = lead
        }
    }

    /// All nodes are in sync: the broker has started.
    mutating func resetInSync() {
        for place in leads.keys.sorted() {
            guard var lead = leads[place] else { continue }
            lead.inSync = lead.replicas
            leads[place] = lead
        }
    }

    /// Nodes that are up have everything again, where somebody who is up leads. It takes them no time.
    mutating func catchUp() {
        for place in leads.keys.sorted() {
            guard var lead = leads[place], lead.leader.map(isUp) ?? false else { continue }
            lead.inSync = lead.replicas.filter { lead.inSync.contains($0) || isUp($0) }
            leads[place] = lead
        }
    }

    /// Whom the controller would make the leader: the first replica that is in sync and not known to be dead.
    ///
    /// - Parameter behind: Whom it comes after among the replicas, as seldom as possible itself; nil begins with the
    ///   preferred leader.
    func candidate(for place: TopicPartition, behind: Int32? = nil) -> Int32? {
        guard let lead = leads[place] else { return nil }
        let start = behind.flatMap(lead.replicas.firstIndex).map { $0 + 1 } ?? 0
        let order = lead.replicas[start...] + lead.replicas[..<start]
        return order.first { lead.inSync.contains($0) && isListed($0) }
    }
}
