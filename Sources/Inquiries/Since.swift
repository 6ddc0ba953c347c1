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
        guard let unit = text.last, text.dropLast().utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let number = Int64(text.dropLast())
        else { return nil }
        let seconds: Int64
        switch unit {
        case "s": seconds = 1
        case "m": seconds = 60
        case "h": seconds = 3_600
        case "d": seconds = 86_400
        default: return nil
        }
        // A thousand years keep the arithmetic far from its limits.
        guard number <= 365_250 * 86_400 / seconds else { return nil }
        self = .ago(.seconds(number * seconds))
    }

    /// - Parameter now: what a duration is counted back from.
    public func moment(now: Timestamp) -> Timestamp {
        switch self {
        case .ago(let duration): now.advanced(by: .zero - duration)
        case .time(let time): time
        }
    }
}
