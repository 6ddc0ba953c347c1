package import EventLog
package import KafkaProtocol

/// Reads what a Fetch answer has of one partition, as a reader of committed records does: records of aborted transactions
/// and markers are dropped, and the position moves past them.
package enum FetchDecoding {
    /// What a partition's part of an answer came to.
    package struct Outcome: Sendable {
        /// Committed records from the fetch offset on, in the order of offsets.
        package var records: [LogRecord]
        /// Where the next fetch goes on: behind the last batch, whether it was shown or not.
        package var nextOffset: Int64
    }

    /// - Parameters:
    ///   - partition: Without an error code; what the broker answered to a `read_committed` fetch.
    ///   - offset: The offset that was asked for. Batches may begin before it.
    /// - Throws: `LogError.Code.other` when the bytes are no record batches.
    package static func decode(
        _ partition: FetchResponse.Partition, of place: TopicPartition, from offset: Int64
    ) throws(LogError) -> Outcome {
        var outcome = Outcome(records: [], nextOffset: offset)
        guard let bytes = partition.records, !bytes.isEmpty else { return outcome }
        do throws(RecordBatchError) {
            try read(bytes, partition.abortedTransactions ?? [], place, offset, &outcome)
        } catch {
            throw LogError(.other, "read a fetched batch: \(error)", place: place)
        }
        return outcome
    }

    private static func read(
        _ bytes: [UInt8], _ aborted: [FetchResponse.AbortedTransaction], _ place: TopicPartition, _ offset: Int64,
        _ outcome: inout Outcome
    ) throws(RecordBatchError) {
        var coming = aborted.sorted { $0.firstOffset < $1.firstOffset }[...]
        /// Producers whose transaction around here was aborted.
        var hidden: Set<Int64> = []
        var position = 0
        while position < bytes.count {
            let section = try RecordSection(bytes, at: position)
            let header = section.header
            while let next = coming.first, next.firstOffset <= header.lastOffset {
                hidden.insert(next.producerID)
                coming.removeFirst()
            }
            if header.attributes.isControl {
                if !hidden.isEmpty, try EndTransactionMarker.read(bytes, at: position)?.result == .abort {
                    hidden.remove(header.producerID)
                }
            } else if !(header.attributes.isTransactional && hidden.contains(header.producerID)) {
                try take(section, place, offset, &outcome.records)
            }
            outcome.nextOffset = max(outcome.nextOffset, header.lastOffset &+ 1)
            position += header.sizeInBytes
        }
    }

    private static func take(
        _ section: RecordSection, _ place: TopicPartition, _ offset: Int64, _ records: inout [LogRecord]
    ) throws(RecordBatchError) {
        let header = section.header
        var reader = section.makeReader()
        while let found = try reader.next() {
            let recordOffset = header.baseOffset &+ Int64(found.offsetDelta)
            guard recordOffset >= offset else { continue }
            var headers: [RecordHeader] = []
            if found.headerCount > 0 {
                headers.reserveCapacity(found.headerCount)
                for header in try reader.headers(of: found) {
                    headers.append(
                        RecordHeader(name: String(decoding: header.name, as: UTF8.self), value: header.value))
                }
            }
            records.append(
                LogRecord(
                    topic: place.topic, partition: place.partition, offset: recordOffset,
                    timestampMilliseconds: header.timestamp(of: found),
                    key: found.key.map { Array(section.bytes[$0]) },
                    value: found.value.map { Array(section.bytes[$0]) },
                    headers: headers))
        }
    }

    /// All records of a batch, of whatever transaction; those of a control batch are markers.
    ///
    /// - Throws: `LogError.Code.other` when the bytes are no records.
    package static func records(
        of section: RecordSection, in place: TopicPartition
    ) throws(LogError) -> [LogRecord] {
        var records: [LogRecord] = []
        do throws(RecordBatchError) {
            try take(section, place, section.header.baseOffset, &records)
        } catch {
            throw LogError(.other, "read a batch: \(error)", place: place)
        }
        return records
    }
}
