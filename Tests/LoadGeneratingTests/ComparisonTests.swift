import Foundation
import Messages
import Testing

@testable import LoadGenerating

/// A run of each strategy, as the tracker would have seen it.
enum SampleRuns {
    static func report(
        _ strategy: StrategyChoice, label: String? = nil, turnedAway: Int = 0, seed: UInt64 = 7
    ) throws -> Report {
        let base = try GeneratedPlan(commands: 2_000, duplicateRatio: 0.1, seed: seed, attributes: .standard)
        let plan = StrategyPlan(base, strategy: strategy)
        var tracker = Tracker(plan: plan)
        var holders: [String: String] = [:]
        var left = turnedAway
        var dice = SeededGenerator(seed: seed)
        for registration in plan.registrations {
            let start = Int64(registration.index) * 2_000
            let slow = Int64(dice.below(registration.index.isMultiple(of: 100) ? 900_000 : 40_000))
            tracker.sent(registration.index, intendedAt: start, at: start)
            let holder = holders[registration.document]
            if holder != nil, registration.strategy != .compensate || left > 0 {
                left -= 1
                tracker.outcome(
                    ofCommand: registration.commandID, .rejected(code: "value-taken"), at: start + 9_000 + slow)
                continue
            }
            let id = registration.customerID
            tracker.outcome(ofCommand: registration.commandID, .accepted, at: start + 20_000 + slow)
            tracker.registered(customer: id, values: registration.values, eventTime: start + 10_000)
            if let holder {
                tracker.unregistered(
                    customer: id, reason: "duplicate", heldBy: holder, at: start + 90_000 + slow,
                    eventTime: start + 60_000 + slow)
            } else {
                tracker.confirmed(customer: id, at: start + 80_000 + slow)
                holders[registration.document] = id
            }
        }
        let cost = Cost(
            recordsByTopic: ["customer-events": 4_000, "customer-commands": 2_000 + Int(strategy.rawValue.utf8.count)],
            cpuSeconds: ["command-service": 1.25, "projection-service": 0.5, "dev-broker": 2.125])
        return Report(
            tracker, RunFacts(strategy: strategy, label: label, ratePerSecond: 500, cost: cost), endedAt: 9_000_000)
    }

    static func all() throws -> [ComparedRun] {
        try [
            report(.compensate), report(.compensate, label: "compensate + advisory", turnedAway: 150), report(.reserve),
            report(.derived), report(.mixed),
        ].map { try ComparedRun(json: Data($0.json().utf8)) }
    }
}

/// Reports side by side.
@Suite struct ComparisonTests {
    @Test func aReportComesBackFromItsJSON() throws {
        let report = try SampleRuns.report(.mixed, label: "all")
        let run = try ComparedRun(json: Data(report.json().utf8))
        #expect(run.label == "all" && run.strategy == .mixed && run.seed == 7 && run.ratePerSecond == 500)
        #expect(run.isAsExpected && run.cost == report.facts.cost && run.detail == report.details["mixed"])
        #expect(run.measurement.confirmed == report.measurement.confirmed)
        #expect(run.parts.count == 3 && run.parts[.reserve]?.detail == report.details["reserve"])
    }

    @Test func whatIsNoReportIsRefusedWithAReason() throws {
        func refusal(_ json: String) -> ComparisonError? {
            do { _ = try ComparedRun(json: Data(json.utf8)) } catch { return error }
            return nil
        }
        #expect(
            refusal("") == .notAReport && refusal("[]") == .notAReport && refusal("{\"commands\":1}") == .notAReport)
        #expect(refusal("{\"version\":99}") == .otherVersion(99))
        #expect(refusal("{\"version\":1}") == .broken("strategy is missing"))
        let json = try SampleRuns.report(.reserve).json()
        for (part, other) in [("\"p99\"", "\"q99\""), ("\"strategy\" : \"reserve\"", "\"strategy\" : \"hope\"")] {
            #expect(json.contains(part))
            #expect(refusal(json.replacingOccurrences(of: part, with: other)) != nil)
        }
    }

    @Test func theTableHasAColumnForEachRunAndOneForEachStrategyOfTheMix() throws {
        let text = Comparison(try SampleRuns.all()).text()
        let lines = text.components(separatedBy: "\n")
        let header = try #require(lines.first)
        #expect(
            header.split(separator: " ").joined(separator: " ") == "compensate compensate + advisory reserve derived")
        func cells(_ name: String) -> [[String]] {
            lines.filter { $0.contains(name) }.map { line in
                line.trimmingCharacters(in: .whitespaces).components(separatedBy: "  ").map {
                    $0.trimmingCharacters(in: .whitespaces)
                }.filter { !$0.isEmpty }
            }
        }
        #expect(cells("Confirmed").first == ["Confirmed", "1,800", "1,800", "1,800", "1,800"])
        #expect(cells("Let in, then undone").first == ["Let in, then undone", "200", "50", "0", "0"])
        #expect(cells("Rejected, never").first == ["Rejected, never let in", "0", "150", "200", "200"])
        // Zero where nobody was let in twice; and the second table is the mix's.
        let windows = cells("window, max")
        #expect(windows.count == 2 && windows.first?.suffix(2) == ["0", "0"] && windows.last?.suffix(2) == ["0", "0"])
        #expect(windows.last?.dropFirst().first != "0")
        #expect(cells("Messages").first == ["Messages", "3.01", "3.01", "3.00", "3.00"])
        #expect(cells("of the services").first?.dropFirst() == ["0.88", "0.88", "0.88", "0.88"])
        #expect(cells("of the broker").first?.last == "1.06")
        #expect(text.contains("mixed, by strategy") && !text.contains("can't be compared"))
    }

    @Test func whatCanNotBeComparedIsSaid() throws {
        var runs = try SampleRuns.all()
        runs.append(try ComparedRun(json: Data(SampleRuns.report(.reserve, label: "other", seed: 8).json().utf8)))
        runs[0].isAsExpected = false
        let comparison = Comparison(runs)
        for output in [comparison.text(), comparison.html()] {
            #expect(output.contains("differ in seed, number, rate or resends"))
            #expect(output.contains("Not as expected: compensate."))
        }
        #expect(Comparison([]).html().contains("There is nothing to compare.") && Comparison([]).text().isEmpty)
    }

    @Test func thePageStandsAlone() throws {
        var runs = try SampleRuns.all()
        runs[1].label = "<b>\"&'"
        let page = Comparison(runs).html(title: "A <title>")
        for banned in ["<script", "http://", "https://", "url(", "@import", "<b>\"&'", "A <title>"] {
            #expect(!page.contains(banned), "\(banned)")
        }
        #expect(page.contains("&lt;b&gt;&quot;&amp;&#39;") && page.contains("<h1>A &lt;title&gt;</h1>"))
        for needed in ["prefers-color-scheme: dark", "@media print", "name=\"viewport\"", "default-src 'none'"] {
            #expect(page.contains(needed))
        }
        for tag in ["table", "svg", "section", "main", "figure", "tr", "dl", "article", "html"] {
            let opened = page.matches(of: try Regex("<\(tag)[ >]")).count
            #expect(opened > 0 && opened == page.components(separatedBy: "</\(tag)>").count - 1, "\(tag)")
        }
        if let path = ProcessInfo.processInfo.environment["SOLEHOLDER_TEST_COMPARISON"] {
            try Comparison(SampleRuns.all()).html().write(toFile: path, atomically: true, encoding: .utf8)
        }
    }

    @Test func thereIsAdviceForEachStrategyThatWasRun() throws {
        func choices(_ runs: [ComparedRun]) -> [String] {
            ComparisonAdvice(Comparison(runs).columns).paragraphs.map(\.choice)
        }
        let runs = try SampleRuns.all()
        #expect(choices(runs) == ["Compensate", "Compensate, with the advisory check", "Reserve", "Derived"])
        #expect(choices([runs[2]]) == ["Reserve"] && choices([runs[4]]).isEmpty)
        let advisory = try #require(ComparisonAdvice(Comparison(runs).columns).paragraphs.dropFirst().first)
        #expect(advisory.reason.contains("turned away 150 of 200 duplicates"))
    }

    @Test func picturesTakeWhatThereIs() throws {
        let flat = [CurvePoint(percentile: 0, milliseconds: 0), CurvePoint(percentile: 100, milliseconds: 0)]
        let series = [CurvePicture.Series(name: "zero", points: flat), CurvePicture.Series(name: "none", points: [])]
        let picture = CurvePicture(title: "T", series: series, note: "Left out.").figure
        #expect(picture.contains("<polyline") && picture.contains("Left out.") && !picture.contains("nan"))
        #expect(CurvePicture(title: "T", series: []).figure.contains("Nothing was measured."))
        var column = try #require(Comparison(SampleRuns.all()).columns.first)
        column.cost = nil
        #expect(CostPicture([column]).figure.isEmpty)
        column.detail.conflicts = ConflictSeries(peak: 0, valueSeconds: 0, sliceMilliseconds: 0, greatest: [])
        #expect(ConflictPicture([column]).figure.contains("Always 0: compensate."))
        #expect(Comparison.groups(for: [column]).map(\.title).contains("What a registration costs") == false)
    }
}
