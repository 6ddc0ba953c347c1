import KafkaProtocol
import Testing

@testable import BrokerCore

@Suite struct CompactionTests {
    /// Each batch has a segment of its own.
    private func host(_ change: (inout LogSettings) -> Void = { _ in }) -> LogTestHost {
        LogTestHost {
            $0.compacts = true
            $0.deletesOld = false
            $0.segmentBytes = 100
            change(&$0)
        }
    }

    private func put(_ host: inout LogTestHost, _ key: String, _ value: String?, _ writer: LogWriter? = nil) throws {
        let record = BatchRecord(
            offset: 0, timestamp: 1000, key: Array(key.utf8), value: value.map { Array($0.utf8) })
        try host.produce(LogTestHost.batch([record], writer))
    }

    private func values(_ host: LogTestHost) throws -> [String?] { try host.consume(.readCommitted).map(\.value) }

    @Test func theLastValueOfEachKeyStays() throws {
        var host = host()
        for (key, value) in [("a", "1"), ("b", "2"), ("a", "3"), ("c", "4"), ("b", "5"), ("b", "6")] {
            try put(&host, key, value)
        }
        let result = try #require(try host.compact(now: 2000))
        #expect(result.endOffset == 5)
        #expect(try values(host) == ["3", "4", "5", "6"])
        // The last batch is active and not looked at; the batches that stay keep their bytes.
        #expect(result.changes.map(\.baseOffset) == [0, 1])
        #expect(host.journal == [.compacted(below: 5)])
        #expect(host.log.compactionCandidate(now: 2000) == nil)
        #expect(LogFingerprint(try host.rebuilt()) == LogFingerprint(host.log))
    }

    @Test func aBatchThatLosesRecordsKeepsItsOffsets() throws {
        var host = host { $0.segmentBytes = 1 }
        try host.produce(["a", "b", "c"], LogWriter(id: 1))
        try host.produce(["a", "c"], LogWriter(id: 1, sequence: 3))
        try host.produce(["z"])
        try host.compact(now: 2000)
        let batch = try StoredBatch(host.stored[0] ?? [])
        #expect(batch.header.lastOffset == 2 && batch.header.baseSequence == 0 && batch.header.recordCount == 1)
        #expect(try host.consume(.readUncommitted).map(\.offset) == [1, 3, 4, 5])
        #expect(try host.produce(["q"], LogWriter(id: 1, sequence: 5)).baseOffset == 6)
    }

    @Test func tombstonesStayForATime() throws {
        var host = host { $0.deleteRetention = 500 }
        try put(&host, "a", "1")
        try put(&host, "a", nil)
        try put(&host, "b", "2")
        try put(&host, "z", "3")
        try host.compact(now: 2000)
        #expect(try values(host) == [nil, "2", "3"])
        #expect(try RecordBatchHeader(host.stored[1] ?? []).deleteHorizon == 2500)
        #expect(try RecordSection(host.stored[1] ?? []).records().first?.timestamp == 1000)

        try put(&host, "y", "4")
        host.log.settings.minDirtyRatio = 0
        try host.compact(now: 2499)
        #expect(host.stored[1] != nil)
        try put(&host, "x", "5")
        try host.compact(now: 2500)
        #expect(host.stored[1] == nil)
        #expect(try values(host) == ["2", "3", "4", "5"])
    }

    @Test func abortedRecordsGoThenTheirMarker() throws {
        var host = host {
            $0.deleteRetention = 500
            $0.minDirtyRatio = 0
        }
        var writer = LogWriter(id: 1, isTransactional: true)
        try put(&host, "a", "1")
        try put(&host, "a", "2", writer)
        try host.end(writer, .abort)
        writer.sequence = 1
        try put(&host, "b", "3", writer)
        try host.end(writer, .commit)
        for number in 0..<3 { try put(&host, "z", "\(number)") }
        try host.compact(now: 2000)
        #expect(try values(host) == ["1", "3", "1", "2"])
        #expect(host.stored[1] == nil)
        #expect(host.log.aborted.entries.isEmpty)
        #expect(LogFingerprint(try host.rebuilt()).lastStableOffset == host.log.lastStableOffset)

        // Only a pass that meets no batch of the transaction any more starts the marker's time.
        #expect(try RecordBatchHeader(host.stored[2] ?? []).deleteHorizon == nil)
        try put(&host, "y", "9")
        try host.compact(now: 2010)
        #expect(try RecordBatchHeader(host.stored[2] ?? []).deleteHorizon == 2510)
        try put(&host, "x", "8")
        try host.compact(now: 2510)
        #expect(host.stored[2] == nil)
        // The commit's records are still there, so it stays.
        #expect(try RecordBatchHeader(host.stored[4] ?? []).deleteHorizon == nil)
        #expect(try values(host) == ["1", "3", "2", "9", "8"])
    }

    @Test func aProducersLastBatchStaysWithoutRecords() throws {
        var host = host()
        try put(&host, "a", "1", LogWriter(id: 7))
        for value in ["2", "3", "4"] { try put(&host, "a", value) }
        try host.compact(now: 2000)
        let header = try RecordBatchHeader(host.stored[0] ?? [])
        #expect(header.recordCount == 0 && header.producerID == 7)
        var rebuilt = host
        rebuilt.log = try host.rebuilt()
        #expect(try rebuilt.produce(["b"], LogWriter(id: 7, sequence: 1)).baseOffset == 4)
        #expect(throws: PartitionLogError.self) { try host.produce(["b"], LogWriter(id: 7, sequence: 2)) }
    }

    @Test func theLastBatchOfAPassStaysWithoutRecords() throws {
        var host = host()
        try put(&host, "a", "1", LogWriter(id: 1, isTransactional: true))
        try host.end(LogWriter(id: 1, epoch: 1), .abort)
        let result = try #require(try host.compact(now: 2000))
        #expect(result.endOffset == 1)
        #expect(try RecordBatchHeader(host.stored[0] ?? []).recordCount == 0)
        #expect(try values(host) == [])
    }

    @Test func openTransactionsAndYoungSegmentsAreLeftAlone() throws {
        var host = host { $0.minDirtyRatio = 0 }
        try put(&host, "a", "1")
        try put(&host, "a", "2", LogWriter(id: 1, isTransactional: true))
        try put(&host, "a", "3")
        try put(&host, "a", "4")
        #expect(host.log.compactionCandidate(now: 2000)?.endOffset == 1)
        try host.end(LogWriter(id: 1), .commit)
        #expect(host.log.compactionCandidate(now: 2000)?.endOffset == 4)
        host.log.settings.minCompactionLag = 1000
        #expect(host.log.compactionCandidate(now: 1999) == nil)
        #expect(host.log.compactionCandidate(now: 2000)?.endOffset == 4)
        host.log.settings.compacts = false
        #expect(host.log.compactionCandidate(now: 2000) == nil)
    }

    @Test func packedBatchesAreReadThroughThePortOrLeftAlone() throws {
        /// "Packs" by turning every bit.
        func packed(_ key: String, _ writer: LogWriter? = nil) throws -> [UInt8] {
            var batch = LogTestHost.batch(LogTestHost.records([key]), writer)
            for index in RecordBatchHeader.size..<batch.count { batch[index] ^= 0xFF }
            batch[22] |= UInt8(CompressionCodec.zstd.rawValue)
            let checksum = CRC32C.checksum(batch, 21..<batch.count)
            for index in 0..<4 { batch[17 + index] = UInt8(truncatingIfNeeded: checksum >> UInt32(24 - 8 * index)) }
            return batch
        }
        var host = host()
        for key in ["a", "b", "a", "b", "z"] { try host.produce(try packed(key)) }
        var blind = host
        try blind.compact(now: 2000)
        #expect(blind.stored == host.stored)
        try host.compact(now: 2000) { codec, bytes in codec == .zstd ? bytes.map { $0 ^ 0xFF } : nil }
        #expect(host.stored.keys.sorted() == [2, 3, 4])
        #expect(host.stored[2] == blind.stored[2])
    }

    @Test func damageIsToldAndChangesNothing() throws {
        var host = host()
        for _ in 0..<3 { try put(&host, "a", "1") }
        host.stored[0] = Array(host.stored[0]?.dropLast() ?? [])
        let before = LogFingerprint(host.log)
        #expect(throws: RecordBatchError.truncated) { try host.compact(now: 2000) }
        #expect(LogFingerprint(host.log) == before)
    }
}
