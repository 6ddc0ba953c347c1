/// How a transaction ended.
public enum TransactionResult: Hashable, Sendable {
    case abort
    case commit
}

/// The record that ends a transaction in a partition (KIP-98, "Control messages").
///
/// Its key is a version (int16, 0) and a type (int16; 0 abort, 1 commit), its value a version (int16, 0) and the epoch of
/// the transaction coordinator (int32).
public struct EndTransactionMarker: Hashable, Sendable {
    public var result: TransactionResult
    public var coordinatorEpoch: Int32

    public init(result: TransactionResult, coordinatorEpoch: Int32) {
        self.result = result
        self.coordinatorEpoch = coordinatorEpoch
    }

    /// The marker's batch, ready to be stored.
    ///
    /// - Parameters:
    ///   - now: Milliseconds since 1970.
    ///   - leaderEpoch: The partition's leader epoch.
    public func batch(
        baseOffset: Int64, producerID: Int64, producerEpoch: Int16, now: Int64, leaderEpoch: Int32
    ) -> [UInt8] {
        var key = WireWriter(capacity: 4)
        key.int16(0)
        key.int16(result == .commit ? 1 : 0)
        var value = WireWriter(capacity: 6)
        value.int16(0)
        value.int32(coordinatorEpoch)
        return RecordBatchWriter.batch(
            [BatchRecord(offset: baseOffset, timestamp: now, key: key.bytes, value: value.bytes)],
            attributes: BatchAttributes(isTransactional: true, isControl: true), producerID: producerID,
            producerEpoch: producerEpoch, partitionLeaderEpoch: leaderEpoch)
    }

    /// Reads the marker of the control batch that begins at `position`.
    ///
    /// - Returns: Nil when the batch has no record: compaction has removed it.
    /// - Throws: ``RecordBatchError/notAMarker`` when the batch is no control batch, or of another type.
    public static func read(_ bytes: [UInt8], at position: Int = 0) throws(RecordBatchError) -> EndTransactionMarker? {
        let section = try RecordSection(bytes, at: position)
        guard section.header.attributes.isControl else { throw .notAMarker }
        var records = section.makeReader()
        guard let place = try records.next() else { return nil }
        guard let key = place.key, let value = place.value else { throw .notAMarker }
        return try read(section.bytes, key: key, value: value)
    }

    private static func read(
        _ bytes: [UInt8], key: Range<Int>, value: Range<Int>
    ) throws(RecordBatchError) -> EndTransactionMarker {
        do {
            var keyReader = WireReader(bytes, range: key)
            var valueReader = WireReader(bytes, range: value)
            // Later versions only add fields at the end.
            guard try keyReader.int16() >= 0 else { throw RecordBatchError.notAMarker }
            let type = try keyReader.int16()
            guard type == 0 || type == 1, try valueReader.int16() >= 0 else { throw RecordBatchError.notAMarker }
            return EndTransactionMarker(
                result: type == 1 ? .commit : .abort, coordinatorEpoch: try valueReader.int32())
        } catch {
            throw .notAMarker
        }
    }
}
