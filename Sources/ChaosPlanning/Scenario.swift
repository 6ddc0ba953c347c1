/// What must not keep the system from its work for long, one thing at a time, with bounds.
public enum Scenario: String, Hashable, Sendable, CaseIterable {
    /// One of three nodes is killed and stays away for 30 s.
    case oneNodeAway = "one-node-away"
    /// All leaders and coordinators move, three times.
    case leadersMoved = "leaders-moved"
    /// Each node is stopped in the orderly way and started again.
    case nodesRolled = "nodes-rolled"
    /// Two of three nodes are away for 20 s: nothing can be written.
    case twoOfThreeAway = "two-of-three-away"
    /// A third instance of each service in turn joins with an empty directory: it leaves by SIGTERM, then by SIGKILL.
    case thirdInstance = "third-instance"

    /// Registrations a second, unless others are asked for.
    public var rate: Int { self == .thirdInstance ? 300 : 150 }

    /// Registrations that lie in the log before it begins, unless others are asked for.
    public var registrationsBefore: Int { self == .thirdInstance ? 500_000 : 0 }

    public var nodes: Int { self == .thirdInstance ? 1 : 3 }
}

/// A measured time against its bound, in milliseconds.
public struct Measure: Hashable, Sendable {
    public var name: String
    /// Nil when there was nothing to measure, which is no good either.
    public var measured: Int?
    public var bound: Int

    public init(_ name: String, _ measured: Int?, atMost bound: Int) {
        self.name = name
        self.measured = measured
        self.bound = bound
    }

    public var isMet: Bool { measured.map { $0 <= bound } ?? false }

    /// Name, measured time, bound, verdict.
    public var row: [String] {
        [name, measured.map(Self.seconds) ?? "nothing seen", Self.seconds(bound), isMet ? "met" : "MISSED"]
    }

    private static func seconds(_ milliseconds: Int) -> String {
        let tenths = (milliseconds + 50) / 100
        return "\(tenths / 10).\(tenths % 10) s"
    }
}
