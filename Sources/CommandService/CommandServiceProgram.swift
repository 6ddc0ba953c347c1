import ArgumentParser
import Messages
import Operations
import ServiceCores
import ServiceHost

@main
struct CommandServiceProgram {
    static func main() async {
        await Entry.run(
            CommandServiceCommand.self,
            flags: SharedOptions.environmentFlags + ServiceOptions.environmentFlags
                + [EnvironmentFlag("advisory-check", .toggle)])
    }
}

struct CommandServiceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "command-service",
        abstract: "Decides commands against event-sourced customers.",
        discussion: """
            Takes commands from customer-commands and process-commands, writes events to customer-events and an outcome \
            for each command. Everything else learns of a customer from its events.
            """,
        version: VersionInfo.version)

    @OptionGroup(title: "Kafka and logging") var shared: SharedOptions
    @OptionGroup(title: "Service") var service: ServiceOptions

    @Flag(
        help: """
            Refuse at once, as value-taken, what a copy of the unique index says is taken. It saves most \
            compensations and guarantees nothing: the copy may be stale, and is empty at first.
            """)
    var advisoryCheck = false

    func run() async throws {
        let advice = advisoryCheck ? AdvisoryIndex() : nil
        await ServiceProgram(
            name: "command-service", httpPort: 8081,
            cores: [(.commandService, { CommandCore($0, advice: advice) })],
            advice: advice
        ).run(shared: shared, service: service)
    }
}
