import ArgumentParser
import EventLog
import Foundation
import KafkaClient
import Logging
import Messages
import Operations

@main
struct DevBrokerProgram {
    static func main() async {
        let arguments = EnvironmentArguments.expand(
            arguments: Array(CommandLine.arguments.dropFirst()), environment: ProcessInfo.processInfo.environment,
            flags: ["listen", "partitions", "topic-prefix", "bootstrap-file", "log-level", "log-format"].map {
                EnvironmentFlag($0)
            })
        await DevBrokerCommand.main(arguments)
    }
}

struct DevBrokerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dev-broker",
        abstract: "An embedded broker for one machine: development, tests, demo. In production, run Apache Kafka.",
        discussion: """
            Creates the topics of the deployment, then writes its address to the bootstrap file.

            For now it is librdkafka's mock cluster, in memory: it keeps about 5 MiB a partition, forgets everything when \
            it ends, and its transactions mean nothing. Run the services on it with --delivery-guarantee at-least-once, \
            and without --instance-id.
            """,
        version: VersionInfo.version)

    @Option(
        help: ArgumentHelp(
            "Where to listen. Only a free port of loopback, 127.0.0.1:0, can be had for now.", valueName: "host:port"))
    var listen = "127.0.0.1:0"

    @Flag(help: "Keep everything in memory. There is no other way for now.")
    var inMemory = false

    @Option(help: ArgumentHelp("Partitions of each topic.", valueName: "count"))
    var partitions = 12

    @Option(help: ArgumentHelp("Stands before every topic's name.", valueName: "prefix"))
    var topicPrefix = ""

    @Option(help: ArgumentHelp("Gets the bootstrap servers once the broker is up.", valueName: "file"))
    var bootstrapFile: String?

    @Option(help: ArgumentHelp("The least severe level that is logged.", valueName: "level"))
    var logLevel = LogLevel.info

    @Option(help: ArgumentHelp("Log lines for people (text) or for machines (json).", valueName: "format"))
    var logFormat = LogFormat.text

    func validate() throws {
        guard listen == "127.0.0.1:0" || listen == ":0" else {
            throw ValidationError(
                "--listen \(listen): this broker picks a free port by itself; give 127.0.0.1:0, and --bootstrap-file to"
                    + " learn which one it is")
        }
        guard (1...1_000).contains(partitions) else { throw ValidationError("--partitions must be 1 to 1000") }
        guard DeploymentNames.isValid(prefix: topicPrefix) else {
            throw ValidationError("--topic-prefix may have at most 200 of a-z A-Z 0-9 . _ -")
        }
    }

    func run() async throws {
        let logger = LoggingBootstrap.start(level: logLevel, format: logFormat, service: "dev-broker")
        let names = DeploymentNames(prefix: topicPrefix)
        let status = await ProgramRunner.run(
            "dev-broker", http: nil,
            loops: [
                ProgramLoop("broker") { [partitions, bootstrapFile] stop in
                    let cluster: MockCluster
                    do {
                        cluster = try MockCluster()
                        for topic in Topic.allCases {
                            try cluster.createTopic(names.name(topic), partitions: partitions)
                        }
                    } catch { throw ProgramFailure(.unavailable, "the broker can't start: \(error)") }
                    defer { cluster.close() }
                    if let bootstrapFile {
                        do {
                            try Data((cluster.bootstrapServers + "\n").utf8)
                                .write(to: URL(fileURLWithPath: bootstrapFile), options: .atomic)
                        } catch {
                            throw ProgramFailure(.unavailable, "--bootstrap-file \(bootstrapFile): \(error)")
                        }
                    }
                    logger.info(
                        "for development and tests only, nothing is kept; in production run Apache Kafka",
                        metadata: [
                            "bootstrap": "\(cluster.bootstrapServers)", "partitions": "\(partitions)",
                            "topics": "\(Topic.allCases.count)",
                        ])
                    stop.wait()
                    return .stopped
                }
            ], logger: logger)
        status.exitProcess()
    }
}
