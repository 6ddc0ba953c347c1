import BrokerCore
import EventLog
import KafkaProtocol
import Testing

/// Transactions as clients see them.
@Suite struct TransactionSemanticsTests {
    private let world = BrokerWorld()
    private let place = BrokerWorld.place()

    init() throws { try world.createTopic(partitions: 2) }

    private func begin(_ name: String = "tx", _ places: [TopicPartition]? = nil) throws -> TestProducer {
        let producer = try world.producer(name)
        #expect(try world.add(places ?? [place], to: producer) == (places ?? [place]).map { _ in .none })
        return producer
    }

    @Test func committedRecordsAreSeenByBoth() throws {
        var producer = try begin()
        #expect(try world.produce(["a", "b"], by: &producer) == .none)
        #expect(try world.end(producer, commit: true) == .none)
        #expect(try world.consume(place, .readCommitted) == ["a", "b"])
        #expect(try world.consume(place, .readUncommitted) == ["a", "b"])
    }

    @Test func abortedRecordsAreSeenByReadUncommittedAlone() throws {
        var producer = try begin()
        #expect(try world.produce(["ghost"], by: &producer) == .none)
        #expect(try world.end(producer, commit: false) == .none)
        #expect(try world.add([place], to: producer) == [.none])
        #expect(try world.produce(["real"], by: &producer) == .none)
        #expect(try world.end(producer, commit: true) == .none)
        #expect(try world.consume(place, .readCommitted) == ["real"])
        #expect(try world.consume(place, .readUncommitted) == ["ghost", "real"])
    }

    @Test func theLastStableOffsetWaitsForAnOpenTransaction() throws {
        try world.produce(["before"])
        var producer = try begin()
        #expect(try world.produce(["open"], by: &producer) == .none)
        try world.produce(["after"])
        let answer = try world.fetch(place, from: 0, .readCommitted)
        #expect(answer.lastStableOffset == 1)
        #expect(answer.highWatermark == 3)
        #expect(try world.consume(place, .readCommitted) == ["before"])
        #expect(try world.consume(place, .readUncommitted) == ["before", "open", "after"])
        #expect(try world.offset(place, -1, .readCommitted).offset == 1)
        #expect(try world.offset(place, -1).offset == 3)
        try world.end(producer, commit: true)
        #expect(try world.consume(place, .readCommitted) == ["before", "open", "after"])
        #expect(try world.offset(place, -1, .readCommitted).offset == 4)
    }

    @Test func aSuccessorEndsWhatItsPredecessorLeft() throws {
        var killed = try begin()
        #expect(try world.produce(["ghost"], by: &killed) == .none)
        // Killed here. The successor is told to wait until the abort is done.
        #expect(try world.initProducer("tx").error == .concurrentTransactions)
        var successor = try world.producer("tx")
        #expect(successor.id == killed.id && successor.epoch > killed.epoch)
        #expect(try world.add([place], to: successor) == [.none])
        #expect(try world.produce(["real"], by: &successor) == .none)
        #expect(try world.end(successor, commit: true) == .none)
        #expect(try world.consume(place, .readCommitted) == ["real"])
    }

    @Test func aZombieIsFencedWhateverItTries() throws {
        var zombie = try begin()
        #expect(try world.produce(["ghost"], by: &zombie) == .none)
        var successor = try world.producer("tx")
        #expect(try world.produce(["zombie"], by: &zombie) == .invalidProducerEpoch)
        #expect(try world.add([place], to: zombie) == [.producerFenced])
        #expect(try world.add([place], to: zombie, version: 1) == [.invalidProducerEpoch])
        #expect(try world.addOffsets(to: zombie) == .producerFenced)
        #expect(try world.end(zombie, commit: true) == .producerFenced)
        #expect(try world.end(zombie, commit: true, version: 1) == .invalidProducerEpoch)
        #expect(try world.initProducer("tx", after: zombie).error == .producerFenced)
        #expect(try world.initProducer("tx", after: zombie, version: 3).error == .invalidProducerEpoch)
        #expect(try world.commitOffset(1, in: zombie) == .invalidProducerEpoch)
        #expect(try world.add([place], to: successor) == [.none])
        #expect(try world.produce(["zombie"], by: &zombie) == .invalidProducerEpoch)
        #expect(try world.produce(["real"], by: &successor) == .none)
        try world.end(successor, commit: true)
        #expect(try world.consume(place, .readCommitted) == ["real"])
    }

    @Test func transactionalBatchesNeedTheirTransaction() throws {
        var producer = try world.producer("tx")
        #expect(try world.produce(["x"], by: &producer) == .invalidTransactionState)
        #expect(try world.add([BrokerWorld.place(1)], to: producer) == [.none])
        #expect(try world.produce(["x"], by: &producer) == .invalidTransactionState)
        #expect(try world.produce(["y"], to: BrokerWorld.place(1), by: &producer) == .none)
        let writer = LogWriter(id: producer.id, epoch: producer.epoch, sequence: 1, isTransactional: true)
        let bytes = LogTestHost.batch(LogTestHost.records(["z"]), writer)
        #expect(
            try world.produce(bytes: bytes, to: BrokerWorld.place(1)).errorCode == .transactionalIDAuthorizationFailed)
        #expect(
            try world.produce(bytes: bytes, to: place, transactionalID: "other").errorCode == .invalidProducerIDMapping)
        try world.end(producer, commit: true)
        #expect(try world.produce(["late"], to: BrokerWorld.place(1), by: &producer) == .invalidTransactionState)
        #expect(try world.consume(BrokerWorld.place(1), .readUncommitted) == ["y"])
    }

    @Test func allPartitionsAreAddedOrNone() throws {
        let producer = try world.producer("tx")
        let missing = BrokerWorld.place(7)
        #expect(
            try world.add([place, missing], to: producer) == [.operationNotAttempted, .unknownTopicOrPartition])
        #expect(try world.end(producer, commit: true) == .invalidTransactionState)
    }

    @Test func aTransactionThatTakesTooLongIsAborted() throws {
        var slow = try world.producer("tx", timeout: 5_000)
        #expect(try world.add([place], to: slow) == [.none])
        #expect(try world.produce(["ghost"], by: &slow) == .none)
        world.pass(4_000)
        #expect(try world.fetch(place, from: 0, .readCommitted).lastStableOffset == 0)
        world.pass(2_000)
        #expect(try world.fetch(place, from: 0, .readCommitted).lastStableOffset == 2)
        #expect(try world.end(slow, commit: true) == .producerFenced)
        #expect(try world.produce(["more"], by: &slow) == .invalidProducerEpoch)
        #expect(try world.consume(place, .readCommitted).isEmpty)
    }

    @Test func endingIsRepeatable() throws {
        var producer = try begin()
        try world.produce(["a"], by: &producer)
        #expect(try world.end(producer, commit: true) == .none)
        #expect(try world.end(producer, commit: true) == .none)
        #expect(try world.end(producer, commit: false) == .invalidTransactionState)
        #expect(try world.consume(place, .readCommitted) == ["a"])
    }

    @Test func duplicatesAreTakenOnceAndGapsRefused() throws {
        let producer = try world.producer(nil)
        var writer = LogWriter(id: producer.id, epoch: producer.epoch)
        let first = LogTestHost.batch(LogTestHost.records(["a", "b"]), writer)
        #expect(try world.produce(bytes: first).baseOffset == 0)
        let again = try world.produce(bytes: first)
        #expect(again.errorCode == .none && again.baseOffset == 0)
        writer.sequence = 3
        let gap = try world.produce(bytes: LogTestHost.batch(LogTestHost.records(["d"]), writer))
        #expect(gap.errorCode == .outOfOrderSequenceNumber && gap.errorMessage != nil)
        writer.sequence = 2
        #expect(try world.produce(bytes: LogTestHost.batch(LogTestHost.records(["c"]), writer)).baseOffset == 2)
        #expect(try world.consume(place, .readUncommitted) == ["a", "b", "c"])
    }

    @Test func transactionsCanBeLookedAt() throws {
        var producer = try begin("tx", [place, BrokerWorld.place(1)])
        try world.produce(["a"], by: &producer)
        let described = try world.call(DescribeTransactionsRequest(transactionalIDs: ["tx", "none"])).transactions
        #expect(described.map(\.errorCode) == [.none, .transactionalIDNotFound])
        #expect(described[0].state == "Ongoing")
        #expect(described[0].topics == [.init(name: "t", partitions: [0, 1])])
        let request = DescribeProducersRequest(topics: [.init(name: "t", partitions: [0, 9])])
        let partitions = try #require(try world.call(request).topics.first?.partitions)
        #expect(partitions.map(\.errorCode) == [.none, .unknownTopicOrPartition])
        let active = try #require(partitions[0].activeProducers.first)
        #expect(active.producerID == producer.id && active.currentTxnStartOffset == 0 && active.lastSequence == 0)
    }
}
