import Foundation
import LoadGenerating
import TestProcesses
import Testing

/// The page as a real browser has it.
@Suite(
    "The comparison in Chromium",
    .enabled(if: Program.isComplete || Program.installed("chromium") != nil, "Chromium is not installed"))
struct BrowserTests {
    /// Loads a page, and gives the document as it is after that.
    private static func load(_ page: String, _ options: [String] = []) throws -> Run {
        let chromium = try #require(Program.installed("chromium"), "`deploy/install.sh test` installs it")
        let folder = try Unique.folder("browser")
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("page.html")
        try Data(page.utf8).write(to: file)
        return try Run.of(
            chromium,
            [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                "--disable-background-networking", "--enable-logging=stderr", "--log-level=0",
                "--user-data-dir=\(folder.appendingPathComponent("profile").path)", "--virtual-time-budget=2000",
            ] + options + ["--dump-dom", file.absoluteString], within: .seconds(180), in: folder)
    }

    /// What scripts, styles, and the page's own policy complain about goes to the console.
    private static func complaints(_ run: Run) -> [Substring] {
        run.errors.split(separator: "\n").filter { $0.contains("CONSOLE") }
    }

    @Test("shows the figures of the reports, and nothing to complain about") func figures() async throws {
        try await onOwnThread {
            let runs = try SampleRuns.all()
            let run = try Self.load(Comparison(runs).html())
            #expect(run.end == .exit(0), "\(run)")
            #expect(Self.complaints(run).isEmpty, "\(run.errors)")
            let cells = Dictionary(
                run.output.matches(of: /<td data-run="([^"]*)" data-figure="([^"]*)">([^<]*)<\/td>/).map {
                    ("\($0.1) \($0.2)", String($0.3))
                }, uniquingKeysWith: { first, _ in first })
            func number(_ name: String, _ figure: String) -> Double? {
                cells["\(name) \(figure)"].flatMap { Double($0.replacingOccurrences(of: ",", with: "")) }
            }
            for run in runs where run.strategy != .mixed {
                Self.expect(run.measurement, run.detail, run.label, number)
            }
            let mixed = try #require(runs.last)
            for (strategy, part) in mixed.parts {
                Self.expect(part.measurement, part.detail, "mixed/\(strategy.rawValue)", number)
            }
            #expect(cells["compensate records"] == "3.01" && cells["compensate cpu-services"] == "0.88")
            #expect(run.output.contains("<polyline") && run.output.contains("Which one to choose"))
        }
    }

    private static func expect(
        _ measurement: LoadGenerating.Measurement, _ detail: Detail, _ name: String,
        _ shown: (String, String) -> Double?
    ) {
        let latencies = measurement.latencyMilliseconds
        let exact = [
            "commands": measurement.commands, "confirmed": measurement.confirmed,
            "compensated": measurement.compensated, "rejected": measurement.rejected,
            "conflicts-peak": detail.conflicts.peak,
        ]
        for (figure, value) in exact { #expect(shown(name, figure) == Double(value), "\(name) \(figure)") }
        let rounded = [
            "outcome-p50": latencies.outcome.p50, "settled-p50": latencies.settled.p50,
            "settled-p99": latencies.settled.p99, "settled-max": latencies.settled.max,
            "window-p50": latencies.inconsistencyWindow.p50, "window-p90": latencies.inconsistencyWindow.p90,
            "window-p99": latencies.inconsistencyWindow.p99, "window-max": latencies.inconsistencyWindow.max,
            "conflicts-seconds": detail.conflicts.valueSeconds,
        ]
        for (figure, value) in rounded {
            let seen = shown(name, figure)
            #expect(seen.map { abs($0 - value) <= (value < 100 ? 0.051 : 0.51) } == true, "\(name) \(figure)")
        }
    }

    /// Else the test above could pass because nothing is ever heard.
    @Test("hears a script's error, and what the policy forbids") func complains() async throws {
        try await onOwnThread {
            let run = try Self.load("<!doctype html><script>throw new Error('heard')</script>")
            #expect(Self.complaints(run).contains { $0.contains("heard") }, "\(run.errors)")
            let page = Comparison(try SampleRuns.all()).html()
                .replacingOccurrences(of: "</main>", with: "<img src=\"https://example.org/x.png\"></main>")
            let forbidden = try Self.load(page)
            #expect(
                Self.complaints(forbidden).contains { $0.contains("Content Security Policy") }, "\(forbidden.errors)")
        }
    }
}
