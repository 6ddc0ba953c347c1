/// What a registration costs, a bar for each run.
struct CostPicture {
    private let columns: [Comparison.Column]

    private static let barHeight = 18.0
    private static let step = 25.0
    private static let left = 8.0
    private static let widest = 400.0

    init(_ columns: [Comparison.Column]) { self.columns = columns }

    var figure: String {
        let rows = ComparisonGroup.costs.rows.filter { row in columns.contains { row.value($0) != nil } }
        guard !rows.isEmpty else { return "" }
        var y = 0.0
        var pieces: [String] = []
        for row in rows {
            pieces.append("<text class=\"name\" x=\"8\" y=\"\(Scale.text(y + 14))\">\(HTML.escaped(row.name))</text>")
            y += 20
            let greatest = columns.compactMap(row.value).max() ?? 0
            for (place, column) in columns.enumerated() {
                guard let value = row.value(column) else { continue }
                let width = greatest > 0 ? Self.widest * value / greatest : 0
                pieces.append(
                    """
                    <rect class="\(ComparisonStyle.fill(place))" x="8" y="\(Scale.text(y))" rx="2" \
                    width="\(Scale.text(width))" height="18"><title>\(HTML.escaped(column.label))</title></rect>\
                    <text x="\(Scale.text(Self.left + width + 6))" y="\(Scale.text(y + 13))">\(row.text(column))</text>
                    """)
                y += Self.step
            }
            y += 8
        }
        return """
            <figure><figcaption>Cost of a registration</figcaption>
            \(ComparisonStyle.legend(columns.enumerated().map { ($0.offset, $0.element.label) }))
            <svg viewBox="0 0 480 \(Scale.text(max(y, 1)))" role="img" aria-label="Messages and processor time">
            \(pieces.joined(separator: "\n"))
            </svg></figure>
            """
    }
}
