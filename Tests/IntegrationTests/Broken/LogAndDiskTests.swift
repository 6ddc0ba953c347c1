import EventLog
import Foundation
import KafkaClient
import Messages
import TestProcesses
import Testing

@Suite("A log or a disk that has not what it should", Issues.counted, .enabled(if: breaksBroker)) struct LogAndDiskTests
{
    @Test("a log that was trimmed below the group's position ends a service with 70, and tells what is missing")
    func trimmedLog() async throws {
        try await Deployments.own("trimmed", services: [.command]) { deployment in
            let client = try Client(deployment)
            let customer = Unique.text("trimmed")
            _ = try client.outcome(ofCommand: try client.register(customer, document: Unique.document().spelled))
            #expect(try deployment.stop(.command).end == .exit(0))
            let place = TopicPartition(
                topic: deployment.names.name(.customerCommands),
                partition: Client.partition(of: Array(customer.utf8)))
            for _ in 0..<3 { try client.register(customer, document: Unique.document().spelled) }
            let admin = try KafkaAdmin(configuration: deployment.kafka)
            defer { admin.close() }
            try admin.deleteRecords(before: [place: 3])
            let child = try deployment.launch(.command)
            #expect(child.end(within: .seconds(30)) == .exit(70), "\(child.logText)")
            #expect(child.logText.contains("\(place): offsets 1 to 2 were trimmed away"), "\(child.logText)")
        }
    }

    @Test("a topic that is deleted and made again ends a service with 70 that was working on it")
    func topicMadeAnew() async throws {
        try await Deployments.own("anew", services: [.command]) { deployment in
            let client = try Client(deployment)
            let customer = Unique.text("anew")
            _ = try client.outcome(ofCommand: try client.register(customer, document: Unique.document().spelled))
            let topic = deployment.names.name(.customerCommands)
            let admin = try KafkaAdmin(configuration: deployment.kafka)
            defer { admin.close() }
            try admin.deleteTopics([topic])
            let plan = TopicPlan(name: topic, partitions: Deployment.partitionCount)
            #expect(try admin.createTopics([plan]) == [topic: .created])
            let child = try deployment.child(.command)
            #expect(child.end(within: .seconds(60)) == .exit(70), "\(child.logText)")
            #expect(child.logText.contains(topic), "\(child.logText)")
        }
    }

    /// As many mebibytes as asked for, and no more: a file system in memory where we may make one, else a limit on the
    /// size of files.
    private final class SmallDisk {
        let folder: URL
        private let isMounted: Bool

        init(_ folder: URL, mebibytes: Int) throws {
            self.folder = folder
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let mount = try Self.run(
                "mount", ["-t", "tmpfs", "-o", "size=\(mebibytes)m", "tmpfs", folder.path], folder)
            isMounted = mount
        }

        deinit {
            if isMounted { _ = try? Self.run("umount", ["-l", folder.path], folder.deletingLastPathComponent()) }
        }

        func grow(mebibytes: Int) throws {
            if isMounted {
                _ = try Self.run("mount", ["-o", "remount,size=\(mebibytes)m", folder.path], folder)
            }
        }

        /// The program and its first arguments that run a program within the limit.
        func limited(_ program: URL, mebibytes: Int) -> (executable: URL, before: [String])? {
            if isMounted { return nil }
            let script = "trap '' XFSZ; ulimit -f \(mebibytes * 1024); exec \"$0\" \"$@\""
            return (URL(fileURLWithPath: "/bin/bash"), ["-c", script, program.path])
        }

        private static func run(_ name: String, _ arguments: [String], _ folder: URL) throws -> Bool {
            guard let program = Program.installed(name) else { return false }
            return try Run.of(program, arguments, in: folder.deletingLastPathComponent()).end == .exit(0)
        }
    }

    @Test(
        "a full disk ends a service with 69, and nothing is lost", .hangLimit,
        arguments: DeliveryGuarantee.allCases)
    func fullDisk(guarantee: DeliveryGuarantee) async throws {
        try await Deployments.own("disk", guarantee, services: [.projection, .processManager]) { deployment in
            let disk = try SmallDisk(deployment.folder.appendingPathComponent("small"), mebibytes: 1)
            let state = ["--state-directory", disk.folder.appendingPathComponent("state").path]
            let limit = disk.limited(Program.product("command-service"), mebibytes: 1)
            let child = try deployment.launch(
                .command, state, executable: limit?.executable, before: limit?.before ?? [])
            let load = try LoadInBackground(deployment, commands: 3000, rate: 2000)
            #expect(child.end(within: .seconds(60)) == .exit(69), "\(child.logText)")
            #expect(child.logText.contains("disk"), "\(child.logText)")
            #expect(child.logText.contains(disk.folder.path), "\(child.logText)")
            try disk.grow(mebibytes: 64)
            try deployment.launch(.command, state)
            try deployment.awaitReadiness(of: .command)
            try load.expectSettled(confirmed: 2700, compensated: 300)
            try deployment.expectCleanAudit()
            try deployment.stop(.command)
        }
    }
}
