/// When a value that a customer gives up can be taken again.
public enum ReuseRule: Hashable, Sendable, CustomStringConvertible {
    case immediately
    case never
    /// So long after the event that gave it up. The time is the event's own, and what it is compared with is the
    /// claim's own: both stand in the log, so that the index is the same whoever folds it, and whenever.
    case after(Duration)

    /// From when a value can be taken that an event of this time gives up; nil for at once.
    public func reusableFrom(_ time: Timestamp) -> ReusableFrom? {
        switch self {
        case .immediately: nil
        case .never: .never
        case .after(let duration): .time(time.advanced(by: duration))
        }
    }

    /// Reads `immediately`, `never`, or `after=DURATION`: a whole number with the unit `s`, `m`, `h` or `d`.
    public init?(_ text: String) {
        switch text {
        case "immediately": self = .immediately
        case "never": self = .never
        default:
            guard text.hasPrefix("after="), let duration = Duration(shortText: text.dropFirst(6)), duration > .zero
            else { return nil }
            self = .after(duration)
        }
    }

    public var description: String {
        switch self {
        case .immediately: "immediately"
        case .never: "never"
        case .after(let duration): "after=\(duration.components.seconds)s"
        }
    }
}
