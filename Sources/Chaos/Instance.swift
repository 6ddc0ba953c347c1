import ChaosPlanning
import Foundation
import Glibc
import TestProcesses

/// One instance of a service: its process, its state directory, and what is being done to it.
///
/// Running to frozen, down or stopping, each for a time, and back to running; whatever ends by itself is started again,
/// as a supervisor would do. A guest is away until it is sent on a visit, and away again after it.
final class Instance {
    enum Phase: Equatable {
        case running
        case frozen(until: Int)
        /// Told to stop; when it has, it stays away for a time, or, with nil, until it is released.
        case stopping(since: Int, down: Int?)
        case down(until: Int)
        /// Not started again until it is released, or sent on a visit.
        case away
    }

    /// What a service asked an operator to run when it ended with 70.
    struct Remedy: Hashable, Sendable {
        /// Arguments of `soleholder`, for each time that it is to be run.
        var commands: [[String]]
    }

    /// How it is meant to end: the exit code, and, where it must end, a word of the line that says why.
    struct Ending: Hashable {
        var code: Int32
        var word: String?
    }

    let name: InstanceName
    private let folder: URL
    private let arguments: [String]
    private let tally: Tally
    private let log: Journal
    private var child: Child?
    private(set) var phase: Phase
    private var starts = 0
    let isGuest: Bool
    /// What it asked for, when it stopped and is waiting for that.
    var remedy: Remedy?
    var ending: Ending?
    /// When a guest leaves, and how.
    private var leaving: (time: Int, how: ServiceFault.Leaving)?

    init(
        _ name: InstanceName, isGuest: Bool, folder: URL, settings: [String], tally: Tally, log: Journal
    ) {
        self.name = name
        self.isGuest = isGuest
        phase = isGuest ? .away : .down(until: 0)
        self.folder = folder
        self.tally = tally
        self.log = log
        state = folder.appendingPathComponent("state-\(name)")
        copy = folder.appendingPathComponent("state-\(name)-old")
        arguments = ["--state-directory", state.path, "--http-address", "127.0.0.1:0"] + settings
    }

    private let state: URL
    private let copy: URL

    /// - Returns: whether it could be done: what does not run can't be hit.
    func befall(_ fault: ServiceFault) -> Bool {
        if case .visit(let time, let how) = fault { return visit(time, how) }
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
        case .visit: return false
        }
        return true
    }

    private func visit(_ time: Int, _ how: ServiceFault.Leaving) -> Bool {
        guard isGuest, phase == .away else { return false }
        try? FileManager.default.removeItem(at: state)
        start()
        leaving = (Clock.milliseconds + time, how)
        return true
    }

    private func leave(_ how: ServiceFault.Leaving) {
        leaving = nil
        switch how {
        case .stopped:
            child?.signal(SIGTERM)
            phase = .stopping(since: Clock.milliseconds, down: nil)
        case .killed:
            child?.kill()
            _ = child?.end(within: .seconds(10))
            child = nil
            phase = .away
        }
    }

    /// Stops it, and keeps it away until it is released.
    func hold() {
        if case .frozen = phase { thaw() }
        switch phase {
        case .running, .frozen: leave(.stopped)
        case .stopping(let since, _): phase = .stopping(since: since, down: nil)
        case .down, .away: phase = .away
        }
    }

    /// SIGKILL for a guest.
    func dieNow() { if isGuest, phase == .running { leave(.killed) } }

    func release() { if !isGuest, phase == .away { phase = .down(until: 0) } }

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
            guard let child, let end = child.end(within: .zero) else {
                if let leaving, now >= leaving.time { leave(leaving.how) }
                return
            }
            self.child = nil
            leaving = nil
            phase = judge(end) == .supervisor && !isGuest ? .down(until: now + 500) : .away
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
            phase = down.map { .down(until: now + $0) } ?? .away
        case .down(let until):
            if now >= until { start() }
        case .away: break
        }
    }

    /// Who starts it again.
    private enum Next { case supervisor, human }

    /// 75 and 69 are what the contract says of a service that was fenced, or that has lost its broker. After 64 and 70 a
    /// human must look first: they are findings, unless the campaign has brought them about.
    @discardableResult
    private func judge(_ end: Child.End) -> Next {
        tally.ends["\(name.service.rawValue) ended: \(end)", default: 0] += 1
        log.note("\(name) ended: \(end)")
        switch end {
        case .exit(let code) where code == ending?.code:
            if let word = ending?.word, !lastWords.contains(word) {
                tally.find("\(name) ended with exit code \(code) without naming \(word): \(lastWords)")
            }
            return .human
        case .exit(69), .exit(75): return .supervisor
        case .exit(70):
            remedy = Remedy(in: lastWords)
            if remedy == nil { mustNotEnd("with exit code 70") }
        case .exit(let code): mustNotEnd("with exit code \(code)")
        case .signal(let number): mustNotEnd("by signal \(number)")
        }
        return .human
    }

    private func mustNotEnd(_ how: String) {
        tally.find("\(name) ended \(how), see \(logFile.lastPathComponent): \(lastWords)")
        tally.mustStop = true
    }

    /// The end of its log.
    private var lastWords: String {
        let text = (try? String(contentsOf: logFile, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").suffix(8).joined(separator: "\n")
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
        case .stopping(let since, .some): phase = .stopping(since: since, down: 0)
        case .running where isGuest: leave(.stopped)
        case .running, .stopping, .away: break
        }
        turn()
    }

    /// Whether it takes part; a guest that is away need not.
    func isReady() -> Bool {
        if isGuest, phase == .away { return true }
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

extension Instance.Remedy {
    /// What a last line asks to be run; nil when it asks for nothing.
    init?(in text: String) {
        let mark = "`soleholder offsets "
        commands = text.ranges(of: mark).map { range in
            text[range.lowerBound...].dropFirst().prefix { $0 != "`" }.split(separator: " ").dropFirst().map(
                String.init)
        }
        if commands.isEmpty { return nil }
    }
}
