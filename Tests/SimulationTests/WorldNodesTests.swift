import BrokerCore
import EventLog
import Simulation
import Testing

/// Clients of several nodes, whose leaders and coordinators move and die.
@Suite struct WorldNodesTests {
    private let bench: WorldBench
    private let places = (0..<2).map { TopicPartition(topic: "a", partition: $0) }

    init() throws { bench = try WorldBench(nodes: 3) }

    private func write(_ values: [String], by producer: SimulatedProducer) throws {
        let records = values.flatMap { value in places.map { record(value, $0.partition) } }
        _ = try bench.wait { producer.produce(records, then: $0) }.get()
    }

    private func producer() -> SimulatedProducer {
        SimulatedProducer(host: bench.host("producer"), network: bench.network, settings: bench.settings)
    }

    /// A question to a leader that has moved.
    private func watermarksAfterAMove(asksWhoLeads: Bool) throws -> Result<[TopicPartition: Watermarks], LogError> {
        var settings = bench.settings
        settings.asksWhoLeads = asksWhoLeads
        let reader = SimulatedReader(host: bench.host("reader"), network: bench.network, settings: settings)
        try write(["1"], by: producer())
        let ends = Dictionary(uniqueKeysWithValues: places.map { ($0, Watermarks(low: 0, high: 1)) })
        #expect(try bench.wait { reader.watermarks(places, then: $0) }.get() == ends)
        #expect(bench.broker.moveLeaders(LeaderMove(.partitions)) == 3)
        let result = try bench.wait { (then: @escaping (Result<[TopicPartition: Watermarks], LogError>) -> Void) in
            reader.watermarks(places, then: then)
        }
        #expect(bench.network.counts.notLeader > 0)
        if asksWhoLeads { #expect(try result.get() == ends) }
        return result
    }

    @Test func whoIsRefusedAsksWhoLeads() throws {
        _ = try watermarksAfterAMove(asksWhoLeads: true)
    }

    /// What `rd_kafka_query_watermark_offsets` does: the planted bug of a campaign.
    @Test func whoDoesNotAskGoesOnAtTheOldLeader() throws {
        let result = try watermarksAfterAMove(asksWhoLeads: false)
        guard case .failure(let error) = result else {
            Issue.record("it was answered")
            return
        }
        #expect(error.code == .unavailable)
    }

    @Test func recordsAreWrittenOnceAcrossMovesAndDeaths() throws {
        let producer = producer()
        for round in 0..<6 {
            try write(["\(round)"], by: producer)
            let node = Int32(round % 3) + 1
            switch round % 3 {
            case 0: bench.broker.moveLeaders(LeaderMove())
            case 1:
                bench.broker.kill(node, session: 2_000_000)
                bench.timeline.after(4_000_000) { [broker = bench.broker] in broker.start(node) }
            default:
                bench.broker.keepMetadata(of: node, for: 1_000_000)
                bench.broker.stop(node)
                bench.timeline.after(1_000_000) { [broker = bench.broker] in broker.start(node) }
            }
        }
        let expected = (0..<6).map { "\($0)" }
        #expect(try bench.committedValues() == expected + expected)
    }

    @Test func transactionsGoOnAtNewCoordinators() throws {
        var committed: [String] = []
        for round in 0..<4 {
            let producer = SimulatedTransactionalProducer(
                host: bench.host("producer"), network: bench.network, settings: bench.settings, transactionalID: "tx")
            let error = try bench.wait { (then: @escaping (LogError?) -> Void) in producer.initialize(then: then) }
            #expect(error == nil)
            bench.broker.moveLeaders(LeaderMove())
            let result = try bench.wait { (then: @escaping (TransactionResult) -> Void) in
                producer.transact(
                    [record("\(round)")], offsets: [TopicPartition(topic: "b", partition: 0): 1],
                    membership: ("g", -1, "", nil), then: then)
            }
            guard case .committed = result else {
                Issue.record("\(result)")
                return
            }
            committed.append("\(round)")
            producer.close()
        }
        #expect(try bench.committedValues() == committed)
        #expect(bench.network.counts.notCoordinator > 0)
    }

    @Test func withTwoOfThreeAwayAWriteWaits() throws {
        try bench.broker.createTopics([("safe", 1, ["min.insync.replicas": "2"])])
        for node in [2, 3] as [Int32] { bench.broker.stop(node) }
        var isWritten = false
        producer().produce([record("1", to: "safe")]) { result in isWritten = (try? result.get()) != nil }
        bench.run(for: 2_000_000)
        #expect(!isWritten && bench.network.counts.notEnoughReplicas > 0)
        bench.broker.start(3)
        bench.run(for: 2_000_000)
        #expect(isWritten)
    }
}
