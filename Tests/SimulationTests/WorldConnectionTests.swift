import BrokerCore
import EventLog
import KafkaProtocol
import Simulation
import Testing

@Suite struct WorldConnectionTests {
    private func heartbeat(_ group: String) -> AnyRequest {
        .heartbeat(HeartbeatRequest(groupID: group, generationID: 1, memberID: "nobody"))
    }

    private func find(_ key: String) -> AnyRequest {
        .findCoordinator(FindCoordinatorRequest(coordinatorKeys: [key], keyType: .group))
    }

    /// A fetch that the broker keeps.
    private func longFetch(_ milliseconds: Int32) -> AnyRequest {
        .fetch(
            FetchRequest(
                maxWaitMs: milliseconds, minBytes: 1, maxBytes: 1000,
                topics: [.init(name: "a", partitions: [.init(partitionIndex: 0, partitionMaxBytes: 1000)])]))
    }

    @Test func answersComeInTheOrderOfRequests() throws {
        let bench = try WorldBench(faults: NetworkFaults(delay: 10...50_000))
        let connection = bench.network.connect(bench.host())
        var keys: [String] = []
        for number in 0..<100 {
            connection.send(find("\(number)"), version: 4, timeout: 10_000_000) { result in
                if case .success(.findCoordinator(let answer)) = result { keys += answer.coordinators.map(\.key) }
            }
        }
        bench.run(for: 60_000_000)
        #expect(keys == (0..<100).map { "\($0)" })
        #expect(connection.closedCount == 0)
    }

    @Test func aRequestThatWaitsHoldsUpThoseBehindIt() throws {
        let bench = try WorldBench()
        let connection = bench.network.connect(bench.host())
        var order: [String] = []
        let start = bench.timeline.now
        connection.send(longFetch(300), version: 11, timeout: 1_000_000) { _ in order.append("fetch") }
        connection.send(heartbeat("g"), version: 3, timeout: 1_000_000) { _ in order.append("heartbeat") }
        bench.run(for: 200_000)
        #expect(order.isEmpty)
        while order.count < 2, bench.timeline.step() {}
        #expect(order == ["fetch", "heartbeat"])
        #expect(bench.timeline.now >= start + 300_000)
    }

    @Test func aRequestWithoutAnAnswerInTimeClosesTheConnection() throws {
        let bench = try WorldBench()
        let connection = bench.network.connect(bench.host())
        var results: [ConnectionFailure] = []
        let note = { (result: Result<AnyResponse, ConnectionFailure>) in
            if case .failure(let failure) = result { results.append(failure) }
        }
        connection.send(longFetch(5_000), version: 11, timeout: 400_000, then: note)
        connection.send(heartbeat("g"), version: 3, timeout: 900_000, then: note)
        bench.run(for: 10_000_000)
        #expect(results == [.timedOut, .closed])
        #expect(connection.closedCount == 1)
        #expect(bench.network.counts.timeouts == 1)
    }

    @Test func aConnectionIsOpenedAnewAfterABrokerCameBack() throws {
        let bench = try WorldBench()
        let connection = bench.network.connect(bench.host())
        var (answers, failures) = (0, 0)
        let note = { (result: Result<AnyResponse, ConnectionFailure>) in
            switch result {
            case .success: answers += 1
            case .failure: failures += 1
            }
        }
        connection.send(find("a"), version: 4, timeout: 2_000_000, then: note)
        bench.run(for: 10_000)
        #expect((answers, failures) == (1, 0))
        bench.broker.crash()
        bench.run(for: 10_000)
        #expect(connection.closedCount == 1)
        // The pause before it is opened again lasts 75 ms at least; then nobody is there.
        let sent = bench.timeline.now
        connection.send(find("a"), version: 4, timeout: 2_000_000, then: note)
        while failures == 0, bench.timeline.step() {}
        #expect(bench.timeline.now > sent + 60_000)
        #expect(connection.closedCount == 2)
        bench.broker.restart()
        connection.send(find("a"), version: 4, timeout: 2_000_000, then: note)
        bench.run(for: 2_000_000)
        #expect((answers, failures) == (2, 1))
        #expect(connection.closedCount == 2)
    }

    @Test func anAnswerWaitsForAFrozenHost() throws {
        let bench = try WorldBench()
        let host = bench.host()
        let connection = bench.network.connect(host)
        var answered: Int64?
        connection.send(find("a"), version: 4, timeout: 2_000_000) { result in
            if case .success = result { answered = bench.timeline.now }
        }
        // Its answer is on the way.
        while bench.network.counts.requests == 0, bench.timeline.step() {}
        host.freeze()
        let thaw = bench.timeline.now + 10_000_000
        bench.timeline.at(thaw) { host.thaw() }
        bench.run(for: 20_000_000)
        // It lay there before the time was over; the client finds it first.
        #expect(answered == thaw)
        #expect(connection.closedCount == 0)
    }

    @Test func faultsDoWhatTheySay() throws {
        let bench = try WorldBench()
        let connection = bench.network.connect(bench.host())
        func produce(_ value: String) -> Bool? {
            let batch = RecordBatchWriter.batch([
                BatchRecord(offset: 0, timestamp: 1, key: nil, value: Array(value.utf8))
            ])
            let request = ProduceRequest(
                acks: -1, topics: [.init(name: "a", partitions: [.init(partitionIndex: 0, records: batch)])])
            var isAnswered: Bool?
            connection.send(.produce(request), version: 7, timeout: 2_000_000) { result in
                if case .success = result { isAnswered = true } else { isAnswered = false }
            }
            while isAnswered == nil, bench.timeline.step() {}
            return isAnswered
        }
        let place = TopicPartition(topic: "a", partition: 0)
        #expect(produce("1") == true)
        #expect(bench.broker.highWatermark(of: place) == 1)
        bench.network.faults.cutBefore = 1000
        #expect(produce("2") == false)
        bench.run(for: 5_000_000)
        #expect(bench.broker.highWatermark(of: place) == 1)
        bench.network.faults.cutBefore = 0
        bench.network.faults.cutAfter = 1000
        #expect(produce("3") == false)
        #expect(bench.broker.highWatermark(of: place) == 2)
        bench.network.faults.cutAfter = 0
        bench.network.faults.late = 1000
        #expect(produce("4") == false)
        #expect(bench.broker.highWatermark(of: place) == 2)
        bench.run(for: 5_000_000)
        #expect(bench.broker.highWatermark(of: place) == 3)
        #expect(bench.network.counts.cutsBefore == 1)
        #expect(bench.network.counts.cutsAfter == 1)
        #expect(bench.network.counts.late == 1)
        #expect(connection.closedCount == 3)
    }

    @Test func aDeadHostsRequestsStillArrive() throws {
        let bench = try WorldBench()
        let host = bench.host()
        let producer = SimulatedProducer(host: host, network: bench.network, settings: bench.settings)
        var isAnswered = false
        bench.network.onRequest = { request in
            // It is sent, and then its process dies.
            if case .produce = request { bench.timeline.after(0) { host.kill() } }
        }
        producer.produce([record("1")]) { _ in isAnswered = true }
        bench.run(for: 5_000_000)
        #expect(!isAnswered)
        #expect(try bench.committedValues() == ["1"])
    }
}
