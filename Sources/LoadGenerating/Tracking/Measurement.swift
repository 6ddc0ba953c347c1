import Messages

/// What came of registrations, and how long it took. These are the fields of the contract's report.
public struct Measurement: Hashable, Sendable, Codable {
    /// Registrations asked for; a command sent twice is one.
    public var commands: Int
    /// Distinct values of the first attribute among them, normalized.
    public var distinctDocuments: Int
    public var confirmed: Int
    public var compensated: Int
    public var rejected: Int
    /// Registrations that had not settled when the run ended.
    public var unsettled: Int
    public var deadLettered: Int
    /// Rows of the input that were no registrations.
    public var unusableRows: Int
    /// From the first command sent to the last registration settled, or to the end of the run if some had not.
    public var durationSeconds: Double
    public var settledPerSecond: Double
    public var latencyMilliseconds: Latencies

    /// Times in milliseconds.
    public struct Latencies: Hashable, Sendable, Codable {
        /// From the time a command was meant to be sent to its first outcome seen.
        public var outcome: Percentiles
        /// From the time a command was meant to be sent to its registration seen confirmed, compensated or rejected.
        public var settled: Percentiles
        /// For each loser, from the later of the two registrations of the value to its unregistration, by the
        /// events' own times.
        public var inconsistencyWindow: Percentiles

        public init(outcome: Percentiles, settled: Percentiles, inconsistencyWindow: Percentiles) {
            self.outcome = outcome
            self.settled = settled
            self.inconsistencyWindow = inconsistencyWindow
        }
    }

    public init(
        commands: Int, distinctDocuments: Int, confirmed: Int, compensated: Int, rejected: Int, unsettled: Int,
        deadLettered: Int, unusableRows: Int, durationSeconds: Double, settledPerSecond: Double,
        latencyMilliseconds: Latencies
    ) {
        self.commands = commands
        self.distinctDocuments = distinctDocuments
        self.confirmed = confirmed
        self.compensated = compensated
        self.rejected = rejected
        self.unsettled = unsettled
        self.deadLettered = deadLettered
        self.unusableRows = unusableRows
        self.durationSeconds = durationSeconds
        self.settledPerSecond = settledPerSecond
        self.latencyMilliseconds = latencyMilliseconds
    }
}

extension Tracker {
    /// What is known so far.
    ///
    /// - Parameters:
    ///   - strategy: only of the registrations that go through it; nil for all.
    ///   - endTime: when the run ended, or now; it matters only if something is unsettled.
    public func measurement(of strategy: RegistrationStrategy? = nil, endedAt endTime: Int64) -> Measurement {
        let tally = strategy.map { tallies[$0] ?? Tally(count: 0) } ?? whole
        let expected = strategy.map { plan.expectationsByStrategy[$0] ?? Expectations() } ?? plan.expectations
        let end = tally.isSettled ? tally.lastSettledAt ?? endTime : endTime
        let microseconds = tally.firstSentAt.map { max(0, Double(end) - Double($0)) } ?? 0
        let seconds = (microseconds / 1000).rounded() / 1000
        let unsettled = tally.count(of: .open)
        let perSecond = microseconds > 0 ? Double(tally.total - unsettled) * 1_000_000 / microseconds : 0
        return Measurement(
            commands: tally.total, distinctDocuments: expected.distinctDocuments,
            confirmed: tally.count(of: .confirmed), compensated: tally.count(of: .compensated),
            rejected: tally.count(of: .rejected), unsettled: unsettled,
            deadLettered: tally.count(of: .deadLettered), unusableRows: plan.unusableRows.count,
            durationSeconds: seconds, settledPerSecond: (perSecond * 10).rounded() / 10,
            latencyMilliseconds: Measurement.Latencies(
                outcome: tally.outcomeLatency.percentiles, settled: tally.settledLatency.percentiles,
                inconsistencyWindow: inconsistencyWindow(of: strategy).percentiles))
    }

    /// What lies behind the measurement: whole curves, and what happened when.
    ///
    /// - Parameter strategy: only of the registrations that go through it; nil for all.
    public func detail(of strategy: RegistrationStrategy? = nil, endedAt endTime: Int64) -> Detail {
        let tally = strategy.map { tallies[$0] ?? Tally(count: 0) } ?? whole
        let window = inconsistencyWindow(of: strategy)
        let start = whole.firstSentAt ?? 0
        let end = whole.isSettled ? whole.lastSettledAt ?? endTime : endTime
        return Detail(
            samples: Detail.Samples(
                outcome: tally.outcomeLatency.percentiles.samples, settled: tally.settledLatency.percentiles.samples,
                inconsistencyWindow: window.percentiles.samples),
            curves: Detail.Curves(
                outcome: tally.outcomeLatency.curve, settled: tally.settledLatency.curve,
                inconsistencyWindow: window.curve),
            conflicts: ConflictSeries(occupations(of: strategy), from: start, to: end),
            rejectionsByCode: tally.rejectionsByCode)
    }

    /// Whether everything came out as the plan says it must, in each of its strategies.
    public var isAsExpected: Bool {
        contradictionCount == 0 && isSettled
            && plan.expectationsByStrategy.allSatisfy { (tallies[$0.key] ?? Tally(count: 0)).matches($0.value) }
    }

    /// Computed at the end: the events of the two customers come from different partitions, in any order.
    private func inconsistencyWindow(of strategy: RegistrationStrategy?) -> LatencyRecorder {
        var recorder = LatencyRecorder()
        for loser in customers.indices where customers[loser].isSuperset(of: [.registered, .compensated]) {
            if let strategy, plan.strategy(at: loser) != strategy { continue }
            var start = registrationTimes[loser]
            let holder = Int(holders[loser])
            if holder >= 0, customers[holder].contains(.registered) { start = max(start, registrationTimes[holder]) }
            recorder.record(from: start, to: compensationTimes[loser])
        }
        return recorder
    }

    /// When which customer of this run had which value, by the events' own times.
    private func occupations(of strategy: RegistrationStrategy?) -> [Occupation] {
        var occupations: [Occupation] = []
        for index in customers.indices where customers[index].contains(.registered) {
            if let strategy, plan.strategy(at: index) != strategy { continue }
            let isUndone = customers[index].contains(.compensated)
            let end = isUndone ? compensationTimes[index] : nil
            occupations += plan.registration(at: index).values.keys.map {
                Occupation(key: $0, start: registrationTimes[index], end: end)
            }
        }
        return occupations
    }
}
