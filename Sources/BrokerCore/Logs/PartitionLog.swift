internal import KafkaProtocol

/// One partition's log as metadata: which batches there are, what each producer wrote last, which transactions are open,
/// and which were aborted. The records' bytes are the host's.
///
/// There is one node, so what is appended is replicated: the high watermark is the log's end.
///
/// Recovery: make a log from the journal's entries in their order, then ``restore(_:startsSegment:)`` each stored batch
/// in the order of offsets.
public struct PartitionLog: Sendable {
    /// Milliseconds of silence after which a producer without an open transaction is forgotten
    /// (`producer.id.expiration.ms`).
    public static let producerExpiration: Int64 = 86_400_000

    public internal(set) var settings: LogSettings
    /// The first offset that can be read.
    public internal(set) var startOffset: Int64 = 0
    /// The offset that the next record gets.
    public internal(set) var endOffset: Int64 = 0

    var index = BatchIndex()
    var segments: [LogSegment] = []
    var producers = ProducerTable()
    var transactions = OpenTransactions()
    var aborted = AbortedTransactions()
    /// What lies below was compacted.
    var firstDirtyOffset: Int64 = 0
    /// What recovery has to know while it goes on.
    var recovery: Recovery

    /// An empty log, or one about to be restored.
    ///
    /// - Parameters:
    ///   - journal: What was journalled about this log, in order.
    ///   - now: Milliseconds since 1970: the silence of the producers that are restored counts from here.
    public init(settings: LogSettings = LogSettings(), journal: [PartitionLogEntry] = [], now: Int64 = 0) {
        self.settings = settings
        recovery = Recovery(now: now)
        for entry in journal { apply(entry) }
    }

    /// The topic's settings have changed. What is stored stays as it is.
    public mutating func reconfigure(_ settings: LogSettings) { self.settings = settings }

    public var highWatermark: Int64 { endOffset }

    /// Up to here every transaction is decided: the first offset of the earliest open one, or the log's end.
    public var lastStableOffset: Int64 { max(transactions.first ?? endOffset, startOffset) }

    public var byteCount: Int64 { index.byteCount }
    public var batchCount: Int { index.entries.count }

    /// What DescribeProducers shows (KIP-664), by producer id.
    public func describeProducers() -> [ProducerSnapshot.Producer] {
        producers.sortedIDs.compactMap { producerID in
            producers[producerID].map {
                ProducerSnapshot.Producer(
                    producerID: producerID, state: $0, transactionStart: transactions[producerID])
            }
        }
    }

    /// The first offset of the producer's open transaction here; nil without one.
    public func openTransaction(of producerID: Int64) -> Int64? { transactions[producerID] }

    /// Indexes a batch at the log's end; says whether it begins a segment.
    mutating func index(_ entry: BatchEntry, startsSegment: Bool? = nil) -> Bool {
        index.append(entry)
        endOffset = max(endOffset, entry.lastOffset &+ 1)
        if let active = segments.last, !(startsSegment ?? active.isFull(for: entry, settings)) {
            segments[segments.count - 1].take(entry)
            return false
        }
        segments.append(LogSegment(entry))
        return true
    }

    /// Ends the producer's transaction, if it has one, with the marker at `offset`.
    mutating func endTransaction(of producerID: Int64, _ result: TransactionResult, at offset: Int64) {
        guard let firstOffset = transactions.end(producerID) else { return }
        switch result {
        case .commit: break
        case .abort:
            aborted.append(
                AbortedTransaction(
                    producerID: producerID, firstOffset: firstOffset, lastOffset: offset,
                    lastStableOffset: transactions.first ?? offset &+ 1))
        }
    }
}
