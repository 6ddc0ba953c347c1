/// Somebody who has a copy of the document index, and may be wrong: it can be stale, or empty.
public protocol DocumentAdvice: AnyObject {
    /// Whether, as far as it knows, someone other than this customer holds the document or has it reserved.
    func isTaken(_ document: String, byOtherThan customerID: String) -> Bool
}
