public import Messages

/// Somebody who has a copy of the unique index, and may be wrong: it can be stale, or empty.
public protocol KeyAdvice: AnyObject {
    /// Whether, as far as it knows, someone other than this customer holds the key or has it reserved.
    func isTaken(_ key: UniqueKey, byOtherThan customerID: String) -> Bool
}
