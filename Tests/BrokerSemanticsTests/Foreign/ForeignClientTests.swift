import Foundation
import TestProcesses
import Testing

/// The flows of an application through clients that others wrote. `deploy/install.sh test` installs them.
@Suite("Clients of other makers", .enabled(if: Program.isComplete || Environment.isThere, Environment.hint))
struct ForeignClientTests {
    /// A script, and where the library lies that it uses.
    enum Library: String, CaseIterable, Sendable, CustomTestStringConvertible {
        case confluentKafka = "confluent-kafka"
        case kafkaPython = "kafka-python 3"
        case kafkaPython22 = "kafka-python 2.2"
        case aiokafka

        var testDescription: String { rawValue }

        var script: String {
            switch self {
            case .confluentKafka: "confluent_flow.py"
            case .kafkaPython, .kafkaPython22: "kafka_python_flow.py"
            case .aiokafka: "aiokafka_flow.py"
            }
        }

        var environment: String {
            switch self {
            case .kafkaPython22: "python-2.2"
            case .confluentKafka, .kafkaPython, .aiokafka: "python"
            }
        }
    }

    /// What a script reports, step by step.
    struct Report: Decodable {
        struct Group: Decodable, Equatable {
            var first: [String]
            var state: String
            var members: Int
            var second: [String]
            var listed: Bool
            var committed: [String: Int]
            /// Not every library can.
            var deleted: Bool?
        }
        struct Transactions: Decodable, Equatable {
            var committed: [String]
            var uncommitted: [String]
            var fenced: Bool
        }
        struct Offsets: Decodable, Equatable {
            var target: [String]
            var committed: Int
        }
        struct Times: Decodable, Equatable {
            var offset: Int
            var values: [String]
            var latest: Int
        }
        struct Administration: Decodable, Equatable {
            var partitions: Int
            var policy: String
            var retention: String
            var deleted: Bool
        }

        var library: String
        var codecs: [String: Bool]
        var group: Group
        var idempotent: Bool
        var transactions: Transactions
        var offsets: Offsets
        var times: Times
        var administration: Administration
    }

    @Test("an application's flows", .timeLimit(.minutes(3)), arguments: Library.allCases)
    func flows(_ library: Library) async throws {
        try await BrokerUnderTest.test { stage in
            let python = try #require(Environment.python(library.environment), "`deploy/install.sh test` makes it")
            let folder = try Unique.folder("foreign")
            let script = try Environment.script(library.script)
            let run = try Run.of(
                python,
                [script.path, "--bootstrap-servers", stage.bootstrapServers, "--prefix", stage.topicName() + "."],
                in: folder)
            #expect(run.end == .exit(0), "\(run)")
            let report = try JSONDecoder().decode(Report.self, from: Data(run.output.utf8))
            #expect(report.codecs == ["none": true, "gzip": true, "snappy": true, "lz4": true, "zstd": true])
            var group = report.group
            if library != .aiokafka { #expect(group.deleted == true) }
            group.deleted = nil
            #expect(
                group
                    == Report.Group(
                        first: ["a", "b", "c", "d"], state: "stable", members: 1, second: ["e"], listed: true,
                        committed: ["0": 2, "1": 2]))
            #expect(report.idempotent)
            #expect(
                report.transactions
                    == Report.Transactions(
                        committed: ["a", "a"], uncommitted: ["a", "b", "a", "b", "ghost"], fenced: true))
            // The aborted try moved nothing; the second one moved both the records and the offset.
            #expect(
                report.offsets
                    == Report.Offsets(target: ["commit 1", "commit 2", "commit 3", "commit 4"], committed: 4))
            #expect(report.times == Report.Times(offset: 2, values: ["2", "3", "4"], latest: 5))
            #expect(
                report.administration
                    == Report.Administration(partitions: 3, policy: "compact", retention: "3600000", deleted: true))
        }
    }
}

/// Where the scripts and their interpreters lie.
enum Environment {
    static let hint: Comment = "`deploy/install.sh test` was not run"

    static var isThere: Bool { python("python") != nil && python("python-2.2") != nil }

    static func script(_ name: String) throws -> URL {
        let folder = Bundle.module.resourceURL ?? Bundle.module.bundleURL
        return folder.appendingPathComponent("Clients").appendingPathComponent(name)
    }

    /// An interpreter with the libraries of its virtual environment in `.build`.
    static func python(_ environment: String) -> URL? {
        var folder = Program.binaries
        while folder.path != "/" {
            let python = folder.appendingPathComponent("\(environment)/bin/python")
            if folder.lastPathComponent == ".build", FileManager.default.isExecutableFile(atPath: python.path) {
                return python
            }
            folder.deleteLastPathComponent()
        }
        return nil
    }
}
