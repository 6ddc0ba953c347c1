/// A figure that columns are compared by.
struct ComparisonRow: Sendable {
    /// Names the figure in the page's cells.
    var id: String
    var name: String
    /// Nil where it was not measured.
    var value: @Sendable (Comparison.Column) -> Double?
    var format: @Sendable (Double) -> String = { Figures.grouped(Int(exactly: $0.rounded()) ?? 0) }

    func text(_ column: Comparison.Column) -> String { value(column).map(format) ?? "–" }
}

/// Figures that belong together.
struct ComparisonGroup: Sendable {
    var title: String
    var rows: [ComparisonRow]

    static let all = [outcomes, answers, consistency, costs]

    static let outcomes = ComparisonGroup(
        title: "What came of it",
        rows: [
            ComparisonRow(id: "commands", name: "Registrations") { Double($0.measurement.commands) },
            ComparisonRow(id: "confirmed", name: "Confirmed") { Double($0.measurement.confirmed) },
            ComparisonRow(id: "compensated", name: "Let in, then undone") { Double($0.measurement.compensated) },
            ComparisonRow(id: "rejected", name: "Rejected, never let in") { Double($0.measurement.rejected) },
        ])

    static let answers = ComparisonGroup(
        title: "What the client waits for, ms",
        rows: [
            time("outcome-p50", "First answer, p50") { $0.outcome.p50 },
            time("outcome-p99", "First answer, p99") { $0.outcome.p99 },
            time("settled-p50", "Final answer, p50") { $0.settled.p50 },
            time("settled-p90", "Final answer, p90") { $0.settled.p90 },
            time("settled-p99", "Final answer, p99") { $0.settled.p99 },
            time("settled-p999", "Final answer, p99.9") { $0.settled.p999 },
            time("settled-max", "Final answer, max") { $0.settled.max },
        ])

    static let consistency = ComparisonGroup(
        title: "Two customers with one value",
        rows: [
            time("window-p50", "Inconsistency window, p50, ms") { $0.inconsistencyWindow.p50 },
            time("window-p90", "Inconsistency window, p90, ms") { $0.inconsistencyWindow.p90 },
            time("window-p99", "Inconsistency window, p99, ms") { $0.inconsistencyWindow.p99 },
            time("window-max", "Inconsistency window, max, ms") { $0.inconsistencyWindow.max },
            ComparisonRow(id: "conflicts-peak", name: "Values in conflict at once, most") {
                Double($0.detail.conflicts.peak)
            },
            ComparisonRow(
                id: "conflicts-seconds", name: "In conflict, added up, s",
                value: { $0.detail.conflicts.valueSeconds },
                format: { $0 == 0 ? "0" : Figures.fixed($0, decimals: 1) }),
        ])

    static let costs = ComparisonGroup(
        title: "What a registration costs",
        rows: [
            ComparisonRow(
                id: "records", name: "Messages",
                value: { $0.cost?.recordsPerRegistration(of: $0.measurement.commands) },
                format: { Figures.fixed($0, decimals: 2) }),
            ComparisonRow(
                id: "cpu-services", name: "Processor time of the services, ms",
                value: { $0.cost?.cpuMilliseconds(perRegistrationOf: $0.measurement.commands, where: isService) },
                format: { Figures.fixed($0, decimals: 2) }),
            ComparisonRow(
                id: "cpu-broker", name: "Processor time of the broker, ms",
                value: {
                    $0.cost?.cpuMilliseconds(perRegistrationOf: $0.measurement.commands) { !isService($0) }
                },
                format: { Figures.fixed($0, decimals: 2) }),
        ])

    /// The services by their names; what else was watched is the broker.
    private static func isService(_ process: String) -> Bool { process.hasSuffix("-service") }

    private static func time(
        _ id: String, _ name: String, _ pick: @escaping @Sendable (Measurement.Latencies) -> Double
    ) -> ComparisonRow {
        ComparisonRow(
            id: id, name: name, value: { pick($0.measurement.latencyMilliseconds) },
            format: { $0 == 0 ? "0" : Figures.milliseconds($0) })
    }
}
