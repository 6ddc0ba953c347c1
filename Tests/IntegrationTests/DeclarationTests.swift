import EventLog
import Foundation
import KafkaClient
import Messages
import TestProcesses
import Testing

/// What `dev-broker` declares at its start.
@Suite("dev-broker declares a deployment", Issues.counted, .enabled(if: breaksBroker)) struct DeclarationTests {
    private static func refusal(_ arguments: [String], in folder: URL) throws -> Run {
        try Run.of(
            Program.product("dev-broker"), ["--listen", "127.0.0.1:0"] + arguments, within: .seconds(30), in: folder)
    }

    @Test("once; later starts keep it, add what is allowed, and refuse the rest") func restarts() async throws {
        try await onOwnThread {
            let folder = try Unique.folder("declared")
            defer { try? FileManager.default.removeItem(at: folder) }
            let file = folder.appendingPathComponent("declaration.yaml")
            func broker(_ arguments: [String]) throws -> BrokerProcess {
                try BrokerProcess(in: folder, inMemory: false, arguments: arguments)
            }
            func declared(by broker: BrokerProcess) throws -> (revision: Double?, partitions: Double?, count: Int) {
                let reader = try KafkaLogReader(
                    configuration: KafkaConfiguration(bootstrapServers: broker.bootstrapServers))
                defer { reader.close() }
                let place = TopicPartition(topic: "deployment", partition: 0)
                try reader.assign([place: .earliest])
                var records: [LogRecord] = []
                let isRead = try poll(for: .seconds(30)) {
                    records += try reader.poll(maxRecords: 100, timeout: .milliseconds(100))
                    return try reader.positions()[place] ?? 0 >= reader.watermarks([place])[place]?.high ?? .max
                }
                #expect(isRead && records.allSatisfy { $0.key == nil })
                let data = JSON(records.last?.value)?["data"]
                return (data?["revision"]?.number, data?["partitions"]?.number, records.count)
            }
            func expect(_ arguments: [String], revision: Double, count: Int) throws {
                let broker = try broker(arguments)
                let found = try declared(by: broker)
                #expect(found.revision == revision && found.partitions == 3 && found.count == count, "\(found)")
                broker.stop()
            }
            try expect(["--partitions", "3"], revision: 1, count: 1)
            try expect([], revision: 1, count: 1)
            try Data("{attributes: [{name: document, reuse: never}], partitions: 3}".utf8).write(to: file)
            try expect(["--declaration", file.path, "--partitions", "3"], revision: 2, count: 2)
            try expect(["--declaration", file.path], revision: 2, count: 2)
            let data = ["--data-directory", folder.appendingPathComponent("broker-data").path]
            for (arguments, words) in [
                (["--partitions", "6"], "3 partitions are declared"),
                (["--declaration", file.path, "--partitions", "6"], "contradicts the file"),
            ] {
                let run = try Self.refusal(data + arguments, in: folder)
                #expect(run.end == .exit(64) && run.errors.contains(words), "\(run)")
            }
            try Data("attributes:\n  - name: document\n    required: no\n  - {name: a, b}\n".utf8).write(to: file)
            let wrong = try Self.refusal(data + ["--declaration", file.path], in: folder)
            #expect(wrong.end == .exit(64) && wrong.errors.contains("declaration.yaml, line "), "\(wrong)")
        }
    }
}
