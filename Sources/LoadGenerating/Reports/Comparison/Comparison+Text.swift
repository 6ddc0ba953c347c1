extension Comparison {
    /// The tables in plain text, with a line feed at the end.
    public func text() -> String {
        var text = ""
        if !columns.isEmpty { text += Self.table("", columns) }
        for run in mixed {
            if !text.isEmpty { text += "\n" }
            text += Self.table("\(run.label), by strategy", Self.columns(ofMixed: run))
        }
        for warning in warnings { text += "\n\(warning)\n" }
        return text
    }

    /// What a reader must know before the figures.
    var warnings: [String] {
        var warnings: [String] = []
        if !isFair {
            warnings.append("The runs differ in seed, number, rate or resends: their figures can't be compared.")
        }
        if !failures.isEmpty {
            warnings.append("Not as expected: \(failures.joined(separator: ", ")). Look into the reports first.")
        }
        return warnings
    }

    /// Rows in which nothing was measured are left out.
    static func groups(for columns: [Column]) -> [ComparisonGroup] {
        ComparisonGroup.all.compactMap { group in
            let rows = group.rows.filter { row in columns.contains { row.value($0) != nil } }
            return rows.isEmpty ? nil : ComparisonGroup(title: group.title, rows: rows)
        }
    }

    private static func table(_ title: String, _ columns: [Column]) -> String {
        var rows: [[String]] = []
        for group in groups(for: columns) {
            rows.append([group.title])
            rows += group.rows.map { row in ["  " + row.name] + columns.map(row.text) }
        }
        return TextTable(header: [title] + columns.map(\.label), rows: rows).text
    }
}
