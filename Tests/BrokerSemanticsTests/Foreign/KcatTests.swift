import EventLog
import Foundation
import KafkaProtocol
import TestProcesses
import Testing
import WireClient

/// kcat: a console for librdkafka as Debian has it.
@Suite(
    "kcat", .enabled(if: Program.isComplete || Program.installed("kcat") != nil, "kcat is not installed"),
    .timeLimit(.minutes(2)))
struct KcatTests {
    private let folder: URL

    init() throws { folder = try Unique.folder("kcat") }

    private func kcat(_ stage: Stage, _ arguments: [String], input: String? = nil) throws -> String {
        let program = try #require(Program.installed("kcat"), "`deploy/install.sh test` installs it")
        let run = try Run.of(
            program, ["-b", stage.bootstrapServers, "-q"] + arguments, input: input, within: .seconds(60), in: folder)
        #expect(run.end == .exit(0), "\(run)")
        return run.output
    }

    @Test("writes and reads with each codec", arguments: ["none", "gzip", "snappy", "lz4", "zstd"])
    func codecs(_ codec: String) async throws {
        try await BrokerUnderTest.test { stage in
            let topic = try stage.topic()
            let lines = (0..<50).map { "\(codec)-\($0 % 7)|\($0) " + String(repeating: "x", count: 100) }
            _ = try kcat(
                stage, ["-P", "-t", topic, "-K", "|", "-z", codec], input: lines.joined(separator: "\n") + "\n")
            let output = try kcat(stage, ["-C", "-t", topic, "-o", "beginning", "-e", "-f", "%k|%s\\n"])
            #expect(output.split(separator: "\n").map(String.init) == lines)
            // It was stored as it came.
            let client = try stage.client()
            let answer = try client.fetch(TopicPartition(topic: topic, partition: 0), from: 0, .readUncommitted)
            let header = try RecordBatchHeader(try #require(answer.records), at: 0)
            #expect(
                header.attributes.codecBits
                    == Int16(["none", "gzip", "snappy", "lz4", "zstd"].firstIndex(of: codec) ?? -1))
        }
    }

    @Test("reads in a group and goes on where it was")
    func group() async throws {
        try await BrokerUnderTest.test { stage in
            let topic = try stage.topic(partitions: 2)
            let group = stage.group()
            let client = try stage.client()
            for partition in Int32(0)..<2 {
                try client.write(["a", "b"], to: TopicPartition(topic: topic, partition: partition))
            }
            let settings = ["-X", "auto.offset.reset=earliest", "-e", "-f", "%p%s\\n"]
            let first = try kcat(stage, settings + ["-G", group, topic])
            #expect(first.split(separator: "\n").sorted() == ["0a", "0b", "1a", "1b"])
            try client.write(["c"], to: TopicPartition(topic: topic, partition: 1))
            #expect(try kcat(stage, settings + ["-G", group, topic]) == "1c\n")
        }
    }

    @Test("reads from a time, and asks for the offset of one")
    func times() async throws {
        try await BrokerUnderTest.test { stage in
            let place = try stage.place()
            let client = try stage.client()
            let base = Draft.now - 60_000
            for number in Int64(0)..<5 {
                let draft = [Draft("\(number)", timestamp: base + number * 1000)]
                #expect(try client.produce(draft, to: place).errorCode == .none)
            }
            let read = try kcat(
                stage, ["-C", "-t", place.topic, "-p", "0", "-o", "s@\(base + 1500)", "-e", "-f", "%o:%s\\n"])
            #expect(read == "2:2\n3:3\n4:4\n")
            let asked = try kcat(stage, ["-Q", "-t", "\(place.topic):0:\(base + 2500)"])
            #expect(asked.contains("offset 3"))
        }
    }

    @Test("sees what its isolation level allows")
    func isolation() async throws {
        try await BrokerUnderTest.test { stage in
            let place = try stage.place()
            let producer = try stage.producer(stage.transactionalID())
            try producer.transact(["aborted"], to: place)
            try producer.end(.abort)
            try producer.transact(["committed"], to: place)
            try producer.end(.commit)
            try expectStable(stage.client(), place, upTo: 4)
            func read(_ level: String) throws -> String {
                try kcat(
                    stage,
                    [
                        "-C", "-t", place.topic, "-o", "beginning", "-e", "-f", "%s\\n", "-X",
                        "isolation.level=\(level)",
                    ])
            }
            let (committed, everything) = (try read("read_committed"), try read("read_uncommitted"))
            #expect(committed == "committed\n")
            #expect(everything == "aborted\ncommitted\n")
        }
    }

    @Test("lists the cluster")
    func metadata() async throws {
        try await BrokerUnderTest.test { stage in
            let topic = try stage.topic(partitions: 3)
            let output = try kcat(stage, ["-L", "-t", topic, "-J"])
            #expect(output.contains("\"topic\":\"\(topic)\""))
            #expect(output.components(separatedBy: "\"leader\":").count == 4)
        }
    }
}
