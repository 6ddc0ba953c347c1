import Foundation
import Testing

/// The rules of the house that the compiler does not check. Each message says the way out.
@Suite struct HouseRulesTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private struct Source {
        var path: String
        var target: String
        var lines: [String]

        /// Modules that the file imports.
        var imports: [String] {
            lines.compactMap { line in
                let words = line.split(separator: " ")
                guard let index = words.firstIndex(of: "import"), index < 3, words.count > index + 1,
                    words[..<index].allSatisfy({ ["public", "internal", "@testable", "package"].contains($0) })
                else { return nil }
                return String(words[index + 1].split(separator: ".").first ?? "")
            }
        }
    }

    private static func sources(in folder: String) throws -> [Source] {
        let base = root.appendingPathComponent(folder)
        let files = try FileManager.default.subpathsOfDirectory(atPath: base.path).filter { $0.hasSuffix(".swift") }
        return try files.sorted().map { path in
            let text = try String(contentsOf: base.appendingPathComponent(path), encoding: .utf8)
            return Source(
                path: "\(folder)/\(path)", target: String(path.split(separator: "/").first ?? ""),
                lines: text.components(separatedBy: "\n"))
        }
    }

    /// Pure targets, and what each may import: no I/O, no logging, no concurrency, no C, no clock and no dice.
    private static let pure: [String: Set<String>] = [
        "EventLog": [],
        "Messages": ["EventLog", "Crypto", "Foundation"],
        "Uniqueness": ["Messages"],
        "Customers": ["Messages", "Uniqueness"],
        "Processing": ["EventLog", "Messages"],
        "ServiceCores": ["Customers", "EventLog", "Messages", "Processing", "Uniqueness"],
        "Auditing": ["EventLog", "Messages", "Uniqueness"],
        "Printing": [],
        "DeadLetters": ["EventLog", "Messages", "Printing", "Processing", "Crypto"],
        "Inquiries": [
            "Customers", "DeadLetters", "EventLog", "Messages", "Printing", "Processing", "Uniqueness", "Crypto",
        ],
        "TopicChecking": ["EventLog", "Messages"],
        "KafkaProtocol": [],
        "BrokerCore": ["EventLog", "KafkaProtocol"],
        "Simulation": [
            "EventLog", "KafkaProtocol", "BrokerCore", "Processing", "ServiceCores", "Messages", "Auditing",
        ],
        "ChaosPlanning": ["LoadGenerating", "Messages"],
    ]

    /// Targets that touch the world, and what each may import.
    private static let shells: [String: Set<String>] = [
        "BrokerHost": [
            "BrokerCore", "CChecksum", "CCompression", "EventLog", "KafkaProtocol", "Foundation", "Glibc", "Logging",
            "NIOCore", "NIOHTTP1", "NIOPosix", "Synchronization",
        ],
        "KafkaClient": ["CRdKafka", "Dispatch", "EventLog", "Foundation", "Glibc", "Synchronization"],
        "StateStore": ["Processing", "GRDB", "Foundation", "Darwin", "Glibc", "Musl", "Synchronization"],
        "DeclarationFiles": ["Messages", "Foundation", "Yams"],
        "LoadGenerating": ["Messages", "Foundation", "Histogram"],
        "Operations": [
            "Processing", "ArgumentParser", "Foundation", "HTTPTypes", "Hummingbird", "Logging", "Metrics", "NIOCore",
            "ServiceLifecycle", "Synchronization", "UnixSignals",
        ],
        "ServiceHost": [
            "EventLog", "KafkaClient", "Messages", "Operations", "Processing", "ServiceCores", "StateStore",
            "ArgumentParser", "Foundation", "Logging", "Metrics", "Synchronization",
        ],
    ]

    /// Programs, which wire the others together and may import what they need.
    private static let programs: Set = [
        "Chaos", "CommandService", "DevBroker", "LoadGenerator", "ProcessManagerService", "ProjectionService",
        "Simulate", "Soleholder",
    ]

    private static let known = programs.union(pure.keys).union(shells.keys)

    @Test func everyTargetHasItsPlace() throws {
        let sources = try Self.sources(in: "Sources")
        for source in sources {
            #expect(
                Self.known.contains(source.target),
                "\(source.path) is of no target that this test knows: say here what it is and what it may import")
        }
        let gone = Self.known.subtracting(sources.map(\.target))
        #expect(gone.isEmpty, "there are no such targets any more: \(gone.sorted()); strike them out here")
    }

    @Test func targetsImportWhatTheirPlaceAllows() throws {
        let allowed = Self.pure.merging(Self.shells) { $1 }
        for source in try Self.sources(in: "Sources") {
            guard let allowed = allowed[source.target] else { continue }
            for module in source.imports {
                #expect(
                    allowed.contains(module),
                    "\(source.path) imports \(module): move that code to a shell, or argue for it in this test")
            }
        }
    }

    /// A contract that names a client, a broker or a test library would be one of theirs.
    @Test func contractKnowsThePortsAlone() throws {
        let sources = try Self.sources(in: "Tests").filter { $0.target == "EventLogContract" }
        #expect(!sources.isEmpty)
        let banned = [
            "Date()", "Date.now", "ContinuousClock", ".rand" + "om(", "SystemRandomNumberGenerator", "rdkafka",
        ]
        for source in sources {
            #expect(
                Set(source.imports).isSubset(of: ["EventLog"]),
                "\(source.path): what a case needs beyond the ports comes in by `EventLogUnderTest`")
            for (number, line) in source.lines.enumerated() {
                for word in banned where line.contains(word) {
                    Issue.record("\(source.path):\(number + 1) has \(word): it must hold in virtual time as well")
                }
            }
        }
    }

    @Test func onlyTheWrapperKnowsLibrdkafka() throws {
        for source in try Self.sources(in: "Sources") where source.target != "KafkaClient" {
            #expect(!source.imports.contains("CRdKafka"), "\(source.path): go through KafkaClient")
        }
    }

    @Test func coresHaveNoClockAndNoDice() throws {
        let banned = ["Date()", "UUID()", ".random(", "Date.now", "ContinuousClock", "SystemRandomNumberGenerator"]
        for source in try Self.sources(in: "Sources") where Self.pure[source.target] != nil {
            for (number, line) in source.lines.enumerated() {
                for word in banned where line.contains(word) {
                    Issue.record("\(source.path):\(number + 1) has \(word): let time and ids come in as arguments")
                }
            }
        }
    }

    @Test func nothingEndsTheProcessForWhatABrokerSends() throws {
        // Written in two parts, so that this file does not find itself.
        let banned = [" fatal" + "Error(", "try" + "!", "as" + "! ", "preconditionFail" + "ure(", "usle" + "ep("]
        for source in try Self.sources(in: "Sources") {
            for (number, line) in source.lines.enumerated() {
                for word in banned where line.contains(word) {
                    Issue.record("\(source.path):\(number + 1) has \(word): throw a typed error instead")
                }
            }
        }
    }

    @Test func testsWaitForConditions() throws {
        let banned = ["Thread.sle" + "ep", "Task.sle" + "ep", "usle" + "ep("]
        for source in try Self.sources(in: "Tests") {
            // One place may wait a moment between two looks at a condition.
            let isTheWaiter = source.lines.contains { $0.contains("// The pause between two looks at a condition") }
            if isTheWaiter { continue }
            for (number, line) in source.lines.enumerated() {
                for word in banned where line.contains(word) {
                    Issue.record("\(source.path):\(number + 1) has \(word): wait for a condition with a deadline")
                }
            }
        }
    }

    @Test func filesFitInTheHead() throws {
        for folder in ["Sources", "Tests", "Fuzzing"] {
            for source in try Self.sources(in: folder) {
                #expect(source.lines.count <= 400, "\(source.path) is long: split it along its topics")
            }
        }
    }

    /// What is unique is a matter of declaration.
    @Test func nobodyInsideKnowsAnAttribute() throws {
        let inside: Set = ["Auditing", "Processing", "ServiceCores", "Simulation", "StateStore", "Uniqueness"]
        for source in try Self.sources(in: "Sources") where inside.contains(source.target) {
            for (number, line) in source.lines.enumerated() where line.lowercased().contains("document") {
                Issue.record("\(source.path):\(number + 1) knows an attribute: it comes with a key, or as declared")
            }
        }
    }

    @Test func groupsAndTopicsAreSpelledOnce() throws {
        // The contract's names belong to Messages; elsewhere they come from its types.
        let names = ["\"customer-commands\"", "\"customer-events\"", "\"unique-claims\"", "\"registration-events\""]
        for source in try Self.sources(in: "Sources") where source.target != "Messages" {
            for (number, line) in source.lines.enumerated() {
                for name in names where line.contains(name) {
                    Issue.record("\(source.path):\(number + 1) spells \(name): use `Topic`")
                }
            }
        }
    }
}
