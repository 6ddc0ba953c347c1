import TestProcesses
import Testing

@Suite("A broker that hangs", Issues.counted, .enabled(if: breaksBroker)) struct StopTests {
    @Test(
        "does not keep SIGTERM from ending each service in time, and nothing is lost", .hangLimit,
        arguments: DeliveryGuarantee.allCases)
    func stop(guarantee: DeliveryGuarantee) async throws {
        try await Deployments.own("hang", guarantee) { deployment in
            let broker = try #require(deployment.broker?.child)
            let load = try LoadInBackground(deployment, commands: 2000, rate: 500)
            try load.awaitProgress(of: Service.allCases, records: 300)
            broker.signal(19)
            let children = try Service.allCases.map { try deployment.child($0) }
            let start = ContinuousClock.now
            for child in children { child.signal(15) }
            for child in children {
                #expect(child.end(within: .seconds(20)) == .exit(0), "\(child.logText)")
                #expect(ContinuousClock.now - start <= .seconds(5), "\(child.name)")
            }
            // Under load one of them at least had something in hand.
            #expect(children.contains { $0.logText.contains("work in hand is left to the next start") })
            broker.signal(18)
            try deployment.start()
            try load.expectSettled(confirmed: 1800, compensated: 200)
            try deployment.expectCleanAudit()
        }
    }
}
