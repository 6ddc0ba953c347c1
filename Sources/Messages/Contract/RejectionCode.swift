/// Why a command or request was refused: the contract's codes. A code never changes its meaning.
///
/// Services may run in different versions: a code that this one does not know is carried as it came.
public struct RejectionCode: RawRepresentable, Error, Hashable, Sendable {
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }

    public static let alreadyRegistered = Self(rawValue: "already-registered")
    public static let notRegistered = Self(rawValue: "not-registered")
    public static let alreadyUnregistered = Self(rawValue: "already-unregistered")
    public static let alreadyConfirmed = Self(rawValue: "already-confirmed")
    public static let notConfirmed = Self(rawValue: "not-confirmed")
    public static let changeInProgress = Self(rawValue: "change-in-progress")
    public static let invalidValue = Self(rawValue: "invalid-value")
    public static let valueTaken = Self(rawValue: "value-taken")
    /// A compensation or confirmation whose ground is gone.
    public static let superseded = Self(rawValue: "superseded")
    public static let notAllowed = Self(rawValue: "not-allowed")
    public static let deduplicationKeyReused = Self(rawValue: "deduplication-key-reused")
    public static let unknownType = Self(rawValue: "unknown-type")
    public static let malformed = Self(rawValue: "malformed")

    /// The codes that this version knows.
    public static let known: [RejectionCode] = [
        .alreadyRegistered, .notRegistered, .alreadyUnregistered, .alreadyConfirmed, .notConfirmed, .changeInProgress,
        .invalidValue, .valueTaken, .superseded, .notAllowed, .deduplicationKeyReused, .unknownType, .malformed,
    ]

    /// One sentence for the sender.
    public var message: String {
        switch self {
        case .alreadyRegistered: "A customer with this id is registered already."
        case .notRegistered: "There is no customer with this id."
        case .alreadyUnregistered: "This customer was unregistered; its stream takes nothing more."
        case .alreadyConfirmed: "This customer is confirmed already."
        case .notConfirmed: "This customer is not confirmed yet."
        case .changeInProgress: "A change of this customer's values is in progress."
        case .invalidValue: "A value can't be taken as it is."
        case .valueTaken: "Another customer has one of the values."
        case .superseded: "What this command answers is no longer what is pending."
        case .notAllowed: "Commands and fields of the process manager are not taken from here."
        case .deduplicationKeyReused: "This source and id were used before, with another content."
        case .unknownType: "There is no command of this type."
        case .malformed: "The message can't be understood."
        default: "It was refused for a reason that this version does not know."
        }
    }
}
