import KafkaProtocol
import Testing

@testable import BrokerCore

@Suite struct FetchTests {
    @Test func anEntryIsSmall() {
        #expect(MemoryLayout<BatchEntry>.stride <= 64)
    }

    @Test func aSliceHasWholeBatchesWithinItsBytes() throws {
        var host = LogTestHost()
        for _ in 0..<5 { try host.produce(["a", "b"]) }
        let size = try #require(host.stored[0]?.count)
        func slice(_ offset: Int64, _ bytes: Int, atLeastOne: Bool = false) throws -> FetchSlice {
            try host.log.fetch(from: offset, maxBytes: bytes, atLeastOne: atLeastOne, isolation: .readUncommitted)
        }
        #expect(try slice(3, 2 * size).baseOffset == 2)
        #expect(try slice(3, 2 * size).endOffset == 6)
        #expect(try slice(3, 2 * size).byteCount == 2 * size)
        #expect(try slice(3, 3 * size - 1).batchCount == 2)
        #expect(try slice(3, size - 1).batchCount == 0)
        #expect(try slice(3, size - 1, atLeastOne: true).batchCount == 1)
        #expect(try slice(0, Int.max).batchCount == 5)
        #expect(try slice(0, -1).batchCount == 0)
        #expect(try host.log.batches(of: slice(3, 2 * size)).map(\.baseOffset) == [2, 4])
        let atEnd = try slice(10, size)
        #expect(atEnd.batchCount == 0 && atEnd.baseOffset == 10 && atEnd.endOffset == 10)
    }

    @Test func offsetsOutsideOfTheLogAreRefused() throws {
        var host = LogTestHost()
        for text in ["a", "b", "c"] { try host.produce([text]) }
        host.run(try host.log.deleteRecords(before: 2).effects)
        for offset: Int64 in [-1, 1, 4, Int64.max, Int64.min] {
            let error = #expect(throws: PartitionLogError.self) {
                try host.log.fetch(from: offset, maxBytes: 1, atLeastOne: true, isolation: .readCommitted)
            }
            #expect(error?.errorCode == .offsetOutOfRange)
        }
    }

    @Test func largeBatchesAndRecordsWithoutKeyAreRefused() throws {
        var host = LogTestHost { settings in
            settings.maxBatchBytes = 90
            settings.compacts = true
        }
        #expect(throws: PartitionLogError.batchTooLarge(bytes: 91, limit: 90)) {
            try host.produce([String(repeating: "x", count: 11)])
        }
        let unkeyed = BatchRecord(offset: 0, timestamp: 1, key: nil, value: [1])
        #expect(throws: PartitionLogError.recordWithoutKey) { try host.produce(LogTestHost.batch([unkeyed])) }
        #expect(host.log.endOffset == 0)
    }

    @Test func theBrokersClockIsWrittenWhereTheTopicSaysSo() throws {
        var host = LogTestHost { $0.timestampType = .logAppendTime }
        let receipt = try host.produce(
            LogTestHost.batch(LogTestHost.records(["a"], at: 7), LogWriter(id: 1)), now: 5000)
        #expect(receipt.logAppendTime == 5000)
        let section = try RecordSection(host.stored[0] ?? [])
        #expect(try section.records().map(\.timestamp) == [5000])
        let again = try host.produce(LogTestHost.batch(LogTestHost.records(["a"], at: 7), LogWriter(id: 1)), now: 6000)
        #expect(again.isDuplicate && again.logAppendTime == 5000)
        #expect(LogTestHost().log.lookUp(.latest, isolation: .readCommitted) == .offset(0))
    }

    @Test func offsetsAreLookedUp() throws {
        var host = LogTestHost()
        let writer = LogWriter(id: 1, isTransactional: true)
        try host.produce(["a", "b"], at: 100)
        try host.produce(["c"], at: 300)
        try host.produce(["d"], at: 200)
        try host.produce(["e"], writer, at: 400)
        #expect(host.log.lookUp(.earliest, isolation: .readCommitted) == .offset(0))
        #expect(host.log.lookUp(.latest, isolation: .readCommitted) == .offset(4))
        #expect(host.log.lookUp(.latest, isolation: .readUncommitted) == .offset(5))
        func base(_ query: OffsetQuery, _ isolation: ReadIsolation = .readUncommitted) -> Int64? {
            guard case .batch(let candidate) = host.log.lookUp(query, isolation: isolation) else { return nil }
            return candidate.baseOffset
        }
        #expect(base(.timestamp(0)) == 0)
        #expect(base(.timestamp(101)) == 2)
        #expect(base(.timestamp(300)) == 2)
        #expect(base(.timestamp(301)) == 4)
        #expect(base(.timestamp(301), .readCommitted) == nil)
        #expect(base(.timestamp(401)) == nil)
        #expect(base(.maxTimestamp) == 4)
        // From behind a batch that would do, the search goes on without it.
        let next = host.log.candidate(atOrAfter: 250, from: 3, isolation: .readUncommitted)
        #expect(next?.baseOffset == 4)
        #expect(OffsetQuery(wire: -4) == .earliest)
        #expect(OffsetQuery(wire: -7) == nil)
    }

    /// Against a walk over all records.
    @Test(arguments: 1...8)
    func timestampsAreFoundAsAWalkFindsThem(_ seed: UInt64) throws {
        var draws = LogDraws(seed: seed)
        var host = LogTestHost { $0.segmentBytes = 400 }
        for _ in 0..<80 {
            let records = (0...draws.below(3)).map {
                BatchRecord(offset: Int64($0), timestamp: Int64(draws.below(500)), key: [1], value: [2])
            }
            try host.produce(LogTestHost.batch(records))
            if draws.chance(1, of: 10) {
                let span = Int(host.log.endOffset - host.log.startOffset)
                let offset = host.log.startOffset + Int64(draws.below(span))
                host.run(try host.log.deleteRecords(before: offset).effects)
            }
            let walked = try host.stored.keys.sorted().flatMap { try RecordSection(host.stored[$0] ?? []).records() }
                .filter { $0.offset >= host.log.startOffset }
            let wanted = Int64(draws.below(550))
            #expect(try find(wanted, in: host) == walked.first { $0.timestamp >= wanted }?.offset)
            let latest = walked.map(\.timestamp).max()
            guard case .batch(let candidate) = host.log.lookUp(.maxTimestamp, isolation: .readUncommitted) else {
                Issue.record("nothing found")
                continue
            }
            let match = try TimestampSearch.latest(
                in: host.stored[candidate.baseOffset] ?? [], from: candidate.firstOffset)
            // The batch at the log's start may have lost the records that its max timestamp is from.
            if candidate.baseOffset >= host.log.startOffset { #expect(match?.timestamp == latest) }
        }
    }

    /// As the documentation says: a candidate, its bytes, and the next candidate if it has nothing.
    private func find(_ timestamp: Int64, in host: LogTestHost) throws -> Int64? {
        var from = host.log.startOffset
        while let candidate = host.log.candidate(atOrAfter: timestamp, from: from, isolation: .readUncommitted) {
            let bytes = host.stored[candidate.baseOffset] ?? []
            if let match = try TimestampSearch.first(in: bytes, atOrAfter: timestamp, from: candidate.firstOffset) {
                return match.offset
            }
            from = candidate.lastOffset + 1
        }
        return nil
    }
}
