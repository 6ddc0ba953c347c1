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
            flags: SharedOptions.environmentFlags + ServiceOptions.environmentFlags
                + [EnvironmentFlag("document-normalization")])
    }
}

struct ProjectionServiceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "projection-service",
        abstract: "Folds events into the unique index of documents and the read model of customers.",
        discussion: """
            Says on document-events who holds a document and who came too late. Serves GET /documents/{document} and \
            GET /customers/{id} besides /healthz, /readyz and /metrics.
            """,
        version: VersionInfo.version)

    @OptionGroup(title: "Kafka and logging") var shared: SharedOptions
    @OptionGroup(title: "Service") var service: ServiceOptions

    @Option(
        help: ArgumentHelp(
            "How a document in a question is brought to one spelling; the command service's setting.",
            valueName: "way"))
    var documentNormalization = DocumentNormalization.alphanumeric

    func run() async throws {
        let normalization = documentNormalization
        await ServiceProgram(
            name: "projection-service", httpPort: 8082,
            cores: [
                (.projectionCustomers, { CustomerProjectionCore() }), (.projectionIndex, { DocumentIndexCore() }),
            ],
            routes: { Queries(reading: $0, normalization: normalization).routes }
        ).run(shared: shared, service: service)
    }
}
