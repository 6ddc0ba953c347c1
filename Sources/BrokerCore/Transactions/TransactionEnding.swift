/// How a transaction ends.
public enum TransactionEnding: Hashable, Sendable {
    case commit
    case abort
}
