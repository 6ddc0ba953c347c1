import Foundation
import TestProcesses
import Testing

@Suite("A service that is killed in the middle of the load", Issues.counted) struct KillTests {
    enum State: String, CaseIterable, Sendable { case kept, deleted }

    /// Each line of defence alone: Kafka's transactions, and ids without them.
    @Test(
        "is started again, and everything settles", .timeLimit(.minutes(10)),
        arguments: Service.allCases.flatMap { service in
            State.allCases.flatMap { state in DeliveryGuarantee.allCases.map { (service, state, $0) } }
        })
    func kill(service: Service, state: State, guarantee: DeliveryGuarantee) async throws {
        try await Deployments.own("kill-\(service.rawValue)", guarantee) { deployment in
            let load = try LoadInBackground(deployment, commands: 2000, rate: 500)
            try load.awaitProgress(of: [service], records: 400)
            try deployment.kill(service)
            if state == .deleted { try FileManager.default.removeItem(at: deployment.state(of: service)) }
            try deployment.start([service])
            try load.expectSettled(confirmed: 1800, compensated: 200)
            try deployment.expectCleanAudit()
        }
    }
}

/// A load generator that runs while other things happen. It sends every tenth command twice.
struct LoadInBackground {
    let deployment: Deployment
    let child: Child
    private let report: URL

    init(_ deployment: Deployment, commands: Int, rate: Int) throws {
        self.deployment = deployment
        report = deployment.folder.appendingPathComponent("report.json")
        child = try Child(
            "load-generator", executable: Program.product("load-generator"),
            arguments: deployment.connection + [
                "--commands", String(commands), "--rate", String(rate), "--resend-ratio", "0.1", "--timeout", "120",
                "--report", report.path,
            ], log: deployment.folder.appendingPathComponent("load-generator.log"))
    }

    /// Waits until each of the services has processed so many records, and fails if the load is over by then.
    func awaitProgress(of services: [Service], records: Double) throws {
        let isThere = try poll(for: .seconds(60)) {
            try services.allSatisfy { try deployment.metric($0, "soleholder_batch_records_total") > records }
        }
        guard isThere, child.isRunning else { throw Failure("the load is not in its middle:\n\(child.logText)") }
    }

    func expectSettled(confirmed: Int, compensated: Int, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let end = child.end(within: .seconds(150))
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
