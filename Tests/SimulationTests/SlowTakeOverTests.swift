import Simulation
import TestProcesses
import Testing

/// Members that join while another one catches up on a slow machine.
@Suite struct SlowTakeOverTests {
    private static func scenarios(_ count: Int) -> [Scenario] {
        (UInt64(0)..<400).lazy.map { Scenario(seed: $0) }.filter { !$0.deployment.joiners.isEmpty }.prefix(count)
            .map { $0 }
    }

    @Test func nobodyWaitsForWhoCatchesUp() async throws {
        try await onHeavyThread {
            for scenario in Self.scenarios(8) {
                #expect(Run.run(scenario).violation == nil, "seed \(scenario.seed)")
            }
        }
    }

    /// A planted bug: who catches up does not answer its group before it is done.
    @Test func whoCatchesUpBeforeItAnswersIsFound() async throws {
        try await onHeavyThread {
            let found = Self.scenarios(20).contains { scenario in
                var scenario = scenario
                scenario.deployment.catchesUpBeforeAnswering = true
                return Run.run(scenario).violation?.invariant == "stall"
            }
            #expect(found)
        }
    }
}
