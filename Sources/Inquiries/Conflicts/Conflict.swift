public import Messages

/// Who lost a unique key against whom, and how that ended.
public struct Conflict: Hashable, Sendable {
    /// The strategy that found it.
    public enum Strategy: String, Hashable, Sendable, CaseIterable {
        /// A registration was permitted, and one of its values turned out to be someone else's.
        case compensate
        /// A value could not be reserved.
        case reserve
        /// The registration met the earlier one in the stream that both have.
        case derived
        /// A customer wanted another customer's value.
        case change
    }

    public enum Ending: Hashable, Sendable {
        /// Unregistered by compensation.
        /// - Parameter window: the inconsistency window: from the later of the two registrations of the value to this
        ///   unregistration. Nil where the loser's registration is not in the log.
        case unregistered(window: Duration?)
        /// Unregistered by its own client, which was faster.
        case left(window: Duration?)
        /// Never registered: the request or the command was refused.
        case rejected
        /// The change was ended; the loser keeps the values that it had.
        case changeRejected
        /// Nothing of that is in the log yet.
        case open
    }

    /// When the loser was told from the holder, or the command was refused.
    public var time: Timestamp
    /// What was lost.
    public var key: KeyTag
    public var loser: String
    /// Nil when nobody holds the key, but it can't be taken again yet.
    public var holder: String?
    public var strategy: Strategy
    /// The refused command, where loser and holder have one id because they have one first value.
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
