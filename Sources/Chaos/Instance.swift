import ChaosPlanning
import Foundation
import Glibc
import TestProcesses

/// One instance of a service: its process, its state directory, and what is being done to it.
///
/// Running to frozen, down or stopping, each for a time, and back to running; whatever ends by itself is started again,
/// as a supervisor would do.
final class Instance {
    enum Phase: Equatable {
        case running
        case frozen(until: Int)
        /// Told to stop; when it has, it stays away for a time.
        case stopping(since: Int, down: Int)
        case down(until: Int)
    }

    let name: InstanceName
    private let folder: URL
    private let arguments: [String]
    private let tally: Tally
    private let log: Journal
    private var child: Child?
    private(set) var phase = Phase.down(until: 0)
    private var starts = 0

    init(_ name: InstanceName, folder: URL, connection: [String], guarantee: Guarantee, tally: Tally, log: Journal) {
        self.name = name
        self.folder = folder
        self.tally = tally
        self.log = log
        state = folder.appendingPathComponent("state-\(name)")
        copy = folder.appendingPathComponent("state-\(name)-old")
        var arguments =
            connection + [
                "--state-directory", state.path, "--http-address", "127.0.0.1:0",
                "--delivery-guarantee", guarantee.rawValue,
                // Rebalances are quick.
                "--kafka-property", "session.timeout.ms=6000", "--kafka-property", "heartbeat.interval.ms=1000",
            ]
        // Static members and dynamic ones side by side.
        if name.number.isMultiple(of: 2) { arguments += ["--instance-id", "\(name)"] }
        self.arguments = arguments
    }

    private let state: URL
    private let copy: URL

    /// - Returns: whether it could be done: what does not run can't be hit.
    func befall(_ fault: ServiceFault) -> Bool {
        guard phase == .running, let child, child.isRunning else { return false }
        let now = Clock.milliseconds
        switch fault {
        case .kill(let kept, let down):
            child.kill()
            _ = child.end(within: .seconds(10))
            self.child = nil
            changeState(kept)
            phase = .down(until: now + down)
        case .freeze(let time):
            child.signal(SIGSTOP)
            phase = .frozen(until: now + time)
        case .restart(let down), .scaleAway(let down):
            child.signal(SIGTERM)
            phase = .stopping(since: now, down: down)
        }
        return true
    }

    private func changeState(_ kept: ServiceFault.State) {
        let files = FileManager.default
        switch kept {
        case .kept: keepCopy()
        case .lost: try? files.removeItem(at: state)
        case .old:
            guard files.fileExists(atPath: copy.path) else { return keepCopy() }
            try? files.removeItem(at: state)
            do { try files.copyItem(at: copy, to: state) } catch {
                tally.find("\(name): state not rolled back: \(error)")
            }
        }
    }

    private func keepCopy() {
        let files = FileManager.default
        try? files.removeItem(at: copy)
        if files.fileExists(atPath: state.path) { try? files.copyItem(at: state, to: copy) }
    }

    /// Whatever is due.
    func turn() {
        let now = Clock.milliseconds
        switch phase {
        case .running:
            guard let child, let end = child.end(within: .zero) else { return }
            self.child = nil
            judge(end)
            phase = .down(until: now + 500)
        case .frozen(let until):
            if now >= until { thaw() }
        case .stopping(let since, let down):
            guard let child, let end = child.end(within: .zero) else {
                if now - since > 15_000 {
                    tally.find("\(name) did not stop within 15 s")
                    child?.kill()
                }
                return
            }
            self.child = nil
            if end != .exit(0) { judge(end) }
            keepCopy()
            log.note("\(name) stopped after \(now - since) ms: \(end)")
            phase = .down(until: now + down)
        case .down(let until):
            if now >= until { start() }
        }
    }

    /// 75 and 69 are what the contract says of a service that was fenced, or that has lost its broker.
    private func judge(_ end: Child.End) {
        tally.ends["\(name.service.rawValue) ended: \(end)", default: 0] += 1
        log.note("\(name) ended: \(end)")
        switch end {
        case .exit(69), .exit(75): break
        case .exit(let code): tally.find("\(name) ended with exit code \(code), see \(logFile.lastPathComponent)")
        case .signal(let number): tally.find("\(name) was ended by signal \(number), see \(logFile.lastPathComponent)")
        }
    }

    private var logFile: URL { folder.appendingPathComponent("\(name).\(starts).log") }

    private func start() {
        starts += 1
        do {
            child = try Child(
                "\(name)", executable: Program.product(name.service.rawValue), arguments: arguments, log: logFile)
            log.note("\(name) started")
        } catch { tally.find("\(name) can't be started: \(error)") }
        phase = .running
    }

    private func thaw() {
        child?.signal(SIGCONT)
        log.note("\(name) goes on")
        phase = .running
    }

    /// Brings it back at once, whatever it suffers from.
    func heal() {
        switch phase {
        case .frozen: thaw()
        case .down: phase = .down(until: 0)
        case .stopping(let since, _): phase = .stopping(since: since, down: 0)
        case .running: break
        }
        turn()
    }

    /// Whether it takes part.
    func isReady() -> Bool {
        guard phase == .running, let child, child.isRunning else { return false }
        guard let address = Self.address(in: child.logText) else { return false }
        return HTTP.request("GET", "/readyz", at: address)?.status == 200
    }

    private static func address(in log: String) -> String? {
        guard let line = log.split(separator: "\n").first(where: { $0.contains("http listening") }),
            let mark = line.range(of: "address=")
        else { return nil }
        return String(line[mark.upperBound...].prefix { $0 != " " && $0 != "\"" })
    }

    /// Ends it in the orderly way, for good.
    func finish() {
        guard let child else { return }
        let end = child.stop(within: .seconds(10))
        if end != .exit(0) { tally.find("\(name) at rest was told to stop, and ended: \(end)") }
        self.child = nil
    }

    func kill() {
        child?.kill()
        child = nil
    }
}
