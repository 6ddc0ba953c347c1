/// A live group. `GroupCoordinator` holds the rules; here is what they are about.
struct Group: Sendable {
    let id: String
    private(set) var state = GroupState.empty
    var generation: Int32 = 0
    var protocolType: String?
    var protocolName: String?
    var leaderID: String?
    private(set) var members: [String: GroupMember] = [:]
    /// Instance id to member id.
    private(set) var staticMembers: [String: String] = [:]
    /// Ids given out by KIP-394 that have not joined, with the time when they are forgotten.
    var pendingMembers: [String: Int64] = [:]
    /// How many members support a protocol.
    private var support: [String: Int] = [:]
    /// When those who have not joined the rebalance are left behind.
    var joinDeadline: Int64?
    /// Only in an empty group's first rebalance: how much longer it may wait for more members.
    var initialDelayLeft: Int64?
    /// Somebody came while the first rebalance was waiting.
    var hasNewcomer = false
    /// Members of the generation that have not sent SyncGroup.
    var awaitedSyncs: Set<String> = []
    /// When those of `awaitedSyncs` are left behind.
    var syncDeadline: Int64?
    /// Since when it has no members; nil for one that never had any.
    var emptySince: Int64?
    private var arrivals: Int64 = 0

    init(id: String) { self.id = id }

    mutating func transition(to next: GroupState) {
        assert(state.mayBecome(next), "group \(id): \(state.name) can't become \(next.name)")
        state = next
    }

    /// Only for recovery: as the journal says.
    mutating func restore(_ stable: StableGeneration) {
        state = .stable
        generation = stable.generation
        protocolType = stable.protocolType
        protocolName = stable.protocolName
        leaderID = stable.leaderID
        for record in stable.members {
            add(record)
            update(record.memberID) { $0.isNew = false }
        }
    }

    // MARK: Members

    /// In the order in which they came.
    var orderedMembers: [GroupMember] { members.values.sorted { $0.arrival < $1.arrival } }

    func isLeader(_ memberID: String) -> Bool { leaderID == memberID }

    mutating func update(_ memberID: String, _ change: (inout GroupMember) -> Void) {
        guard var member = members.removeValue(forKey: memberID) else { return }
        change(&member)
        members[memberID] = member
    }

    mutating func add(_ record: MemberRecord) {
        arrivals += 1
        members[record.memberID] = GroupMember(record: record, arrival: arrivals)
        if let instanceID = record.instanceID { staticMembers[instanceID] = record.memberID }
        if leaderID == nil { leaderID = record.memberID }
        pendingMembers[record.memberID] = nil
        count(record.protocols, 1)
    }

    /// Takes a member out. Its waiting requests are the caller's to answer.
    mutating func remove(_ memberID: String) -> GroupMember? {
        awaitedSyncs.remove(memberID)
        guard let member = members.removeValue(forKey: memberID) else { return nil }
        count(member.record.protocols, -1)
        if let instanceID = member.record.instanceID { staticMembers[instanceID] = nil }
        if leaderID == memberID { leaderID = members.values.min { $0.arrival < $1.arrival }?.id }
        return member
    }

    /// Gives a static member another id; it keeps its place.
    mutating func replace(_ oldMemberID: String, by newMemberID: String) {
        guard var member = members.removeValue(forKey: oldMemberID) else { return }
        member.record.memberID = newMemberID
        members[newMemberID] = member
        if let instanceID = member.record.instanceID { staticMembers[instanceID] = newMemberID }
        if leaderID == oldMemberID { leaderID = newMemberID }
        if awaitedSyncs.remove(oldMemberID) != nil { awaitedSyncs.insert(newMemberID) }
    }

    mutating func setTerms(of memberID: String, _ request: JoinRequest) {
        guard let member = members[memberID] else { return }
        count(member.record.protocols, -1)
        count(request.protocols, 1)
        update(memberID) {
            $0.record.protocols = request.protocols
            $0.record.sessionTimeout = request.sessionTimeout
            $0.record.rebalanceTimeout = request.rebalanceTimeout
        }
    }

    private mutating func count(_ protocols: [GroupProtocol], _ change: Int) {
        for name in Set(protocols.map(\.name)) {
            let count = (support[name] ?? 0) + change
            support[name] = count == 0 ? nil : count
        }
    }

    // MARK: Rebalancing

    /// The longest of the members' rebalance timeouts, in milliseconds.
    var rebalanceTimeout: Int64 {
        members.values.reduce(0) { max($0, Int64($1.record.rebalanceTimeout)) }
    }

    var joinedCount: Int { members.values.reduce(0) { $0 + ($1.join.isParked ? 1 : 0) } }

    var allHaveJoined: Bool { pendingMembers.isEmpty && members.values.allSatisfy(\.join.isParked) }

    /// Whether a member with these protocols fits in: of the same type, and with a protocol that all support.
    func supports(_ type: String, _ protocols: [GroupProtocol]) -> Bool {
        if state == .empty { return !type.isEmpty && !protocols.isEmpty }
        return protocolType == type && protocols.contains { (support[$0.name] ?? 0) == members.count }
    }

    /// The protocol with the most votes among those that all support; each member votes for the first of its own. Of
    /// two with as many votes the one that was voted for earlier.
    var electedProtocol: String? {
        var votes: [(name: String, count: Int)] = []
        for member in orderedMembers {
            let choice = member.record.protocols.first { (support[$0.name] ?? 0) == members.count }
            guard let name = choice?.name else { continue }
            if let index = votes.firstIndex(where: { $0.name == name }) {
                votes[index].count += 1
            } else {
                votes.append((name, 1))
            }
        }
        let most = votes.map(\.count).max()
        return votes.first { $0.count == most }?.name
    }

    /// Hands the lead to somebody who has joined if the leader has not. False when nobody has.
    mutating func electJoinedLeader() -> Bool {
        if let leaderID, members[leaderID]?.join.isParked == true { return true }
        guard let joined = orderedMembers.first(where: \.join.isParked) else { return false }
        leaderID = joined.id
        return true
    }

    /// What the leader is told.
    var joinedMembers: [JoinedMember] {
        orderedMembers.map {
            JoinedMember(
                memberID: $0.id, instanceID: $0.record.instanceID, metadata: $0.metadata(for: protocolName))
        }
    }

    /// Whether a consumer of the group has subscribed to the topic; true where that can't be known (KIP-496).
    func isSubscribed(to topic: String) -> Bool {
        guard protocolName != nil else { return true }
        return members.values.contains { member in
            ConsumerSubscription.topics(member.metadata(for: protocolName))?.contains(topic) ?? true
        }
    }
}
