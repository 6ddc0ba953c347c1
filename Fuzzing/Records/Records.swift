import KafkaProtocol

/// Record batches, as a producer sends them and as they lie in a log. With an odd first byte their checksums are made
/// right, so that the fuzzer gets behind them.
enum Target: FuzzTarget {
    static func run(_ bytes: [UInt8]) {
        var input = FuzzBytes(bytes)
        let repairs = input.flag()
        var payload = input.rest()
        if repairs { Checksums.repair(&payload) }
        if let batches = try? ClientBatch.split(payload) { accepted(batches, payload) }
        stored(payload)
    }

    /// What the broker takes from a producer it can also store, find again, and read.
    private static func accepted(_ batches: [ClientBatch], _ payload: [UInt8]) {
        expect(batches.first?.range.lowerBound == 0 && batches.last?.range.upperBound == payload.count, "a gap")
        for (batch, next) in zip(batches, batches.dropFirst()) {
            expect(batch.range.upperBound == next.range.lowerBound, "a gap")
        }
        for batch in batches {
            var bytes = Array(payload[batch.range])
            let placement = BatchPlacement(
                baseOffset: 1_000, leaderEpoch: 0, timestampType: .createTime, maxTimestamp: batch.header.maxTimestamp)
            guard (try? placement.write(into: &bytes)) != nil, let stored = try? StoredBatch(bytes) else {
                finding("not to be stored: \(batch)")
            }
            expect(stored.header.baseOffset == 1_000 && stored.marker == nil, "stored as \(stored)")
            expect(stored.header.sizeInBytes == bytes.count, "stored with another size: \(stored)")
            if batch.header.attributes.codec == CompressionCodec.none { unpacked(batch, bytes) }
        }
    }

    private static func unpacked(_ batch: ClientBatch, _ bytes: [UInt8]) {
        guard let section = try? RecordSection(bytes), let records = try? section.records() else {
            finding("accepted, but not to be read: \(batch)")
        }
        expect(records.count == Int(batch.header.recordCount), "\(records.count) records in \(batch)")
        expect(records.contains { $0.key == nil } == batch.hasRecordWithoutKey, "a key in \(batch)")
        let latest = try? TimestampSearch.latest(in: bytes, from: 0)
        expect(latest?.timestamp == records.map(\.timestamp).max(), "\(String(describing: latest)) in \(records)")
        var writer = RecordBatchWriter(section.header)
        for record in records { writer.append(record) }
        let written = writer.finish(lastOffset: section.header.lastOffset)
        expect((try? RecordSection(written).records()) == records, "rewritten otherwise: \(records)")
    }

    /// Whatever lies in a log, reading ends in values or errors.
    private static func stored(_ bytes: [UInt8]) {
        // Stands for a codec that unpacks to what the fuzzer likes.
        let unpack: Decompressor = { codec, packed in codec == .zstd ? nil : packed }
        var position = 0
        while position < bytes.count, let header = try? RecordBatchHeader(bytes, at: position) {
            let batch = try? StoredBatch(bytes, at: position)
            if let batch { expect(batch.header == header, "two headers: \(batch.header), \(header)") }
            _ = try? EndTransactionMarker.read(bytes, at: position)
            if let section = try? RecordSection(bytes, at: position, decompress: unpack) {
                let records = try? section.records()
                expect(records?.count ?? 0 <= Int(header.recordCount), "more records than \(header) says")
            }
            for offset in [0, header.baseOffset, header.lastOffset, Int64.max] {
                _ = try? TimestampSearch.latest(in: bytes, at: position, from: offset, decompress: unpack)
                let match = try? TimestampSearch.first(
                    in: bytes, at: position, atOrAfter: header.maxTimestamp, from: offset, decompress: unpack)
                if let match {
                    expect(match.offset >= offset && match.timestamp >= header.maxTimestamp, "found \(match)")
                }
            }
            position += header.sizeInBytes
        }
    }

    static func seeds() throws -> [[UInt8]] {
        let plain = [
            BatchRecord(offset: 0, timestamp: 1_000, key: [1], value: [2], headers: [.init(name: [3], value: nil)]),
            BatchRecord(offset: 1, timestamp: 900, key: nil, value: [4, 5]),
            BatchRecord(offset: 2, timestamp: 1_100, key: [1], value: nil),
        ]
        let batch = RecordBatchWriter.batch(plain)
        let transactional = RecordBatchWriter.batch(
            plain, attributes: BatchAttributes(isTransactional: true), producerID: 7, producerEpoch: 1, baseSequence: 5)
        let packed = RecordBatchWriter.batch(plain, attributes: BatchAttributes(codec: .lz4))
        let dated = RecordBatchWriter.batch(plain, attributes: BatchAttributes(timestampType: .logAppendTime))
        let marker = EndTransactionMarker(result: .commit, coordinatorEpoch: 3).batch(
            baseOffset: 9, producerID: 7, producerEpoch: 1, now: 1_000, leaderEpoch: 0)
        return [batch, transactional, packed, dated, marker, batch + batch, transactional + marker].map { [1] + $0 }
    }
}
