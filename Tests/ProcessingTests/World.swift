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
    /// What the services find declared when they begin; what the log has where nil.
    var startsBy: DeclarationHistory.Entry?
    /// What is answered instead when a reader begins to read this topic.
    var readingError: (topic: Topic, error: LogError)?
    /// The revisions that workers went over to while they ran.
    private(set) var adopted: [Int64] = []
    /// How often a partition of a topic began to be read by a worker's reader.
    private(set) var readings: [Topic: Int] = [:]
    var advice: (any KeyAdvice)?
    let observer = SilentObserver()
    /// Runs before a book is written in `at-least-once`.
    var beforeBook: [ConsumerGroup: () -> Void] = [:]
    /// Runs before the other topics are written in `at-least-once`.
    var beforeOthers: [ConsumerGroup: () -> Void] = [:]

    /// Runs before the question that the log is asked after so many others, by whoever asks next.
    var beforeQuestion: (after: Int, action: () -> Void)?

    init(_ guarantee: DeliveryGuarantee, _ attributes: [UniqueAttribute] = Declaration.standard().attributes) {
        self.guarantee = guarantee
        declare(attributes)
    }

    /// What counts now, as everybody folds it.
    var declared: DeclarationHistory.Entry {
        var history = DeclarationHistory()
        for record in log.records(.deployment) { history.take(record) }
        return history.current ?? DeclarationHistory.Entry(revision: 0, declaration: .standard())
    }
    var declaration: Declaration { declared.declaration }

    /// Declares the next revision, as an operator does.
    func declare(_ attributes: [UniqueAttribute]) {
        let revision = declared.revision + 1
        let next = DeploymentDeclared(
            revision: revision, declaration: Declaration(attributes: attributes, partitions: log.partitionCount))
        log.append(
            next.record(id: "r-\(revision)", source: "/operator", time: now, in: DeploymentNames(prefix: "")))
        precondition(declared.revision == revision, "not allowed")
    }

    /// Declares another reuse of every attribute.
    func declare(reuse: ReuseRule) {
        declare(
            declaration.attributes.map { attribute in
                var attribute = attribute
                attribute.reuse = reuse
                return attribute
            })
    }

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

    private func core(_ group: ConsumerGroup, _ declaration: Declaration) -> any ServiceCore {
        switch group {
        case .commandService: CommandCore(declaration, advice: advice)
        case .projectionCustomers: CustomerProjectionCore()
        case .projectionIndex: KeyIndexCore()
        case .processManager: ProcessManagerCore(declaration)
        }
    }

    /// A process's life: it begins, works until there is nothing left to do or until it is cut, and ends.
    @discardableResult
    func live(_ group: ConsumerGroup, cut: Cut = .none, afterBatches: Int = 0) -> WorkerEnd {
        let known = startsBy ?? declared
        let core = core(group, known.declaration)
        let scissors = Scissors(cut, afterBatches: afterBatches)
        let consumer = MemoryConsumer(
            log: log, group: group, batchLimit: batchLimit, first: firstPartition,
            isRefused: { [self] in refusing.contains(group) })
        var configuration = WorkerConfiguration(
            names: DeploymentNames(prefix: ""), partitionCount: declaredPartitions ?? log.partitionCount,
            declaredRevision: known.revision)
        configuration.batchSize = batchLimit
        // The clock stands: once in each life.
        configuration.verifyInterval = .zero
        let mark = { OffsetMark.of("memory", revision: core.decidesByDeclaration ? $0 : nil) }
        log.marks[group] = mark(known.revision)
        observer.onAdoption = { [unowned self] revision in
            adopted.append(revision)
            log.marks[group] = mark(revision)
        }
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
                consumer: consumer,
                reader: MemoryReader(
                    log: log, before: { [self] in question() },
                    failure: { [self] place in
                        if let topic = Topic(rawValue: place.topic) { readings[topic, default: 0] += 1 }
                        return readingError?.topic.rawValue == place.topic ? readingError?.error : nil
                    }),
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

    /// Sends a command or request for values.
    /// - Parameter values: a JSON object.
    @discardableResult
    func send(
        _ type: String, _ customer: String, values: String, id: String, to topic: Topic = .customerCommands
    ) -> Int64 {
        send(
            #"{"id":"\#(id)","source":"/test","type":"\#(type)","data":{"values":\#(values)}}"#, key: customer,
            to: topic)
    }

    @discardableResult
    func register(_ customer: String, _ document: String, id: String) -> Int64 {
        register(customer, values: #"{"document":"\#(document)"}"#, id: id)
    }

    @discardableResult
    func register(_ customer: String, values: String, id: String) -> Int64 {
        send("RegisterCustomer", customer, values: values, id: id)
    }

    @discardableResult
    func unregister(_ customer: String, id: String) -> Int64 {
        send(#"{"id":"\#(id)","source":"/test","type":"UnregisterCustomer","data":{}}"#, key: customer)
    }

    @discardableResult
    func change(_ customer: String, _ document: String, id: String) -> Int64 {
        change(customer, values: #"{"document":"\#(document)"}"#, id: id)
    }

    @discardableResult
    func change(_ customer: String, values: String, id: String) -> Int64 {
        send("ChangeCustomer", customer, values: values, id: id)
    }

    /// Asks for the values to be reserved before the customer is registered.
    @discardableResult
    func request(_ customer: String, _ document: String, id: String) -> Int64 {
        request(customer, values: #"{"document":"\#(document)"}"#, id: id)
    }

    @discardableResult
    func request(_ customer: String, values: String, id: String) -> Int64 {
        send("StartRegistration", customer, values: values, id: id, to: .registrationRequests)
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

    /// The index as it is served: key to holder.
    var index: [String: KeyHolder] {
        var holders: [String: KeyHolder] = [:]
        for record in log.records(.uniqueIndex) {
            holders[String(decoding: record.key ?? [], as: UTF8.self)] =
                (try? Message<KeyHolder>(decoding: record.value))?.body
        }
        return holders
    }

    /// Type of each of a customer's events, in order, repeats dropped.
    func story(_ customer: String) -> [String] {
        var seen: Set<String> = []
        return log.messages(.customerEvents, CustomerEvent.self)
            .filter { $0.body.customerID == customer && seen.insert($0.metadata.id).inserted }
            .map { event in
                if case .unregistered(let reason, _, _, _) = event.body.kind {
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
