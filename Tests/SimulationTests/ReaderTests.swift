import BrokerCore
import EventLog
import KafkaProtocol
import Simulation
import Testing

@Suite struct ReaderTests {
    private let place = TopicPartition(topic: "a", partition: 0)

    private func filled(_ bench: WorldBench, _ count: Int) throws {
        let producer = SimulatedProducer(host: bench.host(), network: bench.network, settings: bench.settings)
        for number in 0..<count {
            let result = try bench.wait { producer.produce([record("\(number)")], then: $0) }
            _ = try result.get()
        }
    }

    private func reader(_ bench: WorldBench) -> SimulatedReader {
        SimulatedReader(host: bench.host(), network: bench.network, settings: bench.settings)
    }

    private func poll(_ reader: SimulatedReader, _ bench: WorldBench, _ count: Int = 100) throws -> [LogRecord] {
        try bench.wait { reader.poll(maxRecords: count, timeout: .seconds(1), then: $0) }.get()
    }

    @Test func positionsFollowWhatIsGivenOut() throws {
        let bench = try WorldBench()
        try filled(bench, 5)
        let reader = reader(bench)
        reader.assign([place: .earliest])
        #expect(reader.positions() == [:])
        let records = try poll(reader, bench, 2)
        #expect(records.map(\.offset) == [0, 1])
        #expect(records.first?.key == Array("key".utf8))
        #expect(records.first?.headers == [RecordHeader("name", "0")])
        #expect(records.first?.timestampMilliseconds == 1_700_000_000_000)
        #expect(reader.positions() == [place: 2])
        #expect(try poll(reader, bench).map(\.offset) == [2, 3, 4])
        #expect(reader.positions() == [place: 5])
        let start = bench.timeline.now
        #expect(try poll(reader, bench) == [])
        #expect(bench.timeline.now == start + 1_000_000)
        reader.assign([place: .offset(3)])
        #expect(try poll(reader, bench).map(\.offset) == [3, 4])
        reader.assign([place: .latest])
        #expect(try poll(reader, bench) == [])
        #expect(reader.positions() == [place: 5])
    }

    @Test func aFetchWaitsForNewRecords() throws {
        let bench = try WorldBench()
        let reader = reader(bench)
        reader.assign([place: .offset(0)])
        #expect(try poll(reader, bench) == [])
        let producer = SimulatedProducer(host: bench.host(), network: bench.network, settings: bench.settings)
        bench.timeline.after(100_000) { producer.produce([record("1")]) { _ in } }
        let start = bench.timeline.now
        #expect(try poll(reader, bench).count == 1)
        #expect(bench.timeline.now < start + 110_000)
    }

    @Test func positionsMovePastHiddenRecords() throws {
        let bench = try WorldBench()
        let producer = SimulatedTransactionalProducer(
            host: bench.host(), network: bench.network, settings: bench.settings, transactionalID: "id")
        let failed: LogError? = try bench.wait { producer.initialize(then: $0) }
        #expect(failed == nil)
        _ = try bench.wait { (then: @escaping (EventLog.TransactionResult) -> Void) in
            producer.transact([record("1")], offsets: [place: 1], membership: nil, then: then)
        }
        let reader = reader(bench)
        reader.assign([place: .earliest])
        #expect(try poll(reader, bench) == [])
        #expect(reader.positions() == [place: 2])
    }

    @Test func watermarksCountOpenTransactions() throws {
        let bench = try WorldBench()
        try filled(bench, 2)
        let host = bench.host()
        let producer = SimulatedTransactionalProducer(
            host: host, network: bench.network, settings: bench.settings, transactionalID: "id")
        let failed: LogError? = try bench.wait { producer.initialize(then: $0) }
        #expect(failed == nil)
        producer.transact([record("1")], offsets: [place: 1], membership: nil) { _ in }
        while bench.broker.highWatermark(of: place) < 3, bench.timeline.step() {}
        host.kill()
        #expect(bench.broker.lastStableOffset(of: place) == 2)
        let reader = reader(bench)
        let other = TopicPartition(topic: "b", partition: 0)
        let marks = try bench.wait { reader.watermarks([place, other], then: $0) }.get()
        #expect(marks == [place: Watermarks(low: 0, high: 3), other: Watermarks(low: 0, high: 0)])
        reader.assign([place: .earliest])
        #expect(try poll(reader, bench).map(\.offset) == [0, 1])
        #expect(try poll(reader, bench) == [])
        #expect(reader.positions() == [place: 2])
    }

    @Test func whatIsNotThereIsAnError() throws {
        let bench = try WorldBench()
        let reader = reader(bench)
        func code(_ place: TopicPartition, _ start: StartPosition) throws -> LogError.Code? {
            reader.assign([place: start])
            do {
                _ = try poll(reader, bench)
                return nil
            } catch let error as LogError { return error.code }
        }
        #expect(try code(place, .offset(7)) == .offsetOutOfRange)
        #expect(try code(TopicPartition(topic: "nowhere", partition: 0), .offset(0)) == .unknownTopic)
        #expect(try code(TopicPartition(topic: "nowhere", partition: 0), .earliest) == .unknownTopic)
        #expect(try bench.wait { reader.partitionCount(of: "a", then: $0) }.get() == 2)
        #expect(try bench.wait { reader.partitionCount(of: "nowhere", then: $0) }.get() == nil)
        #expect(try bench.wait { reader.clusterID(then: $0) }.get() == "dev-broker")
        reader.close()
        #expect(try code(place, .offset(0)) == .other)
    }

    @Test(arguments: 1...5) func readingGoesOnThroughFaults(seed: UInt64) throws {
        let bench = try WorldBench(seed: seed)
        try filled(bench, 50)
        bench.network.faults = NetworkFaults(delay: 50...2_000, cutBefore: 100, cutAfter: 100)
        let reader = reader(bench)
        reader.assign([place: .earliest])
        var offsets: [Int64] = []
        bench.timeline.after(500_000) { bench.broker.crash() }
        bench.timeline.after(1_500_000) { bench.broker.restart() }
        while offsets.count < 50 { offsets += try poll(reader, bench, 3).map(\.offset) }
        #expect(offsets == Array(0..<50))
    }
}
