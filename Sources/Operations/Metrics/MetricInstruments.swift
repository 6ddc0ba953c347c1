import Metrics
import Synchronization

/// Counts upwards in whole steps: one atomic addition.
final class IntegerCounter: CounterHandler, MetricInstrument {
    static let kind = MetricKind.counter
    private let count = Atomic<Int64>(0)

    /// A counter never goes down: negative amounts are ignored. It wraps after 9 * 10^18.
    func increment(by amount: Int64) {
        guard amount > 0 else { return }
        count.wrappingAdd(amount, ordering: .relaxed)
    }

    func reset() { count.store(0, ordering: .relaxed) }

    func samples() -> [(suffix: String, label: (String, String)?, value: String)] {
        [("", nil, String(count.load(ordering: .relaxed)))]
    }
}

/// Counts upwards in fractions.
final class FloatingCounter: FloatingPointCounterHandler, MetricInstrument {
    static let kind = MetricKind.counter
    private let sum = Mutex<Double>(0)

    func increment(by amount: Double) {
        guard amount > 0, amount.isFinite else { return }
        sum.withLock { $0 += amount }
    }

    func reset() { sum.withLock { $0 = 0 } }

    func samples() -> [(suffix: String, label: (String, String)?, value: String)] {
        [("", nil, MetricValue.text(sum.withLock { $0 }))]
    }
}

/// The last value that was set.
final class GaugeInstrument: MeterHandler, RecorderHandler, MetricInstrument {
    static let kind = MetricKind.gauge
    private let value = Mutex<Double>(0)

    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { self.value.withLock { $0 = value } }
    func increment(by amount: Double) { value.withLock { $0 += amount } }
    func decrement(by amount: Double) { value.withLock { $0 -= amount } }
    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }

    func samples() -> [(suffix: String, label: (String, String)?, value: String)] {
        [("", nil, MetricValue.text(value.withLock { $0 }))]
    }
}

/// How many values fell below each of a few fixed bounds.
final class HistogramInstrument: RecorderHandler, TimerHandler, MetricInstrument {
    static let kind = MetricKind.histogram

    /// Upper bounds of the buckets, inclusive and ascending; the last bucket is open.
    struct Bounds: Sendable {
        let values: [Double]

        static let seconds = Bounds(
            values: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30])
        static let sizes = Bounds(
            values: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000])
    }

    private struct State {
        var counts: [UInt64]
        var sum = 0.0
    }

    private let bounds: [Double]
    private let state: Mutex<State>

    init(bounds: Bounds) {
        self.bounds = bounds.values
        state = Mutex(State(counts: Array(repeating: 0, count: bounds.values.count + 1)))
    }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        guard !value.isNaN else { return }
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock { state in
            state.counts[bucket] += 1
            state.sum += value
        }
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

    func samples() -> [(suffix: String, label: (String, String)?, value: String)] {
        let state = state.withLock { $0 }
        var samples: [(suffix: String, label: (String, String)?, value: String)] = []
        var total: UInt64 = 0
        for (bound, count) in zip(bounds + [.infinity], state.counts) {
            total += count
            samples.append(("_bucket", ("le", MetricValue.text(bound)), String(total)))
        }
        samples.append(("_sum", nil, MetricValue.text(state.sum)))
        samples.append(("_count", nil, String(total)))
        return samples
    }
}
