internal import KafkaProtocol

/// Walks over batches in order and tells which of them belong to aborted transactions, and which markers have outlived
/// all batches of their transaction.
struct CompactedTransactions {
    /// By first offset.
    private let aborted: [AbortedTransaction]
    private var next = 0
    /// Producers inside an aborted transaction, and whether a batch of it was met.
    private var insideAborted: [Int64: Bool] = [:]
    /// Producers of whom a batch was met that was not aborted, and no marker since.
    private var insideCommitted: Set<Int64> = []

    init(_ aborted: [AbortedTransaction]) {
        self.aborted = aborted.sorted { ($0.firstOffset, $0.lastOffset) < ($1.firstOffset, $1.lastOffset) }
    }

    private mutating func enter(_ offset: Int64) {
        while next < aborted.count, aborted[next].firstOffset <= offset {
            let producerID = aborted[next].producerID
            if insideAborted[producerID] == nil { insideAborted[producerID] = false }
            next += 1
        }
    }

    /// Whether a batch of records belongs to an aborted transaction.
    mutating func isAborted(_ header: RecordBatchHeader) -> Bool {
        enter(header.lastOffset)
        guard header.attributes.isTransactional else { return false }
        guard insideAborted[header.producerID] != nil else {
            insideCommitted.insert(header.producerID)
            return false
        }
        insideAborted[header.producerID] = true
        return true
    }

    /// Whether a marker's transaction has no batch left.
    mutating func hasOutlived(_ header: RecordBatchHeader, _ marker: EndTransactionMarker) -> Bool {
        enter(header.lastOffset)
        switch marker.result {
        case .abort: return insideAborted.removeValue(forKey: header.producerID) != true
        case .commit: return insideCommitted.remove(header.producerID) == nil
        }
    }
}
