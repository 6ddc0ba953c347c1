/// From when a value that was given up can be taken again.
public enum ReusableFrom: Hashable, Sendable, CustomStringConvertible {
    case time(Timestamp)
    case never

    /// As it stands in messages: an RFC 3339 time, or `never`.
    public var description: String {
        switch self {
        case .time(let time): time.description
        case .never: "never"
        }
    }

    /// Reads the form of messages; nil for anything else.
    public init?(_ text: String) {
        if text == "never" {
            self = .never
        } else if let time = Timestamp(text) {
            self = .time(time)
        } else {
            return nil
        }
    }

    /// Whether nobody may take the value yet.
    public func blocks(at time: Timestamp) -> Bool {
        switch self {
        case .time(let from): time < from
        case .never: true
        }
    }
}
