import Messages
import Testing

@testable import LoadGenerating

/// What the tracker makes of the strategies other than `compensate`.
@Suite struct StrategyTrackingTests {
    /// Four registrations, of which the second and the last have the first one's document and the third one's.
    private static func plan(_ strategy: StrategyChoice) -> StrategyPlan {
        let rows = ["A", "A", "C", "C"].enumerated().map { line, document in
            CustomerRow(line: line + 2, document: document)
        }
        return StrategyPlan(FilePlan(rows: rows, seed: 1), strategy: strategy)
    }

    private typealias Fact = @Sendable (inout Tracker) -> Void

    private static func tracker(_ plan: StrategyPlan) -> Tracker {
        var tracker = Tracker(plan: plan)
        for index in 0..<plan.count { tracker.sent(index, intendedAt: 0, at: 0) }
        return tracker
    }

    @Test(arguments: 0..<30) func aReservationSettlesWithItsProcess(seed: Int) {
        let plan = Self.plan(.reserve)
        func command(_ index: Int) -> String { plan.registration(at: index).commandID }
        func customer(_ index: Int) -> String { plan.registration(at: index).customerID }
        let facts: [Fact] = [0, 2].flatMap { winner -> [Fact] in
            let (id, values) = (customer(winner), plan.registration(at: winner).values)
            let (own, others) = (command(winner), command(winner + 1))
            return [
                {
                    $0.registered(customer: id, values: values, eventTime: 4_000)
                    $0.confirmed(customer: id, at: 5_000)
                },
                { $0.outcome(ofCommand: own, .accepted, at: 6_000) },
                { $0.outcome(ofCommand: others, .rejected(code: "value-taken"), at: 3_000) },
            ]
        }
        var generator = SeededGenerator(seed: UInt64(seed))
        var shuffled = facts + facts
        generator.shuffle(&shuffled)
        var tracker = Self.tracker(plan)
        for fact in shuffled { fact(&tracker) }
        #expect(tracker.isSettled && tracker.isAsExpected && tracker.inFlightCount == 0)
        let measurement = tracker.measurement(of: .reserve, endedAt: 9_000)
        #expect(measurement == tracker.measurement(endedAt: 9_000))
        #expect([measurement.confirmed, measurement.compensated, measurement.rejected] == [2, 0, 2])
        #expect(measurement.latencyMilliseconds.inconsistencyWindow == .none)
        #expect(measurement.latencyMilliseconds.outcome.samples == 4)
        let detail = tracker.detail(of: .reserve, endedAt: 9_000)
        #expect(detail.conflicts.peak == 0 && detail.conflicts.valueSeconds == 0)
        #expect(detail.curves.inconsistencyWindow.isEmpty && detail.rejectionsByCode == ["value-taken": 2])
    }

    @Test func theCustomersEventAloneIsNotTheProcessesEnd() {
        let plan = Self.plan(.reserve)
        var tracker = Self.tracker(plan)
        tracker.registered(
            customer: plan.registration(at: 0).customerID, values: UniqueValues(document: "A"), eventTime: 1)
        tracker.confirmed(customer: plan.registration(at: 0).customerID, at: 5)
        #expect(tracker.settlement(at: 0) == .open && tracker.unanswered == [0, 1, 2, 3])
        tracker.outcome(ofCommand: plan.registration(at: 0).commandID, .accepted, at: 6)
        #expect(tracker.settlement(at: 0) == .confirmed && tracker.unanswered == [1, 2, 3])
        // Nobody may be let in and undone here.
        tracker.unregistered(
            customer: plan.registration(at: 1).customerID, reason: "duplicate", heldBy: nil, at: 7,
            eventTime: 7)
        tracker.outcome(ofCommand: plan.registration(at: 1).commandID, .accepted, at: 7)
        #expect(tracker.settlement(at: 1) == .compensated && !tracker.isAsExpected)
    }

    @Test func aDerivedDuplicateIsRejectedInTheFirstOnesStream() {
        let plan = Self.plan(.derived)
        var tracker = Self.tracker(plan)
        for (index, document) in [(0, "A"), (2, "C")] {
            let id = plan.registration(at: index).customerID
            let key = UniqueKey(attribute: "document", value: document)
            #expect(id == NameID.customer(of: key).description && plan.registration(at: index + 1).customerID == id)
            tracker.registered(customer: id, values: UniqueValues([key]), eventTime: 1_000)
            tracker.outcome(ofCommand: plan.registration(at: index).commandID, .accepted, at: 2_000)
            tracker.outcome(
                ofCommand: plan.registration(at: index + 1).commandID, .rejected(code: "already-registered"), at: 3_000)
            #expect(tracker.settlement(at: index) == .open && tracker.settlement(at: index + 1) == .rejected)
            tracker.confirmed(customer: id, at: 4_000)
        }
        #expect(tracker.isAsExpected && tracker.detail(endedAt: 9).conflicts.peak == 0)
    }

    @Test func aCommandAndARequestMayMeetUnderOneDerivedId() {
        let keys = [UniqueKey(attribute: "document", value: "A"), UniqueKey(attribute: "email", value: "a@b.c")]
        let rows = [Array(keys.prefix(1)), keys].map {
            CustomerRow(
                line: 2, values: UniqueValues($0), spellings: $0.map(\.value), customerID: nil, name: nil)
        }
        let plan = StrategyPlan(FilePlan(rows: rows, seed: 1), strategy: .derived)
        var tracker = Self.tracker(plan)
        // The request wins: what was registered is no sign that the command was taken.
        let id = plan.registration(at: 0).customerID
        tracker.registered(customer: id, values: UniqueValues(keys), eventTime: 1)
        tracker.confirmed(customer: id, at: 2)
        #expect(tracker.settlement(at: 0) == .open && tracker.settlement(at: 1) == .open)
        tracker.outcome(ofCommand: plan.registration(at: 1).commandID, .accepted, at: 3)
        tracker.outcome(
            ofCommand: plan.registration(at: 0).commandID, .rejected(code: "already-registered"), at: 4)
        #expect(tracker.settlement(at: 0) == .rejected && tracker.settlement(at: 1) == .confirmed)
        #expect(tracker.isAsExpected)
    }

    @Test func eachStrategyOfAMixIsMeasuredAlone() throws {
        let base = try GeneratedPlan(commands: 600, duplicateRatio: 0.5, seed: 2, attributes: .standard)
        let plan = StrategyPlan(base, strategy: .mixed)
        var tracker = Self.tracker(plan)
        var holders: [String: String] = [:]
        for registration in plan.registrations {
            let customer = registration.customerID
            let holder = holders[registration.document]
            let rejected = holder != nil && registration.strategy != .compensate
            tracker.outcome(
                ofCommand: registration.commandID, rejected ? .rejected(code: "value-taken") : .accepted, at: 10)
            guard !rejected else { continue }
            tracker.registered(customer: customer, values: registration.values, eventTime: 1_000)
            if let holder {
                tracker.unregistered(
                    customer: customer, reason: "duplicate", heldBy: holder, at: 20, eventTime: 5_000)
            } else {
                tracker.confirmed(customer: customer, at: 20)
                holders[registration.document] = customer
            }
        }
        #expect(tracker.isAsExpected)
        let report = Report(tracker, RunFacts(strategy: .mixed), endedAt: 99)
        #expect(report.strategies.keys.sorted() == ["compensate", "derived", "reserve"])
        #expect(report.details.keys.sorted() == ["compensate", "derived", "mixed", "reserve"])
        #expect(report.strategies.values.reduce(0) { $0 + $1.commands } == 600)
        #expect(report.strategies.values.reduce(0) { $0 + $1.confirmed } == report.measurement.confirmed)
        for (name, measurement) in report.strategies {
            let window = measurement.latencyMilliseconds.inconsistencyWindow
            #expect((window.max == 0) == (name != "compensate"))
            #expect((report.details[name]?.conflicts.peak == 0) == (name != "compensate"))
        }
        #expect(report.details["mixed"]?.conflicts == report.details["compensate"]?.conflicts)
        #expect(report.text().contains("strategy    commands") && report.html().contains("By strategy"))
        // One strategy's mistake is not made up for by another's.
        var wrong = tracker
        wrong.tallies[.reserve]?.counts[Tracker.Settlement.confirmed.rawValue] -= 1
        wrong.tallies[.reserve]?.counts[Tracker.Settlement.rejected.rawValue] += 1
        #expect(!wrong.isAsExpected)
    }

    @Test func conflictsAreCountedByValue() {
        func occupation(_ document: String, _ start: Int64, _ end: Int64?) -> Occupation {
            Occupation(
                key: UniqueKey(attribute: "document", value: document), start: start * 1_000,
                end: end.map { $0 * 1_000 })
        }
        let series = ConflictSeries(
            [
                // In conflict from 20 to 60, with three at a time in between, and again from 80 to 90.
                occupation("A", 0, nil), occupation("A", 20, 50), occupation("A", 30, 60), occupation("A", 80, 90),
                // From 40 to 50, by other customers.
                occupation("B", 10, 50), occupation("B", 40, nil),
                // Never: one follows the other, one was there for no time, and one is alone.
                occupation("C", 0, 30), occupation("C", 30, nil), occupation("C", 40, 40), occupation("D", 0, nil),
            ], from: 0, to: 240_000)
        #expect(series.peak == 2 && series.valueSeconds == 0.06 && series.sliceMilliseconds == 1)
        let at = { (slice: Int) in series.greatest[slice] }
        #expect([0, 19, 20, 39, 40, 49, 55, 61, 79, 80, 91, 239].map(at) == [0, 0, 1, 1, 2, 2, 1, 0, 0, 1, 0, 0])
        // One that lasts is there to the end.
        let lasting = ConflictSeries([occupation("A", 1, nil), occupation("A", 2, nil)], from: 0, to: 10_000)
        #expect(lasting.greatest.last == 1 && lasting.valueSeconds == 0.008)
        let empty = ConflictSeries([], from: 5, to: 5)
        #expect(empty.peak == 0 && empty.greatest.allSatisfy { $0 == 0 })
    }

    @Test func curvesRiseToTheirGreatest() {
        var recorder = LatencyRecorder()
        #expect(recorder.curve.isEmpty)
        for duration in 1...1_000 as ClosedRange<Int64> { recorder.record(from: 0, to: duration * 1_000) }
        let curve = recorder.curve
        #expect(
            curve.first?.percentile == 0
                && curve.last == CurvePoint(percentile: 100, milliseconds: curve.last?.milliseconds ?? 0))
        #expect(abs((curve.last?.milliseconds ?? 0) - 1_000) < 2 && curve.contains { $0.percentile == 99 })
        for (one, next) in zip(curve, curve.dropFirst()) {
            #expect(one.percentile < next.percentile && one.milliseconds <= next.milliseconds)
        }
        #expect(curve.count == 32)
    }

    @Test func processorTimeIsReadBehindTheName() {
        let stat = "4711 (a) b (c) S 1 4711 4711 0 -1 4194560 900 0 0 0 250 50 0 0 20 0 9 0 12345 1 2"
        #expect(ProcessorTime.seconds(stat: stat, ticksPerSecond: 100) == 3)
        #expect(ProcessorTime.seconds(stat: "4711 (x) S 1", ticksPerSecond: 100) == nil)
        #expect(ProcessorTime.seconds(stat: "", ticksPerSecond: 100) == nil)
        #expect(ProcessorTime.seconds(stat: stat, ticksPerSecond: 0) == nil)
    }
}
