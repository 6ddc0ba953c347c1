/// When commands are meant to be sent: at a fixed rate from a start on, or as fast as may be.
///
/// Latencies count from the time meant, not from the time at which a late sender got to it. Otherwise a system that
/// holds up its clients would look fast for just that reason.
public struct Pace: Hashable, Sendable {
    /// When the first command is meant to be sent, in microseconds of the run's clock.
    public let start: Int64
    /// Commands a second; nil for as fast as may be.
    public let rate: Double?

    /// A `rate` that is not above 0 counts as none.
    public init(start: Int64, rate: Double?) {
        self.start = start
        self.rate = rate.flatMap { $0 > 0 && $0.isFinite ? $0 : nil }
    }

    /// When the sending with this number (from 0) is meant to happen, in microseconds; nil if at once.
    public func intendedTime(ofSending number: Int) -> Int64? {
        guard let rate else { return nil }
        let offset = Double(number) * 1_000_000 / rate
        guard let microseconds = Int64(exactly: offset.rounded()) else { return .max }
        let (time, isTooLate) = start.addingReportingOverflow(microseconds)
        return isTooLate ? .max : time
    }
}
