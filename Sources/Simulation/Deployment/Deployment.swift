internal import BrokerCore
internal import EventLog
internal import Messages
internal import Processing

/// Three services, each as some instances, and a broker, in virtual time.
package final class Deployment {
    package let timeline: Timeline
    package let options: DeploymentOptions
    package let network: Network
    package let broker: SimulatedBroker
    package let checker: Checker
    package let chronicle: Chronicle
    let settings: ClientSettings
    let cores: CoreFactory
    let alteration: RecordAlteration?
    let names: DeploymentNames
    let workerConfiguration: WorkerConfiguration
    private(set) var slots: [Slot] = []
    private var dice: Dice
    private var processCount = 0
    /// Processes whose place somebody else has: frozen ones, who will wake up.
    private var strays: [SimulatedProcess] = []
    var strangers: [Stranger] = []
    /// Called when something has happened that must not.
    var onViolation: ((Violation) -> Void)?
    /// Told of each record as it becomes visible.
    var onRecord: ((LogRecord) -> Void)?
    private var view: CommittedView?
    /// When the last record became visible, in microseconds since 1970.
    private(set) var lastRecord: Int64
    private(set) var recordCount = 0
    /// What counts now.
    private(set) var declared: DeclarationHistory.Entry

    var guarantee: DeliveryGuarantee { options.guarantee }

    /// For how long an instance answers after its last commit: half of a session.
    var answerTerm: Duration { .microseconds(settings.sessionTimeout / 2) }

    /// Those who can be asked over HTTP: frozen ones are silent.
    var answering: [SimulatedProcess] {
        (slots.compactMap(\.process) + strays).filter {
            $0.slot.service == .projection && !$0.hasEnded && $0.host.condition == .running
        }
    }

    package init(
        _ options: DeploymentOptions, faults: NetworkFaults, settings: ClientSettings, cores: CoreFactory,
        dice: Dice, isTraced: Bool
    ) {
        var dice = dice
        self.options = options
        self.settings = settings
        self.cores = cores
        alteration = cores.alteration?(options.partitionCount)
        let start: Int64 = 1_700_000_000_000_000
        timeline = Timeline(start: start)
        lastRecord = start
        declared = DeclarationHistory.Entry(revision: 1, declaration: options.declaration)
        names = DeploymentNames(prefix: "")
        chronicle = Chronicle(isTraced: isTraced, start: start)
        var configuration = BrokerConfiguration(autoCreateTopics: false)
        configuration.groups.initialRebalanceDelay = 100
        configuration.markerDelay = options.markerDelay
        configuration.groups.loadTime = options.loadTime
        configuration.transactions.loadTime = options.loadTime
        configuration.transactions.abortInterval = options.abortInterval
        configuration.nodeCount = options.nodes
        broker = SimulatedBroker(timeline: timeline, configuration: configuration)
        network = Network(timeline: timeline, broker: broker, dice: dice.fork(), faults: faults)
        checker = Checker(
            names: names, declarations: [options.declaration, options.lastDeclaration], guarantee: options.guarantee,
            soleInvariant: options.soleInvariant)
        var worker = WorkerConfiguration(names: names, partitionCount: options.partitionCount, declaredRevision: 1)
        worker.batchSize = options.batchSize
        worker.pollTimeout = .seconds(2)
        worker.proveInterval = .seconds(20)
        worker.firstReadSize = 2
        worker.wipeSize = 20
        workerConfiguration = worker
        self.dice = dice
        makeSlots()
        watch()
    }

    private func makeSlots() {
        for (service, count) in zip(Service.allCases, options.instances) {
            for instance in 0..<count {
                let slot = Slot(
                    number: slots.count, service: service, instance: instance, isStatic: options.isStatic)
                if slot.number < options.slowness.count {
                    slot.thinkingTime += options.slowness[slot.number]
                    slot.storingTime += options.slowness[slot.number]
                }
                slots.append(slot)
            }
        }
        for (number, joiner) in options.joiners.enumerated() {
            let slot = Slot(
                number: slots.count, service: joiner.service, instance: 10 + number,
                isStatic: false)
            slot.readingTime = joiner.readingTime
            // Until all is well.
            slot.heldUntil = .max
            slots.append(slot)
        }
    }

    private func watch() {
        let view = CommittedView(broker: broker) { [unowned self] record in take(record) }
        self.view = view
        broker.onAppend = { place in view.advance(place) }
    }

    private func take(_ record: LogRecord) {
        lastRecord = timeline.now
        recordCount += 1
        chronicle.mix(UInt64(bitPattern: record.offset))
        chronicle.mix(record.key)
        chronicle.mix(record.value)
        onRecord?(record)
        if chronicle.isTraced {
            let text = RecordText.of(
                topic: record.topic, partition: record.partition, key: record.key, value: record.value)
            chronicle.tell(timeline.now, "log", "\(text)/\(record.offset)")
        }
        do { try checker.take(record) } catch {
            chronicle.tell(timeline.now, "checker", error.description)
            onViolation?(error)
        }
    }

    func fail(_ what: String) { onViolation?(Violation(invariant: "end", detail: what, records: [])) }

    /// Makes the topics, and starts every instance.
    package func begin() throws {
        try broker.createTopics(
            Topic.allCases.map { topic in
                var configuration = topic.configuration
                // Kafka measures compressed batches, and clients compress. Here nobody does: what a topic takes is then no
                // bound of what is in it, as there.
                if topic.isWrittenByClients { configuration["max.message.bytes"] = "100000000" }
                // As `topics create` makes them where there are three copies.
                if options.nodes >= 3 { configuration["min.insync.replicas"] = "2" }
                return (names.name(topic), topic.partitionCount(declared: options.partitionCount), configuration)
            })
        try declare(declared)
        if let revision = options.revision {
            timeline.after(revision.time) { [weak self] in self?.declare(revision) }
        }
        for slot in slots { start(slot) }
    }

    private func declare(_ entry: DeclarationHistory.Entry) throws {
        try broker.write(
            DeploymentDeclared(revision: entry.revision, declaration: entry.declaration).record(
                id: "declared-\(entry.revision)", source: "/simulation", time: Timestamp(microseconds: timeline.now),
                in: names))
        declared = entry
    }

    /// An operator declares what is next, and tries again while no broker is there.
    private func declare(_ revision: DeploymentOptions.Revision) {
        chronicle.tell(timeline.now, "operator", "declares the next revision")
        do {
            try declare(
                DeclarationHistory.Entry(revision: declared.revision + 1, declaration: revision.declaration))
        } catch {
            timeline.after(500_000) { [weak self] in self?.declare(revision) }
        }
    }

    /// Ends everything.
    package func clear() {
        for process in strays + slots.compactMap(\.process) { process.die() }
        for slot in slots { slot.process = nil }
        for stranger in strangers { stranger.die() }
        strangers = []
        // Whoever is told of records holds this deployment.
        onRecord = nil
        onViolation = nil
        broker.onAppend = nil
        broker.crash()
        timeline.clear()
    }

    // MARK: Processes

    private func start(_ slot: Slot) {
        guard slot.process == nil, timeline.now >= slot.heldUntil else { return }
        processCount += 1
        let process = SimulatedProcess(slot, of: self, number: processCount)
        slot.process = process
        process.begin()
    }

    func restart(_ slot: Slot, after downtime: Int64) {
        slot.process = nil
        timeline.after(max(downtime, slot.heldUntil - timeline.now)) { [weak self] in self?.start(slot) }
    }

    /// A moment in the middle of an action, in microseconds.
    func drawMoment() -> Int64 { dice.between(0, 3_000) }

    /// How long a supervisor waits before it starts again what has ended by itself.
    func drawPatience() -> Int64 { dice.between(200_000, 2_000_000) }

    // MARK: Faults

    package func plan(_ faults: [PlannedFault]) {
        for fault in faults {
            switch fault.trigger {
            case .time(let time):
                faultTimers.append(timeline.after(time) { [weak self] in self?.carryOut(fault.deed) })
            case .action(let slot, let kind, let moment, let number):
                if slot < slots.count { slots[slot].tie(fault.deed, to: kind, moment, number: number) }
            }
        }
    }

    private var faultTimers: [TimerID] = []
    /// When all was well again.
    private var healed: Int64?

    /// How long a member may be without partitions when its group makes room for another one and nothing is broken, in
    /// microseconds: the others hear of it by a heartbeat, finish what they do, and join again.
    private static let longestRebalance: Int64 = 8_000_000
    /// For so long after healing members that are gone may be waited for.
    private static let sessionsAfterHealing: Int64 = 10_000_000

    /// A member's partitions were taken away, and it has heard what it has instead.
    func rebalanced(_ process: SimulatedProcess, _ group: ConsumerGroup, since revoked: Int64) {
        guard let healed, revoked >= healed + Self.sessionsAfterHealing else { return }
        checker.sightings.note(.rebalanceForJoiner)
        let time = timeline.now - revoked
        if time > Self.longestRebalance {
            onViolation?(
                Violation(
                    invariant: "stall",
                    detail: "\(process.slot.name) waited \(seconds(time)) for partitions of \(group.rawValue)",
                    records: []))
        }
    }

    func carryOut(_ deed: PlannedFault.Deed) {
        chronicle.tell(timeline.now, "fault", deed.description)
        switch deed {
        case .kill(let number, let downtime, let state): kill(number, downtime, state)
        case .freeze(let number, let time):
            guard let process = slot(number)?.process else { return }
            freeze(process, for: time)
        case .replace(let number, let time, let state): replace(number, time, state)
        case .stop(let number, let downtime): slot(number)?.process?.stop(downtime: downtime)
        case .outage(let service, let time):
            for slot in slots where slot.service == service {
                slot.heldUntil = max(slot.heldUntil, timeline.now + time)
                kill(slot.number, time, .kept)
            }
        case .crashBroker(let count, let downtime):
            guard broker.isUp else { return }
            checker.sightings.note(.brokerRestart)
            broker.crash(afterActions: count)
            timeline.after(downtime) { [broker] in
                broker.crash()
                broker.restart()
            }
        case .moveCoordinators(let kind): broker.moveCoordinators(kind)
        case .killNode, .stopNode, .moveLeaders, .keepMetadata: carryOut(onNodes: deed)
        case .failStore(let number): slot(number)?.failsStore = true
        case .jumpClock(let number, let time): slot(number)?.clockOffset += time
        case .backUp(let number): slot(number)?.backUp()
        case .letIn(let group, let time): letIn(group, for: time)
        case .changeOffsets(let group, let change, let state): self.change(group, change, state)
        }
    }

    private func slot(_ number: Int) -> Slot? { slots.indices.contains(number) ? slots[number] : nil }

    func kill(_ number: Int, _ downtime: Int64, _ state: StateFate) {
        guard let slot = slot(number) else { return }
        if let process = slot.process {
            checker.sightings.note(.processKilled)
            process.tell("is killed")
            process.die()
            restart(slot, after: downtime)
        }
        setState(slot, state, isInUse: false)
    }

    private func setState(_ slot: Slot, _ state: StateFate, isInUse: Bool) {
        guard slot.setState(state, isInUse: isInUse) else { return }
        checker.sightings.note(state == .lost ? .stateLost : .stateRolledBack)
    }

    private func freeze(_ process: SimulatedProcess, for time: Int64) {
        guard process.host.condition == .running else { return }
        checker.sightings.note(.processFrozen)
        process.tell("freezes")
        process.wasFrozen = true
        process.host.freeze()
        timeline.after(time) { [weak process] in
            process?.tell("wakes up")
            process?.host.thaw()
        }
    }

    private func replace(_ number: Int, _ time: Int64, _ state: StateFate) {
        guard let slot = slot(number), let process = slot.process else { return }
        freeze(process, for: time)
        strays.append(process)
        setState(slot, state, isInUse: true)
        restart(slot, after: drawPatience())
    }

    /// Everything that is broken is mended: what is to happen from now on is what the services do by themselves.
    package func heal() {
        chronicle.tell(timeline.now, "healing", "everything works from now on")
        network.faults.cutBefore = 0
        network.faults.cutAfter = 0
        network.faults.late = 0
        for timer in faultTimers { timeline.cancel(timer) }
        broker.restart()
        healNodes()
        for slot in slots {
            slot.untie()
            slot.failsStore = false
            slot.heldUntil = 0
        }
        healed = timeline.now
        let regulars = slots.dropLast(options.joiners.count)
        for slot in regulars where slot.process == nil { start(slot) }
        for (slot, joiner) in zip(slots.suffix(options.joiners.count), options.joiners) {
            timeline.after(joiner.time) { [weak self] in self?.start(slot) }
        }
        for process in strays + slots.compactMap(\.process) { process.host.thaw() }
    }

    /// All instances are killed, and start with nothing but the log.
    package func rebuild() {
        chronicle.tell(timeline.now, "rebuilding", "all state is lost")
        for slot in slots { kill(slot.number, 100_000, .lost) }
    }
}
