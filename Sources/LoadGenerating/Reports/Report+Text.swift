extension Report {
    /// The report for people: a few aligned tables in plain text, with a line feed at the end.
    ///
    /// - Parameter unusableRowLimit: how many unusable rows are named.
    public func text(unusableRowLimit: Int = 20) -> String {
        let counts = TextTable(
            header: ["registrations", "seen", "expected"],
            rows: [
                ["sent for", Figures.grouped(measurement.commands), ""],
                ["distinct first values", Figures.grouped(measurement.distinctDocuments), ""],
                ["confirmed", Figures.grouped(measurement.confirmed), expected.text(\.confirmed)],
                ["compensated", Figures.grouped(measurement.compensated), expected.text(\.compensated)],
                ["rejected", Figures.grouped(measurement.rejected), expected.text(\.rejected)],
                ["dead-lettered", Figures.grouped(measurement.deadLettered), "0"],
                ["unsettled", Figures.grouped(measurement.unsettled), "0"],
            ])
        let latencies = TextTable(
            header: ["milliseconds", "p50", "p90", "p99", "p99.9", "max"],
            rows: latencyRows.map { [$0.name] + $0.percentiles.texts })
        let seconds = Figures.fixed(measurement.durationSeconds, decimals: 1)
        let rate = Figures.fixed(measurement.settledPerSecond, decimals: 0)
        let unusable = unusableRows.prefix(max(0, unusableRowLimit)).map { "  \($0)\n" }.joined()
        let unnamed = unusableRows.count - max(0, unusableRowLimit)

        var text = "\(verdict)\n\n\(counts.text)\n"
        text += "\(rate) settled a second over \(seconds) s, seed \(seed)\n\n\(latencies.text)"
        if !rejectionsByCode.isEmpty { text += "\nrejected: \(rejectionList)\n" }
        if let header = strategyRows.first {
            text += "\n\(TextTable(header: header, rows: Array(strategyRows.dropFirst())).text)"
        }
        if !expected.isExact { text += "\n\(Self.inexact)\n" }
        if facts.notWritten > 0 {
            text += "\n\(Figures.grouped(facts.notWritten)) records were reported as not written; "
            text += "\(Figures.grouped(facts.sentAgain)) commands were sent again under the same ids\n"
        }
        if contradictionCount > 0 { text += "\n\(Figures.grouped(contradictionCount)) facts contradict each other\n" }
        if !unusableRows.isEmpty {
            text += "\n\(Figures.grouped(unusableRows.count)) rows could not be used:\n\(unusable)"
            if unnamed > 0 { text += "  and \(Figures.grouped(unnamed)) more\n" }
        }
        return text
    }

    static let inexact =
        "Some customers have several requests: what must come out depends on which of them was first."

    /// A row for each strategy of a mixed run, with its header first; empty if there was only one.
    var strategyRows: [[String]] {
        guard strategies.count > 1 else { return [] }
        let header = ["strategy", "commands", "confirmed", "compensated", "rejected", "settled p99", "window p99"]
        let rows = RegistrationStrategy.allCases.compactMap { strategy in
            strategies[strategy.rawValue].map { (strategy.rawValue, $0) }
        }
        return [header]
            + rows.map { name, measurement in
                let latencies = measurement.latencyMilliseconds
                return [
                    name, Figures.grouped(measurement.commands), Figures.grouped(measurement.confirmed),
                    Figures.grouped(measurement.compensated), Figures.grouped(measurement.rejected),
                    Figures.milliseconds(latencies.settled.p99),
                    latencies.inconsistencyWindow.samples == 0
                        ? "0" : Figures.milliseconds(latencies.inconsistencyWindow.p99),
                ]
            }
    }

    /// The outcome in one sentence.
    var verdict: String {
        if isAsExpected { return "Everything settled as expected." }
        if measurement.unsettled > 0 {
            return "\(Figures.grouped(measurement.unsettled)) registrations have not settled."
        }
        return "Everything settled, but not as expected."
    }

    var latencyRows: [(name: String, percentiles: Percentiles)] {
        let latencies = measurement.latencyMilliseconds
        return [
            ("first outcome", latencies.outcome), ("settled", latencies.settled),
            ("inconsistency window", latencies.inconsistencyWindow),
        ]
    }

    var rejectionList: String {
        rejectionsByCode.sorted { $0.key < $1.key }.map { "\($0.key) \(Figures.grouped($0.value))" }
            .joined(separator: ", ")
    }
}

extension Expectations {
    /// A number for people; a dash if it is not known in advance.
    func text(_ number: KeyPath<Expectations, Int>) -> String {
        isExact ? Figures.grouped(self[keyPath: number]) : "–"
    }
}

extension Percentiles {
    /// The values in order; dashes if nothing was measured.
    var texts: [String] {
        [p50, p90, p99, p999, max].map { samples == 0 ? "–" : Figures.milliseconds($0) }
    }
}

/// Rows of cells in aligned columns: the first to the left, the others to the right.
struct TextTable {
    let header: [String]
    let rows: [[String]]

    /// Each row on a line of its own, with a rule under the header.
    var text: String {
        let widths = header.indices.map { column in
            ([header] + rows).map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        func line(_ cells: [String]) -> String {
            var line = ""
            for (column, cell) in cells.enumerated() where column < widths.count {
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                line += column == 0 ? cell + padding : "  " + padding + cell
            }
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }
        let rule = widths.map { String(repeating: "─", count: $0) }.joined(separator: "  ") + "\n"
        return line(header) + rule + rows.map(line).joined()
    }
}
