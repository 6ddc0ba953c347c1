import Foundation
import Messages
import TestProcesses
import Testing

@Suite("SIGTERM under load", Issues.counted) struct GracefulStopTests {
    private static let written: [Topic] = [
        .customerEvents, .commandOutcomes, .processOutcomes, .registrationEvents, .uniqueClaims, .uniqueVerdicts,
    ]

    @Test(
        "ends each service in the orderly way, and the next start repeats nothing", .hangLimit,
        arguments: DeliveryGuarantee.allCases)
    func stop(guarantee: DeliveryGuarantee) async throws {
        try await Deployments.own("stop", guarantee) { deployment in
            // Nothing is sent twice by the client: whatever comes twice, a service has written twice.
            let load = try LoadInBackground(deployment, commands: 2000, rate: 500, resends: 0)
            try load.awaitProgress(of: Service.allCases, records: 300)
            for service in Service.allCases {
                let (end, time) = try deployment.stop(service)
                #expect(end == .exit(0), "\(service)")
                FileHandle.standardError.write(
                    Data("SIGTERM under load, \(guarantee.rawValue): \(service.rawValue) ended in \(time)\n".utf8))
            }
            #expect(load.child.isRunning, "the load was over before the stop")
            try deployment.start()
            try load.expectSettled(confirmed: 1800, compensated: 200)

            for topic in Self.written {
                let repeats = try PhysicalLog(deployment, topic).repeats
                #expect(repeats.isEmpty, "\(topic.rawValue): \(repeats.prefix(5).map(\.place))")
            }
            // A command of the process manager is sent as often as its book says, which is once, unless its deadline
            // was over before everybody was back.
            let book = try PhysicalLog(deployment, .registrationEvents).records
            let issued = book.count { $0.type == "RegistrationCommandIssued" }
            #expect(try PhysicalLog(deployment, .processCommands).records.count == issued)
            let isInTime = issued == 2000
            for service in Service.allCases where isInTime {
                #expect(try deployment.count(service, "repeated") == 0, "\(service)")
            }
            try deployment.expectCleanAudit()
        }
    }
}
