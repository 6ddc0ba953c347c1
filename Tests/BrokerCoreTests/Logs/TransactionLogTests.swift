import BrokerCore
import KafkaProtocol
import Testing

@Suite struct TransactionLogTests {
    @Test func theStableOffsetWaitsForTheEarliestTransaction() throws {
        var host = LogTestHost()
        let first = LogWriter(id: 1, isTransactional: true)
        let second = LogWriter(id: 2, isTransactional: true)
        try host.produce(["x"])
        try host.produce(["a"], first)
        try host.produce(["b"], second)
        #expect(host.log.lastStableOffset == 1)
        #expect(host.log.openTransaction(of: 2) == 2)
        try host.end(second, .commit)
        #expect(host.log.lastStableOffset == 1)
        try host.end(first, .abort)
        #expect(host.log.lastStableOffset == 5)
        #expect(host.log.highWatermark == 5)
        #expect(try host.consume(.readCommitted).map(\.offset) == [0, 2])
        #expect(try host.consume(.readUncommitted).map(\.offset) == [0, 1, 2])
    }

    @Test func abortedTransactionsAreGivenWhereTheyOverlap() throws {
        var host = LogTestHost()
        let writer = LogWriter(id: 1, isTransactional: true)
        try host.produce(["x"])
        try host.produce(["a"], writer)
        try host.end(writer, .abort)
        try host.produce(["y"])
        func aborted(_ from: Int64, _ bytes: Int) throws -> [Int64]? {
            try host.log.fetch(from: from, maxBytes: bytes, atLeastOne: true, isolation: .readCommitted)
                .abortedTransactions?.map(\.firstOffset)
        }
        #expect(try aborted(0, 1) == [])
        #expect(try aborted(0, 1000) == [1])
        #expect(try aborted(2, 1) == [1])
        #expect(try aborted(3, 1000) == [])
        #expect(try aborted(4, 1000) == [])
        let uncommitted = try host.log.fetch(
            from: 0, maxBytes: 1000, atLeastOne: true, isolation: .readUncommitted)
        #expect(uncommitted.abortedTransactions == nil)
        #expect(uncommitted.batchCount == 4)
    }

    @Test func aWriteOutsideOfTheOpenTransactionIsRefused() throws {
        var host = LogTestHost()
        var writer = LogWriter(id: 1, isTransactional: true)
        try host.produce(["a"], writer)
        writer.sequence = 1
        writer.isTransactional = false
        let error = #expect(throws: PartitionLogError.self) { try host.produce(["b"], writer) }
        #expect(error?.errorCode == .invalidTransactionState)
    }

    @Test func markersOfOldCoordinatorsAndProducersAreRefused() throws {
        var host = LogTestHost()
        try host.end(LogWriter(id: 1, epoch: 2), .commit, coordinatorEpoch: 5)
        let old = #expect(throws: PartitionLogError.self) {
            try host.end(LogWriter(id: 1, epoch: 2), .commit, coordinatorEpoch: 4)
        }
        #expect(old?.errorCode == .transactionCoordinatorFenced)
        let stale = #expect(throws: PartitionLogError.self) {
            try host.end(LogWriter(id: 1, epoch: 1), .commit, coordinatorEpoch: 5)
        }
        #expect(stale?.errorCode == .invalidProducerEpoch)
        #expect(host.log.endOffset == 1)
    }

    @Test func sequencesGoOnAcrossAMarkerOfTheSameEpoch() throws {
        var host = LogTestHost()
        try host.produce(["a"], LogWriter(id: 1, isTransactional: true))
        try host.end(LogWriter(id: 1), .commit)
        #expect(try host.produce(["a"], LogWriter(id: 1, isTransactional: true)).isDuplicate)
        let next = try host.produce(["b"], LogWriter(id: 1, sequence: 1, isTransactional: true))
        #expect(next.baseOffset == 2)
        #expect(host.log.openTransaction(of: 1) == 2)
    }

    /// After each write: the stable offset, and what a consumer makes of the answers, from every place and for several
    /// sizes of answers, are those of a plain account.
    @Test(arguments: 1...12)
    func whatIsReadCommittedIsWhatWasCommitted(_ seed: UInt64) throws {
        var work = LogWorkload(seed: seed)
        for round in 0..<120 {
            try work.step()
            #expect(work.host.log.lastStableOffset == work.stableOffset)
            guard round % 7 == 0 else { continue }
            let visible = work.visible
            let start = Int64(work.draws.below(Int(work.host.log.endOffset) + 1))
            for bytes in [1, 250, 100_000] {
                #expect(try work.host.consume(.readCommitted, maxBytes: bytes) == visible)
                #expect(
                    try work.host.consume(.readCommitted, from: start, maxBytes: bytes)
                        == visible.filter { $0.offset >= start })
            }
            #expect(try work.host.consume(.readUncommitted) == work.all)
        }
    }
}
