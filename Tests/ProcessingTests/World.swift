import EventLog
import Messages
import Processing
import ServiceCores

/// All four workers on a log in memory, run in turn on one thread, with a clock that moves when it is told to.
final class World {
    let log = MemoryLog()
    /// What the services take for the number of partitions; the log's own where nil.
    var declaredPartitions: Int32?
    var guarantee: DeliveryGuarantee
    var stores: [ConsumerGroup: InMemoryStateStore] = [:]
    var now = Timestamp(microseconds: 1_700_000_000_000_000)
    /// How far the clock moves whenever somebody looks at it.
    var moves = Duration.zero
    var batchLimit = 100
    /// Which partition a poll begins with, of so many.
    var firstPartition: (Int) -> Int = { _ in 0 }
    var reuse = DocumentReuse.immediately
    var advice: (any DocumentAdvice)?
    let observer = SilentObserver()
    /// Runs before a book is written in `at-least-once`.
    var beforeBook: [ConsumerGroup: () -> Void] = [:]
    /// Runs before the other topics are written in `at-least-once`.
    var beforeOthers: [ConsumerGroup: () -> Void] = [:]

    /// Runs before the question that the log is asked after so many others, by whoever asks next.
    var beforeQuestion: (after: Int, action: () -> Void)?

    init(_ guarantee: DeliveryGuarantee) { self.guarantee = guarantee }

    /// How often the log was asked something.
    private(set) var questions = 0
    /// Groups that take no offsets from those who ask: their members are others.
    var refusing: Set<ConsumerGroup> = []

    private func question() {
        questions += 1
        guard let (after, action) = beforeQuestion else { return }
        beforeQuestion = after > 0 ? (after - 1, action) : nil
        if after == 0 { action() }
    }

    private func core(_ group: ConsumerGroup) -> any ServiceCore {
        switch group {
        case .commandService: CommandCore(normalization: .alphanumeric, advice: advice)
        case .projectionCustomers: CustomerProjectionCore(reuse: reuse)
        case .projectionIndex: DocumentIndexCore()
        case .processManager: ProcessManagerCore(normalization: .alphanumeric)
        }
    }

    /// A process's life: it begins, works until there is nothing left to do or until it is cut, and ends.
    @discardableResult
    func live(_ group: ConsumerGroup, cut: Cut = .none, afterBatches: Int = 0) -> WorkerEnd {
        let core = core(group)
        let scissors = Scissors(cut, afterBatches: afterBatches)
        let consumer = MemoryConsumer(
            log: log, group: group, batchLimit: batchLimit, first: firstPartition,
            isRefused: { [self] in refusing.contains(group) })
        var configuration = WorkerConfiguration(
            names: DeploymentNames(prefix: ""), partitionCount: declaredPartitions ?? log.partitionCount)
        configuration.batchSize = batchLimit
        // The clock stands: once in each life.
        configuration.verifyInterval = .zero
        let store = stores[group] ?? InMemoryStateStore()
        stores[group] = store
        let before = { [self] in
            let action = beforeBook.removeValue(forKey: group)
            action?()
        }
        let beforeOthers = { [self] in
            let action = self.beforeOthers.removeValue(forKey: group)
            action?()
        }
        let make = { [log] in
            MemoryProducer(
                log: log, group: group, book: core.book, scissors: scissors, before: before, beforeOthers: beforeOthers)
        }
        let producers: ProducerFactory =
            switch guarantee {
            case .exactlyOnce: .exactlyOnce({ () throws(LogError) -> any TransactionalProducer in make() })
            case .atLeastOnce: .atLeastOnce({ () throws(LogError) -> any BatchProducer in make() })
            }
        let worker = Worker(
            core: core,
            configuration: configuration,
            ports: WorkerPorts(
                consumer: consumer, reader: MemoryReader(log: log, before: { [self] in question() }),
                store: CuttableStore(store, scissors),
                producers: producers, observer: observer,
                now: { [self] in
                    now = now.advanced(by: moves)
                    return now
                },
                isStopping: { consumer.idlePolls > 1 }, pause: { _ in }))
        return worker.run()
    }

    /// Lets everybody live until nothing happens any more.
    func settle() {
        var before = -1
        while log.size != before {
            before = log.size
            for group in ConsumerGroup.allCases { live(group) }
        }
    }

    /// States as they were, for those who come back with them.
    private var olderStores: [ConsumerGroup: InMemoryStateStore] = [:]

    /// Some service lives for a while: with its state, without it or with an older one, and to one end or another.
    func liveSomehow(_ random: inout SplitMix) {
        let group = ConsumerGroup.allCases[random.below(4)]
        switch random.below(6) {
        case 0: stores[group] = nil
        case 1: olderStores[group] = stores[group]?.copy()
        case 2: if let older = olderStores[group] { stores[group] = older.copy() }
        default: break
        }
        live(group, cut: Cut.allCases[random.below(Cut.allCases.count)], afterBatches: random.below(3))
    }

    /// Sends a record as a client does. Without a partition the key is placed as it should be.
    @discardableResult
    func send(
        _ value: String, key: String?, to topic: Topic = .customerCommands, partition: Int32? = nil,
        headers: [RecordHeader] = []
    ) -> Int64 {
        let bytes = key.map { Array($0.utf8) }
        return log.append(
            OutgoingRecord(
                topic: topic.rawValue,
                partition: partition ?? bytes.map { Murmur2.partition(of: $0, count: log.partitionCount) } ?? 0,
                key: bytes, value: Array(value.utf8), headers: headers))
    }

    /// Whether a record lies where its key belongs.
    func isPlaced(_ record: LogRecord) -> Bool {
        record.key.map { Murmur2.partition(of: $0, count: log.partitionCount) == record.partition } ?? false
    }

    @discardableResult
    func register(_ customer: String, _ document: String, id: String) -> Int64 {
        send(
            #"{"id":"\#(id)","source":"/test","type":"RegisterCustomer","data":{"document":"\#(document)"}}"#,
            key: customer)
    }

    @discardableResult
    func unregister(_ customer: String, id: String) -> Int64 {
        send(#"{"id":"\#(id)","source":"/test","type":"UnregisterCustomer","data":{}}"#, key: customer)
    }

    @discardableResult
    func change(_ customer: String, _ document: String, id: String) -> Int64 {
        send(
            #"{"id":"\#(id)","source":"/test","type":"ChangeCustomerDocument","data":{"document":"\#(document)"}}"#,
            key: customer)
    }

    /// Asks for the document to be reserved before the customer is registered.
    @discardableResult
    func request(_ customer: String, _ document: String, id: String) -> Int64 {
        send(
            #"{"id":"\#(id)","source":"/test","type":"StartRegistration","data":{"document":"\#(document)"}}"#,
            key: customer, to: .registrationRequests)
    }

    /// The name of a request's process.
    static func process(_ customer: String, id: String) -> String {
        DeduplicationKey(topic: .registrationRequests, customerID: customer, source: "/test", id: id).description
    }

    /// What the book says of a process, repeats dropped.
    func book(_ process: String) -> [RegistrationEvent.Kind] {
        var seen: Set<String> = []
        return log.messages(.registrationEvents, RegistrationEvent.self)
            .filter { $0.body.process == process && seen.insert($0.metadata.id).inserted }.map(\.body.kind)
    }

    /// The index as it is served: document to customer.
    var index: [String: DocumentHolder] {
        var holders: [String: DocumentHolder] = [:]
        for record in log.records(.documentIndex) {
            let document = String(decoding: record.key?.dropFirst("document:".utf8.count) ?? [], as: UTF8.self)
            holders[document] = (try? Message<DocumentHolder>(decoding: record.value))?.body
        }
        return holders
    }

    /// Type of each of a customer's events, in order, repeats dropped.
    func story(_ customer: String) -> [String] {
        var seen: Set<String> = []
        return log.messages(.customerEvents, CustomerEvent.self)
            .filter { $0.body.customerID == customer && seen.insert($0.metadata.id).inserted }
            .map { event in
                if case .unregistered(let reason, _, _) = event.body.kind {
                    "\(event.body.type) \(reason.rawValue)"
                } else {
                    event.body.type
                }
            }
    }

    var outcomes: [Message<Outcome>] {
        var seen: Set<String> = []
        return log.messages(.commandOutcomes, Outcome.self).filter { seen.insert($0.metadata.id).inserted }
    }
}
