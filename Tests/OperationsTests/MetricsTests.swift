import Metrics
import Operations
import Testing

struct MetricsTests {
    private let registry = PrometheusRegistry()

    @Test func nothingIsNothing() { #expect(registry.render() == "") }

    @Test func countersCount() {
        let commands = registry.makeCounter(label: "commands", dimensions: [("outcome", "accepted")])
        commands.increment(by: 2)
        commands.increment(by: -5)
        registry.makeCounter(label: "commands", dimensions: [("outcome", "accepted")]).increment(by: 1)
        registry.makeCounter(label: "commands.total", dimensions: [("outcome", "rejected")]).increment(by: 7)
        let seconds = registry.makeFloatingPointCounter(label: "busy", dimensions: [])
        seconds.increment(by: 0.5)
        seconds.increment(by: 0.25)
        #expect(
            registry.render() == """
                # TYPE busy_total counter
                busy_total 0.75
                # TYPE commands_total counter
                commands_total{outcome="accepted"} 3
                commands_total{outcome="rejected"} 7

                """)
        commands.reset()
        #expect(registry.render().contains(#"commands_total{outcome="accepted"} 0"#))
    }

    @Test func gaugesHoldTheLastValue() {
        let lag = registry.makeMeter(label: "lag", dimensions: [])
        lag.set(Int64(5))
        lag.increment(by: 2.5)
        lag.decrement(by: 0.5)
        registry.makeRecorder(label: "size", dimensions: [], aggregate: false).record(-1.5)
        registry.makeMeter(label: "worst", dimensions: []).set(Double.infinity)
        registry.makeMeter(label: "unknown", dimensions: []).set(Double.nan)
        #expect(
            registry.render() == """
                # TYPE lag gauge
                lag 7
                # TYPE size gauge
                size -1.5
                # TYPE unknown gauge
                unknown NaN
                # TYPE worst gauge
                worst +Inf

                """)
    }

    @Test func timersAreHistogramsInSeconds() {
        let timer = registry.makeTimer(label: "commit", dimensions: [("topic", "t")])
        timer.recordNanoseconds(1_000_000)
        timer.recordNanoseconds(2_000_000)
        timer.recordNanoseconds(60_000_000_000)
        let lines = registry.render().split(separator: "\n")
        #expect(lines.first == "# TYPE commit_seconds histogram")
        #expect(lines.contains(#"commit_seconds_bucket{topic="t",le="0.0005"} 0"#))
        #expect(lines.contains(#"commit_seconds_bucket{topic="t",le="0.001"} 1"#))
        #expect(lines.contains(#"commit_seconds_bucket{topic="t",le="0.0025"} 2"#))
        #expect(lines.contains(#"commit_seconds_bucket{topic="t",le="30"} 2"#))
        #expect(lines.contains(#"commit_seconds_bucket{topic="t",le="+Inf"} 3"#))
        #expect(lines.contains(#"commit_seconds_sum{topic="t"} 60.003"#))
        #expect(lines.last == #"commit_seconds_count{topic="t"} 3"#)
    }

    @Test func recordersAreHistograms() {
        let sizes = registry.makeRecorder(label: "batch_records", dimensions: [], aggregate: true)
        for size in [Int64(1), 7, 1_000_000] { sizes.record(size) }
        let lines = registry.render().split(separator: "\n")
        #expect(lines.contains(#"batch_records_bucket{le="1"} 1"#))
        #expect(lines.contains(#"batch_records_bucket{le="10"} 2"#))
        #expect(lines.contains(#"batch_records_bucket{le="+Inf"} 3"#))
        #expect(lines.contains("batch_records_sum 1000008"))
    }

    @Test func namesAndLabelsAreMadeLegal() {
        let dimensions = [("b-c", "q\"b\\n\nx"), ("1a", "é"), ("le", "5"), ("__x", "y")]
        registry.makeMeter(label: "9 lives.of:a-cat é", dimensions: dimensions).set(Int64(1))
        #expect(
            registry.render() == """
                # TYPE _9_lives_of:a_cat__ gauge
                _9_lives_of:a_cat__{_1a="é",b_c="q\\"b\\\\n\\nx",exported___x="y",exported_le="5"} 1

                """)
    }

    @Test func theOrderOfLabelsDoesNotMatter() {
        registry.makeCounter(label: "c", dimensions: [("a", "1"), ("b", "2")]).increment(by: 1)
        registry.makeCounter(label: "c", dimensions: [("b", "2"), ("a", "1")]).increment(by: 1)
        #expect(registry.render().hasSuffix("c_total{a=\"1\",b=\"2\"} 2\n"))
    }

    @Test func aNameOfTwoKindsLosesNothing() {
        registry.makeMeter(label: "x_total", dimensions: []).set(Int64(1))
        registry.makeCounter(label: "x", dimensions: []).increment(by: 2)
        registry.makeCounter(label: "x", dimensions: []).increment(by: 2)
        #expect(
            registry.render() == "# TYPE x_total gauge\nx_total 1\n# TYPE x_total_counter counter\nx_total_counter 4\n")
    }

    @Test func aDestroyedInstrumentIsGone() {
        let handler = registry.makeCounter(label: "c", dimensions: [])
        handler.increment(by: 1)
        registry.destroyCounter(handler)
        #expect(registry.render() == "")
    }

    @Test func theOrdinaryTypesWork() {
        Counter(label: "c", dimensions: [("k", "v")], factory: registry).increment()
        Gauge(label: "g", factory: registry).record(4)
        Timer(label: "t", factory: registry).recordMilliseconds(3)
        let text = registry.render()
        #expect(text.contains("c_total{k=\"v\"} 1"))
        #expect(text.contains("g 4"))
        #expect(text.contains("t_seconds_count 1"))
    }

    @Test func threadsDoNotLoseCounts() async {
        let registry = registry
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let counter = Counter(label: "c", factory: registry)
                    let timer = Timer(label: "t", factory: registry)
                    for round in 0..<5_000 {
                        counter.increment()
                        if round % 10 == 0 { timer.recordNanoseconds(1) }
                        if round % 1_000 == 0 { _ = registry.render() }
                    }
                }
            }
        }
        #expect(registry.render().contains("c_total 40000\n"))
        #expect(registry.render().contains("t_seconds_count 4000\n"))
    }
}
