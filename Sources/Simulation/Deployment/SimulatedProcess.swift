internal import EventLog
internal import Messages
internal import Processing
internal import ServiceCores

/// One life of an instance: its workers, from its start to its end.
final class SimulatedProcess {
    unowned let deployment: Deployment
    let slot: Slot
    let host: Host
    let number: Int
    private(set) var isStopping = false
    private(set) var hasEnded = false
    /// Frozen once: what it writes from then on may be a zombie's.
    var wasFrozen = false
    private var workers: [SimulatedWorker] = []
    /// What each worker may answer from.
    var served: [ConsumerGroup: ServedPartitions] = [:]
    private var advice: SimulatedAdvice?
    /// What counted when it began.
    let declared: DeclarationHistory.Entry
    /// How long it stays away when it has ended; nil for as long as a supervisor waits.
    private var downtime: Int64?

    /// How long a service may take to stop, in microseconds.
    private static let gracePeriod: Int64 = 5_000_000

    init(_ slot: Slot, of deployment: Deployment, number: Int) {
        self.slot = slot
        self.deployment = deployment
        self.number = number
        declared = deployment.declared
        host = Host(name: "\(slot.name)#\(number)", timeline: deployment.timeline)
        if deployment.options.hasAdvice, slot.service == .command {
            advice = SimulatedAdvice(
                host: host, network: deployment.network, settings: deployment.settings,
                topic: deployment.names.name(.uniqueIndex), partitionCount: deployment.options.partitionCount)
        }
    }

    func begin() {
        tell("starts")
        for group in slot.service.groups {
            served[group] = ServedPartitions(term: deployment.answerTerm)
            let core = deployment.cores.make(group, declared.declaration, advice)
            workers.append(SimulatedWorker(group, of: self, core: core, store: slot.store(of: group)))
        }
        for worker in workers { worker.begin() }
    }

    /// A clock that nobody sets, and that goes on while the process does not.
    var time: Timestamp { Timestamp(microseconds: deployment.timeline.now) }

    /// What is answered from over HTTP; nil before it is there.
    func state(of group: ConsumerGroup) -> SimulatedState? {
        guard let served = served[group], let worker = workers.first(where: { $0.group == group }) else { return nil }
        return SimulatedState(
            partitionCount: deployment.options.partitionCount, declaration: deployment.declared.declaration,
            served: served, now: time, store: worker.store,
            answersFromAnyPartition: deployment.options.answersFromAnyPartition)
    }

    var clock: Timestamp { Timestamp(microseconds: deployment.timeline.now + slot.clockOffset) }

    /// An action has come to a moment of its life.
    func reached(_ kind: ActionKind, _ moment: ActionMoment, _ group: ConsumerGroup) {
        // Who was replaced is on another machine: what is planned there is not for it.
        guard slot.process === self, let deed = slot.reached(kind, moment) else { return }
        tell("\(group.rawValue) is \(moment.rawValue) \(kind.rawValue)")
        if moment == .amid {
            deployment.timeline.after(deployment.drawMoment()) { [deployment] in deployment.carryOut(deed) }
        } else {
            deployment.carryOut(deed)
        }
    }

    /// SIGTERM.
    func stop(downtime: Int64?) {
        self.downtime = downtime ?? self.downtime
        guard !isStopping else { return }
        isStopping = true
        host.after(Self.gracePeriod) { self.exit("did not stop in time") }
    }

    /// A worker has come to its end, and with it the process.
    func ended(_ worker: SimulatedWorker, _ end: WorkerEnd) {
        switch end {
        case .asked: break
        case .fenced: deployment.checker.sightings.note(.fencedProducer)
        case .unavailable, .misconfigured: break
        case .outdated: deployment.checker.sightings.note(.outdated)
        case .broken(let detail): deployment.fail("\(slot.name) takes the log for broken: \(detail)")
        }
        stop(downtime: nil)
        if workers.allSatisfy({ $0.end != nil }) { exit("has ended") }
    }

    private func exit(_ why: String) {
        guard !hasEnded else { return }
        tell(why)
        die()
        if slot.process === self { deployment.restart(slot, after: downtime ?? deployment.drawPatience()) }
    }

    /// The process is no more.
    func die() {
        hasEnded = true
        host.kill()
        workers = []
    }

    func takeStoreFailure() -> Bool {
        defer { slot.failsStore = false }
        return slot.failsStore && slot.process === self
    }

    // MARK: What is seen

    func note(_ result: TransactionResult, _ group: ConsumerGroup) {
        switch result {
        case .committed: break
        case .aborted(let error):
            deployment.checker.sightings.note(.abortedBatch)
            tell("\(group.rawValue): aborted: \(error)")
            noteRefusal(error)
        case .indeterminate(let error):
            deployment.checker.sightings.note(.indeterminateCommit)
            tell("\(group.rawValue): indeterminate: \(error)")
        case .fenced(let error):
            tell("\(group.rawValue): fenced: \(error)")
            if wasFrozen { deployment.checker.sightings.note(.zombieWriteRefused) }
        }
    }

    func noteRefusal(_ error: LogError) {
        guard error.code == .rejoin || error.code == .fenced else { return }
        if deployment.guarantee == .exactlyOnce { deployment.checker.sightings.note(.rebalanceInTransaction) }
        if wasFrozen { deployment.checker.sightings.note(.zombieWriteRefused) }
    }

    func tell(_ what: @autoclosure () -> String) {
        deployment.chronicle.tell(deployment.timeline.now, "\(slot.name)#\(number)", what())
    }
}

/// What an instance may be asked for, at one moment.
struct SimulatedState: ServedState {
    let partitionCount: Int32
    /// As who answers follows it.
    let declaration: Declaration
    let served: ServedPartitions
    let now: Timestamp
    let store: InMemoryStateStore
    let answersFromAnyPartition: Bool

    func standing(of partition: Int32) -> ServedPartitions.Standing {
        answersFromAnyPartition ? .served(change: 0) : served.standing(of: partition, at: now)
    }

    func value(of table: StateTable, partition: Int32, key: [UInt8]) throws(StateStoreError) -> [UInt8]? {
        store.value(table: table, partition: partition, key: key)
    }
}
