import Foundation
import Messages
import Testing

@testable import LoadGenerating

/// The report in its three forms, and the line that shows progress.
@Suite struct ReportTests {
    private static func report(unusable: [UnusableRow] = [], settles: Bool = true) -> Report {
        let rows = (0..<1_200).map {
            CustomerRow(line: $0 + 2, document: "D\($0 / 2)")
        }
        let plan = FilePlan(rows: rows, unusableRows: unusable, seed: 77)
        var tracker = Tracker(plan: plan)
        for registration in plan.registrations {
            let time = Int64(registration.index) * 1_000
            tracker.sent(registration.index, intendedAt: time, at: time)
            guard settles || registration.index < 1_000 else { continue }
            tracker.outcome(ofCommand: registration.commandID, .accepted, at: time + 30_000)
            tracker.registered(
                customer: registration.customerID, values: registration.values, eventTime: time)
            if registration.index.isMultiple(of: 2) {
                tracker.confirmed(customer: registration.customerID, at: time + 80_000)
            } else {
                let holder = plan.registration(at: registration.index - 1).customerID
                tracker.unregistered(
                    customer: registration.customerID, reason: "duplicate", heldBy: holder,
                    at: time + 120_000, eventTime: time + 60_000)
            }
        }
        return Report(tracker, RunFacts(strategy: .compensate), endedAt: 3_000_000)
    }

    private func object(_ value: Any?) throws -> [String: Any] { try #require(value as? [String: Any]) }

    @Test func theJSONHasTheContractsShape() throws {
        let json = try Self.report(unusable: [UnusableRow(line: 9, reason: "x")]).json()
        #expect(try Self.report(unusable: [UnusableRow(line: 9, reason: "x")]).json() == json)
        let whole = try object(try JSONSerialization.jsonObject(with: Data(json.utf8)))
        let fields = [
            "commands", "compensated", "confirmed", "deadLettered", "distinctDocuments", "durationSeconds",
            "latencyMilliseconds", "rejected", "settledPerSecond", "unsettled", "unusableRows",
        ]
        let beside = [
            "asExpected", "details", "expected", "label", "notWritten", "resendRatio", "seed", "sentAgain",
            "strategies",
            "strategy", "version",
        ]
        #expect(whole.keys.sorted() == (fields + beside).sorted())
        let strategy = try object(try object(whole["strategies"])["compensate"])
        #expect(strategy.keys.sorted() == fields)
        for measurement in [whole, strategy] {
            let latencies = try object(measurement["latencyMilliseconds"])
            #expect(latencies.keys.sorted() == ["inconsistencyWindow", "outcome", "settled"])
            for latency in latencies.keys {
                let percentiles = try object(latencies[latency])
                #expect(percentiles.keys.sorted() == ["max", "p50", "p90", "p99", "p999"])
            }
            let counts = [
                "commands", "distinctDocuments", "confirmed", "compensated", "rejected", "unsettled", "unusableRows",
            ]
            #expect(counts.map { measurement[$0] as? Int } == [1_200, 600, 600, 600, 0, 0, 1])
            #expect(measurement["durationSeconds"] as? Double == 1.319)
        }
        let expected = try object(whole["expected"])
        #expect(["confirmed", "compensated", "rejected"].map { expected[$0] as? Int } == [600, 600, 0])
        #expect(expected["exact"] as? Bool == true)
        #expect(whole["asExpected"] as? Bool == true && whole["seed"] as? Int == 77)
    }

    @Test func nothingMeasuredIsZeroInJSONAndADashForPeople() throws {
        let plan = try GeneratedPlan(commands: 1, duplicateRatio: 0, seed: 1, attributes: .standard)
        let report = Report(Tracker(plan: plan), RunFacts(strategy: .compensate), endedAt: 5)
        #expect(try report.json().contains("\"p999\" : 0"))
        #expect(report.text().contains("inconsistency window    –"))
        #expect(report.html().contains("Nothing was sent.") && report.html().contains("Nothing was measured."))
        #expect(!report.isAsExpected)
    }

    @Test func theTextIsAligned() {
        let text = Self.report(unusable: (1...30).map { UnusableRow(line: $0, reason: "document is empty") }).text()
        #expect(text.hasPrefix("Everything settled as expected.\n\n"))
        #expect(
            text.contains(
                """
                registrations           seen  expected
                ─────────────────────  ─────  ────────
                sent for               1,200
                distinct first values    600
                confirmed                600       600
                """))
        #expect(text.contains("30 rows could not be used:\n  line 1: document is empty\n"))
        #expect(text.hasSuffix("  line 20: document is empty\n  and 10 more\n"))
        #expect(Self.report(settles: false).text().hasPrefix("200 registrations have not settled.\n"))
    }

    @Test func thePageStandsAloneAndIsEscaped() throws {
        let bad = UnusableRow(line: 3, reason: "<script>alert('&')</script>\u{1B}")
        let page = Self.report(unusable: [bad]).html(title: "Run <1> & \"2\"")
        #expect(!page.contains("<script") && !page.contains("http") && !page.contains("\u{1B}"))
        #expect(page.contains("&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;"))
        #expect(page.contains("<title>Run &lt;1&gt; &amp; &quot;2&quot;</title>"))
        #expect(page.contains("prefers-color-scheme: dark") && page.contains("<polyline") && page.contains("1,200"))
        for tag in ["table", "svg", "section", "main", "ol", "body", "html"] {
            let opened = page.components(separatedBy: "<\(tag)").count
            #expect(opened > 1 && opened == page.components(separatedBy: "</\(tag)>").count)
        }
        if let path = ProcessInfo.processInfo.environment["SOLEHOLDER_TEST_PAGE"] {
            try page.write(toFile: path, atomically: true, encoding: .utf8)
        }
    }

    @Test func figuresAreReadable() {
        #expect([0, 999, 1_000, -1_234_567].map(Figures.grouped) == ["0", "999", "1,000", "-1,234,567"])
        #expect(Figures.fixed(1_234.005, decimals: 1) == "1,234.0" && Figures.fixed(-0.04, decimals: 1) == "0.0")
        #expect(Figures.fixed(.nan, decimals: 1) == "–" && Figures.fixed(1e300, decimals: 0) == "–")
        #expect([0.123, 8.34, 1204].map(Figures.milliseconds) == ["0.12", "8.3", "1,204"])
        #expect([42, 187, 7_500, -1, .infinity].map(Figures.duration) == ["42 s", "3 m 07 s", "2 h 05 m", "–", "–"])
        #expect(Figures.percent(1, of: 8) == "12.5 %" && Figures.percent(1, of: 0) == "–")
        #expect([1, 3, 1_100, 0.3, 6].map(Scale.roundUp) == [1, 4, 2_000, 0.4, 8])
    }

    @Test func theProgressLineFits() {
        let counts = ProgressBar.Counts(settled: 7_600, confirmed: 6_900, compensated: 690, rejected: 10)
        for width in [-1, 0, 5, 6, 7, 15, 16, 17, 18, 30, 31, 45, 60, 80, 99, 100, 140] {
            for fraction in [-1, 0.38, 1, 7, .nan] {
                let line = ProgressBar.line(fraction: fraction, counts: counts, rate: 2_104, eta: 6, width: width)
                #expect(line.unicodeScalars.count <= max(0, width))
            }
        }
        let full = ProgressBar.line(fraction: 0.38, counts: counts, rate: 2_104, eta: 6.2, width: 100)
        #expect(full.unicodeScalars.count == 100)
        #expect(
            full
                == "████▉░░░░░░░░  38 %  7,600 settled  2,104/s  6 s left  6,900 confirmed  690 compensated  10 rejected"
        )
        #expect(
            ProgressBar.line(fraction: 0.9999, counts: counts, rate: .infinity, eta: nil, width: 40)
                == "█████████████▉  99 %  7,600 settled  –/s")
    }
}
