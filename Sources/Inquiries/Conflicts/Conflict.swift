public import Messages

/// Who lost a document against whom, and how that ended.
public struct Conflict: Hashable, Sendable {
    /// The answer to set validation that found it.
    public enum Way: String, Hashable, Sendable, CaseIterable {
        /// A registration was permitted, and its document turned out to be someone else's.
        case compensate
        /// The document could not be reserved.
        case reserve
        /// The registration met the earlier one in the stream that both have.
        case derived
        /// A customer wanted another customer's document instead of its own.
        case change
    }

    public enum Ending: Hashable, Sendable {
        /// Unregistered by compensation.
        /// - Parameter window: the inconsistency window: from the later of the two registrations of the document to this
        ///   unregistration. Nil where the loser's registration is not in the log.
        case unregistered(window: Duration?)
        /// Unregistered by its own client, which was faster.
        case left(window: Duration?)
        /// Never registered: the request or the command was refused.
        case rejected
        /// The change was ended; the loser keeps the document that it had.
        case changeRejected
        /// Nothing of that is in the log yet.
        case open
    }

    /// When the loser was told from the holder, or the command was refused.
    public var time: Timestamp
    public var document: DocumentTag
    public var loser: String
    /// Nil when nobody holds the document, but it can't be taken again yet.
    public var holder: String?
    public var way: Way
    /// The refused command, where loser and holder have one id because they have one document.
    public var command: CommandIdentity?
    public var ending: Ending
}

/// What a client calls its command.
public struct CommandIdentity: Hashable, Sendable {
    public var id: String
    public var source: String
}

extension Conflict.Ending {
    /// A code for programs.
    var code: String {
        switch self {
        case .unregistered: "unregistered"
        case .left: "left"
        case .rejected: "rejected"
        case .changeRejected: "change-rejected"
        case .open: "open"
        }
    }

    var window: Duration? {
        switch self {
        case .unregistered(let window), .left(let window): window
        case .rejected, .changeRejected, .open: nil
        }
    }
}
