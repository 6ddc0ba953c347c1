internal import EventLog
internal import Messages
internal import Processing

/// What came of a run.
package struct RunResult: Sendable {
    package var seed: UInt64
    package var violation: Violation?
    package var fingerprint: UInt64
    package var sightings: Sightings
    /// Actions of the timeline.
    package var steps: Int
    /// Records that became visible.
    package var records: Int
    package var requests: Int
    /// Microseconds of virtual time.
    package var time: Int64
    /// What happened, when the run was traced.
    package var trace: [String]
}

/// One scenario, from beginning to end: a phase in which things go wrong and nothing false may happen, healing, and a phase
/// in which everything must come to its end.
package final class Run {
    /// How long the system may take to come to rest once all is well, in microseconds: longer than the process manager's
    /// longest patience.
    private static let restTime: Int64 = 3_600_000_000
    /// How long nothing must have happened before it is asked whether all is done.
    private static let quietTime: Int64 = 5_000_000
    private static let stepLimit = 3_000_000

    private let scenario: Scenario
    private let deployment: Deployment
    private let client: Client
    private let asking: Asking
    private var violation: Violation?

    private init(_ scenario: Scenario, cores: CoreFactory, isTraced: Bool) {
        self.scenario = scenario
        var dice = Dice(seed: scenario.seed ^ 0x5eed ^ scenario.salt << 32)
        deployment = Deployment(
            scenario.deployment, faults: scenario.network, settings: scenario.settings, cores: cores,
            dice: dice.fork(), isTraced: isTraced)
        client = Client(scenario, deployment: deployment, dice: dice.fork())
        asking = Asking(deployment, dice: dice.fork())
    }

    /// - Parameters:
    ///   - cores: the services' own, unless a fault is planted.
    ///   - isTraced: whether the result tells what happened. The run is the same.
    package static func run(
        _ scenario: Scenario, cores: CoreFactory = .services, isTraced: Bool = false
    ) -> RunResult {
        let run = Run(scenario, cores: cores, isTraced: isTraced)
        run.go()
        return run.finish()
    }

    private func go() {
        deployment.onViolation = { [unowned self] in violation = violation ?? $0 }
        deployment.onRecord = { [client] in client.saw($0) }
        do { try deployment.begin() } catch {
            violation = Violation(invariant: "setup", detail: "\(error)", records: [])
            return
        }
        asking.begin()
        let start = deployment.timeline.now
        deployment.plan(scenario.faults)
        advance(until: start + scenario.safetyTime)
        deployment.heal()
        if let last = scenario.deployment.joiners.map(\.time).max() {
            advance(until: deployment.timeline.now + last + 20_000_000)
        }
        rest("after healing")
        guard scenario.isRebuilt, violation == nil else { return }
        // What a zombie has written to a served topic may make no difference to a reader who was there, as the
        // auditor was. It is put right none the less, and that is not the rebuild's doing.
        if scenario.deployment.guarantee == .atLeastOnce {
            advance(until: deployment.timeline.now + 2 * deployment.workerConfiguration.verifyInterval.microseconds)
        }
        let before = deployment.recordCount
        deployment.rebuild()
        advance(until: deployment.timeline.now + 30_000_000)
        rest("after rebuilding")
        if violation == nil, deployment.recordCount != before {
            violation = Violation(
                invariant: "U8", detail: "\(deployment.recordCount - before) records were written by a rebuild",
                records: [])
        }
    }

    /// Lets time pass.
    private func advance(until time: Int64) {
        let timeline = deployment.timeline
        while violation == nil, let next = timeline.nextTime, next < time {
            _ = timeline.step()
            if timeline.stepCount > Self.stepLimit {
                violation = Violation(invariant: "rest", detail: "the run does not end", records: [])
            }
        }
    }

    private func rest(_ when: String) {
        var moment = deployment.timeline.now
        let deadline = moment + Self.restTime
        var pause = Self.quietTime
        while violation == nil {
            moment += pause
            advance(until: moment)
            guard violation == nil else { return }
            let missing = deployment.lastRecord + Self.quietTime - moment
            let open = missing > 0 ? [] : openWork()
            if missing <= 0, open.isEmpty { return }
            if moment >= deadline {
                violation =
                    open.first ?? Violation(invariant: "rest", detail: "records are written for ever", records: [])
                violation?.detail += " (\(when))"
                return
            }
            pause = missing > 0 ? max(missing, 1_000_000) : min(2 * pause, 60_000_000)
        }
    }

    private func openWork() -> [Violation] {
        if client.missing > 0 {
            return [Violation(invariant: "rest", detail: "clients could not write", records: [])]
        }
        var offsets: [ConsumerGroup: [TopicPartition: Int64]] = [:]
        for group in ConsumerGroup.allCases {
            offsets[group] = deployment.broker.committedOffsets(of: deployment.names.name(group))
        }
        return deployment.checker.atRest(groupOffsets: offsets)
    }

    private func finish() -> RunResult {
        let timeline = deployment.timeline
        let chronicle = deployment.chronicle
        let counts = deployment.network.counts
        deployment.checker.sightings.note(.connectionLost, times: counts.cutsBefore + counts.cutsAfter)
        deployment.checker.sightings.note(.lateRequest, times: counts.late)
        deployment.checker.sightings.note(.lateBatchTaken, times: counts.lateBatches)
        deployment.checker.sightings.note(deployment.broker.encounters)
        deployment.noteRefusals()
        chronicle.mix(UInt64(timeline.stepCount))
        let result = RunResult(
            seed: scenario.seed, violation: violation, fingerprint: chronicle.fingerprint,
            sightings: deployment.checker.sightings, steps: timeline.stepCount, records: deployment.recordCount,
            requests: counts.requests, time: timeline.now - 1_700_000_000_000_000, trace: chronicle.lines)
        client.end()
        deployment.clear()
        return result
    }
}
