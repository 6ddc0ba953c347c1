/// A record's header as it stands in a batch. A name may come several times, and need not be UTF-8 for a broker.
public struct BatchRecordHeader: Hashable, Sendable {
    public var name: [UInt8]
    public var value: [UInt8]?

    public init(name: [UInt8], value: [UInt8]?) {
        self.name = name
        self.value = value
    }
}

/// A record with its own copy of key, value and headers.
public struct BatchRecord: Hashable, Sendable {
    public var offset: Int64
    /// Milliseconds since 1970; -1 when there is none.
    public var timestamp: Int64
    public var key: [UInt8]?
    /// Nil in a tombstone.
    public var value: [UInt8]?
    public var headers: [BatchRecordHeader]

    public init(
        offset: Int64, timestamp: Int64, key: [UInt8]?, value: [UInt8]?, headers: [BatchRecordHeader] = []
    ) {
        self.offset = offset
        self.timestamp = timestamp
        self.key = key
        self.value = value
        self.headers = headers
    }
}

/// Where a record's parts lie in the bytes that it was found in. Nothing is copied.
public struct RecordPlace: Hashable, Sendable {
    /// All of the record, its length included.
    public var range: Range<Int>
    public var timestampDelta: Int64
    public var offsetDelta: Int32
    public var key: Range<Int>?
    public var value: Range<Int>?
    /// The headers, their count not included.
    public var headers: Range<Int>
    public var headerCount: Int
}
