internal import EventLog
internal import Messages

/// The consume-process-produce loop of one consumer group as a state machine: it polls, decides, writes and commits, one
/// batch at a time, so that nothing is in hand when the group takes partitions away. It does nothing of that itself: it
/// returns what it wants done (`WorkerAction`).
///
/// The order within a batch is what the guarantees rest on:
/// 1. decide: pure, on the state as of the last commit; its changes are kept aside;
/// 2. Kafka: outputs and input positions, in one transaction (`exactly-once`), or the book, then the other outputs,
///    then the positions (`at-least-once`);
/// 3. the local store: the changes, together with the log positions that they stand for.
///
/// A crash before 2 leaves no trace. A crash between 2 and 3 leaves the store behind the log: the next start catches
/// it up. It is never ahead of the log. When 2 fails, the changes of 1 are dropped.
public final class WorkerMachine {
    let core: any ServiceCore
    let configuration: WorkerConfiguration
    let guarantee: DeliveryGuarantee
    let world: WorkerSurroundings
    /// What the group assigned, with the next offset to be taken.
    var nextOffsets: [TopicPartition: Int64] = [:]
    /// Up to where records only bring the state up to date: their output is committed already.
    var replayUntil: [TopicPartition: Int64] = [:]
    /// Ends of the topics that the state is rebuilt from, as far as this worker has folded or written them itself.
    var memoryEnds: [TopicPartition: Int64] = [:]
    /// Ends of the served topics, as far as all is our own, or was verified. Empty where that is not done.
    var servedEnds: [TopicPartition: Int64] = [:]
    /// When it is to be looked next whether others have written to the served topics.
    var verifyAt: Timestamp?
    var verification: Verification?
    /// When the group is to be told once more where it stands.
    var confirmOffsetsAt: Timestamp?
    private var nextWake = Timestamp(microseconds: 0)
    private var wasReady = false
    /// Whether the group has given its answer, which may be that there is nothing to do.
    private var isMember = false

    public init(
        core: any ServiceCore, configuration: WorkerConfiguration, guarantee: DeliveryGuarantee,
        world: WorkerSurroundings
    ) {
        self.core = core
        self.configuration = configuration
        self.guarantee = guarantee
        self.world = world
    }

    /// The first action. Those that follow come from its continuation, until one is `.end`.
    public func start() -> WorkerAction {
        openProducer { self.turn() }
    }

    /// One turn of the loop.
    private func turn() -> WorkerAction {
        if world.isStopping() { return end(.asked) }
        return .poll(maxRecords: configuration.batchSize, timeout: configuration.pollTimeout) { result in
            switch result {
            case .failure(let error):
                guard error.isRetriable else { return self.end(WorkerEnd(error)) }
                self.world.observer.note(.warning, "polling failed", ["error": error.description])
                return .pause(.milliseconds(200)) { self.turn() }
            case .success(.records(let records)):
                if records.isEmpty { return self.wakeIfDue() }
                return self.process(records) { self.wakeIfDue() }
            case .success(.assigned(let partitions)):
                if let beyond = partitions.filter({ $0.partition >= self.configuration.partitionCount }).min() {
                    return self.end(
                        .misconfigured(
                            "the group has the partition \(beyond), and \(self.configuration.partitionCount) are declared:"
                                + " somebody has added partitions. See `soleholder topics check`"))
                }
                return self.takeOver(partitions) {
                    self.isMember = true
                    return self.nextTurn()
                }
            case .success(.revoked(let partitions, let lost)):
                self.world.observer.note(
                    .info, "partitions revoked", ["count": String(partitions.count), "lost": String(lost)])
                self.forget()
                self.isMember = false
                return .unassign { error in
                    if let error { return self.end(WorkerEnd(error)) }
                    return self.nextTurn()
                }
            }
        }
    }

    private func nextTurn() -> WorkerAction {
        let isReady = isMember && replayUntil.isEmpty
        if isReady != wasReady {
            world.observer.ready(isReady, partitions: assignedPartitions.count)
            wasReady = isReady
        }
        return turn()
    }

    /// Nothing is in hand here: every batch was finished or dropped.
    func end(_ end: WorkerEnd) -> WorkerAction {
        world.observer.ready(false, partitions: 0)
        return .end(end)
    }

    func end(_ error: StateStoreError) -> WorkerAction { end(.unavailable(error.description)) }

    func forget() {
        nextOffsets = [:]
        replayUntil = [:]
        memoryEnds = [:]
        servedEnds = [:]
        verifyAt = nil
        verification = nil
        confirmOffsetsAt = nil
    }

    var assignedPartitions: [Int32] { Set(nextOffsets.keys.map(\.partition)).sorted() }

    private func wakeIfDue() -> WorkerAction {
        let now = world.now()
        guard now >= nextWake, replayUntil.isEmpty else { return nextTurn() }
        nextWake = now.advanced(by: configuration.wakeInterval)
        let batch = Batch()
        var silent: [PartitionChanges] = []
        for partition in assignedPartitions {
            let step = makeStep(partition, now: now)
            do { try core.wake(in: step) } catch { return end(error) }
            guard !step.outputs.isEmpty else {
                // The log hears nothing of these (entries that are out of date): the store alone changes.
                let changes = step.state.changes
                if !changes.isEmpty {
                    silent.append(PartitionChanges(partition: partition, changes: changes, positions: [:]))
                }
                continue
            }
            batch.steps.append(step)
        }
        batch.offsets = unchangedOffsets(of: Set(batch.steps.map(\.partition)))
        let goOn = { self.confirmOffsets { self.verifyIfDue { self.nextTurn() } } }
        return storeIfAny(silent) { batch.steps.isEmpty ? goOn() : self.deliver(batch, then: goOn) }
    }

    /// What goes along with a batch that takes no input: without an offset, nothing would fence a transaction of a worker
    /// that lost its partition (KIP-447).
    func unchangedOffsets(of partitions: Set<Int32>) -> [TopicPartition: Int64] {
        guard let topic = core.group.inputs.first.map(configuration.names.name) else { return [:] }
        return nextOffsets.filter { $0.key.topic == topic && partitions.contains($0.key.partition) }
    }

    private func storeIfAny(_ changes: [PartitionChanges], then: @escaping () -> WorkerAction) -> WorkerAction {
        if changes.isEmpty { return then() }
        return .store(changes) { error in error.map { self.end($0) } ?? then() }
    }

    func makeStep(_ partition: Int32, now: Timestamp) -> Step {
        Step(
            state: PartitionState(partition: partition, store: world.store),
            partitionCount: configuration.partitionCount, now: now, names: configuration.names,
            service: core.group.rawValue, observer: world.observer)
    }
}
