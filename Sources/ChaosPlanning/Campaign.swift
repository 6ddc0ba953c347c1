internal import LoadGenerating
internal import Messages

/// The options of a campaign: they alone, the seed among them, make its schedule.
public struct Campaign: Hashable, Sendable {
    public var seed: Int
    /// How long faults happen.
    public var milliseconds: Int
    public var guarantee: Guarantee
    /// Instances of each service.
    public var instances: Int
    /// The kinds that may happen.
    public var kinds: [FaultKind]
    /// Registrations a second, on average.
    public var rate: Int
    /// The services that are killed, frozen and stopped. All of them run.
    public var services: [ServiceName]
    /// Nodes of the broker, if it is ours.
    public var nodes: Int

    /// - Parameters:
    ///   - kinds: nil for all that the guarantee and the broker allow, but for those that a campaign ends with.
    ///   - ownsBroker: whether the broker is ours to break.
    public init(
        seed: Int, milliseconds: Int, guarantee: Guarantee, instances: Int = 2, kinds: [FaultKind]? = nil,
        rate: Int = 150, ownsBroker: Bool = true, services: [ServiceName] = ServiceName.allCases, nodes: Int = 3
    ) {
        self.seed = seed
        self.milliseconds = milliseconds
        self.guarantee = guarantee
        self.instances = instances
        self.rate = rate
        self.services = services
        self.nodes = nodes
        self.kinds = FaultKind.allCases.filter { kind in
            guard kinds?.contains(kind) ?? (kind.subject != .deployment) else { return false }
            guard kind.guarantee == nil || kind.guarantee == guarantee else { return false }
            return switch kind.subject {
            case .service, .guest, .group, .stranger, .clients, .deployment: true
            case .brokerProcess, .broker: ownsBroker
            case .nodes: ownsBroker && nodes >= 3
            }
        }
    }

    /// Draws the schedule.
    public func schedule() -> Schedule {
        var drawing = Drawing(campaign: self)
        return drawing.draw()
    }
}

/// Draws a schedule. Kinds are dealt from a shuffled deck, so that none is forgotten for long; whoever is out already
/// is not hit again.
struct Drawing {
    let campaign: Campaign
    var dice: SeededGenerator
    private var deck: [FaultKind] = []
    /// When an instance may be hit again.
    private var freeAt: [InstanceName: Int] = [:]
    private let instances: [InstanceName]
    /// Instances with an older copy of their state.
    private var copied: Set<InstanceName> = []
    private var brokerFreeAt = 0
    private var steps: [Schedule.Step] = []

    /// How long an instance is left alone after it was back: long enough to take part again.
    private static let recovery = 2_500
    /// How long the change of a group's offsets takes: stops, the end of static members' sessions, starts.
    private static let offsetChange = 20_000

    init(campaign: Campaign) {
        self.campaign = campaign
        dice = SeededGenerator(seed: UInt64(campaign.seed))
        instances = campaign.services.flatMap { service in
            (1...max(campaign.instances, 1)).map { InstanceName(service, $0) }
        }
    }

    mutating func draw() -> Schedule {
        drawLoad()
        var time = 1_500
        while time < campaign.milliseconds, campaign.kinds.contains(where: { $0.cards > 0 }) {
            if let action = drawFault(at: time) { steps.append(Schedule.Step(time: time, action: action)) }
            time += between(400, 1_900)
        }
        if let last = deploymentFault() {
            steps.append(Schedule.Step(time: campaign.milliseconds, action: .deployment(last)))
        }
        // Sorting is stable here by the index: steps of one time keep the order in which they were drawn.
        let sorted = steps.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }
        return Schedule(steps: sorted.map(\.element))
    }

    private mutating func drawLoad() {
        var time = 0
        while time < campaign.milliseconds {
            let seconds = between(8, 20)
            let rate = max(campaign.rate * between(50, 150) / 100, 1)
            let wave = Wave(
                commands: max(rate * seconds, 1), rate: rate, duplicatePercent: between(5, 50),
                resendPercent: between(0, 30), seed: dice.below(1 << 50) + 1)
            steps.append(Schedule.Step(time: time, action: .load(wave)))
            time += seconds * 1_000
        }
    }

    private mutating func drawFault(at time: Int) -> Schedule.Action? {
        if deck.isEmpty {
            deck = campaign.kinds.flatMap { [FaultKind](repeating: $0, count: $0.cards) }
            dice.shuffle(&deck)
        }
        // The first card that can be played now; the others wait for their turn.
        for index in deck.indices.reversed() {
            if let action = play(deck[index], at: time) {
                deck.remove(at: index)
                return action
            }
        }
        return nil
    }

    private mutating func play(_ kind: FaultKind, at time: Int) -> Schedule.Action? {
        switch kind.subject {
        case .service: playService(kind, at: time)
        case .guest: playGuest(kind, at: time)
        case .group: playGroup(kind, at: time)
        case .stranger:
            .stranger(
                Stranger(
                    group: pick(groups, else: .projectionIndex), milliseconds: between(2_000, 8_000),
                    seed: dice.below(1 << 50)))
        case .brokerProcess: playBrokerProcess(kind, at: time)
        case .nodes: playNodes(kind, at: time)
        case .broker: .inject(kind, injectedFault(kind))
        case .clients: clientFault(kind)
        case .deployment: nil
        }
    }

    private mutating func playService(_ kind: FaultKind, at time: Int) -> Schedule.Action? {
        let free = instances.filter { instance in
            freeAt[instance, default: 0] <= time && (kind != .killWithOldState || copied.contains(instance))
        }
        guard let instance = dice.pick(free) else { return nil }
        let fault = serviceFault(kind)
        switch fault {
        case .kill(.kept, _), .restart, .scaleAway: copied.insert(instance)
        case .kill, .freeze, .visit: break
        }
        freeAt[instance] = time + fault.milliseconds + Self.recovery
        return .service(instance, fault)
    }

    private mutating func serviceFault(_ kind: FaultKind) -> ServiceFault {
        switch kind {
        case .killKeepingState: .kill(.kept, down: between(0, 4_000))
        case .killLosingState: .kill(.lost, down: between(0, 4_000))
        case .killWithOldState: .kill(.old, down: between(0, 4_000))
        // Sometimes just short of the session's end, mostly beyond it.
        case .freezeService: .freeze(between(5_000, 13_000))
        case .scaleAway: .scaleAway(between(4_000, 12_000))
        default: .restart(down: between(0, 1_000))
        }
    }

    private mutating func playGuest(_ kind: FaultKind, at time: Int) -> Schedule.Action? {
        let guests = campaign.services.map { InstanceName($0, campaign.instances + 1) }
        guard let guest = dice.pick(guests.filter { freeAt[$0, default: 0] <= time }) else { return nil }
        let fault = ServiceFault.visit(between(3_000, 12_000), kind == .visit ? .stopped : .killed)
        // It may take a while to leave.
        freeAt[guest] = time + fault.milliseconds + 8_000
        return .service(guest, fault)
    }

    /// The service's groups must be without members for it, so that all its instances are out.
    private mutating func playGroup(_ kind: FaultKind, at time: Int) -> Schedule.Action? {
        let change: GroupFault.Change =
            switch kind {
            case .setOffsetsBack: .back
            case .setOffsetsToEnd: .end
            default: .deleted
            }
        let free = groups.filter { group in
            (1...campaign.instances + 1).allSatisfy { freeAt[InstanceName(group.service, $0), default: 0] <= time }
        }
        guard let group = dice.pick(free) else { return nil }
        let fault = GroupFault(
            group: group, change: change, milliseconds: between(0, 4_000), seed: dice.below(1 << 50))
        for number in 1...campaign.instances + 1 {
            freeAt[InstanceName(group.service, number)] = time + fault.milliseconds + Self.offsetChange
        }
        return .group(fault)
    }

    private var groups: [ConsumerGroup] { campaign.services.flatMap(\.groups) }

    private mutating func playNodes(_ kind: FaultKind, at time: Int) -> Schedule.Action? {
        guard brokerFreeAt <= time else { return nil }
        let fault = nodeFault(kind)
        brokerFreeAt = time + nodeFaultMilliseconds(fault) + 4_000
        return .nodes(fault)
    }

    private mutating func playBrokerProcess(_ kind: FaultKind, at time: Int) -> Schedule.Action? {
        guard brokerFreeAt <= time else { return nil }
        let fault = BrokerProcessFault(
            isKill: kind == .killBroker, milliseconds: between(0, 3_000),
            sync: dice.chance(1, of: 2) ? "interval" : "always")
        brokerFreeAt = time + fault.milliseconds + 6_000
        return .broker(fault)
    }

    mutating func between(_ low: Int, _ high: Int) -> Int { low + dice.below(high - low + 1) }
    mutating func pick<Element>(_ elements: [Element], else other: Element) -> Element { dice.pick(elements) ?? other }
}
