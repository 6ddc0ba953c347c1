import Foundation

/// How a program ended, as its exit code.
public enum ExitStatus: Int32, Hashable, Sendable, CaseIterable {
    /// Stopped as asked.
    case stopped = 0
    /// Wrong use or configuration.
    case usage = 64
    /// The broker, the store or an address can't be reached for good.
    case unavailable = 69
    /// An invariant of the program's own was broken: it must not go on.
    case internalError = 70
    /// A newer instance has taken over. A supervisor may start the program again.
    case fenced = 75

    /// Ends the process, for a program whose work is done.
    public func exitProcess() -> Never { exit(rawValue) }

    /// Ends the process without waiting for any thread, or running what was registered for the end.
    public func exitProcessAtOnce() -> Never { _exit(rawValue) }
}

/// Why a program can't go on, with the exit code that stands for it.
public struct ProgramFailure: Error, Hashable, Sendable, CustomStringConvertible {
    public var status: ExitStatus
    /// What was tried, what happened, what to do.
    public var reason: String

    public init(_ status: ExitStatus, _ reason: String) {
        self.status = status
        self.reason = reason
    }

    public var description: String { reason }
}
