import ArgumentParser
import BrokerHost
import Messages
import Operations

struct DevBrokerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dev-broker",
        abstract:
            "An embedded Kafka broker for one machine: for development and tests. In production run Apache Kafka.",
        discussion: """
            Speaks Kafka's protocol, with its semantics: transactions, consumer groups, fencing, retention, compaction. \
            Several nodes (--nodes) share one log: no replication, no access rules. What keeps data safe in production is \
            not here.

            Creates the topics of the deployment, then writes its address to the bootstrap file. What it was told is \
            kept in the data directory and is there again after a restart, however it ended.
            """,
        version: VersionInfo.version)

    @Option(
        help: ArgumentHelp(
            "Where to listen; port 0 picks a free one, and :PORT is on loopback. Clients are told this address.",
            valueName: "host:port"))
    var listen = HTTPAddress.listen(host: HTTPAddress.loopback, port: 9092)

    @Option(
        help: ArgumentHelp(
            "Where everything is kept. (default: \(Self.defaultDataDirectory))", valueName: "directory"))
    var dataDirectory: String?

    @Flag(help: "Keep everything in memory, and nothing for the next start.")
    var inMemory = false

    @Option(
        help: ArgumentHelp(
            """
            When what was written must have reached the device: always (before it is acknowledged), interval (once a \
            second), never (when the operating system likes). It matters for a loss of power alone.
            """, valueName: "policy"))
    var sync = SyncOption.interval

    @Option(
        help: ArgumentHelp(
            "Partitions of each topic, fixed for ever. (default: the declaration's, or \(Declaration.standardPartitions))",
            valueName: "count"))
    var partitions: Int32?

    @Option(
        help: ArgumentHelp(
            """
            What is to be declared, as YAML or JSON: see docs/declaration.md. (default: what is, or the one attribute \
            `document`)
            """, valueName: "file"))
    var declaration: String?

    @Option(
        help: ArgumentHelp(
            """
            Nodes of the broker, 1 to 9: clients meet leaders and coordinators that move, and nodes that die, which tests \
            do over the control address. The first has the port of --listen, the others have those behind it.
            """, valueName: "count"))
    var nodes: Int32 = 1

    @Option(
        help: ArgumentHelp(
            "For how long a node that was killed leads what it led, as far as the others know.",
            valueName: "milliseconds"))
    var nodeSessionTimeout: Int64 = 9000

    @Option(help: ArgumentHelp("Stands before every topic's name.", valueName: "prefix"))
    var topicPrefix = ""

    @Option(help: ArgumentHelp("Gets the bootstrap servers once the broker is up.", valueName: "file"))
    var bootstrapFile: String?

    @Flag(help: "Make topics that clients ask for and that are not there, as Kafka does by default.")
    var autoCreateTopics = false

    @Option(
        help: ArgumentHelp(
            """
            Where faults can be injected over HTTP, for tests: POST, GET and DELETE /faults; GET /nodes, POST \
            /nodes/ID/kill, stop, start and stale-metadata, POST /leaders/move. On loopback only. \
            (default: nowhere)
            """, valueName: "host:port"))
    var controlAddress: HTTPAddress?

    @Option(help: ArgumentHelp("Gets the control address once the broker is up.", valueName: "file"))
    var controlFile: String?

    @Option(
        help: ArgumentHelp(
            """
            Most milliseconds from the answer to the end of a transaction to its markers, each at its own time, as on a \
            cluster.
            """, valueName: "milliseconds"))
    var markerDelay: Int64 = 0

    @Option(
        help: ArgumentHelp(
            "How long coordinators load before they answer, after a start or a fail-over.", valueName: "milliseconds"))
    var coordinatorLoadTime: Int64 = 0

    @Option(
        help: ArgumentHelp(
            "How often transactions that take too long are looked for; 10000 in Kafka.", valueName: "milliseconds"))
    var transactionScanInterval: Int64 = 1000

    @Option(help: ArgumentHelp("The least severe level that is logged.", valueName: "level"))
    var logLevel = LogLevel.info

    @Option(help: ArgumentHelp("Log lines for people (text) or for machines (json).", valueName: "format"))
    var logFormat = LogFormat.text

    static let defaultDataDirectory = "./state/dev-broker"
    private static let loopbackHosts: Set = ["127.0.0.1", "::1", "localhost"]

    func validate() throws {
        guard case .listen(_, let port) = listen else { throw ValidationError("--listen must be HOST:PORT") }
        guard (1...9).contains(nodes) else { throw ValidationError("--nodes must be 1 to 9") }
        guard port == 0 || Int32(port) + nodes - 1 <= UInt16.max else {
            throw ValidationError("--listen: there are not \(nodes) ports from \(port) on")
        }
        guard (0...3_600_000).contains(nodeSessionTimeout) else {
            throw ValidationError("--node-session-timeout must be 0 to 3600000")
        }
        guard !inMemory || dataDirectory == nil else {
            throw ValidationError("--in-memory keeps nothing: it can't be given together with --data-directory")
        }
        guard dataDirectory != "" else { throw ValidationError("--data-directory is empty") }
        if let partitions, !Declaration.allowedPartitions.contains(partitions) {
            throw ValidationError("--partitions must be 1 to 1000")
        }
        guard DeploymentNames.isValid(prefix: topicPrefix) else {
            throw ValidationError("--topic-prefix may have at most 200 of a-z A-Z 0-9 . _ -")
        }
        if case .listen(let host, _) = controlAddress, !Self.loopbackHosts.contains(host) {
            throw ValidationError("--control-address must be on loopback: whoever reaches it can break the broker")
        }
        for delay in [markerDelay, coordinatorLoadTime, transactionScanInterval] {
            guard (0...3_600_000).contains(delay) else {
                throw ValidationError("a delay must be 0 to 3600000 milliseconds, not \(delay)")
            }
        }
        guard controlFile == nil || controlAddress != nil else {
            throw ValidationError("--control-file needs a --control-address")
        }
    }

    func run() async throws {
        let logger = LoggingBootstrap.start(level: logLevel, format: logFormat, service: "dev-broker")
        OpenFileLimit.raise()
        let run = BrokerRun(command: self, logger: logger)
        let status = await ProgramRunner.run(
            "dev-broker", http: nil, loops: [ProgramLoop("broker") { stop in try run.work(stop) }], logger: logger,
            forceExit: { $0.exitProcessAtOnce() })
        status.exitProcess()
    }
}

/// The values of `--sync`.
enum SyncOption: String, CaseIterable, Sendable, ExpressibleByArgument {
    case always, interval, never

    var policy: SyncPolicy {
        switch self {
        case .always: .always
        case .interval: .interval
        case .never: .never
        }
    }
}
