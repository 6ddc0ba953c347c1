/// Why a command is refused before any state is looked at.
public struct Refusal: Error, Hashable, Sendable {
    public var code: RejectionCode
    /// For the sender; holds nothing of the content.
    public var message: String

    public init(_ code: RejectionCode, _ message: String? = nil) {
        self.code = code
        self.message = message ?? code.message
    }
}

/// A command or request whose sender can be answered, because its customer and its id could be read.
public struct ReceivedCommand: Sendable {
    public var customerID: String
    public var id: String
    public var source: String
    public var type: String
    public var key: DeduplicationKey
    /// SHA-256 of the type and the known fields: what tells a command sent again from another one under its name.
    public var hash: [UInt8]
    public var correlationID: String
    public var trace: TraceContext
    /// What is asked, or why it can't be.
    public var content: Result<Asked, Refusal>

    public var hashText: String { Hexadecimal.text(hash) }

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
