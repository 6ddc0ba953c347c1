/// Walks over the records of an unpacked record section, one at a time, without copying them.
///
/// Each record is checked before it is given out: its length, its fields' lengths, and that the fields fill it exactly.
public struct RecordReader: Sendable {
    private let bytes: [UInt8]
    private var reader: WireReader
    /// How many records were read.
    public private(set) var index = 0
    private let count: Int

    /// - Parameters:
    ///   - bytes: What the section lies in.
    ///   - range: Where it lies.
    ///   - count: How many records the batch says that it has.
    public init(_ bytes: [UInt8], range: Range<Int>, count: Int32) {
        self.bytes = bytes
        reader = WireReader(bytes, range: range.clamped(to: 0..<bytes.count))
        self.count = Int(count)
    }

    /// The bytes that no record has taken so far.
    public var remaining: Int { reader.remaining }

    /// The next record; nil behind the last.
    public mutating func next() throws(RecordBatchError) -> RecordPlace? {
        guard index < count else { return nil }
        do {
            let place = try readPlace()
            index += 1
            return place
        } catch {
            throw .invalidRecord(index: index)
        }
    }

    private mutating func readPlace() throws(WireError) -> RecordPlace {
        let start = reader.position
        let length = Int(try reader.varint())
        guard length >= 0 else { throw .invalidLength(Int64(length)) }
        guard length <= reader.remaining else { throw .truncated }
        let end = reader.position + length
        var record = WireReader(bytes, range: reader.position..<end)
        try reader.skip(length)
        _ = try record.int8()
        let timestampDelta = try record.varlong()
        let offsetDelta = try record.varint()
        let key = try Self.field(&record)
        let value = try Self.field(&record)
        let headerCount = Int(try record.varint())
        // A header takes two bytes at least.
        guard headerCount >= 0, headerCount <= record.remaining / 2 else { throw .invalidLength(Int64(headerCount)) }
        let headersStart = record.position
        for _ in 0..<headerCount {
            guard try Self.field(&record) != nil else { throw .invalidLength(-1) }
            _ = try Self.field(&record)
        }
        guard record.remaining == 0 else { throw .trailing(record.remaining) }
        return RecordPlace(
            range: start..<end, timestampDelta: timestampDelta, offsetDelta: offsetDelta, key: key, value: value,
            headers: headersStart..<end, headerCount: headerCount)
    }

    /// A length and so many bytes; nil for null.
    private static func field(_ reader: inout WireReader) throws(WireError) -> Range<Int>? {
        let length = Int(try reader.varint())
        if length == -1 { return nil }
        guard length >= 0 else { throw .invalidLength(Int64(length)) }
        let start = reader.position
        try reader.skip(length)
        return start..<(start + length)
    }

    /// The record's headers, copied.
    public func headers(of place: RecordPlace) throws(RecordBatchError) -> [BatchRecordHeader] {
        guard place.headerCount > 0 else { return [] }
        var reader = WireReader(bytes, range: place.headers)
        var headers: [BatchRecordHeader] = []
        do {
            for _ in 0..<place.headerCount {
                guard let name = try Self.field(&reader) else { throw RecordBatchError.invalidRecord(index: index) }
                let value = try Self.field(&reader)
                headers.append(BatchRecordHeader(name: Array(bytes[name]), value: value.map { Array(bytes[$0]) }))
            }
        } catch {
            throw .invalidRecord(index: index)
        }
        return headers
    }

    /// The record, copied, with the offset and the timestamp that its batch gives it.
    public func record(
        at place: RecordPlace, in header: RecordBatchHeader
    ) throws(RecordBatchError) -> BatchRecord {
        BatchRecord(
            offset: header.baseOffset &+ Int64(place.offsetDelta), timestamp: header.timestamp(of: place),
            key: place.key.map { Array(bytes[$0]) }, value: place.value.map { Array(bytes[$0]) },
            headers: try headers(of: place))
    }
}

extension RecordBatchHeader {
    /// A record's timestamp in milliseconds since 1970.
    public func timestamp(of place: RecordPlace) -> Int64 {
        switch attributes.timestampType {
        case .logAppendTime: maxTimestamp
        case .createTime: baseTimestamp &+ place.timestampDelta
        }
    }
}
