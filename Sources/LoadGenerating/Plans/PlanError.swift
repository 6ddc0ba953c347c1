/// Why a plan can't be made.
public enum PlanError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Fewer registrations than one, or more than 2,000,000,000.
    case countOutOfRange(Int)
    /// A ratio that is no number, below 0 or above 1 (duplicates: 1 or above).
    case ratioOutOfRange(name: String, value: Double)
    /// An attribute's normalization leaves fewer values than the plan needs.
    case tooFewValues(attribute: String, most: Int, needed: Int)

    public var description: String {
        switch self {
        case .countOutOfRange(let count): "can't register \(count) customers: 1 to \(Self.greatestCount) are possible"
        case .ratioOutOfRange(let name, let value): "\(name) \(value) is not a share from 0 to 1"
        case .tooFewValues(let attribute, let most, let needed):
            "there are \(most) values of `\(attribute)`, and \(needed) are needed"
        }
    }

    static let greatestCount = 2_000_000_000
}
