import BrokerCore
import KafkaProtocol
import Testing

@Suite struct TransactionRecoveryTests {
    @Test func anOpenTransactionIsStillOpen() {
        let world = TransactionWorld()
        let producer = world.open(timeout: 5000)
        world.pass(3000)
        world.restart()
        #expect(world.waiting.isEmpty)
        #expect(world.mayProduce(producer) == ErrorCode.none)
        world.pass(1999)
        #expect(world.state == "Ongoing")
        world.pass(1)
        #expect(world.state == "PrepareAbort", "its time began before the restart")
    }

    @Test(arguments: [TransactionEnding.commit, .abort])
    func aDecidedEndIsWrittenAgain(ending: TransactionEnding) throws {
        let world = TransactionWorld()
        let producer = world.open()
        _ = world.addOffsets(producer)
        _ = world.end(producer, ending)
        let before = world.waiting
        world.restart()
        #expect(world.waiting == before)
        #expect(world.initialize().error == .concurrentTransactions)
        world.writeMarkers()
        #expect(world.end(producer, ending) == ErrorCode.none)
        world.restart()
        #expect(world.waiting.isEmpty)
    }

    @Test func aCoordinatorLoadsBeforeItAnswers() {
        let world = TransactionWorld(TransactionCoordinatorConfiguration(loadTime: 100))
        world.perform(world.coordinator.recover(now: world.now))
        #expect(world.initialize().error == .coordinatorLoadInProgress)
        world.pass(100)
        let producer = world.open(timeout: 5000)
        _ = world.end(producer, .commit)
        world.restart()
        #expect(world.waiting.isEmpty, "the decision is not read yet")
        #expect(world.add(producer) == .coordinatorLoadInProgress)
        #expect(world.addOffsets(producer) == .coordinatorLoadInProgress)
        #expect(world.end(producer, .commit) == .coordinatorLoadInProgress)
        #expect(world.mayProduce(producer) == .coordinatorLoadInProgress)
        #expect(
            world.coordinator.describe(transactionalID: TransactionWorld.id).error == .coordinatorLoadInProgress)
        #expect(world.initialize(nil).error == ErrorCode.none, "who has no id asks no coordinator")
        world.pass(100)
        #expect(world.waiting.map(\.result) == [.commit])
        world.writeMarkers()
        #expect(world.end(producer, .commit) == ErrorCode.none)
    }

    @Test func aFencedProducerStaysFenced() {
        let world = TransactionWorld()
        let producer = world.open(timeout: 5000)
        world.pass(5000)
        world.restart()
        #expect(world.end(producer, .commit) == .producerFenced)
        #expect(world.waiting.map(\.producerEpoch) == [1])
    }

    @Test func entriesSurviveTheirEncoding() throws {
        let world = TransactionWorld(TransactionCoordinatorConfiguration(idExpiration: 10))
        let producer = world.open()
        _ = world.addOffsets(producer)
        _ = world.end(producer, .abort)
        world.writeMarkers()
        world.pass(10)
        #expect(world.journal.last == .removed(transactionalID: TransactionWorld.id))
        for entry in world.journal {
            var writer = WireWriter()
            entry.write(to: &writer)
            var reader = WireReader(writer.bytes)
            #expect(try TransactionJournalEntry(from: &reader) == entry)
            #expect(reader.remaining == 0)
            for length in 0..<writer.count {
                var cut = WireReader(Array(writer.bytes.prefix(length)))
                #expect(throws: WireError.self) { try TransactionJournalEntry(from: &cut) }
            }
        }
        var unknown = WireReader([99])
        #expect(throws: WireError.unsupported(apiKey: -1, version: 99)) { try TransactionJournalEntry(from: &unknown) }
    }
}
