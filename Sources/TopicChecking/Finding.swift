/// Something about a topic or a broker that is not as the guarantees need it.
public struct Finding: Hashable, Sendable, CustomStringConvertible {
    public enum Severity: String, Hashable, Sendable, CaseIterable {
        /// A guarantee does not hold, or the services can't work at all.
        case wrong
        /// The guarantees hold as long as nothing else goes wrong. Somebody should know.
        case warning
    }

    public var severity: Severity
    /// The topic's full name, or what else it is about.
    public var subject: String
    /// What it is, and what it should be.
    public var what: String
    /// Why that matters.
    public var why: String
    /// The command that mends it, or what to do where no command does.
    public var remedy: String

    public init(_ severity: Severity, _ subject: String, what: String, why: String, remedy: String) {
        self.severity = severity
        self.subject = subject
        self.what = what
        self.why = why
        self.remedy = remedy
    }

    /// One line, without the severity.
    public var description: String { "\(subject): \(what); \(why). Mend it: \(remedy)" }
}
