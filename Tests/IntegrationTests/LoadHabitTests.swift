import EventLog
import Foundation
import KafkaClient
import Messages
import TestProcesses
import Testing

@Suite("What people's files do to values is told before anything is sent", Issues.counted) struct LoadHabitTests {
    @Test("--strict sends nothing") func strict() async throws {
        try await onOwnThread {
            // No services: what would be sent would stay there.
            let deployment = try Deployment("strict")
            defer { deployment.stop() }
            let file = deployment.folder.appendingPathComponent("customers.csv")
            let lines = ["document", "52998224725", "N/A", "33585462000", "1.23457E+13", "null", "71428793860"]
            try Data(lines.joined(separator: "\n").utf8).write(to: file)
            let run = try deployment.load(["--input", file.path, "--strict"])
            #expect(run.end == .exit(2), "\(run)")
            #expect(run.errors.contains("document: placeholders") && run.errors.contains("lines 3, 6\n"), "\(run)")
            #expect(run.errors.contains("document: scientific notation") && run.errors.contains("line 5\n"), "\(run)")
            #expect(run.errors.contains("nothing was sent"), "\(run)")
            #expect(!run.errors.contains("52998224725"), "\(run)")

            let reader = try KafkaLogReader(configuration: deployment.kafka)
            defer { reader.close() }
            let places = (0..<Deployment.partitionCount).map {
                TopicPartition(topic: deployment.names.name(.customerCommands), partition: $0)
            }
            let marks = try reader.watermarks(places)
            #expect(marks.count == places.count && marks.values.allSatisfy { $0.high == 0 })
        }
    }
}
