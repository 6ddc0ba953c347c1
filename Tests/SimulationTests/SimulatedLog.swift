import BrokerCore
import EventLog
import EventLogContract
import KafkaProtocol

@testable import Simulation

/// The simulated log, as the contract wants to see it: a world of its own for each case, and a host for each client.
final class SimulatedLog: EventLogUnderTest {
    let capabilities: Set<Capability> = [.openTransactions]
    let network: Network
    private let timeline = Timeline(start: 1_700_000_000_000_000)
    private let broker: SimulatedBroker
    private var hosts: [Host] = []
    private var settings = ClientSettings()

    /// - Parameters:
    ///   - seed: Decides delays and which connections break.
    ///   - faults: Requests within transactions are spared of lost connections: those make a transaction undecided, which
    ///     the contract allows at no time.
    init(seed: UInt64 = 1, faults: NetworkFaults = NetworkFaults(), nodes: Int32 = 1) {
        settings.sessionTimeout = 10_000_000
        settings.fetchMaxWait = 100_000
        broker = SimulatedBroker(timeline: timeline, configuration: BrokerConfiguration(nodeCount: nodes))
        network = Network(timeline: timeline, broker: broker, dice: Dice(seed: seed), faults: faults)
        var calm = faults
        (calm.cutBefore, calm.cutAfter) = (0, 0)
        network.onRequest = { [unowned network] in network.faults = $0.isInTransaction ? calm : faults }
    }

    /// The world's parts hold each other until it has ended.
    func end() {
        for host in hosts { host.kill() }
        broker.crash()
        timeline.clear()
        network.onRequest = nil
    }

    private func makeHost() -> Host {
        let host = Host(name: "client-\(hosts.count + 1)", timeline: timeline)
        hosts.append(host)
        return host
    }

    // MARK: The contract

    func name(_ short: String) -> String { "contract.\(short)" }

    func createTopic(_ topic: String, partitions: Int32) throws {
        try broker.createTopics([(name: topic, partitions: partitions, config: [:])])
    }

    func makeReader() -> any LogReader {
        BlockingReader(SimulatedReader(host: makeHost(), network: network, settings: settings))
    }

    func makeProducer() -> any BatchProducer {
        BlockingProducer(SimulatedProducer(host: makeHost(), network: network, settings: settings))
    }

    func makeTransactionalProducer(id: String) -> any TransactionalProducer {
        BlockingTransactionalProducer(transactionalProducer(id, on: makeHost()))
    }

    private func transactionalProducer(_ id: String, on host: Host) -> SimulatedTransactionalProducer {
        SimulatedTransactionalProducer(host: host, network: network, settings: settings, transactionalID: id)
    }

    func makeConsumer(
        group: String, topics: [String], urgentTopics: [String], instanceID: String?
    ) -> any GroupConsumer {
        BlockingConsumer(
            SimulatedConsumer(
                host: makeHost(), network: network, settings: settings, group: group, topics: topics,
                urgentTopics: urgentTopics, instanceID: instanceID, offsetMetadata: EventLogContract.offsetMetadata))
    }

    func comesTrue(_ condition: () throws -> Bool) throws -> Bool {
        let end = timeline.now + 30_000_000
        while true {
            if try condition() { return true }
            guard timeline.now < end else { return false }
            advance(10_000)
        }
    }

    private func advance(_ microseconds: Int64) {
        var isOver = false
        timeline.after(microseconds) { isOver = true }
        while !isOver, timeline.step() {}
    }

    /// The host dies as it says that the transaction is to be ended, before the broker hears of it.
    func leaveTransactionOpen(
        _ records: [OutgoingRecord], offsets: [TopicPartition: Int64], of consumer: any GroupConsumer, id: String
    ) throws {
        guard let member = consumer as? BlockingConsumer else { throw Unexpected(what: "\(consumer)") }
        let host = makeHost()
        let producer = transactionalProducer(id, on: host)
        try BlockingTransactionalProducer(producer).initialize()
        let usual = network.onRequest
        network.onRequest = { request in
            usual?(request)
            if case .endTxn = request { host.kill() }
        }
        var early: EventLog.TransactionResult?
        producer.transact(records, offsets: offsets, of: member.consumer) { early = $0 }
        while host.condition == .running, early == nil, timeline.step() {}
        network.onRequest = usual
        if let early { throw Unexpected(what: "\(early)") }
    }

    struct Unexpected: Error { var what: String }
}

extension AnyRequest {
    /// Whether it is one of those that the client makes a transaction of.
    fileprivate var isInTransaction: Bool {
        switch self {
        case .addPartitionsToTxn, .addOffsetsToTxn, .txnOffsetCommit, .endTxn: true
        case .produce(let request): request.transactionalID != nil
        // Of a transaction's group.
        case .findCoordinator(let request): request.keyType == .group
        default: false
        }
    }
}
