// swift-tools-version: 6.2
import PackageDescription

// One set of rules for every target: the compiler is the first reviewer.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

extension Target.Dependency {
    static let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
    static let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
    static let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
    static let histogram = Target.Dependency.product(name: "Histogram", package: "hdrhistogram-swift")
    static let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
    static let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
    static let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
    static let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
    static let yams = Target.Dependency.product(name: "Yams", package: "Yams")
}

let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
]

func pure(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}
func shell(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}
func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, swiftSettings: settings)
}
func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, resources: resources, swiftSettings: settings)
}

let package = Package(
    name: "soleholder",
    products: [
        .executable(name: "command-service", targets: ["CommandService"]),
        .executable(name: "projection-service", targets: ["ProjectionService"]),
        .executable(name: "process-manager-service", targets: ["ProcessManagerService"]),
        .executable(name: "load-generator", targets: ["LoadGenerator"]),
        .executable(name: "soleholder", targets: ["Soleholder"]),
        .executable(name: "dev-broker", targets: ["DevBroker"]),
        .executable(name: "chaos", targets: ["Chaos"]),
        .executable(name: "simulate", targets: ["Simulate"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // The contract and the pure cores: values in, values out.
        pure("Messages", ["EventLog", .crypto]),
        pure("Uniqueness", ["Messages"]),
        pure("Customers", ["Messages", "Uniqueness"]),
        pure("EventLog"),
        pure("Processing", ["EventLog", "Messages"]),
        pure("ServiceCores", ["Customers", "EventLog", "Messages", "Processing", "Uniqueness"]),
        pure("Auditing", ["EventLog", "Messages"]),
        pure("Printing"),
        pure("DeadLetters", ["EventLog", "Messages", "Printing", "Processing", .crypto]),
        pure(
            "Inquiries",
            [
                "Customers", "DeadLetters", "EventLog", "Messages", "Printing", "Processing", "Uniqueness", .crypto,
            ]),
        pure("TopicChecking", ["Messages"]),

        // The embedded broker: the wire protocol, and Kafka's semantics as a pure state machine.
        pure("KafkaProtocol"),
        pure("BrokerCore", ["EventLog", "KafkaProtocol"]),

        // The whole deployment in one thread, in virtual time, decided by one seed.
        pure(
            "Simulation",
            ["Auditing", "BrokerCore", "EventLog", "KafkaProtocol", "Messages", "Processing", "ServiceCores"]),

        // The shells: everything that touches the world.
        .systemLibrary(
            name: "CRdKafka", pkgConfig: "rdkafka", providers: [.apt(["librdkafka-dev"])]),
        .systemLibrary(
            name: "CCompression",
            providers: [.apt(["zlib1g-dev", "libzstd-dev", "liblz4-dev", "libsnappy-dev"])]),
        // Header only: the processor's CRC-32C instruction.
        .systemLibrary(name: "CChecksum"),
        shell("BrokerHost", ["BrokerCore", "CChecksum", "CCompression", "EventLog", "KafkaProtocol", .logging] + nio),
        shell("KafkaClient", ["CRdKafka", "EventLog"]),
        shell("StateStore", ["Processing", .grdb]),
        shell("Operations", ["Processing", .argumentParser, .hummingbird, .lifecycle, .logging, .metrics]),
        shell("DeclarationFiles", ["Messages", .yams]),
        shell("LoadGenerating", ["Messages", .histogram]),
        shell("ChaosPlanning", ["LoadGenerating", "Messages"]),
        shell(
            "ServiceHost",
            [
                "EventLog", "KafkaClient", "Messages", "Operations", "Processing", "ServiceCores", "StateStore",
                .argumentParser, .logging, .metrics,
            ]),

        // The programs: wiring.
        program("CommandService", ["Messages", "Operations", "ServiceCores", "ServiceHost", .argumentParser]),
        program("ProjectionService", ["Messages", "Operations", "ServiceCores", "ServiceHost", .argumentParser]),
        program("ProcessManagerService", ["Messages", "Operations", "ServiceCores", "ServiceHost", .argumentParser]),
        program(
            "LoadGenerator",
            [
                "EventLog", "KafkaClient", "LoadGenerating", "Messages", "Operations", "Processing", .argumentParser,
                .logging,
            ]),
        program(
            "Soleholder",
            [
                "Auditing", "DeadLetters", "DeclarationFiles", "EventLog", "Inquiries", "KafkaClient", "Messages",
                "Operations", "Printing", "Processing", "TopicChecking", .argumentParser, .logging,
            ]),
        program(
            "DevBroker",
            [
                "BrokerCore", "BrokerHost", "DeclarationFiles", "EventLog", "Messages", "Operations", "TopicChecking",
                .argumentParser, .logging,
            ]),

        program(
            "Chaos",
            [
                "ChaosPlanning", "EventLog", "KafkaClient", "KafkaProtocol", "LoadGenerating", "Messages",
                "Printing", "TestProcesses", "WireClient", .argumentParser,
            ]),

        // What every implementation of the log's ports must do.
        .target(
            name: "EventLogContract", dependencies: ["EventLog"], path: "Tests/EventLogContract",
            swiftSettings: settings),

        program("Simulate", ["Processing", "Simulation", .argumentParser]),

        // Processes under test, for all tests that start some.
        .target(name: "TestProcesses", path: "Tests/TestProcesses", swiftSettings: settings),

        // A client that does nothing by itself: each request and each error is its user's.
        .target(
            name: "WireClient", dependencies: ["EventLog", "KafkaProtocol", "TestProcesses"],
            path: "Tests/WireClient", swiftSettings: settings),

        tests("AuditingTests", ["Auditing", "EventLog", "Messages"]),
        tests("BrokerCoreTests", ["BrokerCore", "EventLog", "KafkaProtocol"]),
        tests(
            "BrokerHostTests", ["BrokerCore", "BrokerHost", "CCompression", "EventLog", "KafkaProtocol", .logging]),
        tests(
            "BrokerSemanticsTests", ["EventLog", "KafkaClient", "KafkaProtocol", "TestProcesses", "WireClient"],
            resources: [.copy("Clients")]),
        tests("ChaosPlanningTests", ["ChaosPlanning", "Messages"]),
        tests("ChaosTests", ["TestProcesses"]),
        tests("CustomersTests", ["Customers", "Messages", "Uniqueness"]),
        tests("DeadLettersTests", ["DeadLetters", "EventLog", "Messages"]),
        tests("InquiriesTests", ["Customers", "EventLog", "Inquiries", "Messages", "Printing"]),
        tests(
            "IntegrationTests",
            ["EventLog", "KafkaClient", "LoadGenerating", "Messages", "TestProcesses", "WireClient"],
            resources: [.copy("Clients")]),
        tests("KafkaClientTests", ["CRdKafka", "EventLog", "EventLogContract", "KafkaClient", "TestProcesses"]),
        tests("KafkaProtocolTests", ["KafkaProtocol"], resources: [.copy("Golden")]),
        tests("LoadGeneratingTests", ["LoadGenerating", "Messages", "TestProcesses"], resources: [.copy("Resources")]),
        tests("MessagesTests", ["DeclarationFiles", "EventLog", "Messages"], resources: [.copy("Golden")]),
        tests(
            "OperationsTests",
            ["Operations", "Processing", .argumentParser, .hummingbird, .lifecycle, .logging, .metrics]),
        tests("PrintingTests", ["Printing"]),
        tests("ProcessingTests", ["Auditing", "EventLog", "Messages", "Processing", "ServiceCores", "TestProcesses"]),
        tests(
            "SimulationTests",
            [
                "BrokerCore", "EventLog", "EventLogContract", "KafkaProtocol", "Messages", "Processing", "Simulation",
                "TestProcesses",
            ]),
        tests("StateStoreTests", ["Processing", "StateStore"]),
        tests("TidyTests", []),
        tests("TopicCheckingTests", ["EventLog", "Messages", "TopicChecking"]),
        tests("UniquenessTests", ["Customers", "Messages", "Uniqueness"]),
    ]
)
