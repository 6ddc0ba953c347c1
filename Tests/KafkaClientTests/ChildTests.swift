import Foundation
import Glibc
import TestProcesses
import Testing

@Suite struct ChildTests {
    /// A child that keeps a socket of ours keeps its port taken, and its peer waiting, until the child ends.
    @Test func childrenHaveNoneOfOurSockets() throws {
        let folder = try Unique.folder("child")
        defer { try? FileManager.default.removeItem(at: folder) }
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        try #require(socket >= 0)
        defer { close(socket) }
        let child = try Child(
            "sleep", executable: try #require(Program.installed("sleep")), arguments: ["60"],
            log: folder.appendingPathComponent("log"))
        defer { child.kill() }
        // What it has open is seen once it is the other program.
        let path = "/proc/\(child.processID)"
        let isSleep = poll(for: .seconds(10)) {
            (try? String(contentsOfFile: path + "/comm", encoding: .utf8)) == "sleep\n"
        }
        #expect(isSleep)
        let open = try FileManager.default.contentsOfDirectory(atPath: path + "/fd").compactMap { Int32($0) }
        #expect(open.max() == 2, "\(open.sorted())")
    }
}
