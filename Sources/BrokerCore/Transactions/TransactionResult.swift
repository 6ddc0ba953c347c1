/// How a transaction ends.
public enum TransactionResult: Hashable, Sendable {
    case commit
    case abort
}
