import EventLog
import KafkaProtocol
import TestProcesses
import Testing
import WireClient

/// What consumers see of transactions (KIP-98).
@Suite("Transactions") struct TransactionTests {
    @Test("a committed transaction is seen by both kinds of readers")
    func commit() async throws {
        try await BrokerUnderTest.test { stage in
            let place = try stage.place()
            let producer = try stage.producer(stage.transactionalID())
            try producer.transact(["a", "b"], to: place)
            try producer.produce(["c"], to: place)
            try producer.end(.commit)
            let reader = try stage.client()
            try expectStable(reader, place, upTo: 4)
            #expect(try reader.read(place, .readCommitted).values == ["a", "b", "c"])
            #expect(try reader.read(place, .readUncommitted).values == ["a", "b", "c"])
            // The marker takes an offset of its own.
            #expect(try reader.end(of: place) == 4)
        }
    }

    @Test("an aborted transaction is seen by readers of uncommitted records only")
    func abort() async throws {
        try await BrokerUnderTest.test { stage in
            let place = try stage.place()
            let producer = try stage.producer(stage.transactionalID())
            try producer.transact(["a", "b"], to: place)
            try producer.end(.abort)
            try producer.transact(["c"], to: place)
            try producer.end(.commit)
            let reader = try stage.client()
            try expectStable(reader, place, upTo: 5)
            #expect(try reader.read(place, .readCommitted).values == ["c"])
            #expect(try reader.read(place, .readUncommitted).values == ["a", "b", "c"])
            let answer = try reader.fetch(place, from: 0, .readCommitted)
            #expect(
                answer.abortedTransactions == [
                    FetchResponse.AbortedTransaction(producerID: producer.producerID, firstOffset: 0)
                ])
            // Who starts behind the aborted records is not told of them, or is told in vain.
            #expect(try reader.read(place, from: 3, .readCommitted).values == ["c"])
            // Who reads uncommitted records is not told of aborted transactions at all.
            let uncommitted = try reader.fetch(place, from: 0, .readUncommitted).abortedTransactions ?? []
            #expect(uncommitted.isEmpty)
        }
    }

    @Test("transactions of several producers in one partition are told apart, whatever their order")
    func interleaved() async throws {
        try await BrokerUnderTest.test { stage in
            let place = try stage.place()
            let good = try stage.producer(stage.transactionalID())
            let bad = try stage.producer(stage.transactionalID())
            let late = try stage.producer(stage.transactionalID())
            try bad.transact(["x1"], to: place)
            try good.transact(["a1"], to: place)
            try late.transact(["l1"], to: place)
            try stage.client().write(["plain"], to: place)
            try bad.produce(["x2"], to: place)
            try good.produce(["a2"], to: place)
            try bad.end(.abort)
            try bad.transact(["b1"], to: place)
            try good.end(.commit)
            try bad.end(.commit)
            try good.transact(["x3"], to: place)
            try good.end(.abort)
            let reader = try stage.client()
            // The late one is open still: nothing behind its first record can be seen.
            try expectStable(reader, place, upTo: 2)
            #expect(try reader.read(place, .readCommitted).values == ["a1"])
            try late.end(.commit)
            try expectStable(reader, place, upTo: 13)
            #expect(try reader.read(place, .readCommitted).values == ["a1", "l1", "plain", "a2", "b1"])
            #expect(
                try reader.read(place, .readUncommitted).values == [
                    "x1", "a1", "l1", "plain", "x2", "a2", "b1", "x3",
                ])
        }
    }

    @Test("the last stable offset stays below an open transaction, and hides what is behind it")
    func lastStableOffset() async throws {
        try await BrokerUnderTest.test { stage in
            let place = try stage.place()
            let plain = try stage.client()
            try plain.write(["before"], to: place)
            let producer = try stage.producer(stage.transactionalID())
            try producer.transact(["open"], to: place)
            try plain.write(["behind"], to: place)
            let reader = try stage.client()
            let committed = try reader.read(place, .readCommitted)
            #expect(committed.values == ["before"])
            #expect(committed.lastStableOffset == 1)
            #expect(try reader.end(of: place, isolation: .readCommitted) == 1)
            let uncommitted = try reader.read(place, .readUncommitted)
            #expect(uncommitted.values == ["before", "open", "behind"])
            #expect(uncommitted.highWatermark == 3)
            #expect(try reader.end(of: place, isolation: .readUncommitted) == 3)
            try producer.end(.abort)
            try expectStable(reader, place, upTo: 4)
            #expect(try reader.read(place, .readCommitted).values == ["before", "behind"])
            #expect(try reader.end(of: place, isolation: .readCommitted) == 4)
        }
    }

    @Test("a fetch that waits is answered as soon as a transaction ends")
    func waitingFetch() async throws {
        try await BrokerUnderTest.test { stage in
            let place = try stage.place()
            let producer = try stage.producer(stage.transactionalID())
            try producer.transact(["a"], to: place)
            let reader = try stage.client()
            let connection = try reader.leader(place)
            let waiting = try connection.send(reader.fetchRequest(place, from: 0, .readCommitted, wait: 20_000))
            let start = ContinuousClock.now
            try producer.end(.commit)
            let answer = try connection.receive(waiting)
            var reading = Reading()
            try reading.take(try #require(answer.topics.first?.partitions.first))
            #expect(reading.values == ["a"])
            #expect(ContinuousClock.now - start < .seconds(10))
        }
    }

    @Test("a transaction over several partitions ends in all of them")
    func manyPartitions() async throws {
        try await BrokerUnderTest.test { stage in
            let topic = try stage.topic(partitions: 4)
            let places = (0..<4).map { TopicPartition(topic: topic, partition: $0) }
            let producer = try stage.producer(stage.transactionalID())
            try producer.add(places)
            // Nothing is written to the last one: it is part of the transaction all the same.
            for place in places.dropLast() { try producer.produce(["x"], to: place) }
            try producer.end(.abort)
            try producer.add(places)
            for place in places { try producer.produce(["\(place.partition)"], to: place) }
            try producer.end(.commit)
            let reader = try stage.client()
            for place in places {
                let isComplete = try poll(for: .seconds(20)) {
                    try reader.read(place, .readCommitted).values == ["\(place.partition)"]
                }
                #expect(isComplete, "\(place)")
            }
        }
    }

    @Test("a transaction that takes too long is aborted, and its producer fenced", .timeLimit(.minutes(2)))
    func timeout() async throws {
        try await BrokerUnderTest.test { stage in
            let place = try stage.place()
            let producer = try stage.producer(stage.transactionalID(), timeoutMs: 1000)
            try producer.transact(["late"], to: place)
            let reader = try stage.client()
            try reader.write(["behind"], to: place)
            // Kafka looks every 10 s by default.
            try expectStable(reader, place, upTo: 3, within: .seconds(60))
            #expect(try reader.read(place, .readCommitted).values == ["behind"])
            #expect(try reader.read(place, .readUncommitted).values == ["late", "behind"])
            #expect(try ErrorCode.fenced.contains(producer.tryEnd(.commit)))
            #expect(try ErrorCode.fenced.contains(producer.tryAdd([place])))
            #expect(try ErrorCode.fenced.contains(producer.tryProduce(["more"], to: place).errorCode))
            // A successor goes on.
            try producer.initialize()
            try producer.transact(["again"], to: place)
            try producer.end(.commit)
            try expectStable(reader, place, upTo: 5)
            #expect(try reader.read(place, .readCommitted).values == ["behind", "again"])
        }
    }
}

/// Waits until a partition's last stable offset is there: markers are written after the end is acknowledged.
func expectStable(
    _ reader: Cluster, _ place: TopicPartition, upTo offset: Int64, within time: Duration = .seconds(20),
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    var last: Int64 = -1
    let isThere = try poll(for: time) {
        last = try reader.fetch(place, from: reader.start(of: place), .readCommitted).lastStableOffset
        return last >= offset
    }
    #expect(isThere && last == offset, "the last stable offset is \(last)", sourceLocation: sourceLocation)
}

extension ErrorCode {
    /// How a broker says that a producer's epoch is not the current one: it depends on the API and its version.
    static let fenced: Set<ErrorCode> = [.producerFenced, .invalidProducerEpoch]
}
