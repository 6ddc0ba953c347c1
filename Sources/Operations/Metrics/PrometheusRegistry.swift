public import Metrics
import Synchronization

/// All metrics of the process, in the form that Prometheus reads. The backend of swift-metrics:
///
///     let registry = PrometheusRegistry()
///     MetricsSystem.bootstrap(registry)
///
/// | swift-metrics | Prometheus |
/// |---|---|
/// | `Counter`, `FloatingPointCounter` | counter, `_total` appended unless it is there |
/// | `Meter`, `Gauge` (recorder without aggregation) | gauge |
/// | `Recorder` (with aggregation) | histogram, buckets 1, 2, 5, 10 ... 100,000 |
/// | `Timer` | histogram in seconds, `_seconds` appended unless it is there |
///
/// Names and labels are made legal by underscores. A name that is in use for another kind gets the kind appended, so
/// that nothing is lost and nothing crashes. Labels must come from bounded sets, and never be personal data.
public final class PrometheusRegistry: Sendable {
    private let families = Mutex<[String: MetricFamily]>([:])

    public init() {}

    /// The whole of it in text exposition format 0.0.4; the same metrics always in the same order.
    public func render() -> String {
        // The instruments are read outside the lock: whoever makes one never waits for a scrape.
        let snapshot = families.withLock { $0 }
        return snapshot.sorted { $0.key < $1.key }.map { name, family in family.render(name: name) }.joined()
    }

    /// The instrument of this name, kind and labels, made if there is none.
    private func instrument<Kind: MetricInstrument>(
        _ name: String, _ dimensions: [(String, String)], make: @Sendable () -> Kind
    ) -> Kind {
        let labels = MetricLabels(dimensions)
        return families.withLock { families in
            var name = name
            while let family = families[name], family.kind != Kind.kind { name += "_" + Kind.kind.rawValue }
            if let known = families[name]?.instruments[labels] as? Kind { return known }
            let instrument = make()
            families[name, default: MetricFamily(kind: Kind.kind)].instruments[labels] = instrument
            return instrument
        }
    }

    private func remove(_ handler: AnyObject) {
        families.withLock { families in
            for (name, var family) in families {
                let count = family.instruments.count
                family.instruments = family.instruments.filter { $0.value !== handler }
                if family.instruments.count != count { families[name] = family.instruments.isEmpty ? nil : family }
            }
        }
    }
}

extension PrometheusRegistry: MetricsFactory {
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        instrument(MetricName.of(label, ending: "_total"), dimensions) { IntegerCounter() }
    }

    public func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        instrument(MetricName.of(label, ending: "_total"), dimensions) { FloatingCounter() }
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        instrument(MetricName.of(label), dimensions) { GaugeInstrument() }
    }

    public func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        if aggregate { return instrument(MetricName.of(label), dimensions) { HistogramInstrument(bounds: .sizes) } }
        return instrument(MetricName.of(label), dimensions) { GaugeInstrument() }
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        instrument(MetricName.of(label, ending: "_seconds"), dimensions) { HistogramInstrument(bounds: .seconds) }
    }

    public func destroyCounter(_ handler: any CounterHandler) { remove(handler) }
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { remove(handler) }
    public func destroyMeter(_ handler: any MeterHandler) { remove(handler) }
    public func destroyRecorder(_ handler: any RecorderHandler) { remove(handler) }
    public func destroyTimer(_ handler: any TimerHandler) { remove(handler) }
}
