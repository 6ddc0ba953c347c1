import Foundation
import TestProcesses
import Testing

/// A load generator that runs while other things happen.
struct LoadInBackground {
    let deployment: Deployment
    let child: Child
    private let report: URL

    /// - Parameters:
    ///   - resends: how many of the commands are sent twice.
    ///   - more: further arguments.
    init(_ deployment: Deployment, commands: Int, rate: Int, resends: Double = 0.1, more: [String] = []) throws {
        self.deployment = deployment
        let name = Unique.text("load")
        report = deployment.folder.appendingPathComponent(name + ".json")
        child = try Child(
            "load-generator", executable: Program.product("load-generator"),
            arguments: deployment.connection + [
                "--commands", String(commands), "--rate", String(rate), "--resend-ratio", String(resends), "--timeout",
                "360", "--report", report.path,
            ] + more, log: deployment.folder.appendingPathComponent(name + ".log"))
    }

    /// Waits until each of the services has processed so many records, and fails if the load is over by then.
    func awaitProgress(of services: [Service], records: Double) throws {
        let isThere = try poll(for: .seconds(180)) {
            try services.allSatisfy { try deployment.metric($0, "soleholder_batch_records_total") > records }
        }
        guard isThere, child.isRunning else { throw Failure("the load is not in its middle:\n\(child.logText)") }
    }

    func expectSettled(confirmed: Int, compensated: Int, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let end = child.end(within: .seconds(400))
        #expect(end == .exit(0), "\(child.logText)", sourceLocation: sourceLocation)
        let report = try #require(JSON(Array(try Data(contentsOf: report))), sourceLocation: sourceLocation)
        #expect(report["confirmed"]?.number == Double(confirmed), sourceLocation: sourceLocation)
        #expect(report["compensated"]?.number == Double(compensated), sourceLocation: sourceLocation)
        for none in ["rejected", "unsettled", "deadLettered"] {
            #expect(report[none] == 0, "\(none)", sourceLocation: sourceLocation)
        }
        #expect(report["asExpected"] == true, sourceLocation: sourceLocation)
    }
}
