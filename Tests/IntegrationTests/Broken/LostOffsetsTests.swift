import EventLog
import Foundation
import KafkaClient
import Messages
import TestProcesses
import Testing
import WireClient

/// Offsets that are gone, or somebody else's, on real processes.
@Suite("Offsets that no service committed", Issues.counted) struct LostOffsetsTests {
    private static func places(_ deployment: Deployment, _ topics: [Topic]) -> [TopicPartition] {
        topics.flatMap { topic in
            (0..<Deployment.partitionCount).map { TopicPartition(topic: deployment.names.name(topic), partition: $0) }
        }
    }

    private static func soleholder(_ deployment: Deployment, _ arguments: [String]) throws -> Run {
        try Run.of(Program.product("soleholder"), arguments + deployment.connection, in: deployment.folder)
    }

    @Test(
        "after a long stop, commands are trimmed and offsets expired: 70, until the command that it names is run",
        .hangLimit, .enabled(if: Deployment.externalBroker == nil), arguments: DeliveryGuarantee.allCases)
    func expired(guarantee: DeliveryGuarantee) async throws {
        try await Deployments.own("expired", guarantee, services: [.command]) { deployment in
            let client = try Client(deployment)
            let customer = Unique.text("expired")
            _ = try client.outcome(ofCommand: try client.register(customer, document: Unique.document().spelled))
            #expect(try deployment.stop(.command).end == .exit(0))
            for _ in 0..<3 { try client.register(customer, document: Unique.document().spelled) }
            let place = TopicPartition(
                topic: deployment.names.name(.customerCommands), partition: Client.partition(of: Array(customer.utf8)))
            let admin = try KafkaAdmin(configuration: deployment.kafka)
            defer { admin.close() }
            try admin.deleteRecords(before: [place: 3])
            let group = deployment.names.name(.commandService)
            let cluster = try Cluster(deployment.bootstrapServers, clientID: "time")
            try cluster.deleteOffsets(Self.places(deployment, ConsumerGroup.commandService.inputs), group: group)

            for losesState in [false, true] {
                if losesState { try FileManager.default.removeItem(at: deployment.state(of: .command)) }
                let child = try deployment.launch(.command)
                #expect(child.end(within: .seconds(30)) == .exit(70), "\(child.logText)")
                #expect(child.logText.contains("\(place): offsets 1 to 2 were trimmed away"), "\(child.logText)")
                #expect(child.logText.contains("soleholder offsets set --group command-service"), "\(child.logText)")
            }
            let set = ["offsets", "set", "--group", "command-service", "--topic", "customer-commands"]
            let refused = try Self.soleholder(deployment, set + ["--to", "latest"])
            #expect(refused.end == .exit(1) && "\(refused)".contains("--accept-loss"), "\(refused)")
            let done = try Self.soleholder(deployment, set + ["--to", "earliest"])
            #expect(done.end == .exit(0), "\(done)")
            let shown = try Self.soleholder(deployment, ["offsets", "show", "--group", "command-service"])
            #expect("\(shown)".contains("\(place) 3 of 3 to 4 soleholder operator"), "\(shown)")
            try deployment.start([.command])
            // While it runs its offsets are its own.
            let busy = try Self.soleholder(deployment, set + ["--to", "earliest"])
            #expect(busy.end == .exit(1) && "\(busy)".contains("has members"), "\(busy)")
            _ = try client.outcome(ofCommand: try client.register(customer, document: Unique.document().spelled))
        }
    }

    @Test(
        "a stranger in the group of the index leaves nobody pending", .hangLimit,
        arguments: DeliveryGuarantee.allCases)
    func stranger(guarantee: DeliveryGuarantee) async throws {
        try await Deployments.own("stranger", guarantee) { deployment in
            let load = try deployment.load(["--commands", "100", "--duplicate-ratio", "0.2"])
            #expect(load.end == .exit(0), "\(load)")
            #expect(try deployment.stop(.projection).end == .exit(0))
            // The process manager asks the index while nobody of ours is there. A stranger reads that, and commits.
            let waiting = try LoadInBackground(
                deployment, commands: 100, rate: 100, resends: 0,
                more: ["--strategy", "reserve", "--duplicate-ratio", "0"])
            let places = Self.places(deployment, [.uniqueClaims])
            let reader = try KafkaLogReader(configuration: deployment.kafka, isolation: .readUncommitted)
            defer { reader.close() }
            let before = try reader.watermarks(places).values.reduce(0) { $0 + $1.high }
            #expect(
                try poll(for: .seconds(30)) {
                    try reader.watermarks(places).values.reduce(0) { $0 + $1.high } >= before + 50
                }, "no claims came")
            let member = try KafkaGroupConsumer(
                configuration: deployment.kafka, group: deployment.names.name(.projectionIndex),
                topics: [deployment.names.name(.uniqueClaims)])
            defer { member.close() }
            #expect(
                try poll(for: .seconds(30)) {
                    guard case .assigned(let given) = try member.poll(maxRecords: 1, timeout: .milliseconds(100)) else {
                        return false
                    }
                    let ends = try reader.watermarks(given).mapValues(\.high)
                    try member.assign(ends.mapValues { .offset($0) })
                    try member.commit(ends)
                    return true
                }, "the stranger was not let in")
            member.close()
            try deployment.start([.projection])
            try waiting.expectSettled(confirmed: 100, compensated: 0)
            #expect(try deployment.child(.projection).logText.contains("committed by somebody else"))
            try deployment.expectCleanAudit()
        }
    }
}
