public import EventLog
public import KafkaProtocol

/// What the broker wants done, strictly in the order given: a crash may come between any two.
public enum BrokerAction: Sendable {
    /// An empty log. It is journaled behind this: a log that no topic has is an orphan, to be removed at the next start.
    case createLog(TopicPartition)
    /// The bytes go, all of them.
    case deleteLog(TopicPartition)
    case append(TopicPartition, AppendAction)
    /// The batches that lie wholly below the offset may go.
    case deleteBatches(TopicPartition, below: Int64)
    /// Run it over the stored bytes, store the result, then call ``Broker/compacted(_:_:now:)``; when it can't be run,
    /// call ``Broker/compactionFailed(_:)``.
    case compact(TopicPartition, CompactionTask)
    case journal(JournalEntry)
    case reply(BrokerReply)
}

/// One batch to be stored behind the last.
public struct AppendAction: Hashable, Sendable {
    public var baseOffset: Int64
    public var lastOffset: Int64
    /// The whole batch, with its place written into it.
    public var bytes: [UInt8]
    /// A host that keeps a file for each segment begins one with this batch.
    public var startsSegment: Bool

    public init(baseOffset: Int64, lastOffset: Int64, bytes: [UInt8], startsSegment: Bool) {
        self.baseOffset = baseOffset
        self.lastOffset = lastOffset
        self.bytes = bytes
        self.startsSegment = startsSegment
    }
}

/// The end of a request.
public struct BrokerReply: Sendable {
    public var token: RequestToken
    /// nil: the request is done and gets no answer (Produce with acks 0).
    public var response: AnyResponse?
    /// Parts of the response that need stored bytes; the host fills them in before it encodes.
    public var reads: [LogRead]

    public init(token: RequestToken, response: AnyResponse?, reads: [LogRead] = []) {
        self.token = token
        self.response = response
        self.reads = reads
    }
}

/// A part of a response that needs stored bytes.
public enum LogRead: Hashable, Sendable {
    /// `FetchResponse.topics[topic].partitions[partition].records` gets the bytes of the batches of the slice: base
    /// offsets `baseOffset ..< endOffset`, `byteCount` bytes in all.
    case records(topic: Int, partition: Int, of: TopicPartition, FetchSlice)
    /// `ListOffsetsResponse.topics[topic].partitions[partition]` gets offset and timestamp (and ``Broker/leaderEpoch(at:in:)``) of the
    /// record that `TimestampSearch` finds in the candidate: `latest` for `OffsetQuery.maxTimestamp`, else `first`. When
    /// there is none, ``Broker/nextCandidate(in:behind:_:isolation:)`` has another; none at all leaves it as it is.
    case offset(topic: Int, partition: Int, of: TopicPartition, BatchCandidate, OffsetQuery, ReadIsolation)
}

/// Who sent a request.
public struct ClientInfo: Hashable, Sendable {
    /// What the client calls itself; empty when it does not.
    public var clientID: String
    /// The address that it came from, as DescribeGroups shows it.
    public var host: String
    /// The connection's number.
    public var connection: Int64
    /// The node that it is connected to.
    public var node: Int32

    public init(clientID: String, host: String, connection: Int64, node: Int32 = 1) {
        self.clientID = clientID
        self.host = host
        self.connection = connection
        self.node = node
    }
}
