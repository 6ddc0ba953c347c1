import Foundation
import Messages
import TestProcesses
import Testing

@Suite("A start", Issues.counted) struct RecoveryTests {
    /// What the services find in their state directories.
    private enum Found: String, CaseIterable {
        case asItWas = "as it was"
        case older = "an older copy"
        case nothing = "nothing"
        case corrupt = "a corrupt file"
        case halfWritten = "half written"
    }

    @Test(
        "with whatever state goes on where the log stands, and repeats nothing", .hangLimit,
        arguments: DeliveryGuarantee.allCases)
    func states(guarantee: DeliveryGuarantee) async throws {
        try await Deployments.own("recovery", guarantee) { deployment in
            let states = Service.allCases.map { deployment.state(of: $0) }
            try Self.work(deployment)
            for found in Found.allCases {
                if found == .halfWritten {
                    let load = try LoadInBackground(deployment, commands: 1000, rate: 500, resends: 0)
                    try load.awaitProgress(of: Service.allCases, records: 200)
                    for service in Service.allCases { try deployment.kill(service) }
                    for state in states { try Self.tear(state) }
                    try deployment.start()
                    try load.expectSettled(confirmed: 900, compensated: 100)
                } else {
                    for service in Service.allCases { #expect(try deployment.stop(service).end == .exit(0)) }
                    for state in states { try Self.leave(found, in: state) }
                    try deployment.start()
                }
                for service in Service.allCases where found == .corrupt {
                    let log = try deployment.child(service).logText
                    #expect(log.contains("was moved aside to"), "\(service)")
                    #expect(log.contains("rebuilt from the log"), "\(service)")
                    let files = try FileManager.default.contentsOfDirectory(atPath: deployment.state(of: service).path)
                    #expect(files.contains { $0.contains(".corrupt-") }, "\(service)")
                }
                try Self.work(deployment)
            }
            for topic in [
                Topic.customerEvents, .commandOutcomes, .registrationEvents, .uniqueClaims, .uniqueVerdicts,
            ] {
                let log = try PhysicalLog(deployment, topic)
                #expect(log.contradictions.map(\.place) == [], "\(topic.rawValue)")
                if guarantee == .exactlyOnce { #expect(log.repeats.map(\.place) == [], "\(topic.rawValue)") }
            }
            try deployment.expectCleanAudit()
        }
    }

    /// New customers, and some for documents that others have: the state must know these.
    private static func work(_ deployment: Deployment) throws {
        let run = try deployment.load(["--commands", "200", "--duplicate-ratio", "0.2", "--resend-ratio", "0.2"])
        #expect(run.end == .exit(0), "\(run)")
    }

    private static func leave(_ found: Found, in state: URL) throws {
        let files = FileManager.default
        let copy = state.appendingPathExtension("older")
        switch found {
        case .asItWas: try files.copyItem(at: state, to: copy)
        case .older:
            try files.removeItem(at: state)
            try files.copyItem(at: copy, to: state)
        case .nothing: try files.removeItem(at: state)
        case .corrupt:
            // Its write-ahead log may hold every page, and then what the file itself says is never read.
            for database in try databases(in: state) {
                for suffix in ["-wal", "-shm"] { try? files.removeItem(atPath: database.path + suffix) }
                try Data(repeating: UInt8(ascii: "x"), count: 8_192).write(to: database)
            }
        case .halfWritten: break
        }
    }

    /// Cuts the write-ahead logs in the middle of what was written last.
    private static func tear(_ state: URL) throws {
        for database in try databases(in: state) {
            let log = database.path + "-wal"
            let size = try #require(FileManager.default.attributesOfItem(atPath: log)[.size] as? Int)
            try #require(size > 5_000, "\(log) has nothing to be torn")
            let handle = try FileHandle(forUpdating: URL(fileURLWithPath: log))
            defer { try? handle.close() }
            try handle.truncate(atOffset: UInt64(size * 2 / 3 + 1))
        }
    }

    private static func databases(in state: URL) throws -> [URL] {
        try FileManager.default.contentsOfDirectory(at: state, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "sqlite" }
    }

    @Test("with the state of another topic prefix, or another partition count, is refused and harms nothing")
    func foreignState() async throws {
        try await Deployments.own("foreign") { deployment in
            try Self.work(deployment)
            for service in Service.allCases { #expect(try deployment.stop(service).end == .exit(0)) }
            let prefix = deployment.names.prefix
            func expectRefusal(_ connection: [String], names differences: [String]) throws {
                for service in Service.allCases {
                    let others = deployment.arguments(of: service).dropFirst(deployment.connection.count)
                    let run = try Run.of(
                        Program.product(service.rawValue), connection + others, within: .seconds(60),
                        in: deployment.folder)
                    #expect(run.end == .exit(64), "\(run)")
                    for text in ["belongs to another deployment", "Nothing was changed"] + differences {
                        #expect(run.errors.contains(text), "\(text): \(run)")
                    }
                }
            }
            let other = "other-" + prefix
            let servers = ["--bootstrap-servers", deployment.bootstrapServers]
            let made = try Run.of(
                Program.product("soleholder"), ["topics", "create", "--topic-prefix", other] + servers,
                in: deployment.folder)
            #expect(made.end == .exit(0), "\(made)")
            try expectRefusal(
                servers + ["--topic-prefix", other],
                names: ["its topic prefix is '\(prefix)', this process has '\(other)'"])

            let folder = try Unique.folder("foreign-broker")
            defer { try? FileManager.default.removeItem(at: folder) }
            let broker = try BrokerProcess(in: folder, arguments: ["--topic-prefix", prefix, "--partitions", "3"])
            defer { broker.stop() }
            try expectRefusal(
                ["--bootstrap-servers", broker.bootstrapServers, "--topic-prefix", prefix],
                names: ["its partition count is '12', this process has '3'"])

            // Nothing was changed: they go on with it.
            try deployment.start()
            for service in Service.allCases {
                #expect(try !deployment.child(service).logText.contains("moved aside"), "\(service)")
            }
            try Self.work(deployment)
            try deployment.expectCleanAudit()
        }
    }
}
