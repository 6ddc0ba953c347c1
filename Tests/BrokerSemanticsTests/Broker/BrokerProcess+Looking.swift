import Foundation
import TestProcesses
import WireClient

extension BrokerProcess {
    enum Sync: String, Sendable, CaseIterable { case always, interval, never }

    /// Starts a broker that keeps what it is told in the folder: what another one kept there is there again.
    /// - Parameter port: 0 lets it choose one.
    convenience init(keepingIn folder: URL, _ sync: Sync, port: Int32 = 0) throws {
        try self.init(
            in: folder, listen: "127.0.0.1:\(port)", inMemory: false, arguments: ["--sync", sync.rawValue])
    }

    var address: Address {
        get throws { try Address(bootstrapServers) }
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
