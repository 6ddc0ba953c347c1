import Foundation
import Histogram

/// Durations in a histogram of bounded size: three significant digits, however many there are.
struct LatencyRecorder: Sendable {
    /// In microseconds.
    private var histogram = Histogram<UInt64>(numberOfSignificantValueDigits: .three)

    /// Records the time between two times in microseconds. Clocks of several machines may disagree: a negative duration
    /// counts as none.
    mutating func record(from start: Int64, to end: Int64) {
        guard end > start else {
            histogram.record(0)
            return
        }
        let (duration, isTooLong) = end.subtractingReportingOverflow(start)
        histogram.record(isTooLong ? UInt64(Int64.max) : UInt64(duration))
    }

    var percentiles: Percentiles {
        func milliseconds(_ percentile: Double) -> Double {
            Percentiles.milliseconds(microseconds: histogram.valueAtPercentile(percentile))
        }
        return Percentiles(
            p50: milliseconds(50), p90: milliseconds(90), p99: milliseconds(99), p999: milliseconds(99.9),
            max: milliseconds(100), samples: Int(clamping: histogram.totalCount))
    }

    /// The whole distribution: ten points for each nine behind the decimal point, as far as the samples carry it.
    var curve: [CurvePoint] {
        guard histogram.totalCount > 0 else { return [] }
        let nines = Foundation.log10(Double(histogram.totalCount))
        var levels = stride(from: 0, through: nines, by: 0.1).map { 100 * (1 - Foundation.pow(10, -$0)) }
        levels.append(100)
        return levels.map { level in
            CurvePoint(
                percentile: (level * 1e5).rounded() / 1e5,
                milliseconds: Percentiles.milliseconds(microseconds: histogram.valueAtPercentile(level)))
        }
    }
}

/// A point of a distribution: so many percent of all durations were not longer.
public struct CurvePoint: Hashable, Sendable, Codable {
    /// From 0 to 100.
    public var percentile: Double
    public var milliseconds: Double

    public init(percentile: Double, milliseconds: Double) {
        self.percentile = percentile
        self.milliseconds = milliseconds
    }
}

/// What so many of all durations did not exceed, in milliseconds. All are 0 if nothing was measured.
public struct Percentiles: Hashable, Sendable, Codable {
    public var p50: Double
    public var p90: Double
    public var p99: Double
    public var p999: Double
    public var max: Double
    /// How many durations were measured. Not part of the JSON report.
    public var samples = 0

    /// Nothing measured.
    public static let none = Percentiles(p50: 0, p90: 0, p99: 0, p999: 0, max: 0)

    public init(p50: Double, p90: Double, p99: Double, p999: Double, max: Double, samples: Int = 0) {
        self.p50 = p50
        self.p90 = p90
        self.p99 = p99
        self.p999 = p999
        self.max = max
        self.samples = samples
    }

    private enum CodingKeys: CodingKey {
        case p50, p90, p99, p999, max
    }

    static func milliseconds(microseconds: UInt64) -> Double {
        Double(microseconds) / 1000
    }
}
