import ArgumentParser
import Messages
import Operations
import ServiceCores
import ServiceHost

@main
struct ProcessManagerServiceProgram {
    static func main() async {
        await Entry.run(
            ProcessManagerServiceCommand.self,
            flags: SharedOptions.environmentFlags + ServiceOptions.environmentFlags)
    }
}

struct ProcessManagerServiceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "process-manager-service",
        abstract: "Confirms who holds its values, and sends whoever came too late a compensating command.",
        discussion: """
            Automates a human supervisor. Its book, registration-events, holds every message that is to be sent; what is \
            not answered in time is sent again, the same, and a human is told when it goes on for too long.
            """,
        version: VersionInfo.version)

    @OptionGroup(title: "Kafka and logging") var shared: SharedOptions
    @OptionGroup(title: "Service") var service: ServiceOptions

    func run() async throws {
        await ServiceProgram(
            name: "process-manager-service", httpPort: 8083,
            cores: [(.processManager, { ProcessManagerCore($0) })]
        ).run(shared: shared, service: service)
    }
}
