/// Why a command is refused before any state is looked at.
public struct Refusal: Error, Hashable, Sendable {
    public var code: RejectionCode
    /// For the sender; holds nothing of the content but names of attributes.
    public var message: String
    /// Whether it names an attribute that the reader does not know: it may have been declared since.
    public var isAboutUndeclared = false

    public init(_ code: RejectionCode, _ message: String? = nil) {
        self.code = code
        self.message = message ?? code.message
    }

    /// - Parameter what: what is wrong with the value.
    static func invalid(_ attribute: String, _ what: String) -> Refusal {
        Refusal(.invalidValue, "`\(attribute)` \(what).")
    }

    /// Of the first attribute that is not declared. What can't be an attribute's name is not told: it may be a value.
    static func undeclared(_ name: String) -> Refusal {
        var refusal =
            UniqueAttribute.isName(name)
            ? invalid(name, "is not declared")
            : Refusal(.invalidValue, "`values` has a name that no attribute can have.")
        refusal.isAboutUndeclared = true
        return refusal
    }
}

/// A command or request whose sender can be answered, because its customer and its id could be read.
public struct ReceivedCommand: Sendable {
    public var customerID: String
    public var id: String
    public var source: String
    public var type: String
    public var key: DeduplicationKey
    /// SHA-256 of what it said, which tells a command sent again from another one under its name; nil where that can't be
    /// read. Two that can't be read are taken for the same, one that can for another.
    public var hash: [UInt8]?
    public var correlationID: String
    public var trace: TraceContext
    /// What is asked, or why it can't be.
    public var content: Result<Asked, Refusal>

    public var hashText: String? { hash.map { Hexadecimal.text($0) } }

    /// Metadata of a message that this command causes.
    public func causing(id: String, source: String, time: Timestamp) -> Metadata {
        Metadata(
            id: id, source: source, time: time, correlationID: correlationID, causationID: self.id,
            causationSource: self.source, trace: trace)
    }
}

/// What a record of a command or request topic turned out to be.
public enum CommandReading: Sendable {
    case command(ReceivedCommand)
    /// Nobody can be answered: a dead letter. The text holds nothing of the content.
    case unreadable(String)
}
