import ArgumentParser
import Messages
import Operations
import ServiceCores
import ServiceHost

@main
struct ProjectionServiceProgram {
    static func main() async {
        await Entry.run(
            ProjectionServiceCommand.self,
            flags: SharedOptions.environmentFlags + ServiceOptions.environmentFlags)
    }
}

struct ProjectionServiceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "projection-service",
        abstract: "Folds events into the unique index and the read model of customers.",
        discussion: """
            Says on unique-verdicts who holds a value and who came too late. Serves \
            GET /keys/{attribute}/{value}, /documents/{value} and /customers/{id} besides /healthz, /readyz and /metrics.
            """,
        version: VersionInfo.version)

    @OptionGroup(title: "Kafka and logging") var shared: SharedOptions
    @OptionGroup(title: "Service") var service: ServiceOptions

    func run() async throws {
        await ServiceProgram(
            name: "projection-service", httpPort: 8082,
            cores: [
                (.projectionCustomers, { _ in CustomerProjectionCore() }),
                (.projectionIndex, { _ in KeyIndexCore() }),
            ],
            routes: { Queries(reading: $0).routes }
        ).run(shared: shared, service: service)
    }
}
