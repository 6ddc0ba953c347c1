import Foundation
import Synchronization
import TestProcesses

// What breaks the broker, and the services that are started for it.
extension Deployment {
    /// A fault of the broker's, as its control address takes it.
    struct Fault: Encodable, Sendable {
        var kind = "error"
        /// Kafka's name of the request; nil for all.
        var api: String?
        var clientId: String?
        var count = 1
        /// Kafka's number of the error.
        var code: Int16?
        var milliseconds: Int?

        static func error(_ code: Int16, _ api: String, count: Int = 1, of client: Service? = nil) -> Fault {
            Fault(api: api, clientId: client?.rawValue, count: count, code: code)
        }
    }

    struct Injected: Decodable {
        var id: Int
        var count: Int
        var consumed: Int
    }

    private struct FaultList: Decodable { var faults: [Injected] }

    func inject(_ fault: Fault) throws {
        let body = String(decoding: try JSONEncoder().encode(fault), as: UTF8.self)
        _ = try control(["-X", "POST", "-d", body])
    }

    /// What was injected since the last `heal`.
    func injected() throws -> [Injected] {
        try JSONDecoder().decode(FaultList.self, from: Data(try control([]).utf8)).faults
    }

    /// Takes all faults back.
    func heal() throws { _ = try control(["-X", "DELETE"]) }

    private func control(_ arguments: [String]) throws -> String {
        guard let curl = Program.installed("curl") else { throw Failure("curl is not installed") }
        let file = folder.appendingPathComponent("control")
        let address = try String(contentsOf: file, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        let run = try Run.of(curl, ["-sSf", "-m", "10"] + arguments + ["http://\(address)/faults"], in: folder)
        guard run.end == .exit(0) else { throw Failure("\(run)") }
        return run.output
    }

    /// Waits for a service to say something in its log.
    func awaitWords(_ text: String, from child: Child, within time: Duration = .seconds(120)) throws {
        let isSaid = poll(for: time) { child.logText.contains(text) || !child.isRunning }
        guard isSaid, child.logText.contains(text) else {
            throw Failure("\(child.name) does not say '\(text)':\n\(child.logText)")
        }
    }
}
