import BrokerCore
import EventLog
import KafkaProtocol
import Testing

@Suite struct TransactionTests {
    @Test func aTransactionIsCommitted() {
        let world = TransactionWorld()
        let producer = world.initialize().producer
        #expect(world.state == "Empty")
        #expect(world.add(producer, 1) == ErrorCode.none)
        #expect(world.add(producer, 0) == ErrorCode.none)
        #expect(world.addOffsets(producer, group: "h") == ErrorCode.none)
        #expect(world.addOffsets(producer, group: "g") == ErrorCode.none)
        #expect(world.state == "Ongoing")
        #expect(world.end(producer, .commit) == ErrorCode.none)
        #expect(world.state == "PrepareCommit")
        #expect(
            world.waiting == [
                TransactionMarkers(
                    transactionalID: TransactionWorld.id, producerID: producer.producerID, producerEpoch: 0,
                    coordinatorEpoch: 0, result: .commit, partitions: Array(TransactionWorld.partitions[0...1]),
                    groups: ["g", "h"])
            ])
        world.writeMarkers()
        #expect(world.state == "CompleteCommit")
        #expect(world.coordinator.describe(transactionalID: TransactionWorld.id).partitions.isEmpty)
    }

    @Test func theEndIsAnsweredBeforeTheMarkers() {
        let world = TransactionWorld()
        let producer = world.open()
        _ = world.end(producer, .abort)
        guard world.effects.count == 3, case .journal = world.effects[0], case .reply = world.effects[1],
            case .writeMarkers = world.effects[2]
        else {
            Issue.record("another order: \(world.effects)")
            return
        }
    }

    @Test(arguments: [TransactionEnding.commit, .abort])
    func theEndCanBeRepeated(ending: TransactionEnding) {
        let world = TransactionWorld()
        let producer = world.open()
        let other: TransactionEnding = ending == .commit ? .abort : .commit
        #expect(world.end(producer, ending) == ErrorCode.none)
        #expect(world.end(producer, ending) == .concurrentTransactions)
        #expect(world.end(producer, other) == .invalidTransactionState)
        #expect(world.waiting.count == 1)
        world.writeMarkers()
        #expect(world.end(producer, ending) == ErrorCode.none)
        #expect(world.end(producer, other) == .invalidTransactionState)
        #expect(world.waiting.isEmpty)
    }

    @Test func nothingIsEndedThatWasNotBegun() {
        let world = TransactionWorld()
        let producer = world.initialize().producer
        #expect(world.end(producer, .commit) == .invalidTransactionState)
        #expect(world.end(producer, .abort) == .invalidTransactionState)
    }

    @Test func nothingIsAddedWhileMarkersAreWritten() {
        let world = TransactionWorld()
        let producer = world.open()
        _ = world.end(producer, .commit)
        #expect(world.add(producer) == .concurrentTransactions)
        #expect(world.addOffsets(producer) == .concurrentTransactions)
        world.writeMarkers()
        #expect(world.add(producer, 2) == ErrorCode.none)
        #expect(
            world.coordinator.describe(transactionalID: TransactionWorld.id).partitions
                == [TransactionWorld.partitions[2]])
    }

    @Test func theProducerIsChecked() {
        let world = TransactionWorld()
        let old = world.initialize().producer
        let producer = world.initialize().producer
        let stranger = ProducerIdentity(producerID: 77, epoch: 1)
        let future = ProducerIdentity(producerID: producer.producerID, epoch: 2)
        for (who, error) in [
            (old, ErrorCode.producerFenced), (future, .producerFenced), (stranger, .invalidProducerIDMapping),
        ] {
            #expect(world.add(who) == error)
            #expect(world.addOffsets(who) == error)
            #expect(world.end(who, .commit) == error)
        }
        #expect(world.add(producer, id: "other") == .invalidProducerIDMapping)
        #expect(world.add(producer, id: "") == .invalidRequest)
        #expect(world.addOffsets(producer, id: "") == .invalidRequest)
        #expect(world.addOffsets(producer, group: "") == .invalidGroupID)
        #expect(world.end(producer, .commit, id: "") == .invalidRequest)
        #expect(world.state == "Empty")
    }

    @Test func nothingIsAddedIfAPartitionIsRefused() {
        let world = TransactionWorld()
        let producer = world.initialize().producer
        let unknown = TopicPartition(topic: "x", partition: 0)
        let results = world.add(
            producer, [TransactionWorld.partitions[0], unknown], refused: [unknown: .unknownTopicOrPartition])
        #expect(results.map(\.error) == [.operationNotAttempted, .unknownTopicOrPartition])
        #expect(world.state == "Empty")
    }

    @Test func whatIsAddedTwiceIsJournaledOnce() {
        let world = TransactionWorld()
        let producer = world.open()
        let entries = world.journal.count
        #expect(world.add(producer) == ErrorCode.none)
        #expect(world.journal.count == entries)
    }

    @Test func markersThatAreWrittenTwiceChangeNothing() throws {
        let world = TransactionWorld()
        let producer = world.open()
        _ = world.end(producer, .commit)
        let markers = try #require(world.waiting.first)
        world.writeMarkers()
        _ = world.add(producer)
        _ = world.end(producer, .abort)
        let entries = world.journal.count
        var stale = markers
        stale.producerEpoch = 9
        world.finish(stale)
        #expect(world.journal.count == entries)
        #expect(world.state == "PrepareAbort")
        world.writeMarkers()
        world.finish(markers)
        #expect(world.state == "CompleteAbort")
    }

    // MARK: Verification (KIP-890)

    @Test func producingNeedsAnAddedPartition() {
        let world = TransactionWorld()
        #expect(world.mayProduce(ProducerIdentity(producerID: 0, epoch: 0)) == .invalidProducerIDMapping)
        let producer = world.open()
        #expect(world.mayProduce(producer, 0) == ErrorCode.none)
        #expect(world.mayProduce(producer, 1) == .invalidTransactionState)
        _ = world.end(producer, .commit)
        #expect(world.mayProduce(producer, 0) == .concurrentTransactions, "too late, and worth another try")
        world.writeMarkers()
        #expect(world.mayProduce(producer, 0) == .invalidTransactionState)
    }

    @Test func committingOffsetsNeedsAnAddedGroup() {
        let world = TransactionWorld()
        let producer = world.open()
        func error(_ group: String) -> ErrorCode {
            world.coordinator.mayCommitOffsets(
                transactionalID: TransactionWorld.id, producer: producer, groupID: group)
        }
        #expect(error("g") == .invalidTransactionState)
        #expect(world.addOffsets(producer) == ErrorCode.none)
        #expect(error("g") == ErrorCode.none)
        #expect(error("h") == .invalidTransactionState)
    }

    // MARK: Time

    @Test func anOldTransactionIsAborted() {
        let world = TransactionWorld()
        let producer = world.open(timeout: 5000)
        world.pass(4000)
        #expect(world.add(producer, 1) == ErrorCode.none, "which does not prolong it")
        world.pass(999)
        #expect(world.state == "Ongoing")
        world.pass(1)
        #expect(world.state == "PrepareAbort")
        #expect(world.waiting.map(\.producerEpoch) == [1])
        #expect(world.end(producer, .commit) == .producerFenced)
        world.writeMarkers()
        #expect(world.add(producer) == .producerFenced)
        #expect(world.initialize().producer.epoch == 2)
    }

    @Test func theScanForOldTransactionsComesByNowAndThen() {
        let world = TransactionWorld(TransactionCoordinatorConfiguration(abortInterval: 10_000))
        _ = world.open(timeout: 5000)
        world.pass(9999)
        #expect(world.state == "Ongoing")
        world.pass(1)
        #expect(world.state == "PrepareAbort")
        #expect(world.coordinator.encounters.timedOutTransactions == 1)
    }

    @Test func idsThatRestAreForgotten() {
        let world = TransactionWorld(TransactionCoordinatorConfiguration(idExpiration: 100_000))
        let producer = world.open()
        _ = world.end(producer, .commit)
        world.pass(1_000_000)
        #expect(world.state == "PrepareCommit", "not before its end is written")
        world.writeMarkers()
        world.pass(99_999)
        #expect(world.state == "CompleteCommit")
        world.pass(1)
        #expect(world.coordinator.describe(transactionalID: TransactionWorld.id).error == .transactionalIDNotFound)
        #expect(world.add(producer) == .invalidProducerIDMapping)
        #expect(world.initialize().producer == ProducerIdentity(producerID: 1, epoch: 0))
        #expect(world.coordinator.snapshot().count == 2)
    }

    // MARK: Administration

    @Test func aTransactionIsDescribed() {
        let world = TransactionWorld()
        #expect(world.coordinator.describe(transactionalID: "").error == .invalidRequest)
        #expect(world.coordinator.describe(transactionalID: "x").error == .transactionalIDNotFound)
        let producer = world.open()
        let description = world.coordinator.describe(transactionalID: TransactionWorld.id)
        #expect(description.error == ErrorCode.none)
        #expect(description.state == "Ongoing")
        #expect(description.timeout == 60_000)
        #expect(description.startTime == world.now)
        #expect(description.producer == producer)
        #expect(description.partitions == [TransactionWorld.partitions[0]])
    }

    @Test func transactionsAreListed() {
        let world = TransactionWorld()
        _ = world.open()
        world.pass(1000)
        let other = world.initialize("other").producer
        func ids(_ listing: TransactionListing) -> [String] { listing.transactions.map(\.transactionalID) }
        let now = world.now
        #expect(ids(world.coordinator.list(now: now)) == ["other", TransactionWorld.id])
        #expect(ids(world.coordinator.list(producerIDs: [other.producerID], now: now)) == ["other"])
        let byState = world.coordinator.list(states: ["Ongoing", "Odd"], now: now)
        #expect(ids(byState) == [TransactionWorld.id])
        #expect(byState.unknownStates == ["Odd"])
        #expect(ids(world.coordinator.list(states: ["Ongoing"], longerThan: 999, now: now)) == [TransactionWorld.id])
        #expect(ids(world.coordinator.list(states: ["Ongoing"], longerThan: 1000, now: now)).isEmpty)
    }
}
