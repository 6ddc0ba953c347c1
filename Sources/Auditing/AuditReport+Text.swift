extension AuditReport {
    /// The report for a terminal: a row for each guarantee, and below it what broke one.
    /// - Parameter width: columns to keep the table within, where its contents can be shortened to that.
    public func text(width: Int = 100) -> String {
        let examinedWidth = rows.map(\.examinedText.count).max() ?? 0
        let countWidth = max(rows.map { grouped($0.violationCount).count }.max() ?? 0, "violations".count)
        let titleWidth = max(width - examinedWidth - countWidth - 10, 24)
        var lines = [
            "      " + Self.pad("guarantee", titleWidth) + "  " + Self.pad("examined", examinedWidth) + "  violations"
        ]
        for row in rows {
            let title = Self.cut(row.invariant.title, titleWidth)
            lines.append(
                "\(row.holds ? "✓" : "✗") \(row.invariant.rawValue)  \(Self.pad(title, titleWidth))  "
                    + "\(Self.pad(row.examinedText, examinedWidth))  "
                    + Self.pad(grouped(row.violationCount), countWidth, .trailing))
        }
        for row in rows where !row.holds {
            lines.append("")
            lines.append("✗ \(row.invariant.rawValue)  \(row.invariant.title)")
            for violation in row.violations { lines.append(contentsOf: Self.wrap("- \(violation)", width, indent: 4)) }
            let rest = row.violationCount - row.violations.count
            if rest > 0 { lines.append("    … and \(grouped(rest)) more") }
        }
        let notes = rows.flatMap { row in row.notes.map { "\(row.invariant.rawValue): \($0)" } }
        if !notes.isEmpty {
            lines.append("")
            lines.append("Notes")
            for note in notes { lines.append(contentsOf: Self.wrap("- \(note)", width, indent: 4)) }
        }
        lines.append("")
        lines.append(verdictLine)
        for reason in restReasons { lines.append(contentsOf: Self.wrap("- \(reason)", width, indent: 4)) }
        return lines.joined(separator: "\n") + "\n"
    }

    private var verdictLine: String {
        switch (holds, isAtRest) {
        case (true, true) where isEmpty: "There was nothing to examine: no command has been sent here."
        case (true, true): "At rest; U1 to U7 and U9 hold."
        case (false, true): "At rest, and not all of U1 to U7 and U9 hold."
        case (true, false): "Not at rest: what is not finished could not be judged. Nothing is broken so far:"
        case (false, false): "Not at rest, and something is broken already:"
        }
    }

    private enum Edge { case leading, trailing }

    private static func pad(_ text: String, _ width: Int, _ edge: Edge = .leading) -> String {
        let space = String(repeating: " ", count: max(width - text.count, 0))
        return edge == .leading ? text + space : space + text
    }

    private static func cut(_ text: String, _ width: Int) -> String {
        text.count <= width ? text : text.prefix(width - 1) + "…"
    }

    /// Breaks at spaces; a word that is longer than a line stays whole, so that a place can be copied.
    private static func wrap(_ text: String, _ width: Int, indent: Int) -> [String] {
        let margin = String(repeating: " ", count: indent)
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ", omittingEmptySubsequences: false) {
            if !line.isEmpty, indent + line.count + 1 + word.count > width {
                lines.append(margin + line)
                line = "  " + word
            } else {
                line += line.isEmpty ? String(word) : " " + word
            }
        }
        lines.append(margin + line)
        return lines
    }
}
