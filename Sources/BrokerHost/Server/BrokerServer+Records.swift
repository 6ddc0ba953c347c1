internal import BrokerCore
public import EventLog
internal import KafkaProtocol
internal import NIOCore

// What the process that runs a broker reads and writes itself, without a client.
extension BrokerServer {
    /// How many partitions each topic has.
    public func partitionCounts() throws(BrokerServerError) -> [String: Int32] {
        do {
            let logs = try loop.submit { [core] in core.value.engine.broker.logs }.wait()
            return logs.reduce(into: [:]) { $0[$1.topic, default: 0] += 1 }
        } catch { throw .topic("can't look at the topics: \(error)") }
    }

    /// Whether anything was ever written to a partition; false where there is none.
    public func wasWritten(_ place: TopicPartition) throws(BrokerServerError) -> Bool {
        do {
            return try loop.submit { [core] in (core.value.engine.broker.committed(of: place)?.highWatermark ?? 0) > 0 }
                .wait()
        } catch { throw .topic("can't look at \(place): \(error)") }
    }

    /// All committed records of a partition; none where there is no such partition.
    public func records(of place: TopicPartition) throws(BrokerServerError) -> [LogRecord] {
        do {
            return try loop.submit { [core] in try core.value.engine.records(of: place) }.wait()
        } catch let error as StorageError { throw .storage(error) } catch {
            throw .topic("can't read \(place): \(error)")
        }
    }

    /// Writes one record without a key.
    public func write(
        _ value: [UInt8], headers: [RecordHeader], to place: TopicPartition
    ) throws(BrokerServerError) {
        do {
            try loop.submit { [core] in try core.value.engine.write(value, headers: headers, to: place) }.wait()
        } catch { throw .topic("can't write to \(place): \(error)") }
    }
}

extension BrokerEngine {
    func write(_ value: [UInt8], headers: [RecordHeader], to place: TopicPartition) throws(TopicRefusal) {
        let headers = headers.map { BatchRecordHeader(name: Array($0.name.utf8), value: $0.value) }
        perform(try broker.write(value, headers: headers, to: place, now: clock.now))
    }

    func records(of place: TopicPartition) throws -> [LogRecord] {
        guard let slice = broker.committed(of: place), slice.batchCount > 0 else { return [] }
        let bytes = try storage.read(place, slice.baseOffset..<slice.endOffset)
        var records: [LogRecord] = []
        var position = 0
        while position < bytes.count {
            let section = try RecordSection(bytes, at: position) { Decompression.unpack($0, $1) }
            let header = section.header
            position += header.sizeInBytes
            let isAborted =
                header.attributes.isTransactional
                && slice.abortedTransactions?.contains {
                    $0.producerID == header.producerID
                        && ($0.firstOffset...$0.lastOffset).contains(header.baseOffset)
                } ?? false
            if header.attributes.isControl || isAborted { continue }
            for record in try section.records() where record.offset >= slice.logStartOffset {
                records.append(
                    LogRecord(
                        topic: place.topic, partition: place.partition, offset: record.offset,
                        timestampMilliseconds: record.timestamp, key: record.key, value: record.value,
                        headers: record.headers.map {
                            RecordHeader(name: String(decoding: $0.name, as: UTF8.self), value: $0.value)
                        }))
            }
        }
        return records
    }
}
