import ArgumentParser
import EventLog
import Foundation
import KafkaClient
import Logging
import Messages
import Operations
import Processing

@main
struct SoleholderProgram {
    static func main() async {
        // Each subcommand knows the shared flags alone; flags of its own are too few to be worth a variable.
        let arguments = Array(CommandLine.arguments.dropFirst())
        let knowsSharedFlags = !arguments.starts(with: ["help"])
        let isGroupAlone = [["topics"], ["dead-letters"], ["offsets"]].contains(arguments)
        let expanded = EnvironmentArguments.expand(
            arguments: arguments, environment: ProcessInfo.processInfo.environment,
            flags: knowsSharedFlags && !isGroupAlone ? SharedOptions.environmentFlags : [],
            subcommands: [
                "topics", "create", "check", "send", "audit", "conflicts", "explain", "escalations", "dead-letters",
                "list", "replay", "offsets", "show", "set", "customer-id",
            ])
        await SoleholderCommand.main(expanded)
    }
}

struct SoleholderCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "soleholder",
        abstract:
            "The operator's tool: topics, commands by hand, conflicts, dead letters, and the audit of the guarantees.",
        version: VersionInfo.version,
        subcommands: [
            TopicsCommand.self, SendCommand.self, AuditCommand.self, ConflictsCommand.self, ExplainCommand.self,
            EscalationsCommand.self, DeadLettersCommand.self, OffsetsCommand.self, CustomerIDCommand.self,
        ])
}

/// What the subcommands need to talk to a log.
struct Connection {
    let kafka: KafkaConfiguration
    let names: DeploymentNames

    init(_ shared: SharedOptions) throws {
        let logger = LoggingBootstrap.start(level: shared.logLevel, format: shared.logFormat, service: "soleholder")
        kafka = KafkaConfiguration(
            bootstrapServers: "", properties: try shared.kafkaProperties().dictionary, clientID: "soleholder",
            log: { line in logger.debug("kafka: \(line.message)") })
        names = DeploymentNames(prefix: shared.topicPrefix)
        do { try kafka.validate() } catch { throw ValidationError(error.description) }
    }

    /// Says what went wrong and ends the process as the contract has it.
    static func fail(_ error: LogError) -> Never {
        tell("\(error)")
        exit(error.code == .configuration ? ExitStatus.usage.rawValue : ExitStatus.unavailable.rawValue)
    }
}

/// Ends the process with a code of the contract. (`exit` inside a command is the parser's.)
func endProcess(_ code: Int32) -> Never { exit(code) }

/// Writes a line to stderr.
func tell(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

extension Declaration {
    /// The key that a person means by `ATTRIBUTE:VALUE`, with the value in any spelling.
    /// - Throws: `LogError` of a wrong use.
    func key(written text: String) throws(LogError) -> UniqueKey {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, let attribute = self[parts[0]] else {
            let names = attributes.map(\.name).joined(separator: ", ")
            throw LogError(.configuration, "the declared attributes are \(names): give ATTRIBUTE:VALUE")
        }
        return try attribute.key(parts[1])
    }
}

extension UniqueAttribute {
    /// - Throws: `LogError` of a wrong use where the value can't be normalized.
    fileprivate func key(_ value: String) throws(LogError) -> UniqueKey {
        guard let normalized = normalize.normalize(value) else {
            throw LogError(.configuration, "the value is not valid for `\(name)`, by the rule `\(normalize)`")
        }
        return UniqueKey(attribute: name, value: normalized)
    }
}

struct CustomerIDCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "customer-id",
        abstract: "Prints the customer id that a value of the first attribute has by the strategy `derived`.",
        discussion: """
            It is the same for every spelling of the value, and the same everywhere.
            For example: soleholder customer-id 529.982.247-25
            """)

    @OptionGroup(title: "Kafka and logging") var shared: SharedOptions

    @Argument(
        help: ArgumentHelp("The value, in any spelling; one that begins with '-' behind `--`.", valueName: "value"))
    var value: String

    func run() async throws {
        StandardOutput.prepare()
        let connection = try Connection(shared)
        do throws(LogError) {
            let reader = try KafkaLogReader(configuration: connection.kafka)
            defer { reader.close() }
            let declaration = try DeclarationReading.require(reader, names: connection.names).declaration
            StandardOutput.write([NameID.customer(of: try declaration.first.key(value)).description])
        } catch { Connection.fail(error) }
    }
}
