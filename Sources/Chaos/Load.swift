import ChaosPlanning
import Foundation
import TestProcesses

/// The load generators: one for each wave.
final class Load {
    private struct Running {
        var wave: Wave
        var child: Child
        var report: URL
    }

    private let folder: URL
    private let connection: [String]
    private let patience: Int
    private let tally: Tally
    private let log: Journal
    private var running: [Running] = []
    /// Waves whose time has come, while too many others have not settled.
    private var waiting: [Wave] = []
    /// Each generator reads everything that all of them bring about. On a busy machine waves that can't settle for the
    /// others would pile up, and nothing would ever come to its end.
    private static let atOnce = 5
    private var count = 0

    /// - Parameter patience: how many seconds a wave has to settle.
    init(folder: URL, connection: [String], patience: Int, tally: Tally, log: Journal) {
        self.folder = folder
        self.connection = connection
        self.patience = patience
        self.tally = tally
        self.log = log
    }

    var isSettled: Bool { running.isEmpty && waiting.isEmpty }

    /// Starts a wave now, or as soon as enough of those before it have settled.
    func start(_ wave: Wave) {
        waiting.append(wave)
        startWaiting()
    }

    private func startWaiting() {
        while running.count < Self.atOnce, !waiting.isEmpty { run(waiting.removeFirst()) }
    }

    /// What has not begun when the faults are over is left out.
    func leaveOutWaiting() {
        if !waiting.isEmpty { log.note("\(waiting.count) waves were left out: those before them had not settled") }
        waiting = []
    }

    private func run(_ wave: Wave) {
        count += 1
        let report = folder.appendingPathComponent("wave-\(count).json")
        do {
            let child = try Child(
                "load-generator", executable: Program.product("load-generator"),
                arguments: connection + [
                    "--commands", String(wave.commands), "--rate", String(wave.rate),
                    "--duplicate-ratio", String(Double(wave.duplicatePercent) / 100),
                    "--resend-ratio", String(Double(wave.resendPercent) / 100), "--seed", String(wave.seed),
                    "--strategy", wave.strategy, "--timeout", String(patience), "--report", report.path,
                    // A client that gives up on a command was promised nothing: this one does not give up.
                    "--kafka-property", "message.timeout.ms=600000",
                ], log: folder.appendingPathComponent("wave-\(count).log"))
            running.append(Running(wave: wave, child: child, report: report))
        } catch { tally.find("load-generator can't be started: \(error)") }
    }

    func turn() {
        for (index, wave) in running.enumerated().reversed() {
            guard let end = wave.child.end(within: .zero) else { continue }
            running.remove(at: index)
            switch end {
            case .exit(0), .exit(1): judge(wave, end)
            case .exit(69):
                // It came while the broker was away. Other customers, since those of this seed may be there already.
                tally.ends["load-generator ended: \(end)", default: 0] += 1
                log.note("\(wave.report.lastPathComponent): the load generator is started again")
                var again = wave.wave
                again.seed = again.seed % (1 << 50) + 1
                waiting.insert(again, at: 0)
            case .exit, .signal: tally.find("\(wave.report.lastPathComponent): load-generator ended: \(end)")
            }
        }
        startWaiting()
    }

    private struct Report: Decodable {
        var commands: Int
        var unsettled: Int
        var deadLettered: Int
        var rejected: Int
        var asExpected: Bool
    }

    private func judge(_ wave: Running, _ end: Child.End) {
        guard let data = try? Data(contentsOf: wave.report),
            let report = try? JSONDecoder().decode(Report.self, from: data)
        else { return tally.find("\(wave.report.lastPathComponent) can't be read") }
        tally.registrations += report.commands
        log.note("\(wave.report.lastPathComponent) ended: \(end)")
        if end != .exit(0) || report.unsettled > 0 || !report.asExpected {
            tally.find(
                """
                \(wave.report.lastPathComponent): \(end), \(report.unsettled) unsettled, \(report.deadLettered) dead \
                letters, \(report.rejected) rejected, as expected: \(report.asExpected)
                """)
        }
    }

    /// Gives up on what has not settled.
    func stop() {
        for wave in running {
            wave.child.kill()
            tally.find("\(wave.report.lastPathComponent) has not settled, and was given up")
        }
        running = []
        waiting = []
    }

    func kill() { for wave in running { wave.child.kill() } }
}
