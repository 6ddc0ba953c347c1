import ChaosPlanning
import Foundation
import Glibc
import TestProcesses

/// The dev-broker: its lives on one port and one data directory, and the faults that are injected into it.
final class Broker {
    private enum Phase: Equatable {
        case starting(until: Int)
        case running
        case stopping(until: Int)
        case down(until: Int)
    }

    private struct FaultID: Hashable {
        var life: Int
        var number: Int
    }

    /// What the broker is: its nodes, and how long a dead one is believed to be alive.
    struct Shape {
        var nodes = 1
        var nodeSessionMilliseconds = 9_000
    }

    private let folder: URL
    private let prefix: String
    /// What is declared; the standard declaration without one.
    private let declaration: URL?
    let shape: Shape
    let tally: Tally
    let log: Journal
    private var child: Child?
    private var phase = Phase.down(until: 0)
    private var life = 0
    /// The first node's.
    private var port = "0"
    private(set) var bootstrapServers = ""
    /// What is to be done to nodes later.
    var nodeSteps: [NodeStep] = []
    private var sync = "interval"
    private var downTime = 0
    private(set) var control: String?
    private var waiting: [(kind: FaultKind, fault: InjectedFault)] = []
    private var injected: [FaultID: FaultKind] = [:]
    private var consumed: [FaultID: Int] = [:]
    private var lookedAt = 0

    init(
        folder: URL, prefix: String, declaration: URL? = nil, shape: Shape = Shape(), tally: Tally, log: Journal
    ) throws {
        self.folder = folder
        self.prefix = prefix
        self.declaration = declaration
        self.shape = shape
        self.tally = tally
        self.log = log
        start()
        let isUp = poll(for: .seconds(30)) {
            turn()
            return phase == .running
        }
        guard isUp else { throw Failure("dev-broker did not start:\n\(child?.logText ?? "")") }
    }

    private var bootstrapFile: URL { folder.appendingPathComponent("bootstrap") }
    private var controlFile: URL { folder.appendingPathComponent("control") }

    private var nodeArguments: [String] {
        guard shape.nodes > 1 else { return [] }
        return ["--nodes", String(shape.nodes), "--node-session-timeout", String(shape.nodeSessionMilliseconds)]
    }

    /// In its first life alone: afterwards its log says what is declared, and a newer declaration may stand there, which a
    /// broker does not replace by an older one.
    private var declarationArguments: [String] {
        guard life == 1, let declaration else { return [] }
        return ["--declaration", declaration.path]
    }

    private func start() {
        life += 1
        nodeSteps = []
        for file in [bootstrapFile, controlFile] { try? FileManager.default.removeItem(at: file) }
        do {
            child = try Child(
                "dev-broker", executable: Program.product("dev-broker"),
                arguments: [
                    "--listen", "127.0.0.1:\(port)", "--data-directory",
                    folder.appendingPathComponent("broker-data").path, "--topic-prefix", prefix, "--sync", sync,
                    "--marker-delay", "100", "--coordinator-load-time", "500",
                    "--transaction-scan-interval", "10000",
                    "--bootstrap-file", bootstrapFile.path, "--control-address", "127.0.0.1:0", "--control-file",
                    controlFile.path,
                ] + declarationArguments + nodeArguments,
                log: folder.appendingPathComponent("dev-broker.\(life).log"))
            log.note("dev-broker started, sync \(sync)")
        } catch { tally.find("dev-broker can't be started: \(error)") }
        phase = .starting(until: Clock.milliseconds + 60_000)
    }

    /// - Returns: whether it could be done.
    func befall(_ fault: BrokerProcessFault) -> Bool {
        guard phase == .running, let child, child.isRunning else { return false }
        lookAtFaults()
        sync = fault.sync
        control = nil
        if fault.isKill {
            child.kill()
            _ = child.end(within: .seconds(10))
            phase = .down(until: Clock.milliseconds + fault.milliseconds)
        } else {
            child.signal(SIGTERM)
            downTime = fault.milliseconds
            phase = .stopping(until: Clock.milliseconds + 15_000)
        }
        return true
    }

    /// Has it happen as soon as the broker is there.
    func inject(_ kind: FaultKind, _ fault: InjectedFault) { waiting.append((kind, fault)) }

    func turn() {
        let now = Clock.milliseconds
        switch phase {
        case .starting(let until):
            if let child, let end = child.end(within: .zero) {
                tally.find("dev-broker did not start (\(end)), see dev-broker.\(life).log")
                phase = .down(until: now + 1_000)
            } else if let address = Self.text(of: bootstrapFile) {
                // The services keep the addresses that they were started with.
                if bootstrapServers.isEmpty { bootstrapServers = address }
                let first = address.split(separator: ",").first ?? ""
                port = String(first.split(separator: ":").last ?? "0")
                control = Self.text(of: controlFile)
                phase = .running
            } else if now > until {
                tally.find("dev-broker was not up within 60 s")
                child?.kill()
            }
        case .running:
            if let child, let end = child.end(within: .zero) {
                tally.find("dev-broker ended: \(end), see dev-broker.\(life).log")
                phase = .down(until: now + 500)
                return
            }
            sendWaiting()
            turnNodes()
            if now - lookedAt > 1_000 { lookAtFaults() }
        case .stopping(let until):
            guard let child else { return }
            if let end = child.end(within: .zero) {
                if end != .exit(0) { tally.find("dev-broker was told to stop and ended: \(end)") }
                phase = .down(until: now + downTime)
            } else if now > until {
                tally.find("dev-broker did not stop within 15 s")
                child.kill()
            }
        case .down(let until): if now >= until { start() }
        }
    }

    private static func text(of file: URL) -> String? {
        guard let text = try? String(contentsOf: file, encoding: .utf8), !text.isEmpty else { return nil }
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private struct Created: Decodable { var id: Int }

    private func sendWaiting() {
        guard let control else { return }
        while let (kind, fault) = waiting.first {
            guard let answer = HTTP.request("POST", "/faults", at: control, body: fault.json) else { return }
            waiting.removeFirst()
            guard answer.status == 201, let id = Self.decode(Created.self, answer.body) else {
                tally.find("\(kind.rawValue) was refused: \(answer.status) \(answer.body)")
                continue
            }
            injected[FaultID(life: life, number: id.id)] = kind
        }
    }

    private struct Faults: Decodable {
        struct Item: Decodable {
            var id: Int
            var consumed: Int
        }
        var faults: [Item]
    }

    /// Counts what has met a request since the last look.
    private func lookAtFaults() {
        lookedAt = Clock.milliseconds
        guard let control, let answer = HTTP.request("GET", "/faults", at: control),
            let list = Self.decode(Faults.self, answer.body)
        else { return }
        for item in list.faults {
            let id = FaultID(life: life, number: item.id)
            guard let kind = injected[id], item.consumed > consumed[id, default: 0] else { continue }
            if consumed[id] == nil { tally.note(kind) }
            tally.hits[kind, default: 0] += item.consumed - consumed[id, default: 0]
            consumed[id] = item.consumed
        }
    }

    private static func decode<Value: Decodable>(_ type: Value.Type, _ text: String) -> Value? {
        try? JSONDecoder().decode(type, from: Data(text.utf8))
    }

    /// Forgets all faults and brings the broker back.
    /// - Returns: whether it is well.
    func heal() -> Bool {
        waiting = []
        if case .down = phase { phase = .down(until: 0) }
        turn()
        guard phase == .running, let control else { return false }
        lookAtFaults()
        for node in 1...shape.nodes where shape.nodes > 1 {
            guard isDone(HTTP.request("POST", "/nodes/\(node)/start", at: control)) else { return false }
        }
        nodeSteps = []
        return HTTP.request("DELETE", "/faults", at: control)?.status == 204
    }

    func finish() {
        guard let child, child.isRunning else { return }
        let end = child.stop(within: .seconds(15))
        if end != .exit(0) { tally.find("dev-broker was told to stop and ended: \(end)") }
    }

    func kill() { child?.kill() }
}
