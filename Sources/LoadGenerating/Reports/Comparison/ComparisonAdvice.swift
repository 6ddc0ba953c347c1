/// What the figures mean for someone who has to choose.
struct ComparisonAdvice {
    struct Paragraph: Hashable, Sendable {
        var choice: String
        var reason: String
    }

    private let columns: [Comparison.Column]

    init(_ columns: [Comparison.Column]) { self.columns = columns }

    /// One for each strategy that was run.
    var paragraphs: [Paragraph] {
        [compensate, advisory, reserve, derived].compactMap(\.self)
    }

    private static func turnedAway(_ column: Comparison.Column) -> Int {
        column.strategy == .compensate ? column.detail.rejectionsByCode["value-taken"] ?? 0 : 0
    }

    private func first(_ strategy: StrategyChoice) -> Comparison.Column? {
        columns.first { $0.strategy == strategy && Self.turnedAway($0) == 0 }
    }

    private static func ms(_ value: Double) -> String { "\(Figures.milliseconds(value)) ms" }

    private var compensate: Paragraph? {
        first(.compensate).map { column in
            let latencies = column.measurement.latencyMilliseconds
            var reason =
                "when a customer has to be let in at once, values may change, and a short overlap does no harm. "
            reason += "The first answer came after \(Self.ms(latencies.outcome.p50)) (p50). "
            reason += "\(Figures.grouped(column.measurement.compensated)) customers were let in and undone, "
            reason += "half of them within \(Self.ms(latencies.inconsistencyWindow.p50)), "
            reason += "99 % within \(Self.ms(latencies.inconsistencyWindow.p99))."
            return Paragraph(choice: "Compensate", reason: reason)
        }
    }

    private var advisory: Paragraph? {
        columns.first { Self.turnedAway($0) > 0 }.map { column in
            let turnedAway = Self.turnedAway(column)
            let losers = turnedAway + column.measurement.compensated
            var reason = "when most duplicates come long after the first. It turned away "
            reason +=
                "\(Figures.grouped(turnedAway)) of \(Figures.grouped(losers)) duplicates before they were let in; "
            reason += "compensation caught the other \(Figures.grouped(column.measurement.compensated)), as it must: "
            reason += "the advice is a copy, and may be stale."
            return Paragraph(choice: "Compensate, with the advisory check", reason: reason)
        }
    }

    private var reserve: Paragraph? {
        first(.reserve).map { column in
            let latencies = column.measurement.latencyMilliseconds
            var reason =
                "when nobody may see two customers with one value, not even for a moment, and values may "
            reason += "change. Nobody was let in and undone. The client waits for the reservation first: "
            reason += "\(Self.ms(latencies.outcome.p50)) (p50) to its first answer, which is the final one"
            if let records = column.cost?.recordsPerRegistration(of: column.measurement.commands) {
                reason += ", and \(Figures.fixed(records, decimals: 1)) messages a registration"
            }
            return Paragraph(choice: "Reserve", reason: reason + ".")
        }
    }

    private var derived: Paragraph? {
        first(.derived).map { column in
            let latencies = column.measurement.latencyMilliseconds
            var reason =
                "when the first value never changes, and whoever leaves does not come back. A duplicate meets the "
            reason += "first in its own stream and was rejected with the first answer, after "
            reason += "\(Self.ms(latencies.outcome.p50)) (p50); nobody was let in and undone."
            return Paragraph(choice: "Derived", reason: reason)
        }
    }
}
