/// What came of registrations, and how long it took. These are the fields of the contract's report.
public struct Measurement: Hashable, Sendable, Codable {
    /// Registrations asked for; a command sent twice is one.
    public var commands: Int
    /// Distinct documents among them, normalized.
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
        /// For each loser, from the later of the two registrations of the document to its unregistration, by the
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
    /// - Parameter endTime: when the run ended, or now; it matters only if something is unsettled.
    public func measurement(endedAt endTime: Int64) -> Measurement {
        let end = isSettled ? lastSettledAt ?? endTime : endTime
        let microseconds = firstSentAt.map { max(0, Double(end) - Double($0)) } ?? 0
        let seconds = (microseconds / 1000).rounded() / 1000
        let perSecond = microseconds > 0 ? Double(settledCount) * 1_000_000 / microseconds : 0
        return Measurement(
            commands: plan.count, distinctDocuments: plan.expectations.distinctDocuments,
            confirmed: count(of: .confirmed), compensated: count(of: .compensated), rejected: count(of: .rejected),
            unsettled: unsettledCount, deadLettered: count(of: .deadLettered),
            unusableRows: plan.unusableRows.count, durationSeconds: seconds,
            settledPerSecond: (perSecond * 10).rounded() / 10,
            latencyMilliseconds: Measurement.Latencies(
                outcome: outcomeLatency.percentiles, settled: settledLatency.percentiles,
                inconsistencyWindow: inconsistencyWindow))
    }

    /// Whether everything came out as the plan says it must.
    ///
    /// A loser that the advisory check turned away (`document-taken`) counts as undone, like one that was compensated.
    public var isAsExpected: Bool {
        let expected = plan.expectations
        let turnedAway = rejectionsByCode["document-taken"] ?? 0
        return contradictionCount == 0 && isSettled && count(of: .deadLettered) == 0
            && count(of: .confirmed) == expected.confirmed
            && count(of: .compensated) + turnedAway == expected.compensated
            && count(of: .rejected) - turnedAway == expected.rejected
    }

    /// Computed at the end: the events of the two customers come from different partitions, in any order.
    private var inconsistencyWindow: Percentiles {
        var recorder = LatencyRecorder()
        for loser in customers.indices where customers[loser].isSuperset(of: [.registered, .compensated]) {
            var start = registrationTimes[loser]
            let holder = Int(holders[loser])
            if holder >= 0, customers[holder].contains(.registered) { start = max(start, registrationTimes[holder]) }
            recorder.record(from: start, to: compensationTimes[loser])
        }
        return recorder.percentiles
    }
}
