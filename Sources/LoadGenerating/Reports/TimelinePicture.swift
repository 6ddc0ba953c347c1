/// Two curves: commands sent and registrations settled a second, over a run.
struct TimelinePicture {
    private let timeline: Timeline

    private static let width = 900.0
    private static let height = 260.0
    private static let left = 64.0
    private static let right = 12.0
    private static let top = 28.0
    private static let bottom = 28.0

    init(_ timeline: Timeline) {
        self.timeline = timeline
    }

    var svg: String {
        let slices = timeline.slices
        guard !slices.isEmpty else { return "<p>Nothing was sent.</p>" }
        // Some slices are joined, so that the curve shows the run and not the ticking of its batches.
        let group = max(1, slices.count / 64)
        let seconds = Double(timeline.sliceMicroseconds) * Double(group) / 1_000_000
        let groups = stride(from: 0, to: slices.count, by: group).map { slices[$0..<min($0 + group, slices.count)] }
        let settled = groups.map { Double($0.reduce(0) { $0 + $1.settled }) / seconds }
        let sent = groups.map { Double($0.reduce(0) { $0 + $1.sent }) / seconds }
        let top = Scale.roundUp(max(settled.max() ?? 0, sent.max() ?? 0, 1))
        let end = seconds * Double(groups.count)

        let settledPoints = points(settled, top: top)
        let base = Self.height - Self.bottom
        let area =
            "\(Scale.text(Self.left)),\(Scale.text(base)) \(settledPoints) "
            + "\(Scale.text(Self.width - Self.right)),\(Scale.text(base))"
        return """
            <svg viewBox="0 0 900 260" role="img" aria-label="Commands sent and registrations settled a second, over time">
            \(gridLines(top: top))
            <polygon class="area" points="\(area)"/>
            <polyline class="sent" points="\(points(sent, top: top))"/>
            <polyline class="curve" points="\(settledPoints)"/>
            <rect class="fill-a" x="64" y="6" width="12" height="12"/><text x="82" y="16">settled a second</text>
            <rect class="fill-b" x="204" y="6" width="12" height="12"/><text x="222" y="16">sent a second</text>
            <text x="64" y="252">0 s</text>
            <text class="end" x="888" y="252">\(Figures.fixed(end, decimals: end < 10 ? 2 : 0)) s</text>
            </svg>
            """
    }

    /// Each value at the middle of its slice; the first and the last also at the edges.
    private func points(_ values: [Double], top: Double) -> String {
        let plotWidth = Self.width - Self.left - Self.right
        let plotHeight = Self.height - Self.top - Self.bottom
        func point(_ x: Double, _ value: Double) -> String {
            "\(Scale.text(Self.left + x * plotWidth)),\(Scale.text(Self.top + (1 - value / top) * plotHeight))"
        }
        var points: [String] = []
        if let first = values.first { points.append(point(0, first)) }
        for (place, value) in values.enumerated() {
            points.append(point((Double(place) + 0.5) / Double(values.count), value))
        }
        if let last = values.last { points.append(point(1, last)) }
        return points.joined(separator: " ")
    }

    private func gridLines(top: Double) -> String {
        (0...4).map { line in
            let share = Double(line) / 4
            let y = Self.top + (1 - share) * (Self.height - Self.top - Self.bottom)
            return """
                <line class="grid" x1="64" x2="888" y1="\(Scale.text(y))" y2="\(Scale.text(y))"/>\
                <text class="end" x="58" y="\(Scale.text(y + 4))">\(Figures.fixed(top * share, decimals: 0))</text>
                """
        }.joined(separator: "\n")
    }
}

/// Coordinates and axes.
enum Scale {
    /// The next number of the form 1, 2 or 5 times a power of ten, times four ticks: a good end of an axis.
    static func roundUp(_ value: Double) -> Double {
        guard value.isFinite, value > 0 else { return 1 }
        var power = 1.0
        while power * 10 < value { power *= 10 }
        while power > value { power /= 10 }
        for factor in [1.0, 2, 4, 5, 8] where power * factor >= value { return power * factor }
        return power * 10
    }

    /// A coordinate with one decimal.
    static func text(_ coordinate: Double) -> String {
        let tenths = Int(exactly: (coordinate * 10).rounded()) ?? 0
        let sign = tenths < 0 ? "-" : ""
        return "\(sign)\(tenths.magnitude / 10).\(tenths.magnitude % 10)"
    }
}
