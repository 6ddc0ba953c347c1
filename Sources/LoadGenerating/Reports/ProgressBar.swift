/// A line that shows how far a run is. It is only made here; writing it is up to whoever has a terminal.
///
///     ███████▌░░░░░░░░░░░░  38 %  7,600 settled  2,104/s  6 s left  6,900 confirmed  690 compensated
public struct ProgressBar: Hashable, Sendable {
    /// The figures of a line.
    public struct Counts: Hashable, Sendable {
        public var settled: Int
        public var confirmed: Int
        public var compensated: Int
        public var rejected: Int

        public init(settled: Int, confirmed: Int, compensated: Int, rejected: Int) {
            self.settled = settled
            self.confirmed = confirmed
            self.compensated = compensated
            self.rejected = rejected
        }

        /// The figures that a tracker has now.
        public init(_ tracker: Tracker) {
            self.init(
                settled: tracker.settledCount, confirmed: tracker.count(of: .confirmed),
                compensated: tracker.count(of: .compensated), rejected: tracker.count(of: .rejected))
        }
    }

    private static let shortestBar = 10
    private static let longestBar = 40
    private static let eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]

    /// A line without a line's end, never wider than `width` columns. What does not fit is left out, the least
    /// important first.
    ///
    /// - Parameters:
    ///   - fraction: how much is done, from 0 to 1; what lies outside is taken for the nearer end.
    ///   - rate: registrations settled a second.
    ///   - eta: seconds left; nil if that can't be told.
    ///   - width: the terminal's columns.
    public static func line(fraction: Double, counts: Counts, rate: Double, eta: Double?, width: Int) -> String {
        let share = fraction.isNaN ? 0 : min(max(fraction, 0), 1)
        // Rounded down: only what is finished has 100 %.
        let percent = Int(share * 100)
        let head = String(repeating: " ", count: percent < 10 ? 2 : percent < 100 ? 1 : 0) + "\(percent) %"
        guard width >= head.count else { return String(repeating: " ", count: max(0, width)) }

        var parts = [
            "\(Figures.grouped(counts.settled)) settled",
            "\(Figures.fixed(rate, decimals: 0))/s",
        ]
        if let eta { parts.append("\(Figures.duration(seconds: eta)) left") }
        parts.append("\(Figures.grouped(counts.confirmed)) confirmed")
        parts.append("\(Figures.grouped(counts.compensated)) compensated")
        if counts.rejected > 0 { parts.append("\(Figures.grouped(counts.rejected)) rejected") }

        var tail = head
        let barSpace = shortestBar + 1
        for part in parts {
            guard tail.count + 2 + part.count + barSpace <= width else { break }
            tail += "  " + part
        }
        let barWidth = min(longestBar, width - tail.count - 1)
        return barWidth >= shortestBar ? bar(share, width: barWidth) + " " + tail : tail
    }

    private static func bar(_ share: Double, width: Int) -> String {
        let filled = Int(share * Double(width * 8))
        let full = String(repeating: "█", count: filled / 8)
        let part = eighths[filled % 8]
        return full + part + String(repeating: "░", count: max(0, width - full.count - part.count))
    }
}
