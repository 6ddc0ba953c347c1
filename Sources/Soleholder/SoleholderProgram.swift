public import ArgumentParser
import EventLog
import Foundation
import KafkaClient
import Logging
public import Messages
import Operations

@main
struct SoleholderProgram {
    static func main() async {
        // Each subcommand knows the shared flags alone; flags of its own are too few to be worth a variable.
        let arguments = Array(CommandLine.arguments.dropFirst())
        let knowsSharedFlags = !arguments.starts(with: ["customer-id"]) && !arguments.starts(with: ["help"])
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

extension DocumentNormalization: ExpressibleByArgument {}

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

struct CustomerIDCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "customer-id",
        abstract: "Prints the customer id that a document has in the `derived` way.",
        discussion: """
            It is the same for every spelling of the document, and the same everywhere.
            For example: soleholder customer-id --document 529.982.247-25
            """)

    @Option(parsing: .unconditional, help: ArgumentHelp("The document, in any spelling.", valueName: "document"))
    var document: String

    @Option(help: ArgumentHelp("As declared: what counts as the same document.", valueName: "way"))
    var documentNormalization = DocumentNormalization.alphanumeric

    func run() throws {
        guard let normalized = documentNormalization.normalize(document) else {
            throw ValidationError("--document: \(RejectionCode.invalidDocument.message)")
        }
        print(NameID.customer(ofDocument: normalized))
    }
}
