public import ArgumentParser
import Messages
import Operations
public import ServiceCores
import ServiceHost

extension DocumentReuse: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}

@main
struct ProjectionServiceProgram {
    static func main() async {
        await Entry.run(
            ProjectionServiceCommand.self,
            flags: SharedOptions.environmentFlags + ServiceOptions.environmentFlags
                + [EnvironmentFlag("document-normalization"), EnvironmentFlag("document-reuse")])
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

    @Option(
        help: ArgumentHelp(
            "When a document that a customer gives up can be taken again: immediately, never, or after=DURATION (such as after=90d; units s, m, h, d).",
            valueName: "rule"))
    var documentReuse = DocumentReuse.immediately

    func run() async throws {
        let normalization = documentNormalization
        let reuse = documentReuse
        await ServiceProgram(
            name: "projection-service", httpPort: 8082,
            cores: [
                (.projectionCustomers, { CustomerProjectionCore(reuse: reuse) }),
                (.projectionIndex, { DocumentIndexCore() }),
            ],
            routes: { Queries(reading: $0, normalization: normalization).routes }
        ).run(shared: shared, service: service)
    }
}
