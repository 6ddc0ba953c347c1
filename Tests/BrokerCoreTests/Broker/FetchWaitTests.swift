import BrokerCore
import EventLog
import KafkaProtocol
import Testing

/// Fetches that wait, and what they are given.
@Suite struct FetchWaitTests {
    private let world = BrokerWorld()
    private let place = BrokerWorld.place()

    init() throws { try world.createTopic(partitions: 2) }

    private func records(_ token: RequestToken, partition: Int = 0) throws -> Int? {
        try world.answer(token, as: FetchResponse.self)?.topics[0].partitions[partition].records?.count
    }

    private func error(_ token: RequestToken) throws -> ErrorCode? {
        try world.answer(token, as: FetchResponse.self)?.topics[0].partitions[0].errorCode
    }

    @Test func aFetchIsAnsweredAsSoonAsThereIsData() throws {
        let token = try world.send(world.fetchRequest(wait: 500))
        #expect(!world.isAnswered(token))
        try world.produce(["elsewhere"], to: BrokerWorld.place(1))
        #expect(!world.isAnswered(token))
        try world.produce(["here"])
        #expect(try records(token) ?? 0 > 0)
        let second = try world.send(world.fetchRequest(wait: 500))
        #expect(world.isAnswered(second))
    }

    @Test func aFetchIsAnsweredEmptyAtItsDeadline() throws {
        let token = try world.send(world.fetchRequest(wait: 500))
        #expect(world.broker.nextDeadline == world.now + 500)
        world.pass(499)
        #expect(!world.isAnswered(token))
        world.pass(1)
        #expect(try records(token) == 0)
        #expect(try world.send(world.fetchRequest(wait: 0)).rawValue > 0)
    }

    @Test func aFetchWaitsForAsMuchAsItWants() throws {
        try world.produce(["a"])
        let size = Int32(try world.fetch().records?.count ?? 0)
        let token = try world.send(world.fetchRequest(wait: 500, minBytes: 2 * size + 1))
        try world.produce(["b"])
        #expect(!world.isAnswered(token))
        try world.produce(["c"])
        #expect(try records(token) == 3 * Int(size))
        // What can't grow any more is enough.
        let full = try world.send(world.fetchRequest(wait: 500, minBytes: 10 * size, maxBytes: 2 * size))
        #expect(try records(full) == 2 * Int(size))
        let late = try world.send(world.fetchRequest(from: 2, wait: 500, minBytes: 2 * size))
        world.pass(500)
        #expect(try records(late) == Int(size))
    }

    @Test func aReaderOfCommittedRecordsIsWokenByTheMarker() throws {
        var producer = try world.producer("tx")
        #expect(try world.add([place], to: producer) == [.none])
        let token = try world.send(world.fetchRequest(place, from: 0, .readCommitted, wait: 500))
        try world.produce(["a"], by: &producer)
        #expect(!world.isAnswered(token))
        try world.end(producer, commit: true)
        #expect(try records(token) ?? 0 > 0)
        // Here the marker is of another transaction: what was behind it is stable now.
        var open = try world.producer("other")
        #expect(try world.add([place], to: open) == [.none])
        try world.produce(["b"], by: &open)
        try world.produce(["c"])
        let blocked = try world.send(world.fetchRequest(place, from: 3, .readCommitted, wait: 500))
        #expect(!world.isAnswered(blocked))
        try world.end(open, commit: false)
        let answer = try #require(try world.answer(blocked, as: FetchResponse.self)).topics[0].partitions[0]
        // It is told of the abort though it asked from behind it: the marker is among what it gets.
        #expect(answer.abortedTransactions == [.init(producerID: open.id, firstOffset: 2)])
        #expect(answer.lastStableOffset == 5)
    }

    @Test func errorsAreToldAtOnce() throws {
        let beyond = try world.send(world.fetchRequest(from: 5, wait: 500))
        #expect(try error(beyond) == .offsetOutOfRange)
        let missing = try world.send(world.fetchRequest(BrokerWorld.place(9), wait: 500))
        #expect(try error(missing) == .unknownTopicOrPartition)
        var epoch = world.fetchRequest(wait: 500)
        epoch.topics[0].partitions[0].currentLeaderEpoch = 3
        #expect(try error(try world.send(epoch)) == .unknownLeaderEpoch)
        epoch.topics[0].partitions[0].currentLeaderEpoch = -2
        #expect(try error(try world.send(epoch)) == .fencedLeaderEpoch)
        #expect(world.isAnswered(try world.send(FetchRequest(maxWaitMs: 500, minBytes: 1))))
    }

    @Test func deletionWakesWhoWaits() throws {
        let topic = try world.send(world.fetchRequest(wait: 500))
        try world.produce(["x"], to: BrokerWorld.place(1))
        try world.deleteTopic()
        #expect(try error(topic) == .unknownTopicOrPartition)
        try world.createTopic()
        try world.produce(["a", "b"])
        let old = try world.send(world.fetchRequest(from: 2, wait: 500))
        #expect(!world.isAnswered(old))
        _ = try world.call(
            DeleteRecordsRequest(topics: [.init(name: "t", partitions: [.init(partitionIndex: 0, offset: -1)])]))
        #expect(!world.isAnswered(old))
        world.disconnect(old)
        try world.produce(["c"])
        #expect(!world.isAnswered(old))
    }

    @Test func sessionsAreRefused() throws {
        try world.produce(["a"])
        var request = world.fetchRequest()
        request.sessionEpoch = 0
        let full = try world.call(request)
        #expect(full.sessionID == 0 && full.errorCode == .none && full.topics.count == 1)
        request.sessionID = 17
        request.sessionEpoch = 1
        #expect(try world.call(request).errorCode == .fetchSessionIDNotFound)
        request.sessionEpoch = -1
        #expect(try world.call(request).topics.count == 1)
    }

    @Test func theLimitIsForAllPartitionsAndOneBatchAlwaysComes() throws {
        for partition in Int32(0)..<2 {
            for text in ["a", "b"] { try world.produce([text], to: BrokerWorld.place(partition)) }
        }
        let size = Int32(try world.fetch(from: 1).records?.count ?? 0)
        func sizes(_ maxBytes: Int32, _ partitionMaxBytes: Int32) throws -> [Int] {
            let request = FetchRequest(
                maxWaitMs: 100, minBytes: 1, maxBytes: maxBytes,
                topics: [
                    .init(
                        name: "t",
                        partitions: (0..<2).map { .init(partitionIndex: $0, partitionMaxBytes: partitionMaxBytes) })
                ])
            return try world.call(request).topics[0].partitions.map { ($0.records ?? []).count / Int(size) }
        }
        #expect(try sizes(1_000_000, 1_000_000) == [2, 2])
        #expect(try sizes(3 * size, 1_000_000) == [2, 1])
        #expect(try sizes(1_000_000, size) == [1, 1])
        #expect(try sizes(1, 1_000_000) == [1, 0])
        #expect(try sizes(-5, -5) == [1, 0])
        #expect(try sizes(1_000_000, 0) == [1, 0])
    }

    @Test func manyWaitAndEachIsAnsweredOnce() throws {
        let tokens = try (0..<200).map { try world.send(world.fetchRequest(wait: Int32(100 + $0 % 7))) }
        world.pass(103)
        #expect(tokens.filter { world.isAnswered($0) }.count == 200 * 4 / 7 + 2)
        try world.produce(["a"])
        #expect(tokens.allSatisfy { world.isAnswered($0) })
        world.pass(1_000)
    }
}
