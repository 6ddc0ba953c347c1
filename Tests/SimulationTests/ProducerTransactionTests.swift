import BrokerCore
import EventLog
import KafkaProtocol
import Simulation
import Testing

@Suite struct ProducerTransactionTests {
    typealias Member = (group: String, generation: Int32, memberID: String, instanceID: String?)

    /// Nobody's offsets: a group without members takes them.
    static let outsider: Member = ("group", -1, "", nil)
    private let place = TopicPartition(topic: "b", partition: 0)

    private func producer(_ bench: WorldBench, _ host: Host? = nil) throws -> SimulatedTransactionalProducer {
        let producer = SimulatedTransactionalProducer(
            host: host ?? bench.host(), network: bench.network, settings: bench.settings, transactionalID: "id")
        let error: LogError? = try bench.wait { producer.initialize(then: $0) }
        if let error { throw error }
        return producer
    }

    /// One transaction, as text: what a test compares.
    private func transact(
        _ values: [String], by producer: SimulatedTransactionalProducer, in bench: WorldBench,
        as member: Member? = outsider
    ) throws -> String {
        let records = values.enumerated().map { record($0.element, to: "a", Int32($0.offset % 2)) }
        let result = try bench.wait { then in
            producer.transact(records, offsets: [place: 5], membership: member, then: then)
        }
        return switch result {
        case .committed(let offsets): "committed \(offsets)"
        case .aborted(let error): "aborted \(error.code)"
        case .indeterminate(let error): "indeterminate \(error.code)"
        case .fenced(let error): "fenced \(error.code)"
        }
    }

    @Test func transactionsFollowEachOther() throws {
        // Markers take their time: the client meets CONCURRENT_TRANSACTIONS.
        let bench = try WorldBench(markerDelay: 10)
        let producer = try producer(bench)
        #expect(try transact(["1", "2"], by: producer, in: bench) == "committed [0, 0]")
        #expect(try transact(["3", "4", "5"], by: producer, in: bench) == "committed [2, 2, 3]")
        #expect(try transact([], by: producer, in: bench) == "committed []")
        bench.run(for: 100_000)
        #expect(try bench.committedValues() == ["1", "3", "5", "2", "4"])
    }

    @Test func anAbortedTransactionIsNotRead() throws {
        let bench = try WorldBench()
        let producer = try producer(bench)
        #expect(try transact(["1"], by: producer, in: bench, as: nil) == "aborted rejoin")
        let stale: Member = ("group", 3, "member", nil)
        #expect(try transact(["2"], by: producer, in: bench, as: stale) == "aborted rejoin")
        #expect(try transact(["3"], by: producer, in: bench) == "committed [4]")
        #expect(try bench.committedValues() == ["3"])
    }

    @Test func aSecondInitializeFences() throws {
        let bench = try WorldBench()
        let first = try producer(bench)
        #expect(try transact(["1"], by: first, in: bench) == "committed [0]")
        let second = try producer(bench)
        #expect(try transact(["2"], by: first, in: bench) == "fenced fenced")
        #expect(try transact(["3"], by: first, in: bench) == "fenced fenced")
        #expect(try transact(["4"], by: second, in: bench) == "committed [2]")
        #expect(try bench.committedValues() == ["1", "4"])
    }

    @Test func aSuccessorEndsWhatADeadProducerLeftOpen() throws {
        let bench = try WorldBench(markerDelay: 10)
        let host = bench.host()
        let first = try producer(bench, host)
        bench.network.onRequest = { request in
            if case .addOffsetsToTxn = request { host.kill() }
        }
        first.transact([record("1")], offsets: [place: 1], membership: Self.outsider) { _ in }
        while host.condition != .dead, bench.timeline.step() {}
        bench.network.onRequest = nil
        let second = try producer(bench)
        #expect(try transact(["2"], by: second, in: bench) == "committed [2]")
        bench.run(for: 1_000_000)
        #expect(try bench.committedValues() == ["2"])
    }

    @Test func aConnectionLostDuringTheCommitLeavesItOpen() throws {
        let bench = try WorldBench()
        let producer = try producer(bench)
        #expect(try transact(["1"], by: producer, in: bench) == "committed [0]")
        bench.network.onRequest = { [network = bench.network] request in
            if case .endTxn = request { network.faults.cutAfter = 1000 } else { network.faults.cutAfter = 0 }
        }
        bench.timeline.after(50_000) { bench.network.onRequest = { _ in bench.network.faults.cutAfter = 0 } }
        #expect(try transact(["2"], by: producer, in: bench) == "indeterminate unreachable")
        // It is of no use any more, and says so.
        #expect(try transact(["3"], by: producer, in: bench) == "indeterminate unreachable")
        #expect(try bench.committedValues() == ["1", "2"])
    }

    @Test func aBrokerThatDoesNotAnswerInTimeLeavesItOpen() throws {
        let bench = try WorldBench()
        let producer = try producer(bench)
        bench.network.onRequest = { request in
            if case .endTxn = request { bench.broker.crash() }
        }
        #expect(try transact(["1"], by: producer, in: bench) == "indeterminate unreachable")
        bench.network.onRequest = nil
        bench.broker.restart()
        // The broker ends it by itself.
        bench.run(for: bench.settings.transactionTimeout)
        #expect(try bench.committedValues() == [])
    }

    @Test func aTransactionThatTakesTooLongIsNobodysFault() throws {
        let bench = try WorldBench()
        let host = bench.host()
        let producer = try producer(bench, host)
        bench.network.onRequest = { request in
            guard case .addOffsetsToTxn = request else { return }
            host.freeze()
            bench.timeline.after(12_000_000) { host.thaw() }
        }
        #expect(try transact(["1"], by: producer, in: bench) == "indeterminate unavailable")
        #expect(try bench.committedValues() == [])
    }

    /// A commit is lost and comes late; transactions that are all to be aborted follow.
    ///
    /// - Returns: Whether a record was committed that its producer did not commit.
    private func lateCommit(seed: UInt64, distrusts: Bool) throws -> Bool {
        let bench = try WorldBench(seed: seed, faults: NetworkFaults(delay: 5_000...20_000))
        bench.settings.distrustsLostConnections = distrusts
        let producer = try producer(bench)
        var isFirst = true
        bench.network.onRequest = { [network = bench.network] request in
            network.faults.late = 0
            if case .endTxn = request, isFirst {
                isFirst = false
                network.faults.late = 1000
            }
        }
        let first = try transact(["first"], by: producer, in: bench)
        #expect(first == (distrusts ? "indeterminate unreachable" : "committed [0]"))
        for number in 0..<30 { _ = try transact(["aborted \(number)"], by: producer, in: bench, as: nil) }
        #expect(bench.network.counts.late == 1)
        bench.run(for: 20_000_000)
        return try bench.committedValues() != ["first"]
    }

    @Test func aLateCommitHitsTheNextTransactionOfWhoTrustsASecondTry() throws {
        let hits = try (1...20).filter { try lateCommit(seed: $0, distrusts: false) }
        #expect(hits.count > 5)
        #expect(try (1...20).allSatisfy { try !lateCommit(seed: $0, distrusts: true) })
    }

    @Test func offsetsOfAnOpenTransactionArePending() throws {
        let bench = try WorldBench()
        let connection = bench.network.connect(bench.host())
        func committed() throws -> OffsetFetchResponse.Partition? {
            let request = OffsetFetchRequest(
                groups: [.init(groupID: "group", topics: [.init(name: "b", partitionIndexes: [0])])],
                requireStable: true)
            let result = try bench.wait {
                connection.send(.offsetFetch(request), version: 8, timeout: 1_000_000, then: $0)
            }
            guard case .offsetFetch(let answer) = try result.get() else { return nil }
            return answer.groups.first?.topics.first?.partitions.first
        }
        let producer = try producer(bench)
        var result: EventLog.TransactionResult?
        producer.transact([record("1")], offsets: [place: 5], membership: Self.outsider) { result = $0 }
        var isEnding = false
        bench.network.onRequest = { if case .endTxn = $0 { isEnding = true } }
        bench.network.faults.delay = 100_000...100_000
        while !isEnding, bench.timeline.step() {}
        bench.network.faults.delay = 10...10
        #expect(try committed()?.errorCode == .unstableOffsetCommit)
        #expect(result == nil)
        while result == nil, bench.timeline.step() {}
        let offset = try committed()
        #expect(offset?.errorCode == ErrorCode.none)
        #expect(offset?.committedOffset == 5)
    }
}
