/// What went wrong between us and the log, sorted by what can be done about it.
public struct LogError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of failure. Each names one reaction.
    public enum Code: String, Hashable, Sendable, CaseIterable {
        /// The broker can't be reached, or did not answer in time. Trying again may help.
        case unreachable
        /// The log refused for now (leader moved, not enough replicas, coordinator loading). Trying again may help.
        case unavailable
        /// The caller was replaced by a newer instance of itself. It must stop.
        case fenced
        /// The group moved on without the caller (stale generation, unknown member). Rejoin, decide again.
        case rejoin
        /// A topic or partition does not exist.
        case unknownTopic
        /// The position was trimmed away, or lies beyond the log's end.
        case offsetOutOfRange
        /// Credentials or access rules forbid it. A human must act.
        case notAuthorized
        /// A record is larger than the log takes.
        case recordTooLarge
        /// A configuration property is unknown or has a value that is not allowed.
        case configuration
        /// The log answered something that breaks its protocol, or that this client does not know.
        case other
    }

    public var code: Code
    /// What was tried and what happened, with values, for a human.
    public var detail: String
    /// Where, when one place is to blame.
    public var place: TopicPartition?
    /// The client library's own name of the error (`_TRANSPORT`, `NOT_ENOUGH_REPLICAS`), a bounded set: fit for a metric.
    public var cause: String?

    public init(_ code: Code, _ detail: String, place: TopicPartition? = nil, cause: String? = nil) {
        self.code = code
        self.detail = detail
        self.place = place
        self.cause = cause
    }

    /// Whether the same call may succeed later without anyone changing anything.
    public var isRetriable: Bool {
        switch code {
        case .unreachable, .unavailable, .rejoin: true
        case .fenced, .unknownTopic, .offsetOutOfRange, .notAuthorized, .recordTooLarge, .configuration, .other: false
        }
    }

    public var description: String {
        var text = code.rawValue
        if let place { text += " at \(place)" }
        text += ": \(detail)"
        if let cause { text += " (\(cause))" }
        return text
    }
}
