public import Messages

/// From when on something is wanted, as people write it: `2h`, or `2026-01-31T00:00:00Z`.
public enum Since: Hashable, Sendable {
    case ago(Duration)
    case time(Timestamp)

    /// Reads an RFC 3339 time, or a whole number with the unit `s`, `m`, `h` or `d`; nil for anything else.
    public init?(_ text: String) {
        if let time = Timestamp(text) {
            self = .time(time)
            return
        }
        guard let duration = Duration(shortText: text) else { return nil }
        self = .ago(duration)
    }

    /// - Parameter now: what a duration is counted back from.
    public func moment(now: Timestamp) -> Timestamp {
        switch self {
        case .ago(let duration): now.advanced(by: .zero - duration)
        case .time(let time): time
        }
    }
}
