import BrokerCore
import KafkaProtocol
import Testing

/// What an idempotent producer is answered (KIP-98, KIP-360).
@Suite struct ProducerSequenceTests {
    @Test func aRepetitionIsASuccessWithTheOldOffset() throws {
        var host = LogTestHost()
        try host.produce(["a", "b"], LogWriter(id: 1))
        try host.produce(["x"])
        try host.produce(["c"], LogWriter(id: 1, sequence: 2))

        let again = try host.produce(["a", "b"], LogWriter(id: 1))

        #expect(again.isDuplicate)
        #expect(again.baseOffset == 0)
        #expect(again.lastOffset == 1)
        #expect(again.batches.isEmpty)
        #expect(host.log.endOffset == 4)
    }

    @Test func onlyTheLastFiveAreRemembered() throws {
        var host = LogTestHost()
        for sequence: Int32 in 0..<6 { try host.produce(["a"], LogWriter(id: 1, sequence: sequence)) }
        for sequence: Int32 in 1..<6 {
            #expect(try host.produce(["a"], LogWriter(id: 1, sequence: sequence)).baseOffset == Int64(sequence))
        }
        #expect(throws: PartitionLogError.outOfOrderSequence(producerID: 1, sequence: 0, last: 5)) {
            try host.produce(["a"], LogWriter(id: 1))
        }
    }

    @Test func aGapIsRefusedAndChangesNothing() throws {
        var host = LogTestHost()
        try host.produce(["a"], LogWriter(id: 1))
        let error = #expect(throws: PartitionLogError.self) {
            try host.produce(["c"], LogWriter(id: 1, sequence: 2))
        }
        #expect(error?.errorCode == .outOfOrderSequenceNumber)
        #expect(host.log.endOffset == 1)
        #expect(try host.produce(["b"], LogWriter(id: 1, sequence: 1)).baseOffset == 1)
    }

    @Test func anUnknownProducerMayBeginAnywhere() throws {
        var host = LogTestHost()
        #expect(try host.produce(["a"], LogWriter(id: 1, epoch: 3, sequence: 77)).baseOffset == 0)
        #expect(try host.produce(["b"], LogWriter(id: 1, epoch: 3, sequence: 78)).baseOffset == 1)
    }

    @Test func aNewEpochBeginsAtZeroAndFencesTheOld() throws {
        var host = LogTestHost()
        try host.produce(["a"], LogWriter(id: 1))
        #expect(throws: PartitionLogError.outOfOrderSequence(producerID: 1, sequence: 1, last: -1)) {
            try host.produce(["b"], LogWriter(id: 1, epoch: 1, sequence: 1))
        }
        try host.produce(["b"], LogWriter(id: 1, epoch: 1))
        let error = #expect(throws: PartitionLogError.self) { try host.produce(["a"], LogWriter(id: 1)) }
        #expect(error == .staleProducerEpoch(producerID: 1, epoch: 0, current: 1))
        #expect(error?.errorCode == .invalidProducerEpoch)
    }

    @Test func sequencesBeginAnewBehindTheLargest() throws {
        var host = LogTestHost()
        try host.produce(["a", "b"], LogWriter(id: 1, sequence: Int32.max - 2))
        try host.produce(["c", "d"], LogWriter(id: 1, sequence: Int32.max))
        #expect(try host.produce(["e"], LogWriter(id: 1, sequence: 1)).baseOffset == 4)
        #expect(try host.produce(["c", "d"], LogWriter(id: 1, sequence: Int32.max)).baseOffset == 2)
    }

    @Test func aMarkerFencesEvenWithoutATransaction() throws {
        var host = LogTestHost()
        #expect(try host.end(LogWriter(id: 1, epoch: 4), .abort) == 0)
        #expect(throws: PartitionLogError.staleProducerEpoch(producerID: 1, epoch: 3, current: 4)) {
            try host.produce(["a"], LogWriter(id: 1, epoch: 3, isTransactional: true))
        }
        #expect(throws: PartitionLogError.outOfOrderSequence(producerID: 1, sequence: 9, last: -1)) {
            try host.produce(["a"], LogWriter(id: 1, epoch: 4, sequence: 9, isTransactional: true))
        }
        try host.produce(["a"], LogWriter(id: 1, epoch: 4, isTransactional: true))
    }

    @Test func batchesOfOneRequestAreNotMixed() throws {
        var host = LogTestHost()
        let plain = LogTestHost.batch(LogTestHost.records(["a", "b"]))
        let receipt = try host.produce(plain + plain)
        #expect(receipt.baseOffset == 0 && receipt.lastOffset == 3)
        #expect(receipt.batches.map(\.placement.baseOffset) == [0, 2])
        let idempotent = LogTestHost.batch(LogTestHost.records(["c"]), LogWriter(id: 1))
        #expect(throws: PartitionLogError.severalBatches) { try host.produce(plain + idempotent) }
        #expect(throws: PartitionLogError.transactionWithoutProducer) {
            try host.produce(
                RecordBatchWriter.batch(
                    LogTestHost.records(["a"]), attributes: BatchAttributes(isTransactional: true)))
        }
        #expect(throws: PartitionLogError.noBatch) { try host.log.append([], now: 0) }
    }

    @Test func silenceIsForgottenUnlessATransactionIsOpen() throws {
        var host = LogTestHost { $0.retentionTime = -1 }
        try host.produce(["a"], LogWriter(id: 1))
        try host.produce(["b"], LogWriter(id: 2, isTransactional: true))
        host.run(host.log.maintain(now: 1000 + PartitionLog.producerExpiration - 1))
        #expect(host.log.describeProducers().map(\.producerID) == [1, 2])
        host.run(host.log.maintain(now: 1000 + PartitionLog.producerExpiration))
        #expect(host.log.describeProducers().map(\.producerID) == [2])
        #expect(try host.produce(["c"], LogWriter(id: 1, sequence: 50)).baseOffset == 2)
    }

    @Test func producersAreDescribed() throws {
        var host = LogTestHost()
        try host.produce(["a", "b"], LogWriter(id: 9, epoch: 1), at: 5)
        try host.produce(["a"], LogWriter(id: 3, epoch: 2, isTransactional: true), at: 6)
        try host.end(LogWriter(id: 3, epoch: 2), .commit, coordinatorEpoch: 8, at: 7)
        try host.produce(["b"], LogWriter(id: 3, epoch: 2, sequence: 1, isTransactional: true), at: 9)
        let producers = host.log.describeProducers()
        #expect(producers.map(\.producerID) == [3, 9])
        #expect(producers.map(\.state.producerEpoch) == [2, 1])
        #expect(producers.map(\.state.lastSequence) == [1, 1])
        #expect(producers.map(\.state.lastTimestamp) == [9, 5])
        #expect(producers.map(\.state.coordinatorEpoch) == [8, -1])
        #expect(producers.map(\.transactionStart) == [4, nil])
    }

    /// Against an account that remembers everything: random epochs, sequences and sizes.
    @Test(arguments: 1...20)
    func randomWritesAreJudgedAsAPlainAccountDoes(_ seed: UInt64) throws {
        struct Known { var epoch: Int16, sequence: Int32, count: Int32, offset: Int64 }
        var draws = LogDraws(seed: seed)
        var host = LogTestHost()
        var known: [Int64: [Known]] = [:]
        var accepted = 0
        for _ in 0..<300 {
            let id = Int64(draws.below(2))
            let history = known[id] ?? []
            let last = history.last
            let next = last.map { $0.sequence + $0.count } ?? Int32(draws.below(4))
            let epoch = (last?.epoch ?? 0) + (draws.chance(1, of: 8) ? Int16(draws.below(3)) - 1 : 0)
            let sequence = draws.chance(2, of: 3) ? next : max(0, next - Int32(draws.below(14)) + 3)
            let writer = LogWriter(
                id: id, epoch: max(0, epoch), sequence: epoch == last?.epoch ? sequence : Int32(draws.below(2)))
            let count = Int32(1 + draws.below(2))
            let end = host.log.endOffset

            let same = history.filter { $0.epoch == last?.epoch }.suffix(5)
            let repeated = same.first {
                $0.epoch == writer.epoch && $0.sequence == writer.sequence && $0.count == count
            }
            let outcome = Result {
                try host.produce((0..<count).map { "r\($0)" }, writer)
            }
            switch outcome {
            case .success(let receipt):
                if let repeated {
                    #expect(receipt.isDuplicate && receipt.baseOffset == repeated.offset)
                } else {
                    #expect(receipt.baseOffset == end && !receipt.isDuplicate)
                    #expect(last == nil || writer.epoch >= last?.epoch ?? 0)
                    #expect(last == nil || writer.sequence == (writer.epoch == last?.epoch ? next : 0))
                    known[id, default: []].append(
                        Known(epoch: writer.epoch, sequence: writer.sequence, count: count, offset: end))
                    accepted += 1
                }
            case .failure(let error):
                let last = try #require(last)
                #expect(repeated == nil)
                switch error as? PartitionLogError {
                case .staleProducerEpoch: #expect(writer.epoch < last.epoch)
                case .outOfOrderSequence:
                    #expect(writer.sequence != (writer.epoch == last.epoch ? next : 0))
                default: Issue.record("\(error)")
                }
                #expect(host.log.endOffset == end)
            }
        }
        #expect(accepted > 50 && accepted < 300)
    }
}
