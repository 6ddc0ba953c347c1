internal import EventLog
internal import Messages
internal import Processing

/// Carries out what a worker's state machine wants, in virtual time and on simulated clients: what `Worker` is on a thread.
///
/// Every action takes its time, and anything can come between two of them.
final class SimulatedWorker {
    let group: ConsumerGroup
    private let machine: WorkerMachine
    /// Held until it dies and lets go of its workers: what is under way may see it die.
    private let process: SimulatedProcess
    let store: InMemoryStateStore
    private let consumer: SimulatedConsumer
    private let reader: SimulatedReader
    private var producer: Producer?
    private(set) var end: WorkerEnd?
    private let observer: SimulatedObserver
    /// When its partitions were taken away; nil when it has heard what it has instead.
    private var revoked: Int64?

    private enum Producer {
        case transactional(SimulatedTransactionalProducer)
        case plain(SimulatedProducer)
    }

    init(_ group: ConsumerGroup, of process: SimulatedProcess, core: any ServiceCore, store: InMemoryStateStore) {
        self.group = group
        self.process = process
        self.store = store
        let deployment = process.deployment
        let names = deployment.names
        consumer = SimulatedConsumer(
            host: process.host, network: deployment.network, settings: deployment.settings, group: names.name(group),
            topics: group.inputs.map(names.name),
            urgentTopics: group.inputs.filter { $0 == .processCommands }.map(names.name),
            instanceID: process.slot.instanceID,
            offsetMetadata: OffsetMark.of(
                process.slot.name, revision: core.decidesByDeclaration ? process.declared.revision : nil))
        reader = SimulatedReader(host: process.host, network: deployment.network, settings: deployment.settings)
        observer = SimulatedObserver(process, group)
        var configuration = deployment.workerConfiguration
        configuration.declaredRevision = process.declared.revision
        machine = WorkerMachine(
            core: core, configuration: configuration, guarantee: deployment.guarantee,
            world: WorkerSurroundings(
                store: store, observer: observer,
                now: { [unowned process] in process.clock },
                isStopping: { [unowned process] in process.isStopping }))
        observer.onAdoption = { [unowned consumer, unowned process] revision in
            consumer.offsetMetadata = OffsetMark.of(process.slot.name, revision: revision)
        }
    }

    func begin() { goOn(machine.start()) }

    private func goOn(_ action: WorkerAction) {
        let kind = ActionKind(action)
        process.reached(kind, .before, group)
        process.host.after(process.slot.thinkingTime) { self.carryOut(action, kind) }
    }

    /// The answer is there; what follows from it is decided.
    private func done(_ kind: ActionKind, _ next: @escaping () -> WorkerAction) {
        process.reached(kind, .after, group)
        process.host.perform { self.goOn(next()) }
    }

    /// Something that takes a moment and can't be waited for in parts.
    private func locally(_ kind: ActionKind, _ body: @escaping () -> WorkerAction) {
        process.host.after(process.slot.storingTime) {
            let next = body()
            self.done(kind) { next }
        }
    }

    private func carryOut(_ action: WorkerAction, _ kind: ActionKind) {
        tell(action, kind)
        process.reached(kind, .amid, group)
        switch action {
        case .openProducer(let then): openProducer { error in self.done(kind) { then(error) } }
        case .poll(let maxRecords, let timeout, let then):
            if process.deployment.options.catchesUpBeforeAnswering, observer.isCatchingUp {
                process.host.after(max(1_000, timeout.microseconds)) {
                    self.done(kind) { then(.success(.records([]))) }
                }
                return
            }
            consumer.poll(maxRecords: maxRecords, timeout: timeout) { result in
                self.note(result)
                self.done(kind) { then(result) }
            }
        case .heartbeat(let then):
            locally(kind) { [consumer] in
                switch consumer.heartbeat() {
                case .success: then(nil)
                case .failure(let error): then(error)
                }
            }
        case .assign(let positions, let then):
            locally(kind) { [consumer] in
                consumer.assign(positions)
                return then(nil)
            }
        case .unassign(let then):
            locally(kind) { [consumer] in
                consumer.unassign()
                return then(nil)
            }
        case .committedOffsets(let places, let timeout, let then):
            consumer.committed(places, within: timeout.microseconds) { [process] result in
                var result = result
                if process.deployment.options.trustsAnyOffset {
                    result = result.map { $0.mapValues { GroupOffset(next: $0.next, metadata: OffsetMark.of("any")) } }
                }
                self.done(kind) { then(result) }
            }
        case .commit(let offsets, let then):
            consumer.commit(offsets) { error in
                if let error { self.process.noteRefusal(error) }
                self.done(kind) { then(error) }
            }
        case .transact(let records, let offsets, let then): transact(records, offsets, kind, then)
        case .produce(let records, let then): produce(records, kind, then)
        case .watermarks(let places, let timeout, let then):
            reader.watermarks(places, within: timeout.microseconds) { result in self.done(kind) { then(result) } }
        case .beginReading(let positions, let then):
            locally(kind) { [reader] in
                reader.assign(positions)
                return then(nil)
            }
        case .read(let maxRecords, let timeout, let then):
            reader.poll(maxRecords: maxRecords, timeout: timeout) { [reader, process] result in
                let count = (try? result.get())?.count ?? 0
                process.host.after(Int64(count) * process.slot.readingTime) {
                    self.done(kind) { then(result.map { ($0, reader.positions()) }) }
                }
            }
        case .store(let changes, let then): write(kind, then) { [store] in store.commit(changes) }
        case .wipe(let partition, let rows, let then):
            locally(kind) { [store, process] in
                if process.takeStoreFailure() { return then(.failure(StateStoreError(.io, "the disk is full"))) }
                return then(.success(store.wipe(partition: partition, rows: rows)))
            }
        case .pause(let time, let then): process.host.after(time.microseconds) { self.done(kind) { then() } }
        case .end(let end): finish(end)
        }
    }

    private func note(_ result: Result<PollResult, LogError>) {
        guard case .success(let answer) = result else { return }
        switch answer {
        case .revoked(_, let lost):
            if observer.isCatchingUp { process.deployment.checker.sightings.note(.takeOverGivenUp) }
            revoked = lost ? nil : process.deployment.timeline.now
        case .assigned:
            if let revoked { process.deployment.rebalanced(process, group, since: revoked) }
            revoked = nil
        case .records: break
        }
    }

    private func write(
        _ kind: ActionKind, _ then: @escaping (StateStoreError?) -> WorkerAction, _ body: @escaping () -> Void
    ) {
        locally(kind) { [process] in
            if process.takeStoreFailure() { return then(StateStoreError(.io, "the disk is full")) }
            body()
            return then(nil)
        }
    }

    private func openProducer(_ then: @escaping (LogError?) -> Void) {
        closeProducer()
        let deployment = process.deployment
        switch deployment.guarantee {
        case .exactlyOnce:
            let made = SimulatedTransactionalProducer(
                host: process.host, network: deployment.network, settings: deployment.settings,
                transactionalID: deployment.names.name(group) + "-" + process.slot.name)
            producer = .transactional(made)
            made.initialize { error in
                if error != nil { self.closeProducer() }
                then(error)
            }
        case .atLeastOnce:
            producer = .plain(
                SimulatedProducer(host: process.host, network: deployment.network, settings: deployment.settings))
            process.host.after(0) { then(nil) }
        }
    }

    private func closeProducer() {
        switch producer {
        case .transactional(let producer): producer.close()
        case .plain(let producer): producer.close()
        case nil: break
        }
        producer = nil
    }

    private func transact(
        _ records: [OutgoingRecord], _ offsets: [TopicPartition: Int64], _ kind: ActionKind,
        _ then: @escaping (TransactionResult) -> WorkerAction
    ) {
        guard case .transactional(let producer) = producer else {
            return done(kind) { then(.indeterminate(LogError(.unavailable, "there is no producer"))) }
        }
        producer.transact(altered(records), offsets: offsets, of: consumer) { result in
            self.process.note(result, self.group)
            self.done(kind) { then(result) }
        }
    }

    private func produce(
        _ records: [OutgoingRecord], _ kind: ActionKind,
        _ then: @escaping (Result<[Int64], LogError>) -> WorkerAction
    ) {
        guard case .plain(let producer) = producer else {
            return done(kind) { then(.failure(LogError(.unavailable, "there is no producer"))) }
        }
        producer.produce(altered(records)) { result in self.done(kind) { then(result) } }
    }

    private func altered(_ records: [OutgoingRecord]) -> [OutgoingRecord] {
        process.deployment.alteration?(group, records) ?? records
    }

    private func finish(_ end: WorkerEnd) {
        self.end = end
        consumer.close()
        closeProducer()
        reader.close()
        process.ended(self, end)
    }

    private func tell(_ action: WorkerAction, _ kind: ActionKind) {
        let chronicle = process.deployment.chronicle
        chronicle.mix(UInt64(truncatingIfNeeded: process.deployment.timeline.now))
        chronicle.mix(UInt64(process.slot.number) << 8 | UInt64(kind.number))
        if chronicle.isTraced, let text = action.traceText { process.tell("\(group.rawValue): \(text)") }
    }
}

extension Duration {
    var microseconds: Int64 { components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000 }
}
