/// What an audit found: one row for each of the contract's guarantees U1 to U7 and U9.
public struct AuditReport: Hashable, Sendable {
    public enum Invariant: String, Hashable, Sendable, CaseIterable, Comparable {
        case u1 = "U1"
        case u2 = "U2"
        case u3 = "U3"
        case u4 = "U4"
        case u5 = "U5"
        case u6 = "U6"
        case u7 = "U7"
        case u9 = "U9"

        public var title: String {
            switch self {
            case .u1: "A unique key never has two confirmed customers"
            case .u2: "The first claim since a key was free wins"
            case .u3: "Each loser is undone exactly once, a winner never"
            case .u4: "Each command has exactly one first outcome"
            case .u5: "A customer's versions are 1, 2, 3 … without gap or repeat"
            case .u6: "Nobody is pending; holders and customers match"
            case .u7: "The served index equals the fold of its log"
            case .u9: "Nobody loses to one who loses to them"
            }
        }

        public static func < (left: Invariant, right: Invariant) -> Bool { left.rawValue < right.rawValue }
    }

    /// The record that a finding is about.
    public struct Place: Hashable, Sendable, Comparable, CustomStringConvertible {
        /// The topic's full name.
        public var topic: String
        public var partition: Int32
        public var offset: Int64

        public init(topic: String, partition: Int32, offset: Int64) {
            self.topic = topic
            self.partition = partition
            self.offset = offset
        }

        /// `topic/partition/offset`.
        public var description: String { "\(topic)/\(partition)/\(offset)" }

        public static func < (left: Place, right: Place) -> Bool {
            (left.topic, left.partition, left.offset) < (right.topic, right.partition, right.offset)
        }
    }

    /// One thing that breaks a guarantee. It names customers, ids and places, and no value: that is personal data.
    public struct Violation: Hashable, Sendable, CustomStringConvertible {
        public var what: String
        public var customers: [String]
        /// Where to look, the most telling record first.
        public var places: [Place]

        public init(what: String, customers: [String], places: [Place]) {
            self.what = what
            self.customers = customers
            self.places = places
        }

        public var description: String {
            var text = what
            if !customers.isEmpty { text += " [\(customers.joined(separator: ", "))]" }
            if !places.isEmpty { text += " at \(places.map(\.description).joined(separator: ", "))" }
            return text
        }
    }

    public struct Row: Hashable, Sendable {
        public var invariant: Invariant
        /// How much was looked at.
        public var examined: Int
        /// What was counted there, e.g. `confirmed customers`.
        public var subject: String
        public var violationCount: Int
        /// The first ones, in the order of their places.
        public var violations: [Violation]
        /// What was seen and breaks nothing, e.g. repeats that every reader drops.
        public var notes: [String]

        public init(
            invariant: Invariant, examined: Int, subject: String, violationCount: Int, violations: [Violation],
            notes: [String]
        ) {
            self.invariant = invariant
            self.examined = examined
            self.subject = subject
            self.violationCount = violationCount
            self.violations = violations
            self.notes = notes
        }

        public var holds: Bool { violationCount == 0 }
        /// E.g. `18,000 confirmed customers`.
        public var examinedText: String { "\(grouped(examined)) \(subject)" }
    }

    /// Why the system is not at rest; empty when it is. At most `reasonLimit` are told, and how many more there are.
    public var restReasons: [String]
    public var isAtRest: Bool
    public var rows: [Row]

    /// How many violations of a row, and how many reasons, are described.
    public static let violationLimit = 20
    public static let reasonLimit = 20

    public init(isAtRest: Bool, restReasons: [String], rows: [Row]) {
        self.isAtRest = isAtRest
        self.restReasons = restReasons
        self.rows = rows
    }

    /// Whether nothing was found that breaks a guarantee. While the system is not at rest, only what no further record
    /// could repair has been looked for.
    public var holds: Bool { rows.allSatisfy(\.holds) }

    /// Whether there was nothing to look at: what says nothing about a deployment must not pass for its proof.
    public var isEmpty: Bool { rows.allSatisfy { $0.examined == 0 } }

    /// 0: all hold, at rest. 1: something is broken. 3: nothing is broken so far, but the system is not at rest, or there
    /// was nothing to look at.
    public var exitCode: Int32 { holds ? (isAtRest && !isEmpty ? 0 : 3) : 1 }

    public subscript(invariant: Invariant) -> Row? { rows.first { $0.invariant == invariant } }
}

/// A count with commas between groups of three digits.
func grouped(_ count: Int) -> String {
    var text = ""
    for (index, digit) in String(count).reversed().enumerated() {
        if index > 0, index.isMultiple(of: 3), digit != "-" { text.append(",") }
        text.append(digit)
    }
    return String(text.reversed())
}
