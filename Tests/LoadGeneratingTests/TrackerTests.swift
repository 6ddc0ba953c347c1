import Messages
import Testing

@testable import LoadGenerating

/// Facts in any order, any number of times.
@Suite struct TrackerTests {
    /// Five registrations: two customers of one document, one customer twice, one more.
    private static let plan = FilePlan(
        rows: [("a", "A"), ("b", "A"), ("c", "C"), ("c", "D"), ("e", "E")].enumerated().map { line, row in
            CustomerRow(line: line + 2, document: row.1, customerID: row.0)
        }, seed: 1)

    private static func command(_ index: Int) -> String { plan.registration(at: index).commandID }

    private typealias Fact = @Sendable (inout Tracker) -> Void

    /// All that is seen in a good run. `b` wins A, the second registration of `c` is rejected.
    private static let facts: [Fact] = [
        { $0.outcome(ofCommand: command(0), .accepted, at: 2_000) },
        { $0.outcome(ofCommand: command(1), .accepted, at: 3_000) },
        { $0.outcome(ofCommand: command(2), .accepted, at: 4_000) },
        { $0.outcome(ofCommand: command(3), .rejected(code: "already-registered"), at: 5_000) },
        { $0.outcome(ofCommand: command(4), .accepted, at: 6_000) },
        { $0.registered(customer: "a", values: UniqueValues(document: "A"), eventTime: 70_000) },
        { $0.registered(customer: "b", values: UniqueValues(document: "A"), eventTime: 60_000) },
        { $0.registered(customer: "c", values: UniqueValues(document: "C"), eventTime: 60_000) },
        { $0.registered(customer: "e", values: UniqueValues(document: "E"), eventTime: 60_000) },
        { $0.confirmed(customer: "b", at: 10_000) },
        { $0.confirmed(customer: "c", at: 11_000) },
        { $0.confirmed(customer: "e", at: 12_000) },
        {
            $0.unregistered(
                customer: "a", reason: "duplicate", heldBy: "b", at: 20_000, eventTime: 95_000)
        },
    ]

    private static func tracker() -> Tracker {
        var tracker = Tracker(plan: plan)
        for index in 0..<plan.count { tracker.sent(index, intendedAt: 0, at: 1_000) }
        return tracker
    }

    private static func expectGoodEnd(_ tracker: Tracker, sourceLocation: SourceLocation = #_sourceLocation) {
        let measurement = tracker.measurement(endedAt: 99_000_000)
        let counts = [
            measurement.confirmed, measurement.compensated, measurement.rejected, measurement.unsettled,
            measurement.deadLettered, tracker.inFlightCount,
        ]
        #expect(counts == [3, 1, 1, 0, 0, 0], sourceLocation: sourceLocation)
        #expect(tracker.isSettled && tracker.isAsExpected, sourceLocation: sourceLocation)
        #expect(tracker.rejectionsByCode == ["already-registered": 1], sourceLocation: sourceLocation)
        let latencies = measurement.latencyMilliseconds
        #expect(latencies.outcome.samples == 5 && latencies.settled.samples == 5, sourceLocation: sourceLocation)
        #expect(latencies.inconsistencyWindow.samples == 1, sourceLocation: sourceLocation)
        #expect(abs(latencies.inconsistencyWindow.max - 25) < 0.1, sourceLocation: sourceLocation)
        #expect(tracker.timeline.slices.reduce(0) { $0 + $1.settled } == 5, sourceLocation: sourceLocation)
        #expect(tracker.timeline.slices.reduce(0) { $0 + $1.sent } == 5, sourceLocation: sourceLocation)
    }

    @Test func aGoodRunIsMeasured() {
        var tracker = Self.tracker()
        #expect(tracker.inFlightCount == 5 && tracker.unsettledCount == 5 && tracker.unsettled(limit: 2) == [0, 1])
        for fact in Self.facts {
            #expect(!tracker.isSettled)
            fact(&tracker)
        }
        Self.expectGoodEnd(tracker)
        let measurement = tracker.measurement(endedAt: 99_000_000)
        #expect(abs(measurement.latencyMilliseconds.settled.max - 20) < 0.1)
        #expect(abs(measurement.latencyMilliseconds.outcome.p50 - 4) < 0.1)
        #expect(measurement.durationSeconds == 0.019)
        #expect(measurement.settledPerSecond == 263.2)
        #expect(measurement.distinctDocuments == 4)
    }

    @Test(arguments: 0..<100) func orderAndRepetitionChangeNothing(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        var facts = Self.facts + Self.facts
        facts += (0..<generator.below(20)).compactMap { _ in generator.pick(Self.facts) }
        generator.shuffle(&facts)
        var tracker = Self.tracker()
        for fact in facts {
            fact(&tracker)
            if generator.chance(1, of: 5) { tracker.sent(generator.below(5), intendedAt: 77, at: 77) }
        }
        Self.expectGoodEnd(tracker)
        #expect(tracker.outcomeCount == 5 && tracker.sentCount == 5)
    }

    @Test func othersAreIgnored() {
        var tracker = Self.tracker()
        tracker.outcome(ofCommand: "someone else's", .accepted, at: 5)
        tracker.registered(customer: "z", values: UniqueValues(document: "Z"), eventTime: 5)
        tracker.confirmed(customer: "z", at: 5)
        tracker.unregistered(customer: "z", reason: "duplicate", heldBy: "a", at: 5, eventTime: 5)
        tracker.deadLettered(command: "x", customer: "a", at: 5)
        tracker.deadLettered(command: nil, customer: "z", at: 5)
        tracker.sent(99, intendedAt: 5, at: 5)
        #expect(tracker.unsettledCount == 5 && tracker.sentCount == 5 && tracker.outcomeCount == 0)
    }

    @Test func aHolderOfAnotherRunLeavesTheLosersOwnTime() {
        var tracker = Self.tracker()
        tracker.registered(customer: "a", values: UniqueValues(document: "A"), eventTime: 1_000)
        tracker.unregistered(customer: "a", reason: "duplicate", heldBy: "old", at: 9, eventTime: 4_000)
        // Not registered as far as was seen: nothing to measure.
        tracker.unregistered(customer: "e", reason: "duplicate", heldBy: nil, at: 9, eventTime: 4_000)
        let window = tracker.measurement(endedAt: 9).latencyMilliseconds.inconsistencyWindow
        #expect(window.samples == 1 && abs(window.max - 3) < 0.1)
    }

    @Test func deadLettersSettleWhatTheyConcern() {
        var tracker = Self.tracker()
        tracker.deadLettered(command: Self.command(4), customer: nil, at: 8_000)
        tracker.deadLettered(command: Self.command(4), customer: nil, at: 9_000)
        tracker.deadLettered(command: nil, customer: "a", at: 9_000)
        #expect(tracker.count(of: .deadLettered) == 2 && tracker.inFlightCount == 3)
        // A repeat of a command that was accepted may be dead-lettered; the command is what its outcome says.
        tracker.outcome(ofCommand: Self.command(2), .accepted, at: 9_000)
        tracker.deadLettered(command: Self.command(2), customer: nil, at: 9_000)
        #expect(tracker.settlement(at: 2) == .open)
        tracker.confirmed(customer: "c", at: 9_000)
        #expect(tracker.settlement(at: 2) == .confirmed && tracker.settlement(at: 3) == .open)
        #expect(!tracker.isAsExpected)
    }

    @Test func whatShouldNotBeIsNoticed() {
        func contradictions(_ facts: (inout Tracker) -> Void) -> Int {
            var tracker = Self.tracker()
            for fact in Self.facts { fact(&tracker) }
            facts(&tracker)
            if tracker.contradictionCount > 0 { #expect(!tracker.isAsExpected) }
            return tracker.contradictionCount
        }
        #expect(contradictions { _ in } == 0)
        #expect(contradictions { $0.outcome(ofCommand: Self.command(0), .rejected(code: "malformed"), at: 9) } == 1)
        #expect(contradictions { $0.confirmed(customer: "a", at: 9) } == 1)
        var other = Self.tracker()
        other.registered(customer: "a", values: UniqueValues(document: "B"), eventTime: 1)
        #expect(other.contradictionCount == 1)
        var withdrawn = Self.tracker()
        withdrawn.unregistered(customer: "a", reason: "requested", heldBy: nil, at: 9, eventTime: 9)
        #expect(withdrawn.settlement(at: 0) == .withdrawn)
    }

    @Test func theAdvisoryCheckMayTurnLosersAway() throws {
        let plan = try GeneratedPlan(commands: 2, duplicateRatio: 0.5, seed: 4, attributes: .standard)
        var tracker = Tracker(plan: plan)
        for index in 0..<2 { tracker.sent(index, intendedAt: 0, at: 0) }
        tracker.confirmed(customer: plan.registration(at: 0).customerID, at: 5)
        tracker.outcome(
            ofCommand: plan.registration(at: 1).commandID, .rejected(code: "value-taken"), at: 6)
        #expect(tracker.isAsExpected)
    }

    @Test func clocksMayDisagreeWildly() {
        var tracker = Self.tracker()
        tracker.registered(customer: "a", values: UniqueValues(document: "A"), eventTime: .min)
        tracker.unregistered(customer: "a", reason: "duplicate", heldBy: nil, at: .max, eventTime: .max)
        tracker.confirmed(customer: "b", at: .min)
        let measurement = tracker.measurement(endedAt: .max)
        #expect(measurement.latencyMilliseconds.inconsistencyWindow.max > 0)
        #expect(tracker.timeline.slices.count <= Timeline.greatestSliceCount)
    }

    @Test func theTimelineGrowsCoarserNotLonger() {
        var timeline = Timeline()
        for second in 0..<3_600 {
            timeline.recordSent(at: Int64(second) * 1_000_000)
            timeline.recordSettled(at: Int64(second) * 1_000_000 + 500_000)
        }
        timeline.recordSettled(at: -5)
        #expect(timeline.slices.count <= Timeline.greatestSliceCount && timeline.slices.count > 100)
        #expect(timeline.slices.reduce(0) { $0 + $1.sent } == 3_600)
        #expect(timeline.slices.reduce(0) { $0 + $1.settled } == 3_601)
    }
}
