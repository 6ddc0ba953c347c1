package import Foundation

/// A `dev-broker` of our own, as a process: ended when the last who uses it lets go.
package final class BrokerProcess: Sendable {
    package let child: Child
    package let bootstrapServers: String
    package let folder: URL

    /// Starts one and waits until it has its topics.
    /// - Parameters:
    ///   - folder: where its log and its address lie, and its data unless it is in memory.
    ///   - listen: with `:0` it picks a free port; a fixed one is for starting it again.
    ///   - arguments: what else it is to be told.
    package init(
        in folder: URL, listen: String = "127.0.0.1:0", inMemory: Bool = true, arguments: [String] = []
    ) throws {
        self.folder = folder
        let file = folder.appendingPathComponent("bootstrap")
        try? FileManager.default.removeItem(at: file)
        let storage =
            inMemory ? ["--in-memory"] : ["--data-directory", folder.appendingPathComponent("broker-data").path]
        let child = try Child(
            "dev-broker", executable: Program.product("dev-broker"),
            arguments: ["--bootstrap-file", file.path, "--listen", listen] + storage + arguments,
            log: folder.appendingPathComponent("dev-broker.log"))
        let isUp = poll(for: .seconds(30)) {
            !child.isRunning || FileManager.default.fileExists(atPath: file.path)
        }
        guard isUp, child.isRunning else { throw Failure("dev-broker did not start:\n\(child.logText)") }
        bootstrapServers = try String(contentsOf: file, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        self.child = child
    }

    deinit { stop() }

    package func stop() { child.stop() }
}
