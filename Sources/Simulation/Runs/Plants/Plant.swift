internal import Auditing
internal import Messages

/// A bug that is planted into a run, to see that it is found: a campaign whose checkers miss it proves nothing of the rule
/// that it breaks. It never stands in the services: cores and clients of the simulation are wrapped in what makes it.
package struct Plant: Sendable {
    package let name: String
    /// For whoever chooses one.
    package let text: String
    /// The guarantees that it is told by; nil where any may be.
    package let invariants: Set<String>?
    package let cores: CoreFactory
    /// Sees to it that the run has what the bug needs.
    package let prepare: @Sendable (inout Scenario) -> Void
    /// Whether a run may show it at all.
    package let suits: @Sendable (Scenario) -> Bool

    private init(
        _ name: String, _ text: String, breaks invariants: Set<String>?, cores: CoreFactory = .services,
        suits: @escaping @Sendable (Scenario) -> Bool = { _ in true },
        prepare: @escaping @Sendable (inout Scenario) -> Void = { _ in }
    ) {
        (self.name, self.text, self.invariants) = (name, text, invariants)
        (self.cores, self.prepare, self.suits) = (cores, prepare, suits)
    }

    package static func named(_ name: String) -> Plant? { all.first { $0.name == name } }

    package static let all: [Plant] = [
        Plant(
            "forgetful-index", "The index forgets now and then who holds what.", breaks: nil, cores: .canary),

        // Of several keys.
        Plant(
            "skipped-key", "A slip is sent on to the key after the next one.", breaks: ["U2"],
            cores: .altering { count in { $0 == .projectionIndex ? $1.map { skippingKey($0, count) } : $1 } },
            suits: hasSeveralKeys),
        Plant(
            "late-release", "A release frees what its customer has claimed after it was decided.",
            breaks: ["U2", "U7"], cores: .wrapping(.projectionIndex) { LateReleases($0) }),
        Plant(
            "old-claim", "A claim takes a key that its customer has released by a later version.",
            breaks: ["U2", "U6", "U7"], cores: .wrapping(.projectionIndex) { ForgottenReleases($0) },
            suits: hasSeveralKeys),
        Plant(
            "kept-key", "A reservation that failed half-way keeps its first key.", breaks: ["U6"],
            cores: .altering { _ in { $0 == .processManager ? keepingFirstKey($1) : $1 } }, suits: hasSeveralKeys),
        Plant(
            "all-at-once", "All keys of a claim are asked for at once.", breaks: ["U9"], cores: AllAtOnce.cores,
            suits: hasSeveralKeys, prepare: { $0.deployment.soleInvariant = .u9 }),
        Plant(
            "own-order", "Some customers' keys are asked for in another order than the others'.", breaks: ["U9"],
            cores: OwnOrder.cores, suits: hasSeveralKeys),

        // Of groups and partitions.
        Plant(
            "trusted-strangers", "An offset counts, whoever has committed it.", breaks: nil,
            suits: { $0.faults.contains(where: \.deed.isOfStrangers) },
            prepare: { $0.deployment.trustsAnyOffset = true }),
        Plant(
            "answers-of-old", "Over HTTP an instance answers from partitions that others have by now.", breaks: ["U7"],
            prepare: { $0.deployment.answersFromAnyPartition = true }),
        Plant(
            "deaf-take-over", "Who catches up does not answer its group.", breaks: ["stall"],
            suits: { !$0.deployment.joiners.isEmpty }, prepare: { $0.deployment.catchesUpBeforeAnswering = true }),
        Plant(
            "stale-leaders", "A question that the wrong node refuses is asked there again.", breaks: nil,
            suits: { $0.deployment.nodes > 1 }, prepare: { $0.settings.asksWhoLeads = false }),
    ]

    private static let hasSeveralKeys: @Sendable (Scenario) -> Bool = {
        $0.deployment.declaration.attributes.count > 1 && $0.deployment.partitionCount > 1
    }
}

extension PlannedFault.Deed {
    fileprivate var isOfStrangers: Bool {
        switch self {
        case .letIn, .changeOffsets: true
        default: false
        }
    }
}
