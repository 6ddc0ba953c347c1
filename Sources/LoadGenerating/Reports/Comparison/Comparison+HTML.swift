extension Comparison {
    /// The comparison as one HTML page that needs nothing else: no network and no script; light, dark and on paper.
    ///
    /// - Parameter title: the page's heading.
    public func html(title: String = Comparison.usualTitle) -> String {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
        <title>\(HTML.escaped(title))</title>
        <style>\(ComparisonStyle.sheet)</style>
        </head>
        <body>
        <main>
        <header>
        <h1>\(HTML.escaped(title))</h1>
        <p class="lead">\(HTML.escaped(lead))</p>
        </header>
        \(warnings.map { "<p class=\"warning\">\(HTML.escaped($0))</p>\n" }.joined())\(singleSections)\
        \(mixed.map(mixedSection).joined())\(adviceSection)\(methodSection)
        </main>
        </body>
        </html>

        """
    }

    private var lead: String {
        guard let first = (single + mixed).first else { return "There is nothing to compare." }
        let all = first.measurement
        let repeated = all.commands - all.confirmed
        var lead = "The same \(Figures.grouped(all.commands)) registrations each time, "
        lead += "\(Figures.percent(repeated, of: all.commands)) of them with a value that another one has"
        if first.resendRatio > 0 { lead += ", \(Figures.fixed(first.resendRatio * 100, decimals: 0)) % sent twice" }
        if let rate = first.ratePerSecond {
            lead += ", arriving at \(Figures.grouped(Int(exactly: rate.rounded()) ?? 0)) a second"
        } else {
            lead += ", sent as fast as possible"
        }
        return lead + ". Seed \(first.seed)."
    }

    private var singleSections: String {
        guard !columns.isEmpty else { return "" }
        return """
            <section class="cards">
            \(columns.enumerated().map(Self.card).joined(separator: "\n"))
            </section>
            <section class="charts">
            \(CurvePicture(title: "Time to the final answer", series: series { $0.detail.curves.settled }).figure)
            \(CurvePicture(
                title: "Inconsistency window", series: series { $0.detail.curves.inconsistencyWindow },
                note: "Strategies without a curve let no second customer in: their window is 0."
            ).figure)
            \(ConflictPicture(columns).figure)
            \(CostPicture(columns).figure)
            </section>
            \(table(columns, caption: "Figure by figure", run: nil))

            """
    }

    private func series(_ curve: (Column) -> [CurvePoint]) -> [CurvePicture.Series] {
        columns.map { CurvePicture.Series(name: $0.label, points: curve($0)) }
    }

    private static func card(_ place: Int, _ column: Column) -> String {
        let latencies = column.measurement.latencyMilliseconds
        let window = latencies.inconsistencyWindow.p99
        let inconsistent =
            window == 0
            ? "<b class=\"good\">never</b> inconsistent"
            : "<b>\(Figures.milliseconds(window)) ms</b> inconsistent, p99"
        return """
            <article>
            <h2><span class="swatch \(ComparisonStyle.fill(place))"></span>\(HTML.escaped(column.label))</h2>
            <p>\(HTML.escaped(summary(column)))</p>
            <p class="figure"><b>\(Figures.milliseconds(latencies.settled.p99)) ms</b> to the final answer, p99</p>
            <p class="figure">\(inconsistent)</p>
            </article>
            """
    }

    private static func summary(_ column: Column) -> String {
        switch column.strategy {
        case .compensate where column.detail.rejectionsByCode["value-taken"] ?? 0 > 0:
            "Ask first, as advice. Then let in, verify, undo."
        case .compensate: "Let in, verify, undo the loser."
        case .reserve: "Reserve the values, then register."
        case .derived: "The first value makes the customer's id."
        case .mixed: "Each value through its own strategy."
        }
    }

    private func mixedSection(_ run: ComparedRun) -> String {
        let columns = Self.columns(ofMixed: run)
        guard !columns.isEmpty else { return "" }
        var note = "Each value goes through one of the strategies, all of them in one deployment at the same time."
        if let records = run.cost?.recordsPerRegistration(of: run.measurement.commands) {
            note += " \(Figures.fixed(records, decimals: 2)) messages a registration over all."
        }
        return table(columns, caption: "\(run.label): side by side in one deployment", note: note, run: run.label)
    }

    /// - Parameter run: for the cells of a mixed run's table: the run that they belong to.
    private func table(_ columns: [Column], caption: String, note: String? = nil, run: String?) -> String {
        let head = columns.map { "<th scope=\"col\">\(HTML.escaped($0.label))</th>" }.joined()
        var body = ""
        for group in Self.groups(for: columns) {
            body += "<tr class=\"group\"><th colspan=\"\(columns.count + 1)\" scope=\"colgroup\">"
            body += "\(HTML.escaped(group.title))</th></tr>\n"
            for row in group.rows {
                let cells = columns.map { column in
                    let name = HTML.escaped(run.map { "\($0)/\(column.label)" } ?? column.label)
                    return "<td data-run=\"\(name)\" data-figure=\"\(row.id)\">\(HTML.escaped(row.text(column)))</td>"
                }
                body += "<tr><th scope=\"row\">\(HTML.escaped(row.name))</th>\(cells.joined())</tr>\n"
            }
        }
        return """
            <section>
            <h2>\(HTML.escaped(caption))</h2>
            \(note.map { "<p>\(HTML.escaped($0))</p>" } ?? "")
            <div class="scroll"><table>
            <thead><tr><th></th>\(head)</tr></thead>
            <tbody>
            \(body)</tbody>
            </table></div>
            </section>

            """
    }

    private var adviceSection: String {
        let advice = ComparisonAdvice(columns).paragraphs
        guard !advice.isEmpty else { return "" }
        let items = advice.map { "<dt>\(HTML.escaped($0.choice))</dt><dd>\(HTML.escaped($0.reason))</dd>" }
        return "<section>\n<h2>Which one to choose</h2>\n<dl>\n\(items.joined(separator: "\n"))\n</dl>\n</section>\n"
    }

    private var methodSection: String {
        """
        <footer>
        <h2>How it was measured</h2>
        <p>Open loop: registrations are sent when they are due, whether the system keeps up or not, and every time counts
        from the moment at which the registration was due. The first answer is the outcome of the command; with
        “reserve” it is the end of the request's process. The final answer says that the customer has its values, or
        that it was undone or rejected. The inconsistency window runs, for each loser, from the later of the two
        registrations of the value to the loser's unregistration, by the times of the events. A value is in conflict
        while two customers are registered with it. Messages are records on all topics, markers of transactions not
        counted. Percentiles come from HDR histograms with three digits.</p>
        </footer>
        """
    }
}
