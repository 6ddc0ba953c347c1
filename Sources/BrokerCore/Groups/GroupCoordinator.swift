internal import EventLog
internal import KafkaProtocol

/// Classic consumer groups and their offsets: JoinGroup to LeaveGroup, OffsetCommit to OffsetDelete, as Kafka's
/// coordinator does it (protocol guide, "Group Membership API"; KIP-345, KIP-394, KIP-447, KIP-496, KIP-559, KIP-814).
///
/// A value without I/O. Requests come with a token and the time (`now`, milliseconds since 1970) and yield effects, to
/// be done in order: a journal entry before an answer must be durable before that answer is sent. A request that has to
/// wait is answered by an effect of a later call.
///
/// Every token is answered exactly once, unless `cancel` took it back. That includes a request whose client sent the
/// same one again: Kafka forgets the older, here it gets `rebalanceInProgress`.
///
/// To recover: a new coordinator, `apply` for every entry of the journal, `resume`. While a coordinator loads
/// (`loadTime`), it answers `coordinatorLoadInProgress`.
///
/// As in Kafka a generation is journaled when it is stable or empty. One that was begun only dies with its coordinator, and
/// the next one gives its number out again, perhaps with other members and other assignments.
public struct GroupCoordinator: Sendable {
    public let configuration: GroupCoordinatorConfiguration
    var durable = DurableGroups()
    var groups: [String: Group] = [:]
    /// The number of the next member id.
    var nextMemberNumber: Int64 = 0
    private(set) var loading = LoadingShards()
    /// The generations that were lost with a coordinator, by group.
    private var lost: [String: Int32] = [:]
    /// What clients have met of this.
    public private(set) var encounters = BrokerEncounters()

    /// When `expire` is to be called at the latest, in milliseconds since 1970; nil when nothing is waiting for a time.
    ///
    /// It may be too early: a heartbeat moves a deadline without looking for the new first one.
    public private(set) var nextDeadline: Int64?

    public init(configuration: GroupCoordinatorConfiguration = GroupCoordinatorConfiguration()) {
        self.configuration = configuration
    }

    // MARK: The journal

    /// Folds an entry of the journal, before `resume`.
    public mutating func apply(_ entry: GroupJournalEntry) { durable.apply(entry) }

    /// A journal that says the same as all that was journaled so far.
    public func snapshot() -> [GroupJournalEntry] { durable.snapshot() }

    /// Ends recovery: the groups live again as their last journaled generations, and each member has a whole session
    /// timeout from then on to be heard from.
    public mutating func resume(now: Int64) {
        nextMemberNumber = durable.freeMemberNumber
        // Nobody waits yet, so that nobody is answered.
        _ = move(CoordinatorShard.all, now: now)
    }

    /// Another broker coordinates these shards from now on, and reads what was journaled of them. Who waits for the old
    /// coordinator is told to look for the new one.
    public mutating func move(_ shards: Set<Int>, now: Int64) -> [GroupEffect] {
        let effects = suspend(shards, now: now)
        if configuration.loadTime > 0 {
            let due = now.clampedSum(configuration.loadTime)
            loading.begin(shards, until: due)
            schedule(due)
        } else {
            loading.end(shards)
            load(shards, now)
        }
        return effects
    }

    /// Nobody coordinates these shards until they are moved: no session of theirs ends. Who waits is told to look for
    /// another coordinator.
    public mutating func suspend(_ shards: Set<Int>, now: Int64) -> [GroupEffect] {
        var step = Step(now: now)
        for groupID in groups.keys.sorted() where shards.contains(CoordinatorShard.of(groupID)) {
            for member in groups[groupID]?.orderedMembers ?? [] {
                step.reply(member.join.token, .join(JoinAnswer(memberID: member.id, error: .notCoordinator)))
                step.reply(member.sync.token, .sync(SyncAnswer(error: .notCoordinator)))
            }
            if let group = groups.removeValue(forKey: groupID), group.state == .completingRebalance {
                lost[groupID] = group.generation
            }
        }
        loading.begin(shards, until: LoadingShards.never)
        return step.effects
    }

    /// A generation has begun. Only to count those whose number was given out before.
    mutating func noteGeneration(of group: Group) {
        if let last = lost.removeValue(forKey: group.id), group.generation <= last {
            encounters.generationsGivenAgain += 1
        }
    }

    func isLoading(_ groupID: String) -> Bool { loading.contains(groupID) }

    /// Takes up the shards that are read by now.
    mutating func loadDueShards(_ now: Int64) { load(loading.finish(now: now), now) }

    private mutating func load(_ shards: Set<Int>, _ now: Int64) {
        guard !shards.isEmpty else { return }
        for (groupID, record) in durable.groups where shards.contains(CoordinatorShard.of(groupID)) {
            var group = Group(id: groupID)
            switch record.membership {
            case .none: break
            case .empty(let generation):
                group.generation = generation.generation
                group.protocolType = generation.protocolType
                // The journal does not say since when: its offsets are kept a little longer than they need to be.
                group.emptySince = now
            case .stable(let generation):
                group.restore(generation)
                for memberID in group.members.keys { startSession(of: memberID, in: &group, now) }
            }
            groups[groupID] = group
        }
    }

    // MARK: For the rules

    /// One call: its time, and what it has done so far.
    struct Step {
        let now: Int64
        var effects: [GroupEffect] = []

        mutating func reply(_ token: RequestToken?, _ reply: GroupReply) {
            if let token { effects.append(.reply(token, reply)) }
        }
    }

    mutating func record(_ entry: GroupJournalEntry, _ step: inout Step) {
        durable.apply(entry)
        step.effects.append(.journal(entry))
    }

    /// Something is due at that time.
    mutating func schedule(_ deadline: Int64) { nextDeadline = min(nextDeadline ?? deadline, deadline) }

    /// Only for `expire`, which has seen all deadlines.
    mutating func setNextDeadline(_ deadline: Int64?) { nextDeadline = deadline }

    /// A group, taken out so that it can be changed in place, to be put back by `putBack`. A new one if there is none.
    mutating func takeOut(_ groupID: String) -> Group { groups.removeValue(forKey: groupID) ?? Group(id: groupID) }

    /// Puts a group back, unless there is nothing to it: no member, no offset, no generation.
    mutating func putBack(_ group: Group) {
        let isBlank = group.state == .empty && group.pendingMembers.isEmpty && durable.groups[group.id] == nil
        if !isBlank { groups[group.id] = group }
    }

    mutating func startSession(of memberID: String, in group: inout Group, _ now: Int64) {
        guard let member = group.members[memberID] else { return }
        let deadline = now &+ Int64(member.record.sessionTimeout)
        group.update(memberID) { $0.sessionDeadline = deadline }
        schedule(deadline)
    }

    /// Takes a member out of a group; what it waits for, it waits for in vain.
    mutating func remove(_ memberID: String, from group: inout Group, _ step: inout Step) {
        guard let member = group.remove(memberID) else { return }
        step.reply(member.join.token, .join(JoinAnswer(memberID: "", error: .unknownMemberID)))
        step.reply(member.sync.token, .sync(SyncAnswer(error: .unknownMemberID)))
    }

    /// Whether somebody is who it claims to be.
    func validate(_ memberID: String, _ instanceID: String?, in group: Group) -> ErrorCode {
        if let instanceID {
            guard let current = group.staticMembers[instanceID] else { return .unknownMemberID }
            if current != memberID { return .fencedInstanceID }
        }
        return group.members[memberID] == nil ? .unknownMemberID : .none
    }

    func validate(_ member: MemberIdentity, in group: Group) -> ErrorCode {
        let error = validate(member.memberID, member.instanceID, in: group)
        if error != .none { return error }
        return member.generation == group.generation ? .none : .illegalGeneration
    }
}
