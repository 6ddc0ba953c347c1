import EventLog
import Messages
import Processing
import Testing

/// A core that decides nothing: its state is the fold of `unique-claims`.
final class SilentCore: ServiceCore {
    let group = ConsumerGroup.projectionIndex
    let tables: [StateTable] = []
    func handle(_ record: LogRecord, from topic: Topic, customerID: String, in step: Step) {}
}

/// A worker on a log that a test makes up, one poll after the other.
final class SteppedWorker {
    /// What the worker did, in order, as far as tests look at it.
    enum Deed: Equatable {
        case assign([TopicPartition: Int64])
        case unassign, askOffsets, read, wipe
        case transact([TopicPartition: Int64])
        case produce, commit
        case poll
        case end(WorkerEnd)
    }

    private let guarantee: DeliveryGuarantee
    private var poll: ((Result<PollResult, LogError>) -> WorkerAction)?
    private(set) var deeds: [Deed] = []
    private(set) var end: WorkerEnd?
    private(set) var standing: WorkerStanding?
    var now = Timestamp(microseconds: 1_700_000_000_000_000)
    /// Where the group stands, and what the log has.
    var committed: [TopicPartition: Int64] = [:]
    var lows: [TopicPartition: Int64] = [:]
    var highs: [TopicPartition: Int64] = [:]
    /// What each read adds to the reader's positions: nothing but hidden records.
    var stride: Int64 = 1
    private var positions: [TopicPartition: Int64] = [:]
    /// What is answered instead, as long as it stands here.
    var questionError: LogError?
    var writeError: LogError?
    var commitError: LogError?
    let store: InMemoryStateStore
    private let observer = Observer()

    private final class Observer: ProcessingObserver {
        var standing: WorkerStanding?
        var notes: [(message: String, details: [String: String])] = []
        func count(_ event: ProcessingCount, topic: Topic, by amount: Int) {}
        func batch(records: Int, outputs: Int) {}
        func took(_ phase: BatchPhase, seconds: Double) {}
        func note(_ level: ProcessingNoteLevel, _ message: String, _ details: [String: String]) {
            notes.append((message, details))
        }
        func standing(_ standing: WorkerStanding) { self.standing = standing }
        func proving() {}
        func proved() {}
    }

    var obstacle: String? { observer.standing?.obstacle }
    var notes: [(message: String, details: [String: String])] { observer.notes }

    init(_ guarantee: DeliveryGuarantee, store: InMemoryStateStore = InMemoryStateStore(), core: any ServiceCore) {
        self.guarantee = guarantee
        self.store = store
        let machine = WorkerMachine(
            core: core,
            configuration: WorkerConfiguration(names: DeploymentNames(prefix: ""), partitionCount: 2),
            guarantee: guarantee,
            world: WorkerSurroundings(
                store: store, observer: observer, now: { [unowned self] in now }, isStopping: { false }))
        goOn(machine.start())
    }

    static func place(_ partition: Int32) -> TopicPartition {
        TopicPartition(topic: Topic.uniqueClaims.rawValue, partition: partition)
    }

    /// What was done since it was asked last.
    func news() -> [Deed] {
        defer { deeds = [] }
        return deeds
    }

    /// Answers the poll that waits, and lets the worker run to its next one.
    func give(_ result: PollResult = .records([])) {
        guard let poll else { return }
        self.poll = nil
        now = now.advanced(by: .milliseconds(1))
        goOn(poll(.success(result)))
    }

    private func goOn(_ first: WorkerAction) {
        var action = first
        while poll == nil, end == nil { action = carryOut(action) }
    }

    private func carryOut(_ action: WorkerAction) -> WorkerAction {
        switch action {
        case .poll(_, let timeout, let then):
            deeds.append(.poll)
            // Time passes while it waits.
            now = now.advanced(by: timeout)
            poll = then
            return action
        case .openProducer(let then), .heartbeat(let then): return then(nil)
        case .unassign(let then):
            deeds.append(.unassign)
            return then(nil)
        case .assign(let positions, let then):
            deeds.append(
                .assign(positions.mapValues { if case .offset(let offset) = $0 { offset } else { -1 } }))
            return then(nil)
        case .beginReading(let starts, let then):
            positions = starts.mapValues { if case .offset(let offset) = $0 { offset } else { -1 } }
            return then(nil)
        case .read(_, _, let then):
            deeds.append(.read)
            for place in positions.keys { positions[place] = min(highs[place] ?? 0, (positions[place] ?? 0) + stride) }
            return then(.success(([], positions)))
        case .committedOffsets(let places, _, let then):
            deeds.append(.askOffsets)
            if let questionError { return then(.failure(questionError)) }
            let found = committed.filter { places.contains($0.key) }
            return then(.success(found.mapValues { GroupOffset(next: $0, metadata: OffsetMark.of("stepped")) }))
        case .watermarks(let places, _, let then):
            let marks = places.map { ($0, Watermarks(low: lows[$0] ?? 0, high: highs[$0] ?? 0)) }
            return then(.success(Dictionary(uniqueKeysWithValues: marks)))
        case .commit(let offsets, let then):
            deeds.append(.commit)
            if let commitError { return then(commitError) }
            committed.merge(offsets) { $1 }
            return then(nil)
        case .transact(let records, let offsets, let then):
            deeds.append(.transact(offsets))
            if let writeError { return then(.aborted(writeError)) }
            committed.merge(offsets) { $1 }
            return then(.committed(records.map { _ in -1 }))
        case .produce(let records, let then):
            deeds.append(.produce)
            return then(.success(records.map { _ in -1 }))
        case .store(let changes, let then):
            store.commit(changes)
            return then(nil)
        case .wipe(let partition, let rows, let then):
            deeds.append(.wipe)
            return then(.success(store.wipe(partition: partition, rows: rows)))
        case .pause(_, let then): return then()
        case .end(let end):
            self.end = end
            deeds.append(.end(end))
            return action
        }
    }
}
