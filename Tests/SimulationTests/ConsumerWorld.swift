import BrokerCore
import EventLog
import KafkaProtocol
import Testing

@testable import Simulation

/// A broker, a network, and processes with one consumer each.
final class ConsumerWorld {
    static let second: Int64 = 1_000_000

    let timeline = Timeline(start: 1_700_000_000_000_000)
    let broker: SimulatedBroker
    let network: Network
    var settings = ClientSettings()
    private lazy var tools = network.connect(Host(name: "tools", timeline: timeline))

    init(
        seed: UInt64 = 1, topics: [(String, Int32)] = [("in", 4)], faults: NetworkFaults = NetworkFaults()
    ) throws {
        broker = SimulatedBroker(timeline: timeline, configuration: BrokerConfiguration())
        network = Network(timeline: timeline, broker: broker, dice: Dice(seed: seed), faults: faults)
        try broker.createTopics(topics.map { (name: $0.0, partitions: $0.1, config: [:]) })
    }

    func member(
        _ name: String, topics: [String] = ["in"], urgent: [String] = [], instance: String? = nil,
        isPolling: Bool = true
    ) -> TestMember {
        let host = Host(name: name, timeline: timeline)
        let consumer = SimulatedConsumer(
            host: host, network: network, settings: settings, group: "g", topics: topics, urgentTopics: urgent,
            instanceID: instance)
        let member = TestMember(host, consumer)
        if isPolling { member.goOn() }
        return member
    }

    // MARK: Time

    /// Lets the world go on until something is so; false when it is not within that time.
    func run(within seconds: Int64 = 60, until isSo: () -> Bool) -> Bool {
        let end = timeline.now + seconds * Self.second
        while !isSo() {
            guard let next = timeline.nextTime, next <= end, timeline.step() else { return isSo() }
        }
        return true
    }

    func run(for microseconds: Int64) {
        var isOver = false
        timeline.after(microseconds) { isOver = true }
        while !isOver, timeline.step() {}
    }

    /// Waits for the answer of a call.
    func answer<Value>(_ call: (@escaping (Value) -> Void) -> Void) throws -> Value {
        var answer: Value?
        call { answer = $0 }
        #expect(answer == nil, "answered before it returned")
        _ = run { answer != nil }
        return try #require(answer)
    }

    // MARK: From outside

    func ask(_ request: AnyRequest, version: Int16) throws -> AnyResponse {
        try answer { then in tools.send(request, version: version, timeout: 10 * Self.second, then: then) }.get()
    }

    /// Writes records whose values are these texts, in one batch; in a transaction if there is one.
    func write(_ values: [String], to topic: String = "in", partition: Int32 = 0, in open: OpenTransaction? = nil)
        throws
    {
        let records = values.enumerated().map { number, value in
            BatchRecord(offset: Int64(number), timestamp: timeline.now / 1_000, key: nil, value: Array(value.utf8))
        }
        let batch = RecordBatchWriter.batch(
            records, attributes: BatchAttributes(isTransactional: open != nil), producerID: open?.producerID ?? -1,
            producerEpoch: open?.epoch ?? -1, baseSequence: open == nil ? -1 : 0)
        let part = ProduceRequest.Partition(partitionIndex: partition, records: batch)
        let answer = try ask(
            .produce(
                ProduceRequest(
                    transactionalID: open?.id, timeoutMs: 1_000,
                    topics: [ProduceRequest.Topic(name: topic, partitions: [part])])), version: 7)
        guard case .produce(let response) = answer else { throw Unexpected(answer: answer) }
        #expect(response.topics.first?.partitions.first?.errorCode == ErrorCode.none)
    }

    struct Unexpected: Error { var answer: AnyResponse }

    struct OpenTransaction {
        var id: String
        var producerID: Int64
        var epoch: Int16
    }

    func begin(_ id: String) throws -> OpenTransaction {
        let answer = try ask(
            .initProducerID(InitProducerIDRequest(transactionalID: id, transactionTimeoutMs: 60_000)), version: 4)
        guard case .initProducerID(let response) = answer else { throw Unexpected(answer: answer) }
        return OpenTransaction(id: id, producerID: response.producerID, epoch: response.producerEpoch)
    }

    func add(_ partition: Int32, to open: OpenTransaction, topic: String = "in") throws {
        _ = try ask(
            .addPartitionsToTxn(
                AddPartitionsToTxnRequest(
                    transactionalID: open.id, producerID: open.producerID, producerEpoch: open.epoch,
                    topics: [AddPartitionsToTxnRequest.Topic(name: topic, partitions: [partition])])), version: 3)
    }

    /// Sends an offset of partition 0 within a transaction.
    func send(
        _ offset: Int64, in open: OpenTransaction, as member: SimulatedConsumer.Membership
    ) throws -> ErrorCode {
        _ = try ask(
            .addOffsetsToTxn(
                AddOffsetsToTxnRequest(
                    transactionalID: open.id, producerID: open.producerID, producerEpoch: open.epoch,
                    groupID: member.group)), version: 3)
        let part = TxnOffsetCommitRequest.Partition(partitionIndex: 0, committedOffset: offset)
        let answer = try ask(
            .txnOffsetCommit(
                TxnOffsetCommitRequest(
                    transactionalID: open.id, groupID: member.group, producerID: open.producerID,
                    producerEpoch: open.epoch, generationID: member.generation, memberID: member.memberID,
                    groupInstanceID: member.instanceID,
                    topics: [TxnOffsetCommitRequest.Topic(name: "in", partitions: [part])])), version: 3)
        guard case .txnOffsetCommit(let response) = answer else { throw Unexpected(answer: answer) }
        return response.topics.first?.partitions.first?.errorCode ?? .unknownServerError
    }

    func end(_ open: OpenTransaction, commits: Bool) throws {
        _ = try ask(
            .endTxn(
                EndTxnRequest(
                    transactionalID: open.id, producerID: open.producerID, producerEpoch: open.epoch,
                    committed: commits)), version: 3)
    }
}

/// A process that polls on and on, and does as its group says.
final class TestMember {
    let host: Host
    let consumer: SimulatedConsumer
    /// Where it begins; what it is not in goes on where the group stands, or at the beginning.
    var starts: [TopicPartition: StartPosition] = [:]
    private(set) var taken: [TopicPartition]?
    private(set) var records: [LogRecord] = []
    private(set) var revocations: [(places: [TopicPartition], wasLost: Bool)] = []
    private(set) var assignments: [[TopicPartition]] = []
    private(set) var failures: [LogError] = []
    private var isPolling = false
    /// A call is not answered yet; what comes then goes on by itself.
    private var isBusy = false
    /// Whether it answers what its group tells it.
    var answersNews = true

    init(_ host: Host, _ consumer: SimulatedConsumer) {
        self.host = host
        self.consumer = consumer
    }

    var values: [String] { records.map { String(decoding: $0.value ?? [], as: UTF8.self) } }

    func goOn() {
        guard !isPolling else { return }
        isPolling = true
        guard !isBusy else { return }
        isBusy = true
        host.after(0) { self.poll() }
    }

    /// After the poll that is on.
    func pause() { isPolling = false }

    private func poll() {
        isBusy = isPolling
        guard isPolling else { return }
        consumer.poll(maxRecords: 100, timeout: .milliseconds(100)) { self.take($0) }
    }

    private func take(_ result: Result<PollResult, LogError>) {
        switch result {
        case .success(.records(let more)): records += more
        case .success(.assigned(let places)):
            assignments.append(places)
            return takeOver(places)
        case .success(.revoked(let places, let lost)):
            revocations.append((places, lost))
            taken = nil
            if answersNews { consumer.unassign() }
        case .failure(let error):
            failures.append(error)
            if !error.isRetriable { isPolling = false }
        }
        poll()
    }

    private func takeOver(_ places: [TopicPartition]) {
        guard answersNews else { return poll() }
        consumer.committed(places) { result in
            switch result {
            case .success(let offsets):
                let starts = places.map { ($0, self.starts[$0] ?? offsets[$0].map { .offset($0.next) } ?? .earliest) }
                self.consumer.assign(Dictionary(uniqueKeysWithValues: starts))
                self.taken = places
                self.poll()
            case .failure(let error):
                self.failures.append(error)
                self.takeOver(places)
            }
        }
    }
}

func places(_ topic: String, _ partitions: Range<Int32>) -> [TopicPartition] {
    partitions.map { TopicPartition(topic: topic, partition: $0) }
}

/// The answer to a call that must fail.
func failure<Value>(_ result: Result<Value, LogError>) -> LogError? {
    if case .failure(let error) = result { error } else { nil }
}
