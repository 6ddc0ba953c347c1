internal import Messages

/// Takes out of a failing scenario what it does not need to fail: delta debugging (Zeller and Hildebrandt, "Simplifying
/// and isolating failure-inducing input", 2002) over commands and faults, after the deployment was made as plain as it
/// can be.
package struct Shrinker {
    /// Most runs to be spent.
    package var budget: Int
    private let cores: CoreFactory
    private let invariant: String
    /// The smallest that fails, so far.
    package private(set) var scenario: Scenario

    /// - Parameter violation: what the scenario fails with. Only what fails with the same guarantee counts.
    package init(_ scenario: Scenario, violation: Violation, cores: CoreFactory, budget: Int = 4_000) {
        self.scenario = scenario
        self.cores = cores
        self.budget = budget
        invariant = violation.invariant
    }

    /// Shrinks as far as the budget goes.
    package mutating func shrink() {
        simplify()
        var before = -1
        while before != size, budget > 0 {
            before = size
            remove(from: \.faults)
            remove(from: \.replays)
            remove(from: \.records)
        }
        simplify()
    }

    private var size: Int { scenario.records.count + scenario.replays.count + scenario.faults.count }

    /// Keeps the candidate if it fails the same way, with the dice that it has or with others.
    private mutating func keep(_ candidate: Scenario) -> Bool {
        var candidate = candidate
        for salt in [candidate.salt, candidate.salt + 1, candidate.salt + 2, candidate.salt + 3] {
            guard budget > 0 else { return false }
            budget -= 1
            candidate.salt = salt
            guard Run.run(candidate, cores: cores).violation?.invariant == invariant else { continue }
            scenario = candidate
            return true
        }
        return false
    }

    private mutating func simplify() {
        let changes: [(inout Scenario) -> Void] = [
            { $0.isRebuilt = false }, { $0.network.late = 0 }, { $0.network.cutBefore = 0 },
            { $0.network.cutAfter = 0 }, { $0.network.delay = 100...200 }, { $0.deployment.slowness = [] },
            { $0.settings.batchRecords = 10_000 },
            { $0.deployment.hasAdvice = false }, { $0.deployment.isStatic = false },
            { $0.deployment.revision = nil }, { $0.deployment.instances = [1, 1, 1] },
            { $0.deployment.batchSize = 1 }, { $0.deployment.batchSize = 100 },
        ]
        for change in changes {
            var candidate = scenario
            change(&candidate)
            _ = keep(candidate)
        }
    }

    private mutating func remove<Element>(from list: WritableKeyPath<Scenario, [Element]>) {
        var length = max(1, scenario[keyPath: list].count / 2)
        while budget > 0 {
            var start = 0
            while start < scenario[keyPath: list].count, budget > 0 {
                var candidate = scenario
                let end = min(start + length, candidate[keyPath: list].count)
                candidate[keyPath: list].removeSubrange(start..<end)
                if !keep(candidate) { start = end }
            }
            if length == 1 { return }
            length /= 2
        }
    }
}
