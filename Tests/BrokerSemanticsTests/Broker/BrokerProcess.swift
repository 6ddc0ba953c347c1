import Foundation
import TestProcesses

/// A `dev-broker` process of a test's own.
final class BrokerProcess: Sendable {
    let child: Child
    let address: Address
    let folder: URL

    enum Sync: String, Sendable, CaseIterable { case always, interval, never }
    enum Storage: Sendable {
        case memory
        case directory(URL, Sync)

        var arguments: [String] {
            switch self {
            case .memory: ["--in-memory"]
            case .directory(let folder, let sync): ["--data-directory", folder.path, "--sync", sync.rawValue]
            }
        }
    }

    var bootstrapServers: String { address.description }

    /// Starts a broker and waits until it serves.
    /// - Parameter port: 0 lets it choose one.
    init(_ storage: Storage, port: Int32 = 0, folder: URL, within time: Duration = .seconds(30)) throws {
        self.folder = folder
        let mark = Unique.text("broker")
        let file = folder.appendingPathComponent(mark + ".bootstrap")
        let child = try Child(
            "dev-broker", executable: Program.product("dev-broker"),
            arguments: ["--listen", "127.0.0.1:\(port)", "--bootstrap-file", file.path] + storage.arguments,
            log: folder.appendingPathComponent(mark + ".log"))
        self.child = child
        let isUp = poll(for: time, every: .milliseconds(5)) {
            !child.isRunning || FileManager.default.fileExists(atPath: file.path)
        }
        guard isUp, child.isRunning else { throw Failure("dev-broker did not start:\n\(child.logText)") }
        let text = try String(contentsOf: file, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        address = try Address(text)
    }

    /// Resident memory in bytes: now, and at most so far.
    func memory() throws -> (now: Int, peak: Int) {
        let text = try String(contentsOfFile: "/proc/\(child.processID)/status", encoding: .utf8)
        func kilobytes(_ name: String) throws -> Int {
            guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(name + ":") }),
                let number = line.split(whereSeparator: { !$0.isNumber }).first.flatMap({ Int($0) })
            else { throw Failure("no \(name) of the broker") }
            return number
        }
        return (try kilobytes("VmRSS") << 10, try kilobytes("VmHWM") << 10)
    }
}
