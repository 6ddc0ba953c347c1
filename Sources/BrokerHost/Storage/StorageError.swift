/// Why bytes could not be kept, or found again.
public struct StorageError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        /// The device has no room left, or the user's quota is used up.
        case full
        /// The operating system refused, or the device failed.
        case io
        /// What is stored is not what was written: never passed over silently.
        case corrupt
        /// Another process has the directory.
        case locked
        /// The directory was written by a newer version of this program.
        case newerFormat
        /// A log or a batch that should be there is not.
        case missing
    }

    public var code: Code
    /// What was tried, on which file and where in it, what happened, and what to do.
    public var detail: String

    public init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    public var description: String { detail }
}

/// When what was written must have reached the device. Whatever is chosen, what was acknowledged survives the end of the
/// process, however it comes; the difference is a loss of power.
public enum SyncPolicy: String, Hashable, Sendable, CaseIterable {
    /// Before anything is acknowledged.
    case always
    /// Once a second.
    case interval
    /// When the operating system likes.
    case never
}
