/// Values in conflict over time, a stepped line for each run.
struct ConflictPicture {
    private let columns: [Comparison.Column]

    private static let left = 52.0
    private static let right = 468.0
    private static let top = 10.0
    private static let base = 262.0

    init(_ columns: [Comparison.Column]) { self.columns = columns }

    var figure: String {
        let peak = columns.map(\.detail.conflicts.peak).max() ?? 0
        let seconds = columns.map { Self.seconds($0.detail.conflicts) }.max() ?? 0
        let never = columns.filter { $0.detail.conflicts.peak == 0 }.map(\.label)
        let note = never.isEmpty ? "" : "<p>Always 0: \(HTML.escaped(never.joined(separator: ", "))).</p>"
        let top = Scale.roundUp(max(Double(peak), 4))
        let lines = columns.enumerated().map { place, column in
            """
            <polyline class="\(ComparisonStyle.line(place))" \
            points="\(Self.points(column.detail.conflicts, top: top, seconds: seconds))"><title>\
            \(HTML.escaped(column.label))</title></polyline>
            """
        }
        return """
            <figure><figcaption>Values in conflict over time</figcaption>
            \(ComparisonStyle.legend(columns.enumerated().map { ($0.offset, $0.element.label) }))
            <svg viewBox="0 0 480 290" role="img" aria-label="Values with two customers, over the run">
            \(Self.gridLines(top: top))
            \(lines.joined(separator: "\n"))
            <text x="52" y="280">0 s</text>
            <text class="end" x="468" y="280">\(Figures.fixed(seconds, decimals: seconds < 10 ? 1 : 0)) s</text>
            </svg>
            \(note)</figure>
            """
    }

    private static func seconds(_ series: ConflictSeries) -> Double {
        series.sliceMilliseconds * Double(series.greatest.count) / 1000
    }

    private static func points(_ series: ConflictSeries, top: Double, seconds: Double) -> String {
        guard seconds > 0 else { return "" }
        var points: [String] = []
        for (slice, count) in series.greatest.enumerated() {
            let y = Scale.text(base - (base - Self.top) * Double(count) / top)
            // Both ends of the slice: what is between two slices is a step, not a slope.
            for edge in [slice, slice + 1] {
                let time = Double(edge) * series.sliceMilliseconds / 1000
                points.append("\(Scale.text(left + (right - left) * time / seconds)),\(y)")
            }
        }
        return points.joined(separator: " ")
    }

    private static func gridLines(top: Double) -> String {
        (0...4).map { line in
            let value = top * Double(line) / 4
            let y = base - (base - Self.top) * Double(line) / 4
            let label = Figures.fixed(value, decimals: value == value.rounded() ? 0 : 1)
            return """
                <line class="grid" x1="52" x2="468" y1="\(Scale.text(y))" y2="\(Scale.text(y))"/>\
                <text class="end" x="46" y="\(Scale.text(y + 4))">\(label)</text>
                """
        }.joined(separator: "\n")
    }
}
