extension Report {
    /// The report as one HTML page that needs nothing else: no network, no script, light or dark as the reader has it.
    ///
    /// - Parameter title: the page's heading, such as when and on what the run was made.
    public func html(title: String = "Load report") -> String {
        let rate = Figures.fixed(measurement.settledPerSecond, decimals: 0)
        let window = measurement.latencyMilliseconds.inconsistencyWindow
        let settled = measurement.latencyMilliseconds.settled
        return """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>\(HTML.escaped(title))</title>
            <style>\(HTML.style)</style>
            </head>
            <body>
            <main>
            <h1>\(HTML.escaped(title))</h1>
            <p class="verdict \(isAsExpected ? "good" : "bad")">\(HTML.escaped(verdict))</p>
            <section class="headlines">
            \(headline(Figures.grouped(measurement.commands), "registrations"))
            \(headline(Figures.grouped(measurement.confirmed), "confirmed"))
            \(headline(Figures.grouped(measurement.compensated), "compensated"))
            \(headline(rate, "settled a second"))
            \(headline(settled.headline, "ms until settled, p99"))
            \(headline(window.headline, "ms inconsistent, p99"))
            </section>
            <h2>Settled over time</h2>
            \(TimelinePicture(timeline).svg)
            <h2>Latency</h2>
            <p>Measured from the moment at which a command was meant to be sent. The inconsistency window is the time in
            which two customers held a value: from the later of their registrations until the loser was undone.</p>
            \(PercentilePicture(rows: latencyRows).svg)
            \(latencyTable)
            <h2>Counts</h2>
            \(countTable)
            \(strategySection)\(rejectionSection)\(unusableSection)<footer>Seed \(seed), \
            \(Figures.fixed(measurement.durationSeconds, decimals: 3)) s, \
            strategies: \(HTML.escaped(strategies.keys.sorted().joined(separator: ", "))).</footer>
            </main>
            </body>
            </html>

            """
    }

    private func headline(_ figure: String, _ caption: String) -> String {
        "<div><strong>\(HTML.escaped(figure))</strong><span>\(HTML.escaped(caption))</span></div>"
    }

    private var latencyTable: String {
        HTML.table(
            header: ["milliseconds", "p50", "p90", "p99", "p99.9", "max", "measured"],
            rows: latencyRows.map { [$0.name] + $0.percentiles.texts + [Figures.grouped($0.percentiles.samples)] })
    }

    private var countTable: String {
        let all = measurement.commands
        func row(_ name: String, _ seen: Int, _ expected: String) -> [String] {
            [name, Figures.grouped(seen), expected, Figures.percent(seen, of: all)]
        }
        return HTML.table(
            header: ["registrations", "seen", "expected", "share"],
            rows: [
                row("confirmed", measurement.confirmed, expected.text(\.confirmed)),
                row("compensated", measurement.compensated, expected.text(\.compensated)),
                row("rejected", measurement.rejected, expected.text(\.rejected)),
                row("dead-lettered", measurement.deadLettered, "0"),
                row("unsettled", measurement.unsettled, "0"),
                ["distinct first values", Figures.grouped(measurement.distinctDocuments), "", ""],
            ])
    }

    private var strategySection: String {
        guard let header = strategyRows.first else { return "" }
        return "<h2>By strategy, latencies in milliseconds</h2>\n"
            + HTML.table(header: header, rows: Array(strategyRows.dropFirst())) + "\n"
    }

    private var rejectionSection: String {
        var section = ""
        if !rejectionsByCode.isEmpty { section += "<p>Rejected: \(HTML.escaped(rejectionList)).</p>\n" }
        if !expected.isExact { section += "<p>\(HTML.escaped(Self.inexact))</p>\n" }
        if contradictionCount > 0 {
            section += "<p class=\"bad\">\(Figures.grouped(contradictionCount)) facts contradict each other.</p>\n"
        }
        return section
    }

    private var unusableSection: String {
        guard !unusableRows.isEmpty else { return "" }
        let shown = unusableRows.prefix(200)
        let items = shown.map { "<li value=\"\($0.line)\">\(HTML.escaped($0.reason))</li>" }.joined(separator: "\n")
        let rest = unusableRows.count - shown.count
        let more = rest > 0 ? "<p>And \(Figures.grouped(rest)) more.</p>\n" : ""
        return """
            <h2>Rows that could not be used, by line: \(Figures.grouped(unusableRows.count))</h2>
            <ol>
            \(items)
            </ol>
            \(more)
            """
    }
}

extension Percentiles {
    fileprivate var headline: String { samples == 0 ? "–" : Figures.milliseconds(p99) }
}

/// Pieces of HTML.
enum HTML {
    /// A text that stands for itself, in an element or an attribute.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\u{0}"..<"\u{9}", "\u{B}", "\u{C}", "\u{E}"..<"\u{20}", "\u{7F}"..<"\u{A0}": result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// A table whose first column names the rows.
    static func table(header: [String], rows: [[String]]) -> String {
        let head = header.map { "<th scope=\"col\">\(escaped($0))</th>" }.joined()
        let body = rows.map { row in
            let name = row.first.map { "<th scope=\"row\">\(escaped($0))</th>" } ?? ""
            return "<tr>\(name)\(row.dropFirst().map { "<td>\(escaped($0))</td>" }.joined())</tr>"
        }
        return "<table>\n<thead><tr>\(head)</tr></thead>\n<tbody>\n\(body.joined(separator: "\n"))\n</tbody>\n</table>"
    }

    static let style = """

        :root { --page: #fff; --text: #1c2330; --soft: #5d6778; --line: #d9dee7; --card: #f4f6f9; --good: #14783c;
          --bad: #b3261e; --a: #2f6fde; --b: #c2641c; --c: #7a4fc9; }
        @media (prefers-color-scheme: dark) { :root { --page: #12161d; --text: #e6eaf1; --soft: #98a3b5; --line: #2c3442;
          --card: #1b212b; --good: #5ccb86; --bad: #ff8a80; --a: #6ea2ff; --b: #f0a05f; --c: #b596f5; } }
        body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
        main { max-width: 60rem; margin: 0 auto; padding: 1.5rem; }
        h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
        p { color: var(--soft); margin: .25rem 0 .75rem; }
        .verdict { font-weight: 600; } .good { color: var(--good); } .bad { color: var(--bad); }
        .headlines { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .75rem; }
        .headlines div { background: var(--card); border-radius: .5rem; padding: .75rem 1rem; }
        .headlines strong { display: block; font-size: 1.5rem; font-variant-numeric: tabular-nums; }
        .headlines span, footer { color: var(--soft); font-size: .85rem; }
        table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
        th, td { padding: .35rem .5rem; border-bottom: 1px solid var(--line); text-align: right; }
        th:first-child { text-align: left; } thead th { color: var(--soft); font-weight: 500; }
        tbody th { font-weight: 400; } svg { width: 100%; height: auto; display: block; }
        svg text { fill: var(--soft); font: 12px system-ui, sans-serif; } svg .grid { stroke: var(--line); }
        svg .end { text-anchor: end; } svg .middle { text-anchor: middle; }
        .fill-a { fill: var(--a); } .fill-b { fill: var(--b); } .fill-c { fill: var(--c); }
        .area { fill: var(--a); opacity: .18; } .curve { fill: none; stroke: var(--a); stroke-width: 2; }
        .sent { fill: none; stroke: var(--b); stroke-width: 1.5; stroke-dasharray: 4 3; }
        footer { margin-top: 2rem; }

        """
}
