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
/// it up. It is never ahead of the log. When 2 fails, the changes of 1 are dropped, and the partitions are taken over
/// again.
///
/// Everything that may take long (a producer's registration, questions, folding a log) is done a piece at a time, with a
/// poll between two pieces: the member answers its group, and the partitions that it owns are served.
public final class WorkerMachine {
    let core: any ServiceCore
    let configuration: WorkerConfiguration
    let guarantee: DeliveryGuarantee
    let world: WorkerSurroundings
    let folding: Folding
    var producer = ProducerState()
    var takeOver: TakeOver
    var owned = OwnedPartitions()
    /// Ends of the served topics, as far as all is our own, or was verified. Empty where that is not done.
    var servedEnds: [TopicPartition: Int64] = [:]
    /// When it is to be looked next whether others have written to the served topics.
    var verifyAt: Timestamp?
    var verification: Verification?
    var nextWake = Timestamp(microseconds: 0)
    /// When it is to be found out next whether a batch could be committed.
    var proveAt = Timestamp(microseconds: 0)
    /// How many batches could not be written since one could.
    var failures = 0
    /// Why nothing could be done the last time.
    var trouble: String?
    /// Whether the group has given its answer, which may be that there is nothing to do.
    var isMember = false
    var standing: WorkerStanding?
    /// Which revision of the declaration the core goes by.
    var declaredRevision: Int64
    /// When what is declared is to be looked at, before anything that was assigned is taken over; nil when it is known.
    var adoptAt: Timestamp?
    /// Of partitions in which a deadline has passed by the clock.
    var inputEnds: [Int32: InputEnds] = [:]

    public init(
        core: any ServiceCore, configuration: WorkerConfiguration, guarantee: DeliveryGuarantee,
        world: WorkerSurroundings
    ) {
        self.core = core
        self.configuration = configuration
        self.guarantee = guarantee
        self.world = world
        folding = Folding(core, configuration.names)
        declaredRevision = configuration.declaredRevision
        takeOver = TakeOver(readSize: configuration.firstReadSize, now: world.now())
    }

    /// The first action. Those that follow come from its continuation, until one is `.end`.
    public func start() -> WorkerAction { turn() }

    /// One turn of the loop: a piece of what takes long, and a poll.
    func turn() -> WorkerAction {
        if world.isStopping() { return end(.asked) }
        tellStanding()
        if !producer.isOpen { return openProducer { self.poll() } }
        if adoptAt != nil { return adoptDeclaration { self.poll() } }
        return goOnTakingOver { self.poll() }
    }

    private func poll() -> WorkerAction {
        .poll(maxRecords: configuration.batchSize, timeout: pollTimeout) { result in
            switch result {
            case .failure(let error):
                guard self.waits(for: error) else { return self.end(WorkerEnd(error)) }
                self.world.observer.note(.warning, "polling failed", ["error": error.description])
                self.trouble = error.description
                return .pause(.milliseconds(200)) { self.turn() }
            case .success(.records(let records)):
                if records.isEmpty { return self.wakeIfDue() }
                return self.process(records) { self.wakeIfDue() }
            case .success(.assigned(let places)):
                if let beyond = places.filter({ $0.partition >= self.configuration.partitionCount }).min() {
                    return self.end(
                        .misconfigured(
                            "the group has the partition \(beyond), and \(self.configuration.partitionCount) are declared:"
                                + " somebody has added partitions. See `soleholder topics check`"))
                }
                return self.begin(places)
            case .success(.revoked(let places, let lost)):
                self.world.observer.note(
                    .info, "partitions revoked", ["count": String(places.count), "lost": String(lost)])
                if !self.takeOver.isEmpty {
                    self.world.observer.note(
                        .info, "a take-over is given up",
                        ["partitions": self.takeOver.partitions.map { String($0) }.joined(separator: ",")])
                }
                self.forget()
                self.isMember = false
                // Before the group is answered, and can give to others what was ours.
                self.tellStanding()
                return .unassign { error in
                    if let error { return self.end(WorkerEnd(error)) }
                    return self.turn()
                }
            }
        }
    }

    /// What is due soon is not waited past.
    private var pollTimeout: Duration {
        guard let due = producer.isOpen ? adoptAt ?? takeOverDue() : producer.due else {
            return configuration.pollTimeout
        }
        return max(.zero, min(configuration.pollTimeout, world.now().duration(to: due)))
    }

    /// Nothing is in hand here: every batch was finished or dropped.
    func end(_ end: WorkerEnd) -> WorkerAction {
        isMember = false
        forget()
        tellStanding()
        return .end(end)
    }

    func end(_ error: StateStoreError) -> WorkerAction { end(.unavailable(error.description)) }

    func forget() {
        takeOver = TakeOver(readSize: configuration.firstReadSize, now: world.now())
        owned = OwnedPartitions()
        inputEnds = [:]
        adoptAt = nil
        forgetServed()
    }

    private func wakeIfDue() -> WorkerAction {
        let now = world.now()
        guard now >= nextWake, !owned.isEmpty || takeOver.isEmpty else { return turn() }
        nextWake = now.advanced(by: configuration.wakeInterval)
        var steps: [Step] = []
        do {
            for partition in owned.numbers {
                let step = makeStep(partition, now: now)
                try core.wake(in: step)
                steps.append(step)
            }
        } catch { return end(error) }
        return deliver(steps) {
            self.judgeDeadlines { self.proveIfDue { self.verifyIfDue { self.turn() } } }
        }
    }

    /// Writes what became due by itself.
    func deliver(_ steps: [Step], then: @escaping () -> WorkerAction) -> WorkerAction {
        // The log hears nothing of some (entries that are out of date): the store alone changes.
        let silent = steps.filter { $0.outputs.isEmpty && !$0.state.changes.isEmpty }.map {
            PartitionChanges(partition: $0.partition, changes: $0.state.changes, positions: [:])
        }
        return storeIfAny(silent) {
            guard let batch = Batch(self.parts(steps.filter { !$0.outputs.isEmpty })) else { return then() }
            return self.deliver(batch, then: then)
        }
    }

    /// What was decided without taking input, fenced by where the partitions stand.
    func parts(_ steps: [Step]) -> [Batch.Part] {
        steps.compactMap { step in owned.fence(of: step.partition).map { Batch.Part(step: step, offsets: $0) } }
    }

    private func storeIfAny(_ changes: [PartitionChanges], then: @escaping () -> WorkerAction) -> WorkerAction {
        if changes.isEmpty { return then() }
        return .store(changes) { error in error.map { self.end($0) } ?? then() }
    }

    func makeStep(_ partition: Int32, now: Timestamp, knowsDeclaration: Bool = false) -> Step {
        Step(
            state: PartitionState(partition: partition, store: world.store),
            partitionCount: configuration.partitionCount, now: now, names: configuration.names,
            service: core.group.rawValue, observer: world.observer, knowsDeclaration: knowsDeclaration)
    }
}

/// Whether there is a producer that can be trusted, and when one is tried for next.
struct ProducerState {
    var isOpen = false
    var attempt = 0
    var due = Timestamp(microseconds: 0)
}

extension WorkerMachine {
    /// Tries once, if it is time. In `exactly-once` this fences older instances and ends what they left open, and so comes
    /// before anything is asked about partitions.
    func openProducer(then: @escaping () -> WorkerAction) -> WorkerAction {
        if world.now() < producer.due { return then() }
        return .openProducer { error in
            guard let error else {
                self.producer = ProducerState(isOpen: true)
                return then()
            }
            guard error.isRetriable else { return self.end(WorkerEnd(error)) }
            self.trouble = error.description
            self.world.observer.note(.warning, "no producer yet", ["error": error.description])
            self.producer.due = self.world.now().advanced(
                by: .milliseconds(min(200 << min(self.producer.attempt, 4), 3_000)))
            self.producer.attempt += 1
            return then()
        }
    }
}
