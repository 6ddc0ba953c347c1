import KafkaProtocol
import Testing

@testable import BrokerCore

@Suite struct RecoveryTests {
    /// A process may die behind any write: what a new one finds is what the old one knew.
    @Test(arguments: 1...10)
    func rebuildingAfterAnyWriteGivesTheSame(_ seed: UInt64) throws {
        var work = LogWorkload(seed: seed)
        for _ in 0..<100 {
            try work.step()
            let rebuilt = try work.host.rebuilt()
            #expect(LogFingerprint(rebuilt) == LogFingerprint(work.host.log))
            #expect(rebuilt.aborted == work.host.log.aborted)
        }
    }

    @Test(arguments: 1...10)
    func rebuildingAfterDeletionsGivesTheSame(_ seed: UInt64) throws {
        var work = LogWorkload(seed: seed) {
            $0.segmentBytes = 500
            $0.retentionBytes = 4000
        }
        for round in 0..<150 {
            try work.step()
            if round % 11 == 10 {
                let start = work.host.log.startOffset
                let span = Int(work.host.log.endOffset - start)
                work.host.run(
                    try work.host.log.deleteRecords(before: start + Int64(work.draws.below(span + 1))).effects)
            }
            if round % 17 == 16 { work.host.run(work.host.log.maintain(now: work.time)) }
            for fromSnapshot in [false, true] {
                let rebuilt = try work.host.rebuilt(fromSnapshot: fromSnapshot)
                #expect(LogFingerprint(rebuilt) == LogFingerprint(work.host.log))
                #expect(
                    try work.host.consume(.readCommitted, log: rebuilt) == work.host.consume(.readCommitted))
            }
            #expect(try work.host.consume(.readCommitted) == work.visible)
        }
        #expect(work.host.log.startOffset > 0)
    }

    @Test func batchesWhoseDeletionWasCutShortAreNotTakenUp() throws {
        var host = LogTestHost()
        for text in ["a", "b", "c"] { try host.produce([text], LogWriter(id: 1, sequence: Int32(host.log.endOffset))) }
        let stored = host.stored
        host.run(try host.log.deleteRecords(before: 2).effects)
        host.stored = stored
        let rebuilt = try host.rebuilt()
        #expect(LogFingerprint(rebuilt) == LogFingerprint(host.log))
        #expect(rebuilt.batchCount == 1)
    }

    @Test func producersOutliveTheirBatches() throws {
        var host = LogTestHost()
        try host.produce(["a"], LogWriter(id: 1, epoch: 5))
        host.run(try host.log.deleteRecords(before: -1).effects)
        #expect(host.log.batchCount == 0)
        host.log = try host.rebuilt()
        #expect(host.log.startOffset == 1 && host.log.endOffset == 1)
        #expect(throws: PartitionLogError.staleProducerEpoch(producerID: 1, epoch: 4, current: 5)) {
            try host.produce(["z"], LogWriter(id: 1, epoch: 4))
        }
        #expect(try host.produce(["a"], LogWriter(id: 1, epoch: 5)).isDuplicate)
        #expect(try host.produce(["b"], LogWriter(id: 1, epoch: 5, sequence: 1)).baseOffset == 1)
    }

    @Test func offsetsThatTheJournalHasSeenAreNotGivenAwayAgain() throws {
        var host = LogTestHost()
        for text in ["a", "b", "c"] { try host.produce([text]) }
        host.run(try host.log.deleteRecords(before: 1).effects)
        host.stored[2] = nil
        #expect(try host.rebuilt().endOffset == 3)
    }

    @Test func silenceCountsFromTheRestart() throws {
        var host = LogTestHost()
        try host.produce(["a"], LogWriter(id: 1), at: 5)
        var rebuilt = try host.rebuilt(now: 1_000_000_000)
        _ = rebuilt.maintain(now: 1_000_000_000 + PartitionLog.producerExpiration - 1)
        #expect(rebuilt.describeProducers().count == 1)
    }

    @Test func journalEntriesSurviveTheWay() throws {
        var work = LogWorkload(seed: 4)
        for _ in 0..<60 { try work.step() }
        work.host.run(try work.host.log.deleteRecords(before: 20).effects)
        for entry in work.host.journal + [.compacted(below: 77)] {
            var writer = WireWriter()
            entry.write(to: &writer)
            var reader = WireReader(writer.bytes)
            #expect(try Self.plain(PartitionLogEntry(from: &reader)) == Self.plain(entry))
            #expect(reader.remaining == 0)
            for count in 0..<writer.count {
                #expect(throws: WireError.self) {
                    var cut = WireReader(Array(writer.bytes.prefix(count)))
                    _ = try PartitionLogEntry(from: &cut)
                }
            }
        }
    }

    /// Without when a producer was last heard of, which is not journalled.
    private static func plain(_ entry: PartitionLogEntry) -> PartitionLogEntry {
        guard case .logStart(let offset, var snapshot) = entry else { return entry }
        for place in snapshot.producers.indices { snapshot.producers[place].state.lastSeen = 0 }
        return .logStart(offset, snapshot)
    }
}
