public import ArgumentParser
import EventLog
import Foundation
import KafkaClient
public import LoadGenerating
import Operations

@main
struct LoadGeneratorProgram {
    static func main() {
        let flags =
            SharedOptions.environmentFlags
            + [
                "commands", "rate", "duplicate-ratio", "strategy", "resend-ratio", "seed", "input", "column",
                "customer-id-column", "name-column", "separator", "encoding", "max-unusable", "max-in-flight", "report",
                "html", "timeout",
                "label",
            ].map { EnvironmentFlag($0) } + [EnvironmentFlag("strict", .toggle)]
        if CommandLine.arguments.dropFirst().first == CompareCommand.configuration.commandName {
            exit(CompareCommand.run(Array(CommandLine.arguments.dropFirst(2))).rawValue)
        }
        let arguments = EnvironmentArguments.expand(
            arguments: Array(CommandLine.arguments.dropFirst()), environment: ProcessInfo.processInfo.environment,
            flags: flags)
        do {
            let command = try LoadGeneratorCommand.parse(arguments)
            let logger = LoggingBootstrap.start(
                level: command.shared.logLevel, format: command.shared.logFormat, service: "load-generator")
            exit(try LoadRun(options: command, logger: logger).execute().rawValue)
        } catch {
            // Asking for help is no error; the contract has 2 for wrong use.
            if LoadGeneratorCommand.exitCode(for: error) == .success { LoadGeneratorCommand.exit(withError: error) }
            FileHandle.standardError.write(Data((LoadGeneratorCommand.fullMessage(for: error) + "\n").utf8))
            exit(LoadEnd.wrongUse.rawValue)
        }
    }
}

/// How a run ended, as the exit code.
enum LoadEnd: Int32 {
    /// Every registration has settled.
    case settled = 0
    /// Some have not, by the timeout, or there were rows that could not be registered at all.
    case unsettled = 1
    /// The arguments or the input make no sense.
    case wrongUse = 2
    /// The broker can't be used.
    case unavailable = 69
}

extension StrategyChoice: ExpressibleByArgument {}

extension Separator: ExpressibleByArgument {
    public init?(argument: String) { self.init(name: argument) }
    public static var allValueStrings: [String] { allCases.map(\.name) }
}

extension TextEncoding: ExpressibleByArgument {
    public init?(argument: String) { self.init(name: argument) }
}

/// Where a file has an attribute's values, as `--column attribute=column` gives it.
struct ColumnName: Hashable, Sendable {
    var attribute: String
    var column: String
}

extension ColumnName: ExpressibleByArgument {
    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
        self.init(attribute: String(parts[0]), column: String(parts[1]))
    }
}

extension CostMeter.WatchedProcess: ExpressibleByArgument {
    init?(argument: String) {
        let parts = argument.split(separator: "=", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, let id = Int32(parts[1]), id > 0 else { return nil }
        self.init(name: String(parts[0]), id: id)
    }
}

struct LoadGeneratorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load-generator",
        abstract: "Registers customers, with duplicates among them, waits for the results, and reports.",
        discussion: """
            Each registration has a value of each attribute that the deployment declares. A duplicate repeats one of \
            somebody's values, or all. Knows in advance what must come out: one confirmed customer of those who share \
            a value, every other one compensated or rejected, depending on the strategy. Exits 0 when every registration has settled, 1 when some \
            have not by the timeout or more rows of the input are unusable than may be, 2 for wrong use.

            Strategies (--strategy):
              compensate  registered as pending, verified, then confirmed or undone
              reserve     the values are reserved before the customer is registered
              derived     the first value makes the id; a duplicate of it is rejected at once
              mixed       each value goes through one of them, drawn by the seed

            `load-generator compare REPORT.json ... [--html FILE]` puts reports side by side.
            """,
        version: VersionInfo.version)

    @OptionGroup(title: "Kafka and logging") var shared: SharedOptions

    @Option(
        help: ArgumentHelp("How many customers to register. (default: 20000; with --input all rows)", valueName: "n"))
    var commands: Int?

    @Option(
        help: ArgumentHelp(
            "Registrations a second; flat out when absent. Latencies count from the intended time.",
            valueName: "per-second"))
    var rate: Double?

    @Option(help: ArgumentHelp("The part of the registrations that repeat values of others.", valueName: "ratio"))
    var duplicateRatio = 0.1

    @Option(
        help: ArgumentHelp("The strategy that the registrations go through.", valueName: "strategy"))
    var strategy = StrategyChoice.compensate

    @Option(
        help: ArgumentHelp(
            "The part of the commands that are sent a second time, under the same id.", valueName: "ratio"))
    var resendRatio = 0.0

    @Option(
        help: ArgumentHelp("The same seed sends the same commands. (default: drawn, and printed)", valueName: "number"))
    var seed: UInt64?

    @Option(
        help: ArgumentHelp(
            "Real customers: CSV with a header, or NDJSON. What looks spoilt in it is told before anything is sent.",
            valueName: "file"))
    var input: String?

    @Option(
        help: ArgumentHelp(
            "Column or member with the values of an attribute; repeatable. (default: the attribute's name)",
            valueName: "attribute=column"))
    var column: [ColumnName] = []

    @Option(
        name: .customLong("customer-id-column"),
        help: ArgumentHelp(
            "Column or member with the customer id; not used where the first value makes the id.", valueName: "name"))
    var customerIDColumn: String?

    @Option(help: ArgumentHelp("Column or member with the name.", valueName: "name"))
    var nameColumn: String?

    @Option(
        help: ArgumentHelp(
            "Between the fields of a CSV file: comma, semicolon, tab, bar. (default: what its header tells)",
            valueName: "name"))
    var separator: Separator?

    @Option(
        help: ArgumentHelp(
            "How the input is written: utf-8, utf-16le, utf-16be, windows-1252 (and so Latin-1). (default: what the file tells)",
            valueName: "name"))
    var encoding: TextEncoding?

    @Option(
        help: ArgumentHelp(
            "Rows of the input that may be unusable. With more of them the others are sent, and it ends with 1.",
            valueName: "n"))
    var maxUnusable = 0

    @Flag(
        help:
            "Send nothing if more rows of the input are unusable than may be, or if values look as if a spreadsheet or a placeholder had spoilt them; end with 2."
    )
    var strict = false

    @Option(help: ArgumentHelp("Most registrations that are sent and not settled.", valueName: "m"))
    var maxInFlight = 50_000

    @Option(help: ArgumentHelp("Gets the report as JSON.", valueName: "file.json"))
    var report: String?

    @Option(help: ArgumentHelp("Gets the report as a page that opens without a network.", valueName: "file.html"))
    var html: String?

    @Option(help: ArgumentHelp("What a comparison calls this run. (default: the strategy)", valueName: "text"))
    var label: String?

    @Flag(
        help: """
            Count what the run wrote to all topics, by reading them once it is at rest. Only in a deployment that does \
            nothing else.
            """)
    var countRecords = false

    @Option(
        help: ArgumentHelp(
            "Report the processor time of a process on this machine (Linux); repeatable.", valueName: "name=pid"))
    var cpuOf: [CostMeter.WatchedProcess] = []

    @Option(help: ArgumentHelp("How long to wait for everything to settle.", valueName: "seconds"))
    var timeout = 300.0

    func validate() throws {
        if let commands, commands < 1 { throw ValidationError("--commands must be 1 or more") }
        if let rate, !(rate > 0) || !rate.isFinite { throw ValidationError("--rate must be positive") }
        guard (0..<1).contains(duplicateRatio) else {
            throw ValidationError("--duplicate-ratio must be at least 0 and below 1")
        }
        guard (0...1).contains(resendRatio) else { throw ValidationError("--resend-ratio must be 0 to 1") }
        if maxInFlight < 1 { throw ValidationError("--max-in-flight must be 1 or more") }
        if !(timeout > 0) || !timeout.isFinite { throw ValidationError("--timeout must be positive") }
        if input != nil, commands != nil { throw ValidationError("give --commands or --input, not both") }
        if input == nil, !column.isEmpty || customerIDColumn != nil || nameColumn != nil {
            throw ValidationError("the column options go with --input")
        }
        if maxUnusable < 0 { throw ValidationError("--max-unusable must be 0 or more") }
        if input == nil, separator != nil || encoding != nil {
            throw ValidationError("--separator and --encoding go with --input")
        }
        if input == nil, strict { throw ValidationError("--strict goes with --input") }
        if let twice = Dictionary(grouping: column, by: \.attribute).first(where: { $0.value.count > 1 })?.key {
            throw ValidationError("--column names the attribute '\(twice)' twice")
        }
    }
}
