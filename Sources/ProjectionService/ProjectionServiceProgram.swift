public import ArgumentParser
public import Messages
import Operations
import ServiceCores
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
            "How a document in a question is brought to one spelling: alphanumeric, trim, none. Refused where the declaration says otherwise. (default: as declared)",
            valueName: "way"))
    var documentNormalization: DocumentNormalization?

    @Option(
        help: ArgumentHelp(
            "When a document that a customer gives up can be taken again: immediately, never, or after=DURATION (such as after=90d; units s, m, h, d). Refused where the declaration says otherwise. (default: as declared)",
            valueName: "rule"))
    var documentReuse: DocumentReuse?

    func run() async throws {
        await ServiceProgram(
            name: "projection-service", httpPort: 8082,
            cores: [
                (.projectionCustomers, { CustomerProjectionCore(reuse: $0.reuse) }),
                (.projectionIndex, { _ in DocumentIndexCore() }),
            ],
            asked: AskedRules(normalization: documentNormalization, reuse: documentReuse),
            routes: { Queries(reading: $0).routes }
        ).run(shared: shared, service: service)
    }
}
