import BrokerCore
import KafkaProtocol
import Testing

@Suite struct ProducerTests {
    @Test func idempotentProducersGetFreshIDs() {
        let world = TransactionWorld()
        let first = world.initialize(nil).producer
        let second = world.initialize(nil).producer
        #expect(first == ProducerIdentity(producerID: 0, epoch: 0))
        #expect(second == ProducerIdentity(producerID: 1, epoch: 0))
        #expect(world.journal == [.producerIDsReserved(below: 1000)])
    }

    @Test func producerIDsAreNeverRepeatedAfterARestart() {
        let world = TransactionWorld()
        _ = world.initialize(nil)
        world.restart()
        #expect(world.initialize(nil).producer.producerID == 1000)
    }

    @Test func eachInitializationBumpsTheEpoch() {
        let world = TransactionWorld()
        let first = world.initialize().producer
        let second = world.initialize().producer
        #expect(first.epoch == 0)
        #expect(second == ProducerIdentity(producerID: first.producerID, epoch: 1))
        #expect(world.initialize("other").producer.producerID != first.producerID)
    }

    @Test func requestsAreChecked() {
        let world = TransactionWorld()
        #expect(world.initialize("").error == .invalidRequest)
        #expect(world.initialize(timeout: 0).error == .invalidTransactionTimeout)
        #expect(world.initialize(timeout: 900_001).error == .invalidTransactionTimeout)
        #expect(world.initialize(timeout: 900_000).error == ErrorCode.none)
        #expect(world.initialize(nil, timeout: -1).error == ErrorCode.none, "there is no transaction to time")
    }

    @Test func theSuccessorAbortsTheOpenTransaction() {
        let world = TransactionWorld()
        let first = world.open()
        #expect(world.initialize().error == .concurrentTransactions)
        #expect(world.state == "PrepareAbort")
        #expect(world.waiting.map(\.producerEpoch) == [first.epoch + 1], "the markers fence it")
        #expect(world.waiting.map(\.result) == [.abort])
        #expect(world.add(first) == .producerFenced)
        #expect(world.end(first, .commit) == .producerFenced)
        #expect(world.mayProduce(first) == .invalidProducerEpoch)
        #expect(world.initialize().error == .concurrentTransactions)
        world.writeMarkers()
        #expect(world.state == "CompleteAbort")
        #expect(world.initialize().producer == ProducerIdentity(producerID: first.producerID, epoch: 2))
    }

    @Test func theAnswerComesAfterTheJournalAndBeforeTheMarkers() {
        let world = TransactionWorld()
        _ = world.open()
        _ = world.initialize()
        guard world.effects.count == 3, case .journal = world.effects[0], case .reply = world.effects[1],
            case .writeMarkers = world.effects[2]
        else {
            Issue.record("another order: \(world.effects)")
            return
        }
    }

    @Test func nothingIsInitializedWhileMarkersAreWritten() {
        let world = TransactionWorld()
        let producer = world.open()
        #expect(world.end(producer, .commit) == ErrorCode.none)
        #expect(world.initialize().error == .concurrentTransactions)
        world.writeMarkers()
        #expect(world.initialize().producer.epoch == 1)
    }

    // MARK: KIP-360

    @Test func aProducerGoesOnWithItsID() {
        let world = TransactionWorld()
        let first = world.initialize().producer
        let second = world.initialize(expected: first)
        #expect(second.producer == ProducerIdentity(producerID: first.producerID, epoch: 1))
        #expect(world.initialize(expected: first).producer == second.producer, "a repeated request")
        #expect(world.initialize(expected: second.producer).producer.epoch == 2)
        #expect(world.initialize(expected: first).error == .producerFenced)
    }

    @Test func aFencedProducerDoesNotGoOn() {
        let world = TransactionWorld()
        let first = world.initialize().producer
        let second = world.initialize().producer
        #expect(world.initialize(expected: first).error == .producerFenced)
        let stranger = ProducerIdentity(producerID: 77, epoch: 1)
        #expect(world.initialize(expected: stranger).error == .producerFenced)
        #expect(world.add(second) == ErrorCode.none)
        #expect(world.initialize(expected: stranger).error == .producerFenced)
        #expect(world.state == "Ongoing")
    }

    /// As in Kafka, which does not look at the epoch while a transaction is open.
    @Test func aFencedProducerAbortsItsSuccessorsTransaction() {
        let world = TransactionWorld()
        let first = world.initialize().producer
        let second = world.initialize().producer
        #expect(world.add(second) == ErrorCode.none)
        #expect(world.initialize(expected: first).error == .concurrentTransactions)
        #expect(world.state == "PrepareAbort")
        #expect(world.end(second, .commit) == .producerFenced)
        world.writeMarkers()
        #expect(world.initialize(expected: first).error == .producerFenced)
        #expect(world.coordinator.encounters.abortsByStaleProducers == 1)
    }

    @Test func whoGoesOnAbortsItsOpenTransaction() {
        let world = TransactionWorld()
        let producer = world.open()
        #expect(world.initialize(expected: producer).error == .concurrentTransactions)
        #expect(world.state == "PrepareAbort")
        world.writeMarkers()
        #expect(world.initialize(expected: producer).error == .producerFenced, "as Kafka does")
    }

    @Test func aRepeatedRequestIsTooLateInsideATransaction() {
        let world = TransactionWorld()
        let first = world.initialize().producer
        let second = world.initialize(expected: first).producer
        #expect(world.add(second) == ErrorCode.none)
        #expect(world.end(second, .commit) == ErrorCode.none)
        world.writeMarkers()
        #expect(world.initialize(expected: first).error == .producerFenced)
    }

    @Test func anUnknownTransactionalIDStartsAnew() {
        let world = TransactionWorld()
        let answer = world.initialize(expected: ProducerIdentity(producerID: 77, epoch: 4))
        #expect(answer.producer == ProducerIdentity(producerID: 0, epoch: 0))
    }

    // MARK: The last epoch

    /// A world whose producer has the epoch.
    private func world(at epoch: Int16) throws -> (TransactionWorld, ProducerIdentity) {
        let world = TransactionWorld()
        _ = world.initialize()
        guard case .updated(var record) = world.journal.last else {
            throw WireError.truncated
        }
        record.producerEpoch = epoch
        world.journal.append(.updated(record))
        world.restart()
        return (world, ProducerIdentity(producerID: record.producerID, epoch: epoch))
    }

    @Test func usedUpEpochsMakeANewProducerID() throws {
        let (world, before) = try world(at: 32_765)
        let last = world.initialize().producer
        #expect(last == ProducerIdentity(producerID: before.producerID, epoch: 32_766))
        let next = world.initialize(expected: last).producer
        #expect(next.producerID != last.producerID)
        #expect(next.epoch == 0)
        #expect(world.initialize(expected: last).producer == next, "a repeated request")
        #expect(world.mayProduce(last) == .invalidProducerIDMapping)
    }

    @Test func theLastEpochCanBeFenced() throws {
        let (world, last) = try world(at: 32_766)
        #expect(world.add(last) == ErrorCode.none)
        #expect(world.initialize().error == .concurrentTransactions)
        #expect(world.waiting.map(\.producerEpoch) == [32_767])
        world.writeMarkers()
        #expect(world.initialize(expected: last).error == .producerFenced)
        let next = world.initialize().producer
        #expect(next.producerID != last.producerID)
        #expect(next.epoch == 0)
    }

    @Test func theHighestNumberIsNoTrap() throws {
        let (world, highest) = try world(at: .max)
        #expect(world.add(highest) == ErrorCode.none)
        #expect(world.initialize().error == .concurrentTransactions)
        world.writeMarkers()
        #expect(world.initialize().producer.epoch == 0)
    }
}
