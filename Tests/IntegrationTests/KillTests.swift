import Foundation
import TestProcesses
import Testing

@Suite("A service that is killed in the middle of the load", Issues.counted) struct KillTests {
    enum State: String, CaseIterable, Sendable { case kept, deleted }

    /// Each line of defence alone: Kafka's transactions, and ids without them.
    @Test(
        "is started again, and everything settles", .hangLimit,
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
