/// What every implementation of the log's ports must do, as its users see it: no word of a client library, of its
/// settings, or of a broker.
///
/// A case throws `ContractViolation` when the log does otherwise, and lets a `LogError` through that should not be.
package struct ContractCase: Sendable {
    /// What is so when the case passes.
    package var name: String
    /// What a log must be able to do for it.
    package var needs: Set<Capability>
    package var body: @Sendable (any EventLogUnderTest) throws -> Void

    init(
        _ name: String, needs: Set<Capability> = [],
        _ body: @escaping @Sendable (any EventLogUnderTest) throws -> Void
    ) {
        self.name = name
        self.needs = needs
        self.body = body
    }
}

/// The conformance suite of the log's ports. Each case makes what it needs, and is run on a log of its own or on one
/// whose `name` keeps the cases apart.
package enum EventLogContract {
    package static let all: [ContractCase] =
        producing + reading + membership + sharing + transactions + openTransactions + fencing

    /// What every consumer of a case commits with its offsets.
    package static let offsetMetadata = "who committed: the contract"

    /// Those that a log with these capabilities can be asked for.
    package static func cases(for capabilities: Set<Capability>) -> [ContractCase] {
        all.filter { $0.needs.isSubset(of: capabilities) }
    }
}
