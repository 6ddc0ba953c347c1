/// What is counted and timed of some registrations: of a whole run, or of those that go through one strategy.
struct Tally: Sendable {
    var counts: [Int]
    var outcomeLatency = LatencyRecorder()
    var settledLatency = LatencyRecorder()
    var firstSentAt: Int64?
    var lastSettledAt: Int64?
    /// Rejections, by the contract's code.
    var rejectionsByCode: [String: Int] = [:]

    init(count: Int) {
        counts = [Int](repeating: 0, count: Tracker.Settlement.allCases.count)
        counts[Tracker.Settlement.open.rawValue] = count
    }

    func count(of settlement: Tracker.Settlement) -> Int { counts[settlement.rawValue] }

    var total: Int { counts.reduce(0, +) }
    var isSettled: Bool { count(of: .open) == 0 }

    mutating func sent(at time: Int64) { firstSentAt = min(firstSentAt ?? time, time) }

    mutating func move(from before: Tracker.Settlement, to now: Tracker.Settlement) {
        counts[before.rawValue] -= 1
        counts[now.rawValue] += 1
    }

    mutating func settled(at time: Int64) { lastSettledAt = max(lastSettledAt ?? time, time) }

    /// Whether everything came out as it must.
    ///
    /// A loser that the advisory check turned away (`value-taken`) counts as undone, like one that was compensated.
    func matches(_ expected: Expectations) -> Bool {
        guard isSettled, count(of: .deadLettered) == 0, count(of: .withdrawn) == 0 else { return false }
        guard expected.isExact else { return count(of: .confirmed) <= expected.distinctDocuments }
        let turnedAway = expected.compensated > 0 ? rejectionsByCode["value-taken"] ?? 0 : 0
        return count(of: .confirmed) == expected.confirmed
            && count(of: .compensated) + turnedAway == expected.compensated
            && count(of: .rejected) - turnedAway == expected.rejected
    }
}
