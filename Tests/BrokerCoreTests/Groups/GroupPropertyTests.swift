import BrokerCore
import EventLog
import KafkaProtocol
import Testing

/// Members that do anything at any time, from a seed: what may never happen doesn't, and when they come to their senses
/// the group gets stable.
@Suite struct GroupPropertyTests {
    @Test(arguments: 0..<150)
    func aGroupSurvivesItsMembers(seed: UInt64) {
        var run = GroupRun(seed: seed)
        for _ in 0..<250 {
            run.step()
            run.check()
        }
        run.settle()
        run.recover()
    }

    @Test func theInterestingHappens() {
        var seen: Set<GroupRun.Sight> = []
        for seed in 0..<40 {
            var run = GroupRun(seed: UInt64(seed))
            for _ in 0..<250 {
                run.step()
                run.check()
            }
            seen.formUnion(run.seen)
        }
        #expect(seen == Set(GroupRun.Sight.allCases))
    }
}

/// One run of a group and its members.
struct GroupRun {
    /// What a campaign must come across, or it shows nothing.
    enum Sight: CaseIterable {
        case stable
        case replacedWithoutRebalance
        case fenced
        case rebalanceEndedSync
        case restartInRebalance
        case generationGivenAgain
        case empty
        case leftBehind
    }

    /// What a client believes to be true.
    struct Client {
        var instance: String?
        var memberID = ""
        var generation: Int32 = -1
        /// The answer that it waits for.
        var waiting: RequestToken?
    }

    let world = GroupWorld()
    var dice: CoordinatorDice
    var clients: [Client]
    var seen: Set<Sight> = []
    /// All tokens that must be answered some time, with the client and what it asked for.
    var owed: [RequestToken: (client: Int, claimed: Int32)] = [:]
    /// Who decides in a generation.
    private var leaders: [Int32: String] = [:]
    /// By member id, as a leader learned it.
    private var identities: [String: String] = [:]
    private var checkedEntries = 0
    /// The highest that anybody was ever told of.
    private var lastGeneration: Int32 = 0
    /// The one that is valid: after a restart the last that was stable or empty.
    private var current: Int32 = 0
    private var lastComplete: Int32 = 0

    init(seed: UInt64) {
        dice = CoordinatorDice(seed: seed)
        clients = (0..<5).map { Client(instance: $0 < 2 ? "i\($0)" : nil) }
        // Two more who claim to be one of them.
        clients.append(Client(instance: "i0"))
    }

    // MARK: Steps

    mutating func step() {
        let client = dice.below(clients.count)
        switch dice.below(20) {
        case 0...6: join(client)
        case 7...11: sync(client)
        case 12...14: heartbeat(client)
        case 15: leave(client)
        case 16: disconnect(client)
        case 17, 18: world.pass(Int64(dice.below(dice.chance(1, of: 4) ? 20_000 : 3000)))
        default: if dice.chance(1, of: 4) { restart() } else { forget(client) }
        }
        collect()
    }

    mutating func join(_ index: Int) {
        let client = clients[index]
        let name = dice.chance(1, of: 12) ? "sticky" : "range"
        let protocols = [
            GroupWorld.range([dice.chance(1, of: 8) ? "u" : "t"], name: name), GroupWorld.range(name: "last"),
        ]
        let token = world.join(
            client.memberID, instance: client.instance, session: 6000, rebalance: 10_000, protocols: protocols,
            requiresID: dice.chance(1, of: 2), skips: dice.chance(1, of: 2))
        ask(token, index, -1)
    }

    mutating func sync(_ index: Int) {
        let client = clients[index]
        var assign: [String: String] = [:]
        if leaders[client.generation] == client.memberID {
            for (memberID, identity) in identities { assign[memberID] = "\(client.generation)/\(identity)" }
        }
        let token = world.sync(client.memberID, client.generation, instance: client.instance, assign: assign)
        ask(token, index, client.generation)
    }

    private mutating func ask(_ token: RequestToken, _ index: Int, _ claimed: Int32) {
        owed[token] = (index, claimed)
        clients[index].waiting = token
    }

    mutating func heartbeat(_ index: Int) {
        let client = clients[index]
        let error = world.heartbeat(client.memberID, client.generation, instance: client.instance)
        if error == ErrorCode.none { #expect(client.generation == current) }
        if error == .fencedInstanceID { seen.insert(.fenced) }
        react(index, to: error ?? .unknownServerError)
    }

    private mutating func leave(_ index: Int) {
        let client = clients[index]
        _ = world.leave([LeavingMember(memberID: client.memberID, instanceID: client.instance)])
    }

    private mutating func disconnect(_ index: Int) {
        guard let token = clients[index].waiting, owed[token] != nil else { return }
        world.coordinator.cancel(token)
        owed[token] = nil
        clients[index].waiting = nil
    }

    private mutating func forget(_ index: Int) {
        clients[index].memberID = ""
        clients[index].generation = -1
    }

    private mutating func restart() {
        if world.state == "PreparingRebalance" || world.state == "CompletingRebalance" {
            seen.insert(.restartInRebalance)
        }
        owed = [:]
        world.restart()
        check()
        current = lastComplete
        leaders = leaders.filter { $0.key <= lastComplete }
    }

    // MARK: Answers

    mutating func collect() {
        for token in owed.keys.sorted() {
            guard let reply = world.answers[token], let (index, claimed) = owed.removeValue(forKey: token) else {
                continue
            }
            switch reply {
            case .join(let answer): joined(index, answer)
            case .sync(let answer): synced(index, answer, claimed)
            case .heartbeat, .leave, .commit, .deleteOffsets, .deleteGroups: Issue.record("not what was asked for")
            }
        }
    }

    private mutating func joined(_ index: Int, _ answer: JoinAnswer) {
        if answer.skipsAssignment { seen.insert(.replacedWithoutRebalance) }
        guard answer.error == .none || answer.error == .memberIDRequired else {
            return react(index, to: answer.error)
        }
        clients[index].memberID = answer.memberID
        clients[index].generation = answer.generation
        guard answer.error == .none else { return }
        grow(to: answer.generation)
        for member in answer.members { identities[member.memberID] = member.instanceID ?? member.memberID }
        if !answer.members.isEmpty, !answer.skipsAssignment {
            #expect(answer.leaderID == answer.memberID)
            #expect(answer.members.contains { $0.memberID == answer.memberID })
            let leader = leaders[answer.generation]
            #expect(leader == nil || leader == answer.memberID, "generation \(answer.generation) has two leaders")
            leaders[answer.generation] = answer.memberID
        }
    }

    private mutating func synced(_ index: Int, _ answer: SyncAnswer, _ claimed: Int32) {
        if answer.error == .rebalanceInProgress { seen.insert(.rebalanceEndedSync) }
        guard answer.error == .none else { return react(index, to: answer.error) }
        let identity = clients[index].instance ?? clients[index].memberID
        #expect(String(decoding: answer.assignment, as: UTF8.self) == "\(claimed)/\(identity)")
    }

    private mutating func react(_ index: Int, to error: ErrorCode) {
        if error == .unknownMemberID || error == .fencedInstanceID {
            if error == .unknownMemberID, clients[index].memberID != "" { seen.insert(.leftBehind) }
            forget(index)
        }
    }

    // MARK: Checks

    mutating func check() {
        if world.state == "Stable" { seen.insert(.stable) }
        if world.state == "Empty" { seen.insert(.empty) }
        for entry in world.journal[checkedEntries...] {
            switch entry {
            case .emptied(_, let empty):
                #expect(empty.generation > lastComplete)
                grow(to: empty.generation)
                lastComplete = empty.generation
            case .stable(_, let stable):
                #expect(stable.generation == current)
                lastComplete = current
                #expect(stable.members.contains { $0.memberID == stable.leaderID })
            case .memberNumbersReserved, .memberReplaced, .deleted, .offsetsCommitted, .offsetsPending,
                .transactionEnded, .offsetsDeleted:
                break
            }
        }
        checkedEntries = world.journal.count
        if dice.chance(1, of: 10) { checkSnapshot() }
    }

    private mutating func grow(to generation: Int32) {
        #expect(generation >= current)
        if generation > current, generation <= lastGeneration { seen.insert(.generationGivenAgain) }
        lastGeneration = max(lastGeneration, generation)
        current = generation
    }

    private func checkSnapshot() {
        let snapshot = world.coordinator.snapshot()
        var fromJournal = GroupCoordinator()
        for entry in world.journal { fromJournal.apply(entry) }
        #expect(fromJournal.snapshot() == snapshot)
        var fromSnapshot = GroupCoordinator()
        for entry in snapshot { fromSnapshot.apply(entry) }
        #expect(fromSnapshot.snapshot() == snapshot)
        fromJournal.resume(now: world.now)
        fromSnapshot.resume(now: world.now)
        #expect(
            fromJournal.describe(groupID: GroupWorld.group) == fromSnapshot.describe(groupID: GroupWorld.group))
    }

    /// Nobody says anything any more: every request is answered, and the group gets empty.
    mutating func settle() {
        world.pass(1_000_000)
        collect()
        #expect(owed.isEmpty, "a request was forgotten")
        #expect(world.state == "Empty" || world.state == "Dead")
        #expect(world.coordinator.nextDeadline == nil)
        check()
    }

    /// All do as they should: the group gets stable, with all of them.
    mutating func recover() {
        clients.removeLast()
        for index in clients.indices { forget(index) }
        var rounds = 0
        while rounds < 60, !isComplete {
            rounds += 1
            for index in clients.indices where owed.values.allSatisfy({ $0.client != index }) { behave(index) }
            world.pass(1000)
            collect()
            check()
        }
        #expect(isComplete, "the group does not get stable")
    }

    private var isComplete: Bool {
        let description = world.coordinator.describe(groupID: GroupWorld.group)
        return description.state == "Stable"
            && Set(description.members.map(\.memberID)) == Set(clients.map(\.memberID))
            && clients.allSatisfy { $0.generation == current }
    }

    private mutating func behave(_ index: Int) {
        let client = clients[index]
        let error = world.heartbeat(client.memberID, client.generation, instance: client.instance)
        if error == ErrorCode.none {
            if world.state == "CompletingRebalance" { sync(index) }
        } else {
            react(index, to: error ?? .unknownServerError)
            join(index)
        }
    }
}
