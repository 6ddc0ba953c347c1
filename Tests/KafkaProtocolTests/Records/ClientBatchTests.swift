import KafkaProtocol
import Testing

@Suite struct ClientBatchTests {
    /// The batch with another header, and the checksum that fits.
    private func altered(
        _ bytes: [UInt8] = GoldenBatch.plain, _ change: (inout RecordBatchHeader) -> Void
    ) throws -> [UInt8] {
        var header = try RecordBatchHeader(bytes)
        change(&header)
        var writer = WireWriter()
        header.write(to: &writer)
        writer.raw(bytes[RecordBatchHeader.size...])
        writer.overwrite(uint32: CRC32C.checksum(writer.bytes, 21..<writer.count), at: 17)
        return writer.bytes
    }

    @Test func aPayloadOfSeveralBatchesIsSplit() throws {
        let batches = try ClientBatch.split(GoldenBatch.plain + GoldenBatch.gzip + GoldenBatch.idempotent)
        #expect(batches.map(\.range.count) == [104, 127, 79])
        #expect(batches.map(\.range.lowerBound) == [0, 104, 231])
        #expect(batches.map(\.hasRecordWithoutKey) == [true, false, false])
        #expect(batches.map(\.header.recordCount) == [3, 4, 2])
    }

    @Test func whatIsWrongIsNamed() throws {
        func error(_ change: (inout RecordBatchHeader) -> Void) throws -> RecordBatchError? {
            let bytes = try altered(GoldenBatch.plain, change)
            return #expect(throws: RecordBatchError.self) { try ClientBatch.split(bytes) }
        }
        #expect(try error { $0.attributes.rawValue |= 5 } == .unknownCodec(5))
        #expect(try error { $0.attributes.isControl = true } == .controlBatch)
        #expect(try error { $0.baseOffset = 9 } == .unexpectedBaseOffset(9))
        #expect(try error { $0.lastOffsetDelta = 3 } == .inconsistentCount(records: 3, lastOffsetDelta: 3))
        #expect(try error { $0.recordCount = 0 } == .inconsistentCount(records: 0, lastOffsetDelta: 2))
        #expect(try error { $0.recordCount = -1 } == .inconsistentCount(records: -1, lastOffsetDelta: 2))
        #expect(try error { $0.attributes.timestampType = .logAppendTime } == .unexpectedTimestampType)
        #expect(try error { $0.attributes.hasDeleteHorizon = true } == .unexpectedTimestampType)
        #expect(try error { $0.producerID = 1 } == .invalidSequence(-1))
        #expect(
            try error {
                $0.recordCount = 4
                $0.lastOffsetDelta = 3
            } == .invalidRecord(index: 3))
        #expect(
            try error {
                $0.recordCount = 2
                $0.lastOffsetDelta = 1
            } == .trailing(9))
        #expect(throws: RecordBatchError.empty) { try ClientBatch.split([]) }
        #expect(throws: RecordBatchError.invalidLength(48)) {
            try ClientBatch.split(try altered { $0.batchLength = 48 })
        }
    }

    @Test func recordsOutOfOrderAreRefused() throws {
        let records = [3, 3].map { BatchRecord(offset: $0, timestamp: 1, key: [1], value: nil) }
        let batch = try altered(RecordBatchWriter.batch(records)) {
            $0.baseOffset = 0
            $0.lastOffsetDelta = 1
        }
        #expect(throws: RecordBatchError.invalidRecord(index: 1)) { try ClientBatch.split(batch) }
    }

    @Test func aMaxTimestampThatLiesIsPutRight() throws {
        var payload = try altered { $0.maxTimestamp = Int64.max }
        let batch = try #require(try ClientBatch.split(payload).first)
        #expect(batch.header.maxTimestamp == 1_700_000_000_123)
        try BatchPlacement(
            baseOffset: 0, leaderEpoch: 0, timestampType: .createTime, maxTimestamp: batch.header.maxTimestamp
        ).write(into: &payload)
        #expect(payload == GoldenBatch.plain)
    }

    @Test func oldFormatsAreToldApart() {
        var old = [UInt8](repeating: 0, count: 34)
        for magic: UInt8 in [0, 1] {
            old[16] = magic
            let error = #expect(throws: RecordBatchError.self) { try ClientBatch.split(old) }
            #expect(error == .unsupportedMagic(Int8(magic)))
            #expect(error?.errorCode == .unsupportedForMessageFormat)
        }
        old[16] = 3
        let error = #expect(throws: RecordBatchError.self) { try ClientBatch.split(old) }
        #expect(error?.errorCode == .corruptMessage)
    }

    @Test func everyTruncationIsAnError() {
        for batch in [GoldenBatch.plain, GoldenBatch.idempotent, GoldenBatch.gzip] {
            for count in 0..<batch.count {
                #expect(throws: RecordBatchError.self) { try ClientBatch.split(Array(batch.prefix(count))) }
                #expect(throws: RecordBatchError.self) { try StoredBatch(Array(batch.prefix(count))) }
            }
        }
        for count in 0..<GoldenBatch.commit.count {
            #expect(throws: RecordBatchError.self) { try StoredBatch(Array(GoldenBatch.commit.prefix(count))) }
        }
    }

    @Test func everyChangedByteBehindTheChecksumIsSeen() {
        for index in 17..<GoldenBatch.plain.count {
            var batch = GoldenBatch.plain
            batch[index] ^= 0x10
            #expect(throws: RecordBatchError.self) { try ClientBatch.split(batch) }
        }
    }

    /// With a checksum that fits, so that the changes reach what reads the records.
    @Test func mutationsNeverTrap() throws {
        var draws = RecordDraws(seed: 3)
        var refused = 0
        for round in 0..<20_000 {
            var batch = draws.below(2) == 0 ? GoldenBatch.plain : GoldenBatch.idempotent
            for _ in 0...draws.below(3) {
                batch[draws.below(batch.count)] = UInt8(truncatingIfNeeded: draws.next())
            }
            if round % 4 != 0 {
                let range = 21..<batch.count
                let checksum = CRC32C.checksum(batch, range)
                for index in 0..<4 { batch[17 + index] = UInt8(truncatingIfNeeded: checksum >> UInt32(24 - 8 * index)) }
            }
            do {
                let batches = try ClientBatch.split(batch)
                #expect(batches.map(\.range.count).reduce(0, +) == batch.count)
                _ = try RecordSection(batch).records()
            } catch {
                refused += 1
            }
            _ = try? RecordSection(batch).records()
            _ = try? EndTransactionMarker.read(batch)
            _ = try? TimestampSearch.latest(in: batch, from: 1)
        }
        #expect(refused > 1000 && refused < 19_999)
    }
}
