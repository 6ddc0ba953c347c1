import KafkaProtocol
import Testing

@Suite struct RecordBatchTests {
    @Test func whatAnotherImplementationWroteIsRead() throws {
        let section = try RecordSection(GoldenBatch.plain)
        #expect(section.header.lastOffset == 2)
        #expect(section.header.maxTimestamp == 1_700_000_000_123)
        #expect(section.header.producerID == -1)
        #expect(try section.records() == GoldenBatch.plainRecords)
    }

    @Test func whatIsWrittenIsWhatAnotherImplementationWrote() {
        #expect(
            RecordBatchWriter.batch(GoldenBatch.plainRecords, partitionLeaderEpoch: 0) == GoldenBatch.plain)
        let records = [
            BatchRecord(offset: 0, timestamp: 1_700_000_000_000, key: [0x61], value: [0x31]),
            BatchRecord(offset: 1, timestamp: 1_700_000_000_001, key: [0x62], value: [0x32]),
        ]
        let batch = RecordBatchWriter.batch(
            records, attributes: BatchAttributes(isTransactional: true), producerID: 4242, producerEpoch: 7,
            baseSequence: Int32.max, partitionLeaderEpoch: 0)
        #expect(batch == GoldenBatch.idempotent)
    }

    @Test func sequencesBeginAnewBehindTheLargest() throws {
        let header = try RecordBatchHeader(GoldenBatch.idempotent)
        #expect(header.baseSequence == Int32.max)
        #expect(header.lastSequence == 0)
        #expect(ProducerSequence.subtracting(1, from: 0) == Int32.max)
        #expect(ProducerSequence.follows(0, Int32.max))
        #expect(!ProducerSequence.follows(1, Int32.max))
        #expect(ProducerSequence.follows(0, -1))
    }

    @Test func aMarkerIsWrittenAndRead() throws {
        let marker = EndTransactionMarker(result: .commit, coordinatorEpoch: 9)
        let batch = marker.batch(
            baseOffset: 77, producerID: 4242, producerEpoch: 7, now: 1_700_000_000_000, leaderEpoch: 0)
        #expect(batch == GoldenBatch.commit)
        #expect(try EndTransactionMarker.read(GoldenBatch.commit) == marker)
        #expect(try StoredBatch(GoldenBatch.commit).marker == marker)
        #expect(throws: RecordBatchError.notAMarker) { try EndTransactionMarker.read(GoldenBatch.plain) }
    }

    @Test func packedRecordsAreReadThroughThePort() throws {
        let unpacked = try RecordSection(GoldenBatch.plain)
        let section = try RecordSection(GoldenBatch.gzip) { codec, packed in
            #expect(codec == .gzip)
            #expect(packed.prefix(2) == [0x1F, 0x8B])
            return Array(unpacked.bytes[unpacked.range]) + Array(unpacked.bytes[unpacked.range.prefix(15)])
        }
        #expect(try section.records().count == 4)
        #expect(throws: RecordBatchError.unreadable(.gzip)) { try RecordSection(GoldenBatch.gzip) }
    }

    @Test func placingChangesNoChecksumUnlessTheTimestampsChange() throws {
        let header = try RecordBatchHeader(GoldenBatch.plain)
        var batch = [0xAA, 0xBB] + GoldenBatch.plain
        var placement = BatchPlacement(
            baseOffset: 1_000_000_007, leaderEpoch: 3, timestampType: .createTime, maxTimestamp: header.maxTimestamp)
        try placement.write(into: &batch, at: 2)
        let placed = try StoredBatch(batch, at: 2).header
        #expect(placed.baseOffset == 1_000_000_007)
        #expect(placed.partitionLeaderEpoch == 3)
        #expect(placed.checksum == header.checksum)
        #expect(Array(batch[14...].dropFirst(4)) == Array(GoldenBatch.plain[12...].dropFirst(4)))

        placement.timestampType = .logAppendTime
        placement.maxTimestamp = 1_800_000_000_000
        try placement.write(into: &batch, at: 2)
        let stamped = try RecordSection(batch, at: 2)
        #expect(try StoredBatch(batch, at: 2).header == stamped.header)
        #expect(stamped.header.checksum != header.checksum)
        #expect(try stamped.records().allSatisfy { $0.timestamp == 1_800_000_000_000 })
        #expect(batch.count == GoldenBatch.plain.count + 2)
    }

    @Test func recordsSurviveTheWay() throws {
        var draws = RecordDraws(seed: 2)
        for _ in 0..<200 {
            let records = draws.records(upTo: 12)
            let batch = RecordBatchWriter.batch(records, producerID: 5, producerEpoch: 1, baseSequence: 0)
            #expect(try RecordSection(batch).records() == records)
            #expect(try StoredBatch(batch).header.sizeInBytes == batch.count)
        }
    }

    @Test func aTimestampIsFoundInsideABatch() throws {
        let batch = GoldenBatch.plain
        #expect(
            try TimestampSearch.first(in: batch, atOrAfter: 1_700_000_000_001, from: 0)
                == TimestampSearch.Match(offset: 1, timestamp: 1_700_000_000_123))
        #expect(try TimestampSearch.first(in: batch, atOrAfter: 0, from: 2)?.offset == 2)
        #expect(try TimestampSearch.first(in: batch, atOrAfter: 1_700_000_000_124, from: 0) == nil)
        #expect(try TimestampSearch.latest(in: batch, from: 0)?.offset == 1)
        // What can't be unpacked counts as one.
        let packed = try TimestampSearch.first(in: GoldenBatch.gzip, atOrAfter: 1, from: 2)
        #expect(packed == TimestampSearch.Match(offset: 2, timestamp: 1_700_000_000_000))
        #expect(try TimestampSearch.first(in: GoldenBatch.gzip, atOrAfter: 1, from: 4) == nil)
    }
}

extension RecordDraws {
    mutating func records(upTo count: Int) -> [BatchRecord] {
        var records: [BatchRecord] = []
        var offset = Int64(below(1000))
        for _ in 0...below(count) {
            let headers = (0..<below(3)).map { _ in
                BatchRecordHeader(name: bytes(upTo: 4), value: below(4) == 0 ? nil : bytes(upTo: 4))
            }
            records.append(
                BatchRecord(
                    offset: offset, timestamp: Int64(below(1 << 40)), key: below(4) == 0 ? nil : bytes(upTo: 90),
                    value: below(4) == 0 ? nil : bytes(upTo: 90), headers: headers))
            offset += 1 + Int64(below(3))
        }
        return records
    }
}
