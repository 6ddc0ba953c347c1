import Simulation
import TestProcesses
import Testing

/// What is planted is found: a bug of each kind that the rules are there for, in a wrapper around the services' own cores.
@Suite struct PlantTests {
    /// The rarest is found in one of twenty runs: where none of so many shows it, it is not found any more.
    private static let limit: UInt64 = 200

    /// The first seed that fails by what the bug breaks.
    private func failure(_ name: String) throws -> (seed: UInt64, violation: Violation) {
        let plant = try #require(Plant.named(name))
        for seed in 1...Self.limit {
            var scenario = Scenario(seed: seed)
            guard plant.suits(scenario) else { continue }
            plant.prepare(&scenario)
            guard let violation = Run.run(scenario, cores: plant.cores).violation,
                plant.invariants?.contains(violation.invariant) ?? true
            else { continue }
            return (seed, violation)
        }
        throw Silence()
    }

    private struct Silence: Error {}

    /// Two judges know U9: the checker, and the auditor, which alone reads on behind what else breaks first.
    private static let isToldByAuditor = ["all-at-once": true, "own-order": false]

    @Test(arguments: Plant.all.map(\.name)) func isFound(_ name: String) async throws {
        try await onHeavyThread {
            let (seed, violation) = try failure(name)
            if let isToldByAuditor = Self.isToldByAuditor[name] {
                #expect(violation.detail.hasPrefix("auditor: ") == isToldByAuditor)
            }
            // It is the plant that fails.
            #expect(Run.run(Scenario(seed: seed)).violation == nil, "seed \(seed)")
        }
    }

    @Test func namesAreNotGivenTwice() {
        #expect(Set(Plant.all.map(\.name)).count == Plant.all.count)
        #expect(Plant.named("") == nil)
    }
}
