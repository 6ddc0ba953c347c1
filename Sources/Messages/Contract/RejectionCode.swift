/// Why a command or request was refused: the contract's codes. A code never changes its meaning.
public enum RejectionCode: String, Error, Hashable, Sendable, CaseIterable {
    case alreadyRegistered = "already-registered"
    case notRegistered = "not-registered"
    case alreadyUnregistered = "already-unregistered"
    case alreadyConfirmed = "already-confirmed"
    case notConfirmed = "not-confirmed"
    case changeInProgress = "change-in-progress"
    case invalidDocument = "invalid-document"
    case documentTaken = "document-taken"
    /// A compensation or confirmation whose ground is gone.
    case superseded
    case notAllowed = "not-allowed"
    case deduplicationKeyReused = "deduplication-key-reused"
    case unknownType = "unknown-type"
    case malformed

    /// One sentence for the sender.
    public var message: String {
        switch self {
        case .alreadyRegistered: "A customer with this id is registered already."
        case .notRegistered: "There is no customer with this id."
        case .alreadyUnregistered: "This customer was unregistered; its stream takes nothing more."
        case .alreadyConfirmed: "This customer is confirmed already."
        case .notConfirmed: "This customer is not confirmed yet."
        case .changeInProgress: "A change of this customer's document is in progress."
        case .invalidDocument:
            "The document must have 1 to \(DocumentNormalization.scalarLimit) letters or digits after normalization."
        case .documentTaken: "Another customer holds this document."
        case .superseded: "What this command answers is no longer what is pending."
        case .notAllowed: "Commands and fields of the process manager are not taken from here."
        case .deduplicationKeyReused: "This source and id were used before, with another content."
        case .unknownType: "There is no command of this type."
        case .malformed: "The message can't be understood."
        }
    }
}
