import BrokerCore
import EventLog
import KafkaProtocol
import Simulation
import Testing

@Suite struct ProducerTests {
    private func produce(_ records: [OutgoingRecord], by producer: SimulatedProducer, in bench: WorldBench) throws
        -> Result<[Int64], LogError>
    {
        try bench.wait { producer.produce(records, then: $0) }
    }

    @Test func recordsGetTheirOffsets() throws {
        let bench = try WorldBench()
        let producer = SimulatedProducer(host: bench.host(), network: bench.network, settings: bench.settings)
        let records = [record("1"), record("2", to: "a", 1), record("3"), record("4", to: "b")]
        #expect(try produce(records, by: producer, in: bench).get() == [0, 0, 1, 0])
        #expect(try produce([record("5"), record("6", to: "a", 1)], by: producer, in: bench).get() == [2, 1])
        #expect(try produce([], by: producer, in: bench).get() == [])
        #expect(try bench.committedValues() == ["1", "3", "5", "2", "6"])
        producer.close()
        #expect(throws: LogError.self) { try produce([record("7")], by: producer, in: bench).get() }
    }

    @Test func aLargeCallIsSplitAndKeepsItsOrder() throws {
        let bench = try WorldBench()
        let producer = SimulatedProducer(host: bench.host(), network: bench.network, settings: bench.settings)
        let large = [UInt8](repeating: 1, count: 400_000)
        let records = (0..<7).map { _ in OutgoingRecord(topic: "a", partition: 0, key: nil, value: large) }
        #expect(try produce(records, by: producer, in: bench).get() == Array(0..<7))
        #expect(bench.broker.batches(of: TopicPartition(topic: "a", partition: 0)).count == 4)
    }

    @Test(arguments: 1...5) func whatIsSentAgainIsWrittenOnce(seed: UInt64) throws {
        let faults = NetworkFaults(delay: 50...5_000, cutBefore: 50, cutAfter: 300)
        let bench = try WorldBench(seed: seed, faults: faults)
        let producer = SimulatedProducer(host: bench.host(), network: bench.network, settings: bench.settings)
        var expected: [[String]] = [[], []]
        for number in 0..<100 {
            let partition = number % 2
            let offsets = try produce([record("\(number)", to: "a", Int32(partition))], by: producer, in: bench).get()
            #expect(offsets == [Int64(expected[partition].count)])
            expected[partition].append("\(number)")
        }
        #expect(bench.network.counts.cutsAfter > 10)
        bench.network.faults = NetworkFaults()
        #expect(try bench.committedValues() == expected[0] + expected[1])
    }

    @Test func aBrokerThatIsNotThereIsWaitedForAndThenGivenUp() throws {
        let bench = try WorldBench()
        let producer = SimulatedProducer(host: bench.host(), network: bench.network, settings: bench.settings)
        #expect(try produce([record("1")], by: producer, in: bench).get() == [0])
        bench.broker.crash()
        bench.timeline.after(3_000_000) { bench.broker.restart() }
        #expect(try produce([record("2")], by: producer, in: bench).get() == [1])
        bench.broker.crash()
        let start = bench.timeline.now
        let result = try produce([record("3")], by: producer, in: bench)
        guard case .failure(let error) = result else { throw LogError(.other, "written without a broker") }
        #expect(error.code == .unreachable)
        #expect(bench.timeline.now == start + bench.settings.deliveryTimeout)
        bench.broker.restart()
        // The sequence of what was given up is not known: a new producer id.
        #expect(try produce([record("4")], by: producer, in: bench).get() == [2])
    }

    @Test func errorsAreSorted() throws {
        let bench = try WorldBench()
        let producer = SimulatedProducer(host: bench.host(), network: bench.network, settings: bench.settings)
        func code(_ record: OutgoingRecord) throws -> LogError.Code? {
            if case .failure(let error) = try produce([record], by: producer, in: bench) { error.code } else { nil }
        }
        #expect(try code(record("1", to: "nowhere")) == .unknownTopic)
        let huge = OutgoingRecord(topic: "a", partition: 0, key: nil, value: [UInt8](repeating: 0, count: 2_000_000))
        #expect(try code(huge) == .recordTooLarge)
        #expect(try code(record("2")) == nil)
    }

    /// Writes for a time in which the broker dies between any two of its actions, again and again.
    private func survive(seed: UInt64) throws -> [String] {
        let bench = try WorldBench(seed: seed, faults: NetworkFaults(delay: 50...2_000))
        var dice = Dice(seed: seed)
        let producer = SimulatedProducer(host: bench.host(), network: bench.network, settings: bench.settings)
        var answered: [TopicPartition: [Int64: String]] = [:]
        for number in 0..<100 {
            if dice.chance(1, of: 4) {
                bench.broker.crash(afterActions: dice.below(5))
                bench.timeline.after(dice.between(0, 2_000_000)) {
                    bench.broker.crash()
                    bench.broker.restart()
                }
            }
            let records = (0..<dice.below(4)).map { record("\(number).\($0)", to: "a", Int32(dice.below(2))) }
            let offsets = try produce(records, by: producer, in: bench).get()
            for (record, offset) in zip(records, offsets) {
                answered[record.topicPartition, default: [:]][offset] = String(
                    decoding: record.value ?? [], as: UTF8.self)
            }
        }
        #expect(bench.broker.crashCount > 10)
        let expected = answered.sorted { $0.key < $1.key }.flatMap { $0.value.sorted { $0.key < $1.key }.map(\.value) }
        let found = try bench.committedValues()
        #expect(found == expected)
        return found + ["\(bench.timeline.now)", "\(bench.timeline.stepCount)", "\(bench.network.counts)"]
    }

    @Test(arguments: 1...5) func aBrokerKeepsWhatItAnswered(seed: UInt64) throws {
        // Twice the same, to the last step: a seed decides everything.
        #expect(try survive(seed: seed) == survive(seed: seed))
    }
}
