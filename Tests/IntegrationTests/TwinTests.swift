import Foundation
import TestProcesses
import Testing

/// Instances whose state directory was copied, with the name that lies in it.
@Suite("Two instances with copies of one state directory", Issues.counted) struct TwinTests {
    private static func start(_ deployment: Deployment, _ state: URL) throws -> Child {
        try Child(
            "twin", executable: Program.product(Service.command.rawValue),
            arguments: deployment.arguments(of: .command) + ["--state-directory", state.path],
            log: deployment.folder.appendingPathComponent(Unique.text("twin") + ".log"))
    }

    @Test("fence each other once, and a supervisor makes two of them") func twins() async throws {
        try await Deployments.own("twins", services: [.command]) { deployment in
            try deployment.stop(.command)
            let copies = ["one", "two"].map { deployment.folder.appendingPathComponent("copy-\($0)") }
            for copy in copies {
                try FileManager.default.copyItem(at: deployment.state(of: .command), to: copy)
            }
            let client = try Client(deployment)
            var twins = try copies.map { try Self.start(deployment, $0) }
            defer { for twin in twins { twin.kill() } }
            var fenced = 0
            func serve(_ count: Int) throws {
                let customers = (0..<count).map { _ in Unique.text("twin") }
                var ids: [String] = []
                for customer in customers {
                    ids.append(try client.register(customer, document: Unique.document().spelled))
                }
                for id in ids {
                    let isThere = try poll(for: .seconds(60), every: .milliseconds(20)) {
                        try client.take(for: .milliseconds(20))
                        for index in twins.indices where !twins[index].isRunning {
                            #expect(twins[index].end(within: .zero) == .exit(75), "\(twins[index].logText)")
                            fenced += 1
                            twins[index] = try Self.start(deployment, copies[index])
                        }
                        return client.seen.contains { $0.data?["commandId"]?.text == id }
                    }
                    #expect(isThere)
                }
            }
            let metOnce = try poll(for: .seconds(90), every: .milliseconds(1)) {
                try serve(24)
                return fenced > 0
            }
            #expect(metOnce, "copies have one name")
            // Each of them is ready, for both have partitions, and from then on nobody is fenced.
            let areReady = poll(for: .seconds(60), every: .milliseconds(50)) {
                twins.allSatisfy { $0.isRunning && $0.logText.contains("ready") }
            }
            #expect(areReady)
            let before = fenced
            for _ in 0..<5 { try serve(24) }
            #expect(fenced == before)
            #expect(fenced <= 2)
        }
    }
}
