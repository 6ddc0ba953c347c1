package import Processing

/// Many runs, and what they have seen together.
package struct Campaign: Sendable {
    /// What must have been seen at least once, or the campaign has not tested what it is for.
    package static let required: [Sighting] = [
        .fencedProducer, .abortedBatch, .rebalanceInTransaction, .compensationSuperseded, .stateRolledBack, .escalation,
        .stateLost, .zombieWriteRefused, .indeterminateCommit, .brokerRestart, .deadLetter, .reroute, .keyReused,
        .changeRejected, .reservationReleased, .restingKey, .lateRequest, .adviceTaken,
        .concurrentTransactions, .unstableOffsets, .laggingStableOffset, .endTakenOver, .lateBatchTaken, .batchPutOff,
        .coordinatorLoading, .generationGivenAgain, .transactionTimedOut, .strangersOffset, .offsetsDeleted,
        .offsetsSet,
        .rebalanceForJoiner, .takeOverGivenUp, .claimSentOn, .claimHalfFailed, .claimOvertaken, .declarationAdopted,
        .outdated,
    ]

    package private(set) var sightings = Sightings()
    package private(set) var runs = 0
    package private(set) var steps = 0
    package private(set) var records = 0
    package private(set) var requests = 0
    /// Microseconds of virtual time.
    package private(set) var time: Int64 = 0
    package private(set) var failures: [RunResult] = []
    /// Seeds whose two runs were not the same.
    package private(set) var undecided: [UInt64] = []
    /// How many runs were made twice.
    package private(set) var twice = 0

    package init() {}

    /// One seed of a campaign.
    /// - Parameters:
    ///   - isMadeTwice: whether it is run again, to see that the seed decides everything.
    ///   - prepare: changes what the seed has drawn.
    /// - Returns: the run, and whether the second one was the same.
    package static func run(
        seed: UInt64, guarantee: DeliveryGuarantee?, cores: CoreFactory, isMadeTwice: Bool,
        prepare: (inout Scenario) -> Void = { _ in }
    ) -> (result: RunResult, isSame: Bool?) {
        var scenario = Scenario(seed: seed, guarantee: guarantee)
        prepare(&scenario)
        let result = Run.run(scenario, cores: cores)
        guard isMadeTwice else { return (result, nil) }
        return (result, Run.run(scenario, cores: cores).fingerprint == result.fingerprint)
    }

    package mutating func take(_ result: RunResult, isSame: Bool?) {
        runs += 1
        steps += result.steps
        records += result.records
        requests += result.requests
        time += result.time
        sightings.merge(result.sightings)
        if result.violation != nil { failures.append(result) }
        if let isSame {
            twice += 1
            if !isSame { undecided.append(result.seed) }
        }
    }

    /// What should have been seen and was not.
    package var missing: [Sighting] { Self.required.filter { sightings.count(of: $0) == 0 } }

    /// Whether the alarm rings: some of these seeds must fail when the index forgets.
    package static func canaryFails(seeds: Range<UInt64>) -> Bool {
        seeds.contains { run(seed: $0, guarantee: nil, cores: .canary, isMadeTwice: false).result.violation != nil }
    }
}
