import Foundation

/// Bars on a logarithmic scale: the percentiles of each latency side by side.
struct PercentilePicture {
    private let rows: [(name: String, percentiles: Percentiles)]

    private static let labels = ["p50", "p90", "p99", "p99.9", "max"]
    private static let classes = ["fill-a", "fill-b", "fill-c"]
    private static let left = 64.0
    private static let plotWidth = 824.0
    private static let top = 28.0
    private static let base = 232.0

    init(rows: [(name: String, percentiles: Percentiles)]) {
        self.rows = rows.filter { $0.percentiles.samples > 0 }
    }

    var svg: String {
        let values = rows.flatMap { Self.values($0.percentiles) }
        guard let greatest = values.max() else { return "<p>Nothing was measured.</p>" }
        // From the power of ten below the smallest value to the one above the greatest.
        let positive = values.filter { $0 > 0 }
        let floor = Self.powerOfTen(notAbove: max(0.01, positive.min() ?? 0.01))
        var decades = 1
        while floor * Self.power(decades) < greatest { decades += 1 }
        return """
            <svg viewBox="0 0 900 260" role="img" aria-label="Latency percentiles in milliseconds, logarithmic scale">
            \(gridLines(floor: floor, decades: decades))
            \(bars(floor: floor, decades: decades))
            \(legend)
            </svg>
            """
    }

    private func gridLines(floor: Double, decades: Int) -> String {
        (0...decades).map { decade in
            let y = Self.base - (Self.base - Self.top) * Double(decade) / Double(decades)
            let value = floor * Self.power(decade)
            let label = Figures.fixed(value, decimals: value >= 1 ? 0 : value < 0.1 ? 2 : 1)
            return """
                <line class="grid" x1="64" x2="888" y1="\(Scale.text(y))" y2="\(Scale.text(y))"/>\
                <text class="end" x="58" y="\(Scale.text(y + 4))">\(label)</text>
                """
        }.joined(separator: "\n")
    }

    private func bars(floor: Double, decades: Int) -> String {
        let groupWidth = Self.plotWidth / Double(Self.labels.count)
        let barWidth = groupWidth * 0.8 / Double(max(rows.count, 1))
        var pieces: [String] = []
        for (group, label) in Self.labels.enumerated() {
            let start = Self.left + Double(group) * groupWidth + groupWidth * 0.1
            for (place, row) in rows.enumerated() {
                let value = Self.values(row.percentiles)[group]
                let height = Self.height(of: value, floor: floor, decades: decades) * (Self.base - Self.top)
                let x = start + Double(place) * barWidth
                pieces.append(
                    """
                    <rect class="\(Self.classes[place % Self.classes.count])" x="\(Scale.text(x))" \
                    y="\(Scale.text(Self.base - height))" width="\(Scale.text(barWidth - 4))" \
                    height="\(Scale.text(height))"><title>\(HTML.escaped(row.name)) \(label): \
                    \(Figures.milliseconds(value)) ms</title></rect>\
                    <text class="middle" x="\(Scale.text(x + barWidth / 2 - 2))" \
                    y="\(Scale.text(Self.base - height - 4))">\(Figures.milliseconds(value))</text>
                    """)
            }
            let middle = start + groupWidth * 0.4
            pieces.append("<text class=\"middle\" x=\"\(Scale.text(middle))\" y=\"250\">\(label)</text>")
        }
        return pieces.joined(separator: "\n")
    }

    private var legend: String {
        rows.enumerated().map { place, row in
            let x = 64 + 170 * place
            let color = Self.classes[place % Self.classes.count]
            return """
                <rect class="\(color)" x="\(x)" y="2" width="12" height="12"/>\
                <text x="\(x + 18)" y="12">\(HTML.escaped(row.name)), ms</text>
                """
        }.joined(separator: "\n")
    }

    private static func values(_ percentiles: Percentiles) -> [Double] {
        [percentiles.p50, percentiles.p90, percentiles.p99, percentiles.p999, percentiles.max]
    }

    /// The share of the axis that a value takes, from 0 to 1.
    private static func height(of value: Double, floor: Double, decades: Int) -> Double {
        value > floor ? min(1, log10(value / floor) / Double(decades)) : 0
    }

    private static func power(_ exponent: Int) -> Double {
        var result = 1.0
        for _ in 0..<max(0, exponent) { result *= 10 }
        return result
    }

    private static func powerOfTen(notAbove value: Double) -> Double {
        var result = 0.01
        while result * 10 <= value { result *= 10 }
        return result
    }
}
