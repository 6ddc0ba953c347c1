import Foundation

/// Percentile curves on HDR's axis: to the right every nine behind the decimal point has the same room.
struct CurvePicture {
    struct Series: Hashable, Sendable {
        var name: String
        var points: [CurvePoint]
    }

    private let title: String
    private let series: [(place: Int, series: Series)]
    private let note: String?

    private static let left = 52.0
    private static let right = 454.0
    private static let top = 10.0
    private static let base = 262.0

    /// - Parameter note: said of the series that have no points.
    init(title: String, series: [Series], note: String? = nil) {
        self.title = title
        self.series = series.enumerated().map { ($0.offset, $0.element) }.filter { !$0.1.points.isEmpty }
        self.note = self.series.count < series.count ? note : nil
    }

    var figure: String {
        let notes = note.map { "<p>\(HTML.escaped($0))</p>" } ?? ""
        guard !series.isEmpty else {
            return
                "<figure><figcaption>\(HTML.escaped(title))</figcaption><p>Nothing was measured.</p>\(notes)</figure>"
        }
        return """
            <figure><figcaption>\(HTML.escaped(title))</figcaption>
            \(ComparisonStyle.legend(series.map { ($0.place, $0.series.name) }))
            \(svg)
            <p>Percentiles to the right, milliseconds upwards, both logarithmic.</p>\(notes)</figure>
            """
    }

    private var svg: String {
        let all = series.flatMap(\.series.points)
        let nines = max(1, all.map { Self.nines($0.percentile) }.filter(\.isFinite).max() ?? 1)
        let values = all.map(\.milliseconds).filter { $0 > 0 }
        let bottom = (log10(max(values.min() ?? 1, 0.01))).rounded(.down)
        let top = max(bottom + 1, (log10(max(values.max() ?? 1, 0.01))).rounded(.up))
        func x(_ percentile: Double) -> Double {
            Self.left + (Self.right - Self.left) * min(Self.nines(percentile), nines) / nines
        }
        func y(_ milliseconds: Double) -> Double {
            let share = (log10(max(milliseconds, 0.001)) - bottom) / (top - bottom)
            return Self.base - (Self.base - Self.top) * min(max(share, 0), 1)
        }
        let lines = series.map { place, series in
            let points = series.points.map { "\(Scale.text(x($0.percentile))),\(Scale.text(y($0.milliseconds)))" }
            return """
                <polyline class="\(ComparisonStyle.line(place))" points="\(points.joined(separator: " "))"><title>\
                \(HTML.escaped(series.name))</title></polyline>
                """
        }
        return """
            <svg viewBox="0 0 480 290" role="img" aria-label="\(HTML.escaped(title)): percentile curves">
            \(levels(from: bottom, to: top, y))
            \(percentiles(nines, x))
            \(lines.joined(separator: "\n"))
            </svg>
            """
    }

    /// 90 % is one nine, 99.9 % are three.
    private static func nines(_ percentile: Double) -> Double {
        percentile >= 100 ? .infinity : -log10(1 - percentile / 100)
    }

    private func levels(from bottom: Double, to top: Double, _ y: (Double) -> Double) -> String {
        var lines: [String] = []
        for decade in stride(from: bottom, through: top, by: 1) {
            // Over a few decades there is room for steps between them.
            for factor in top - bottom > 2 || decade == top ? [1.0] : [1.0, 2, 5] {
                let value = pow(10, decade) * factor
                let height = y(value)
                lines.append(
                    """
                    <line class="grid" x1="52" x2="454" y1="\(Scale.text(height))" y2="\(Scale.text(height))"/>\
                    <text class="end" x="46" y="\(Scale.text(height + 4))">\(Self.label(value))</text>
                    """)
            }
        }
        return lines.joined(separator: "\n")
    }

    private static func label(_ value: Double) -> String {
        Figures.fixed(value, decimals: value >= 0.95 ? 0 : value >= 0.095 ? 1 : 2)
    }

    private func percentiles(_ nines: Double, _ x: (Double) -> Double) -> String {
        let ticks: [(Double, String)] = [
            (0, "0"), (50, "50"), (90, "90"), (99, "99"), (99.9, "99.9"), (99.99, "99.99"), (99.999, "99.999"),
        ]
        return ticks.filter { Self.nines($0.0) <= nines + 0.01 }.map { percentile, label in
            let place = Scale.text(x(percentile))
            return """
                <line class="grid" x1="\(place)" x2="\(place)" y1="10" y2="262"/>\
                <text class="middle" x="\(place)" y="280">\(label)</text>
                """
        }.joined(separator: "\n")
    }
}
