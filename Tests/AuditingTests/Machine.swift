import Auditing
import EventLog
import Messages
import Processing
import ServiceCores

/// The four services with their real cores, on a log in memory, run in turn for some batches each. What they read next,
/// how far they get, and what they forget is drawn from a seed.
final class Machine {
    static let partitionCount: Int32 = 3
    let names = DeploymentNames(prefix: "t.")
    let guarantee: DeliveryGuarantee
    let reuse: DocumentReuse
    var generator: Generator
    var now = Timestamp(microseconds: 1_795_000_000_000_000)
    private(set) var partitions: [TopicPartition: [LogRecord?]] = [:]
    var committed: [ConsumerGroup: [TopicPartition: Int64]] = [:]
    private var stores: [ConsumerGroup: InMemoryStateStore] = [:]
    /// Batches until somebody is cut off between two durable steps.
    private var batchesToCut = Int.max

    init(seed: UInt64, _ guarantee: DeliveryGuarantee, _ reuse: DocumentReuse) {
        generator = Generator(seed: seed)
        self.guarantee = guarantee
        self.reuse = reuse
    }

    func below(_ bound: Int) -> Int { Int(generator.next() % UInt64(bound)) }

    func end(_ place: TopicPartition) -> Int64 { Int64(partitions[place]?.count ?? 0) }

    var size: Int { partitions.values.reduce(0) { $0 + $1.count } }

    @discardableResult
    func append(_ record: OutgoingRecord) -> Int64 {
        let offset = end(record.topicPartition)
        partitions[record.topicPartition, default: []].append(
            LogRecord(
                topic: record.topic, partition: record.partition, offset: offset, key: record.key,
                value: record.value, headers: record.headers))
        return offset
    }

    func appendMarker(_ place: TopicPartition) { partitions[place, default: []].append(nil) }

    func read(_ place: TopicPartition, from offset: Int64, limit: Int) -> ([LogRecord], next: Int64) {
        let all = partitions[place] ?? []
        let slice = all[min(Int(offset), all.count)..<min(Int(offset) + limit, all.count)]
        return (slice.compactMap { $0 }, Int64(slice.endIndex))
    }

    func isCut() -> Bool {
        batchesToCut -= 1
        return batchesToCut < 0
    }

    /// A service's life, of some polls.
    /// - Parameter cutAfter: steps until it is cut off; nil for never.
    func live(_ group: ConsumerGroup, polls: Int, cutAfter: Int? = nil) {
        batchesToCut = cutAfter ?? .max
        let consumer = MachineConsumer(self, group, polls: polls)
        let store = stores[group] ?? InMemoryStateStore()
        stores[group] = store
        let producers: ProducerFactory =
            switch guarantee {
            case .exactlyOnce:
                .exactlyOnce({ [self] () throws(LogError) -> any TransactionalProducer in
                    MachineProducer(self, group)
                })
            case .atLeastOnce:
                .atLeastOnce({ [self] () throws(LogError) -> any BatchProducer in MachineProducer(self, group) })
            }
        let worker = Worker(
            core: core(group), configuration: WorkerConfiguration(names: names, partitionCount: Self.partitionCount),
            ports: WorkerPorts(
                consumer: consumer, reader: MachineReader(self), store: store, producers: producers,
                observer: NoObserver(), now: { [self] in now }, isStopping: { consumer.polls <= 0 }, pause: { _ in }))
        _ = worker.run()
        batchesToCut = .max
    }

    /// A service loses its state directory.
    func forget(_ group: ConsumerGroup) { stores[group] = nil }

    private func core(_ group: ConsumerGroup) -> any ServiceCore {
        switch group {
        case .commandService:
            CommandCore(normalization: .alphanumeric, advice: below(2) == 0 ? nil : RandomAdvice(self))
        case .projectionCustomers: CustomerProjectionCore(reuse: reuse)
        case .projectionIndex: DocumentIndexCore()
        case .processManager: ProcessManagerCore(normalization: .alphanumeric)
        }
    }

    /// Lets everybody live until nothing happens any more, however long that takes.
    func settle() {
        var before = -1
        while size != before {
            before = size
            now = now.advanced(by: .seconds(600))
            for group in ConsumerGroup.allCases { live(group, polls: 200) }
        }
    }

    func audit() -> AuditReport {
        var auditor = Auditor(names: names, partitionCount: Self.partitionCount)
        for place in partitions.keys.sorted() {
            for case let record? in partitions[place] ?? [] { auditor.observe(record) }
        }
        return auditor.verdict(groupOffsets: committed)
    }
}

/// Says that a document is taken when it likes: a copy of the index may be wrong in any way.
private final class RandomAdvice: DocumentAdvice {
    private let machine: Machine
    init(_ machine: Machine) { self.machine = machine }
    func isTaken(_ document: String, byOtherThan customerID: String) -> Bool { machine.below(5) == 0 }
}

private final class MachineConsumer: GroupConsumer {
    private let machine: Machine
    private let group: ConsumerGroup
    private let places: [TopicPartition]
    private var positions: [TopicPartition: Int64]?
    private var isAssigned = false
    var polls: Int

    init(_ machine: Machine, _ group: ConsumerGroup, polls: Int) {
        self.machine = machine
        self.group = group
        self.polls = polls
        places = group.inputs.flatMap { topic in
            (0..<Machine.partitionCount).map {
                TopicPartition(topic: machine.names.name(topic), partition: $0)
            }
        }
    }

    /// From one partition or another: between topics there is no order.
    func poll(maxRecords: Int, timeout: Duration) throws(LogError) -> PollResult {
        polls -= 1
        guard isAssigned else {
            isAssigned = true
            return .assigned(places)
        }
        let first = machine.below(places.count)
        for step in 0..<places.count {
            let place = places[(first + step) % places.count]
            guard let from = positions?[place], from < machine.end(place) else { continue }
            let (records, next) = machine.read(place, from: from, limit: 1 + machine.below(6))
            positions?[place] = next
            if !records.isEmpty { return .records(records) }
        }
        return .records([])
    }

    func heartbeat() throws(LogError) -> Bool { false }
    func assign(_ positions: [TopicPartition: StartPosition]) throws(LogError) {
        self.positions = positions.mapValues { if case .offset(let offset) = $0 { offset } else { 0 } }
    }
    func unassign() throws(LogError) { positions = nil }
    func committedOffsets(_ partitions: [TopicPartition]) throws(LogError) -> [TopicPartition: Int64] {
        (machine.committed[group] ?? [:]).filter { partitions.contains($0.key) }
    }
    func commit(_ offsets: [TopicPartition: Int64]) throws(LogError) {
        machine.committed[group, default: [:]].merge(offsets) { $1 }
    }
    func close() {}
}

private final class MachineReader: LogReader {
    private let machine: Machine
    private var positionsRead: [TopicPartition: Int64] = [:]
    init(_ machine: Machine) { self.machine = machine }

    func assign(_ positions: [TopicPartition: StartPosition]) throws(LogError) {
        positionsRead = positions.mapValues { if case .offset(let offset) = $0 { offset } else { 0 } }
    }
    func poll(maxRecords: Int, timeout: Duration) throws(LogError) -> [LogRecord] {
        var found: [LogRecord] = []
        for place in positionsRead.keys.sorted() {
            let (records, next) = machine.read(place, from: positionsRead[place] ?? 0, limit: 50)
            positionsRead[place] = next
            found += records
        }
        return found
    }
    func positions() throws(LogError) -> [TopicPartition: Int64] { positionsRead }
    func watermarks(_ partitions: [TopicPartition]) throws(LogError) -> [TopicPartition: Watermarks] {
        Dictionary(uniqueKeysWithValues: partitions.map { ($0, Watermarks(low: 0, high: machine.end($0))) })
    }
    func partitionCount(of topic: String) throws(LogError) -> Int32? { Machine.partitionCount }
    func clusterID() throws(LogError) -> String? { "memory" }
    func close() {}
}

private final class MachineProducer: BatchProducer, TransactionalProducer {
    private let machine: Machine
    private let group: ConsumerGroup
    init(_ machine: Machine, _ group: ConsumerGroup) {
        self.machine = machine
        self.group = group
    }
    private static var cut: LogError { LogError(.notAuthorized, "cut off here") }

    func initialize() throws(LogError) {}
    func transact(
        _ records: [OutgoingRecord], offsets: [TopicPartition: Int64], of consumer: any GroupConsumer
    ) -> TransactionResult {
        if machine.isCut() { return .fenced(Self.cut) }
        let written = records.map(machine.append)
        for place in Set(records.map(\.topicPartition)).sorted() { machine.appendMarker(place) }
        machine.committed[group, default: [:]].merge(offsets) { $1 }
        // Kafka has it, and whoever wrote it does not learn that.
        return machine.isCut() ? .fenced(Self.cut) : .committed(written)
    }
    func produce(_ records: [OutgoingRecord]) throws(LogError) -> [Int64] {
        if machine.isCut() { throw Self.cut }
        // Some of it may be written, and nobody learns which.
        let count = machine.isCut() ? machine.below(records.count + 1) : records.count
        let written = records.prefix(count).map(machine.append)
        if count < records.count { throw Self.cut }
        return written
    }
    func close() {}
}

private final class NoObserver: ProcessingObserver {
    func count(_ event: ProcessingCount, topic: Topic, by amount: Int) {}
    func batch(records: Int, outputs: Int) {}
    func took(_ phase: BatchPhase, seconds: Double) {}
    func note(_ level: ProcessingNoteLevel, _ message: String, _ details: [String: String]) {}
    func ready(_ isReady: Bool, partitions: Int) {}
}
