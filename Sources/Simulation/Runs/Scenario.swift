internal import EventLog
internal import Messages
package import Processing
internal import ServiceCores

/// All that one seed decides before a run begins: what the deployment is like, what its clients do, and what goes wrong.
///
/// The dice that are thrown during the run (delays, which message is lost) are decided by the seed as well, but can't be
/// taken out one by one; what stands in the lists can.
package struct Scenario: Sendable {
    package var seed: UInt64
    /// Changes the dice that are thrown during the run, and nothing else. For shrinking: what is taken out shifts all
    /// later throws.
    package var salt: UInt64 = 0
    package var deployment: DeploymentOptions
    package var network: NetworkFaults
    package var workload: WorkloadOptions
    package var records: [PlannedRecord]
    package var replays: [PlannedReplay]
    package var faults: [PlannedFault]
    /// How long things go wrong, in microseconds.
    package var safetyTime: Int64
    /// Whether all state is thrown away at the end, and rebuilt from the log.
    package var isRebuilt: Bool
    /// What clients are told.
    package var settings: ClientSettings

    /// - Parameter guarantee: nil lets the seed decide.
    package init(seed: UInt64, guarantee: DeliveryGuarantee? = nil) {
        self.seed = seed
        var dice = Dice(seed: seed)
        var options = DeploymentOptions()
        let drawn: DeliveryGuarantee = dice.chance(2, of: 3) ? .exactlyOnce : .atLeastOnce
        options.guarantee = guarantee ?? drawn
        options.declaration = Self.declaration(&dice, partitions: Int32(1 + dice.below(4)))
        options.instances = Service.allCases.map { _ in dice.pick([1, 1, 2, 2, 3]) ?? 1 }
        options.nodes = dice.pick([1, 1, 1, 3, 3, 2]) ?? 1
        options.isStatic = dice.chance(1, of: 3)
        options.batchSize = dice.pick([1, 2, 5, 20, 100]) ?? 10
        let isSlow = dice.chance(1, of: 3)
        let count = options.instances.reduce(0, +)
        options.slowness = (0..<count).map { _ in isSlow && dice.chance(1, of: 2) ? dice.between(100, 50_000) : 0 }
        workload = WorkloadOptions(dice: &dice, guarantee: options.guarantee)
        options.hasAdvice = workload.asksFirst
        if dice.chance(1, of: 4) { options.revision = Self.revision(&dice, of: options.declaration) }
        let plan = Workload(
            workload, dice: dice.fork(), names: DeploymentNames(prefix: ""), declaration: options.declaration,
            revision: options.revision)
        records = plan.records
        replays = plan.replays
        network = Self.network(&dice)
        settings = ClientSettings()
        settings.heartbeatInterval = 2_000_000
        settings.fetchMaxWait = 2_000_000
        var faultDice = dice.fork()
        faults = Self.faults(&faultDice, options, until: plan.end)
        let last = faults.reduce(plan.end) { latest, fault in
            if case .time(let time) = fault.trigger { max(latest, time + fault.deed.lasting) } else { latest }
        }
        safetyTime = last + dice.between(1_000_000, 20_000_000)
        isRebuilt = dice.chance(1, of: 4)
        if dice.chance(1, of: 2) { settings.batchRecords = 1 + dice.below(3) }
        var clusterDice = dice.fork()
        options.markerDelay = clusterDice.pick([0, 0, 3, 20, 200, 2_000]) ?? 0
        options.loadTime = clusterDice.pick([0, 0, 20, 500, 4_000]) ?? 0
        options.abortInterval = clusterDice.pick([1, 1_000, 10_000]) ?? 1
        if dice.chance(1, of: 4) { options.joiners = Self.joiners(&dice) }
        deployment = options
    }

    private static let reuseRules: [ReuseRule] = [.immediately, .immediately, .never, .after(.seconds(5))]

    private static func attribute(_ name: String, isRequired: Bool, _ dice: inout Dice) -> UniqueAttribute {
        let rules: [NormalizationRule] = [
            .alphanumeric, .alphanumeric, .digits(length: nil), .digits(length: 6), .email, .trim, .none,
        ]
        return UniqueAttribute(
            name: name, normalize: dice.pick(rules) ?? .alphanumeric, reuse: dice.pick(reuseRules) ?? .immediately,
            isRequired: isRequired)
    }

    private static func declaration(_ dice: inout Dice, partitions: Int32) -> Declaration {
        var attributes = [attribute("alpha", isRequired: true, &dice)]
        for name in ["b-2", "gamma"].prefix(dice.below(3)) {
            attributes.append(attribute(name, isRequired: dice.chance(1, of: 2), &dice))
        }
        return Declaration(attributes: attributes, partitions: partitions)
    }

    /// Another reuse, one more attribute, or both.
    private static func revision(_ dice: inout Dice, of declaration: Declaration) -> DeploymentOptions.Revision {
        var next = declaration
        for index in next.attributes.indices where dice.chance(1, of: 2) {
            next.attributes[index].reuse = dice.pick(reuseRules) ?? .immediately
        }
        if dice.chance(1, of: 2) { next.attributes.append(attribute("later", isRequired: false, &dice)) }
        return DeploymentOptions.Revision(time: dice.between(0, 5_000_000), declaration: next)
    }

    /// A second one joins while the first one catches up, on a machine that takes long for it.
    private static func joiners(_ dice: inout Dice) -> [DeploymentOptions.Joiner] {
        let service = dice.pick(Service.allCases) ?? .command
        let first = dice.between(12_000_000, 16_000_000)
        return [first, first + dice.between(3_000_000, 9_000_000)].map {
            .init(service: service, time: $0, readingTime: dice.between(50_000, 400_000))
        }
    }

    private static func network(_ dice: inout Dice) -> NetworkFaults {
        var faults = NetworkFaults()
        let low = dice.between(20, 500)
        faults.delay = low...(low + (dice.pick([50, 500, 5_000, 30_000]) ?? 50))
        if dice.chance(1, of: 2) { faults.cutBefore = dice.below(12) }
        if dice.chance(1, of: 2) { faults.cutAfter = dice.below(12) }
        if dice.chance(1, of: 2) { faults.late = dice.below(12) }
        return faults
    }

    /// Each kind of fault is off in some runs.
    private static func faults(
        _ dice: inout Dice, _ options: DeploymentOptions, until end: Int64
    ) -> [PlannedFault] {
        let slots = options.instances.reduce(0, +)
        var kinds: [(inout Dice) -> PlannedFault.Deed] = []
        if dice.chance(2, of: 3) {
            kinds.append {
                .kill(slot: $0.below(slots), downtime: Self.downtime(&$0), $0.pick(StateFate.allCases) ?? .kept)
            }
            kinds.append { .backUp(slot: $0.below(slots)) }
        }
        if dice.chance(1, of: 2) {
            kinds.append { .freeze(slot: $0.below(slots), $0.between(10_000, 20_000_000)) }
        }
        if dice.chance(1, of: 3) {
            kinds.append {
                .replace(
                    slot: $0.below(slots), frozen: $0.between(500_000, 20_000_000), $0.pick(StateFate.allCases) ?? .kept
                )
            }
        }
        if dice.chance(1, of: 3) { kinds.append { .stop(slot: $0.below(slots), downtime: Self.downtime(&$0)) } }
        if dice.chance(1, of: 3) {
            kinds.append { .crashBroker(afterActions: $0.below(20), downtime: $0.between(10_000, 5_000_000)) }
        }
        if dice.chance(1, of: 3) {
            kinds.append { .moveCoordinators($0.pick(CoordinatorKind.allCases) ?? .groups) }
        }
        if options.nodes > 1 { kinds += Self.nodeFaults(&dice, options.nodes) }
        if dice.chance(1, of: 6) { kinds.append { .failStore(slot: $0.below(slots)) } }
        if dice.chance(1, of: 5) {
            kinds.append { .jumpClock(slot: $0.below(slots), $0.between(-400_000_000, 400_000_000)) }
        }
        if dice.chance(1, of: 6) {
            kinds.append {
                .letIn($0.pick(ConsumerGroup.allCases) ?? .projectionIndex, $0.between(500_000, 20_000_000))
            }
        }
        if dice.chance(1, of: 6) {
            kinds.append {
                .changeOffsets(
                    $0.pick(ConsumerGroup.allCases) ?? .projectionIndex, $0.pick(OffsetChange.allCases) ?? .deleted,
                    $0.pick(StateFate.allCases) ?? .kept)
            }
        }
        var faults: [PlannedFault] = []
        if dice.chance(1, of: 15) {
            // Long enough for the process manager to call for a human.
            let time = dice.between(0, max(1, end))
            faults.append(
                PlannedFault(
                    .time(time), .outage(dice.pick(Service.allCases) ?? .command, dice.between(5_000_000, 900_000_000)))
            )
        }
        guard !kinds.isEmpty else { return faults }
        for _ in 0..<dice.below(14) {
            let make = kinds[dice.below(kinds.count)]
            faults.append(PlannedFault(Self.trigger(&dice, slots, until: end), make(&dice)))
        }
        return faults
    }

    private static func nodeFaults(
        _ dice: inout Dice, _ nodes: Int32
    ) -> [(inout Dice) -> PlannedFault.Deed] {
        func node(_ dice: inout Dice) -> Int32 { Int32(1 + dice.below(Int(nodes))) }
        var kinds: [(inout Dice) -> PlannedFault.Deed] = []
        if dice.chance(2, of: 3) {
            kinds.append {
                .killNode(node(&$0), session: $0.between(100_000, 9_000_000), downtime: $0.between(100_000, 30_000_000))
            }
            kinds.append {
                .killNode(node(&$0), session: $0.between(100_000, 2_000_000), downtime: $0.between(100_000, 30_000_000))
            }
        }
        if dice.chance(1, of: 2) { kinds.append { .stopNode(node(&$0), downtime: $0.between(100_000, 10_000_000)) } }
        if dice.chance(2, of: 3) { kinds.append { _ in .moveLeaders } }
        if dice.chance(1, of: 2) {
            kinds.append { .keepMetadata(node: node(&$0), $0.between(10_000, 10_000_000)) }
        }
        return kinds
    }

    private static func downtime(_ dice: inout Dice) -> Int64 {
        dice.chance(1, of: 2) ? dice.between(1_000, 500_000) : dice.between(500_000, 12_000_000)
    }

    private static func trigger(_ dice: inout Dice, _ slots: Int, until end: Int64) -> PlannedFault.Trigger {
        if dice.chance(1, of: 3) { return .time(dice.between(0, end + 5_000_000)) }
        let kinds: [ActionKind] = [
            .transact, .transact, .transact, .store, .store, .produce, .produce, .commit, .openProducer,
            .committedOffsets, .watermarks, .read, .assign, .unassign, .poll, .pause,
        ]
        let kind = dice.pick(kinds) ?? .store
        let most = [.transact, .store, .produce, .commit, .poll].contains(kind) ? 60 : 6
        return .action(
            slot: dice.below(slots), kind, dice.pick(ActionMoment.allCases) ?? .before, number: 1 + dice.below(most))
    }

    /// The options, as they are printed before the run.
    package var description: String {
        "seed=\(seed) \(deployment) delay=\(network.delay.lowerBound)...\(network.delay.upperBound)µs"
            + " cut-before=\(network.cutBefore)‰ cut-after=\(network.cutAfter)‰ late=\(network.late)‰"
            + " batch-records=\(settings.batchRecords) safety=\(seconds(safetyTime)) rebuilt=\(isRebuilt)\nworkload: \(workload)\n"
            + "faults: \(faults.count), records: \(records.count), replays: \(replays.count)"
    }
}

extension PlannedFault.Deed {
    /// How long it goes on, in microseconds.
    var lasting: Int64 {
        switch self {
        case .kill(_, let time, _), .freeze(_, let time), .replace(_, let time, _), .stop(_, let time),
            .outage(_, let time), .crashBroker(_, let time), .killNode(_, _, let time), .stopNode(_, let time),
            .keepMetadata(_, let time):
            time
        case .letIn(_, let time): time
        case .changeOffsets: 10_000_000
        case .failStore, .jumpClock, .backUp, .moveCoordinators, .moveLeaders: 0
        }
    }
}
