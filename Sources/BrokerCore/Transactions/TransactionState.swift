/// Where a transactional id stands (Kafka's `TransactionState`, KIP-98).
///
/// ```
///            AddPartitions, AddOffsets
///   Empty ----------------------------> Ongoing <-------------------------------+
///     ^                                 |     |                                 |
///     |                  EndTxn(commit) |     | EndTxn(abort), timeout, or      |
///     |                                 |     | InitProducerId of a successor   |
///     |                                 v     v (both with the epoch bumped)    |
///     |                     PrepareCommit     PrepareAbort                      |
///     |                                 |     |    all markers are written      |
///     |                                 v     v                                 |
///     +--------------------CompleteCommit     CompleteAbort---------------------+
///        InitProducerId            (both go to Empty and to Ongoing)
/// ```
/// Once an id is prepared to end one way, it ends that way, however often the broker is restarted. Ids that rest for
/// long are removed (Kafka's `Dead`). Kafka's `PrepareEpochFence` never outlives one step there either, and is not
/// needed here: the bumped epoch and PrepareAbort are one entry of the journal.
public enum TransactionState: Int8, Hashable, Sendable, CaseIterable {
    case empty = 0
    case ongoing = 1
    case prepareCommit = 2
    case prepareAbort = 3
    case completeCommit = 4
    case completeAbort = 5

    /// The legal transitions.
    public func mayBecome(_ next: TransactionState) -> Bool {
        switch (self, next) {
        // InitProducerId.
        case (.empty, .empty), (.completeCommit, .empty), (.completeAbort, .empty): true
        // The first partition, and further ones.
        case (.empty, .ongoing), (.ongoing, .ongoing), (.completeCommit, .ongoing), (.completeAbort, .ongoing): true
        // The end, decided and done.
        case (.ongoing, .prepareCommit), (.ongoing, .prepareAbort), (.prepareCommit, .completeCommit),
            (.prepareAbort, .completeAbort):
            true
        case (.empty, _), (.ongoing, _), (.prepareCommit, _), (.prepareAbort, _), (.completeCommit, _),
            (.completeAbort, _):
            false
        }
    }

    /// The name in the protocol (DescribeTransactions, ListTransactions).
    public var name: String {
        switch self {
        case .empty: "Empty"
        case .ongoing: "Ongoing"
        case .prepareCommit: "PrepareCommit"
        case .prepareAbort: "PrepareAbort"
        case .completeCommit: "CompleteCommit"
        case .completeAbort: "CompleteAbort"
        }
    }

    /// The way in which a transaction is about to end, or nil.
    public var pendingResult: TransactionEnding? {
        switch self {
        case .prepareCommit: .commit
        case .prepareAbort: .abort
        case .empty, .ongoing, .completeCommit, .completeAbort: nil
        }
    }

    /// The way in which the last transaction ended, or nil.
    public var finalResult: TransactionEnding? {
        switch self {
        case .completeCommit: .commit
        case .completeAbort: .abort
        case .empty, .ongoing, .prepareCommit, .prepareAbort: nil
        }
    }
}
