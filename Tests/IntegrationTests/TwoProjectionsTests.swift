import Foundation
import TestProcesses
import Testing

/// Each answers for what it has, and nobody for what another one has.
@Suite("Two instances of the projection that are asked", Issues.counted) struct TwoProjectionsTests {
    private static func second(_ deployment: Deployment) throws -> Child {
        try Child(
            "second projection", executable: Program.product(Service.projection.rawValue),
            arguments: deployment.arguments(of: .projection) + [
                "--state-directory", deployment.folder.appendingPathComponent("state-second").path,
            ], log: deployment.folder.appendingPathComponent("second.log"))
    }

    private static func isReady(_ deployment: Deployment, _ child: Child) -> Bool {
        (try? deployment.get(child, "/readyz").status) == 200
    }

    @Test("one of them tells, the other one says that it is not the one") func shares() async throws {
        try await Deployments.own("shares") { deployment in
            let client = try Client(deployment)
            let customers = (0..<24).map { _ in Unique.text("c") }
            for customer in customers { try client.register(customer, document: Unique.document().spelled) }
            for customer in customers { #expect(try client.event(customer, 2).type == "CustomerConfirmed") }
            let second = try Self.second(deployment)
            defer { second.kill() }
            let first = try deployment.child(.projection)
            // Until both have been given their partitions and everything was caught up, either may not know yet.
            let areSettled = try poll(for: .seconds(60), every: .milliseconds(100)) {
                guard Self.isReady(deployment, first), Self.isReady(deployment, second) else { return false }
                return try customers.allSatisfy { customer in
                    let statuses = try [first, second].map { try deployment.get($0, "/customers/\(customer)").status }
                    #expect(!statuses.contains(404), "a customer that is there was denied")
                    return statuses.sorted() == [200, 503]
                }
            }
            #expect(areSettled)
            var notHere = 0
            for customer in customers {
                for child in [first, second] {
                    let answer = try deployment.get(child, "/customers/\(customer)")
                    if answer.status == 200 {
                        #expect(answer.json?["status"] == "confirmed")
                    } else {
                        #expect(answer.json?["error"] == "not-here")
                        #expect(answer.json?["message"]?.text?.isEmpty == false)
                        #expect(answer.json?["partition"]?.number != nil)
                        notHere += 1
                    }
                }
            }
            #expect(notHere == customers.count)
            // One that stays alone has everything again, and denies nobody meanwhile.
            #expect(second.stop() == .exit(0))
            let hasAll = try poll(for: .seconds(60), every: .milliseconds(100)) {
                try customers.allSatisfy { customer in
                    let status = try deployment.get(first, "/customers/\(customer)").status
                    #expect(status != 404)
                    return status == 200
                }
            }
            #expect(hasAll)
        }
    }

    @Test("one that was frozen does not tell what was true before") func frozen() async throws {
        try await Deployments.own("frozen-projection") { deployment in
            let client = try Client(deployment)
            let customers = (0..<12).map { _ in Unique.text("c") }
            for customer in customers { try client.register(customer, document: Unique.document().spelled) }
            for customer in customers { #expect(try client.event(customer, 2).type == "CustomerConfirmed") }
            let first = try deployment.child(.projection)
            #expect(
                try poll(for: .seconds(30)) {
                    try customers.allSatisfy { try deployment.get(first, "/customers/\($0)").status == 200 }
                })
            first.signal(19)
            defer { first.signal(18) }
            let second = try Self.second(deployment)
            defer { second.kill() }
            for customer in customers {
                try client.leave(customer)
            }
            // The other one has taken everything over, and knows better.
            #expect(
                try poll(for: .seconds(90), every: .milliseconds(100)) {
                    guard Self.isReady(deployment, second) else { return false }
                    return try customers.allSatisfy {
                        try deployment.get(second, "/customers/\($0)").json?["status"] == "unregistered"
                    }
                })
            first.signal(18)
            for customer in customers {
                let answer = try deployment.get(first, "/customers/\(customer)")
                #expect(
                    answer.status == 503 || answer.json?["status"] == "unregistered",
                    "\(answer.status) \(answer.body)")
            }
        }
    }
}
