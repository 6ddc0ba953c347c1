import Processing
import Simulation
import TestProcesses
import Testing

/// A short campaign in every run of the tests; long ones are `make simulate`.
@Suite struct SmokeTests {
    /// Less than a minute in a debug build on one core. When this was written all of `Campaign.required` was seen here.
    private static let seeds: Range<UInt64> = 160..<370
    /// Each change of the services shifts what a seed does. These are seen in less than one of 30 runs, so that a range of
    /// this size may miss them; any other it misses less than once in 10,000 changes.
    private static let rare: Set<Sighting> = [
        .escalation, .stateRolledBack, .lateBatchTaken, .batchPutOff, .generationGivenAgain, .transactionTimedOut,
    ]

    @Test func campaignIsClean() async throws {
        try await onHeavyThread {
            var campaign = Campaign()
            for seed in Self.seeds {
                let (result, isSame) = Campaign.run(
                    seed: seed, guarantee: nil, cores: .services, isMadeTwice: seed % 10 == 0)
                campaign.take(result, isSame: isSame)
            }
            for failure in campaign.failures {
                Issue.record("seed \(failure.seed): \(failure.violation.map(\.description) ?? "")")
            }
            #expect(campaign.undecided == [], "seeds that do not decide their runs")
            #expect(campaign.twice == Self.seeds.count / 10)
            #expect(campaign.missing.filter { !Self.rare.contains($0) } == [], "seen: \(campaign.sightings)")
        }
    }

    /// The first of a few seeds that fails when the index forgets.
    private func canaryFailure() throws -> (Scenario, RunResult) {
        for seed in Self.seeds.prefix(20) {
            let scenario = Scenario(seed: seed)
            let result = Run.run(scenario, cores: .canary)
            if result.violation != nil { return (scenario, result) }
        }
        throw Silence()
    }

    private struct Silence: Error {}

    @Test func canaryIsHeard() async throws {
        try await onHeavyThread {
            let (scenario, result) = try canaryFailure()
            // It is the canary that fails, and fails again the same way.
            #expect(Run.run(scenario).violation == nil)
            let again = Run.run(scenario, cores: .canary)
            #expect(again.violation == result.violation)
            #expect(again.fingerprint == result.fingerprint)
        }
    }

    @Test func shrinkingKeepsTheFailure() async throws {
        try await onHeavyThread {
            let (scenario, result) = try canaryFailure()
            let violation = try #require(result.violation)
            var shrinker = Shrinker(scenario, violation: violation, cores: .canary, budget: 100)
            shrinker.shrink()
            #expect(shrinker.budget < 100)
            #expect(shrinker.scenario.parts < scenario.parts / 2)
            let short = Run.run(shrinker.scenario, cores: .canary)
            #expect(short.violation?.invariant == violation.invariant)
        }
    }

    @Test func tracingChangesNothing() async throws {
        try await onHeavyThread {
            let scenario = Scenario(seed: Self.seeds.lowerBound)
            let untold = Run.run(scenario)
            let told = Run.run(scenario, isTraced: true)
            #expect(untold.trace == [])
            #expect(told.trace.count > untold.records, "a trace tells of each record, and more")
            #expect(told.fingerprint == untold.fingerprint)
            #expect(told.steps == untold.steps)
            #expect(told.sightings == untold.sightings)
        }
    }

    @Test func everySeedIsAnotherRun() async throws {
        try await onHeavyThread {
            let fingerprints = Self.seeds.prefix(5).map { Run.run(Scenario(seed: $0)).fingerprint }
            #expect(Set(fingerprints).count == fingerprints.count)
        }
    }
}

extension Scenario {
    /// What can be taken out of it.
    fileprivate var parts: Int { records.count + replays.count + faults.count }
}
