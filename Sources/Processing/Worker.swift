internal import EventLog
internal import Messages

/// The consume-process-produce loop of one consumer group: polls, decides, writes and commits on one thread, one batch
/// at a time, so that nothing is in hand when the group takes partitions away.
///
/// The order within a batch is what the guarantees rest on:
/// 1. decide: pure, on the state as of the last commit; its changes are kept aside;
/// 2. Kafka: outputs and input positions, in one transaction (`exactly-once`), or the book, then the other outputs,
///    then the positions (`at-least-once`);
/// 3. the local store: the changes, together with the log positions that they stand for.
///
/// A crash before 2 leaves no trace. A crash between 2 and 3 leaves the store behind the log: the next start catches
/// it up. It is never ahead of the log. When 2 fails, the changes of 1 are dropped.
public final class Worker {
    let core: any ServiceCore
    let configuration: WorkerConfiguration
    let ports: WorkerPorts
    var producer: Producer?
    /// What the group assigned, with the next offset to be taken.
    var nextOffsets: [TopicPartition: Int64] = [:]
    /// Up to where records only bring the state up to date: their output is committed already.
    var replayUntil: [TopicPartition: Int64] = [:]
    /// Ends of the topics that the state is rebuilt from, as far as this worker has folded or written them itself.
    var memoryEnds: [TopicPartition: Int64] = [:]
    private var nextWake = Timestamp(microseconds: 0)
    private var wasReady = false
    /// Whether the group has given its answer, which may be that there is nothing to do.
    private var isMember = false

    enum Producer {
        case transactional(any TransactionalProducer)
        case batch(any BatchProducer)
    }

    public init(core: any ServiceCore, configuration: WorkerConfiguration, ports: WorkerPorts) {
        self.core = core
        self.configuration = configuration
        self.ports = ports
    }

    /// Runs until asked to stop, or until going on would break a promise.
    public func run() -> WorkerEnd {
        var end = WorkerEnd.asked
        do {
            try openProducer()
            while !ports.isStopping() { try turn() }
        } catch {
            end = error.end
        }
        ports.observer.ready(false, partitions: 0)
        // Nothing is in hand here: every batch was finished or dropped.
        ports.consumer.close()
        closeProducer()
        ports.reader.close()
        ports.store.close()
        return end
    }

    /// One turn of the loop.
    func turn() throws(WorkerFailure) {
        let result: PollResult
        do {
            result = try ports.consumer.poll(maxRecords: configuration.batchSize, timeout: configuration.pollTimeout)
        } catch {
            guard error.isRetriable else { throw .log(error) }
            ports.observer.note(.warning, "polling failed", ["error": error.description])
            ports.pause(.milliseconds(200))
            return
        }
        switch result {
        case .records(let records):
            if !records.isEmpty { try process(records) }
            try wakeIfDue()
        case .assigned(let partitions):
            try takeOver(partitions)
            isMember = true
        case .revoked(let partitions, let lost):
            ports.observer.note(
                .info, "partitions revoked", ["count": String(partitions.count), "lost": String(lost)])
            forget()
            isMember = false
            try kafka { () throws(LogError) in try ports.consumer.unassign() }
        }
        tellReadiness()
    }

    func forget() {
        nextOffsets = [:]
        replayUntil = [:]
        memoryEnds = [:]
    }

    var assignedPartitions: [Int32] { Set(nextOffsets.keys.map(\.partition)).sorted() }

    private func tellReadiness() {
        let isReady = isMember && replayUntil.isEmpty
        if isReady != wasReady {
            ports.observer.ready(isReady, partitions: assignedPartitions.count)
            wasReady = isReady
        }
    }

    private func wakeIfDue() throws(WorkerFailure) {
        let now = ports.now()
        guard now >= nextWake, replayUntil.isEmpty else { return }
        nextWake = now.advanced(by: configuration.wakeInterval)
        let batch = Batch()
        var silent: [PartitionChanges] = []
        for partition in assignedPartitions {
            let step = makeStep(partition, now: now)
            do { try core.wake(in: step) } catch { throw .store(error) }
            guard !step.outputs.isEmpty else {
                // The log hears nothing of these (entries that are out of date): the store alone changes.
                let changes = step.state.changes
                if !changes.isEmpty {
                    silent.append(PartitionChanges(partition: partition, changes: changes, positions: [:]))
                }
                continue
            }
            batch.steps.append(step)
            // The unchanged position: without an offset, nothing would fence a transaction of a worker that lost its
            // partition (KIP-447).
            if let topic = core.group.inputs.first {
                let place = TopicPartition(topic: configuration.names.name(topic), partition: partition)
                if let next = nextOffsets[place] { batch.offsets[place] = next }
            }
        }
        if !silent.isEmpty {
            do { try ports.store.commit(silent) } catch { throw .store(error) }
        }
        if !batch.steps.isEmpty { try deliver(batch) { () throws(WorkerFailure) in nil } }
    }

    func makeStep(_ partition: Int32, now: Timestamp) -> Step {
        Step(
            state: PartitionState(partition: partition, store: ports.store),
            partitionCount: configuration.partitionCount, now: now, names: configuration.names,
            service: core.group.rawValue, observer: ports.observer)
    }

    func kafka<Value>(_ body: () throws(LogError) -> Value) throws(WorkerFailure) -> Value {
        do { return try body() } catch { throw .log(error) }
    }
}
