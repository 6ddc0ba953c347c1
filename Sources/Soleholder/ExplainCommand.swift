import ArgumentParser
import EventLog
import Inquiries
import KafkaClient
import Messages
import Operations

struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Tells the whole story of a customer, or of a unique key, from all topics.",
        discussion: """
            A line for each record, by time, indented below what it follows from; at the end how things stand. Of a \
            key: all that its customers did about it. Only the partitions are read that can hold it.

            Values are personal data: a short hash stands for them; --show-values prints them. Names are never \
            printed.
            Ids that differ in quotes, white space or case are ids of different customers; where there is such another \
            one, that is told too.

            For example: soleholder explain c-42
            For example: soleholder explain --key document:529.982.247-25
            Exits 0, also when nothing is known.
            """)

    @OptionGroup(title: "Kafka and logging") var shared: SharedOptions

    @Argument(help: ArgumentHelp("The customer's id; one that begins with '-' behind `--`.", valueName: "customer"))
    var id: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The customer's id, whatever it begins with.", valueName: "id"))
    var customer: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("A value instead, in any spelling, behind its attribute.", valueName: "attribute:value"))
    var key: String?
    @Flag(help: "Print one JSON object a line.") var json = false
    @Flag(help: "Print the values too.") var showValues = false

    func validate() throws {
        guard [id, customer, key].count(where: { $0 != nil }) == 1 else {
            throw ValidationError("give either a customer's id or --key")
        }
        if let key, !key.contains(":") { throw ValidationError("--key \(key): give ATTRIBUTE:VALUE") }
        if let id = id ?? customer, CustomerID.read(Array(id.utf8)) == nil {
            throw ValidationError("a customer's id has 1 to \(CustomerID.byteLimit) bytes of printable UTF-8")
        }
    }

    func run() async throws {
        StandardOutput.prepare()
        let connection = try Connection(shared)
        do throws(LogError) {
            let reading = try HistoryReading(connection, Self.topics)
            defer { reading.close() }
            let subject: Story.Subject
            if let key {
                subject = .key(try reading.declaration.key(written: key))
            } else {
                subject = .customer(id ?? customer ?? "")
            }
            var story = Story(of: subject, names: connection.names, declaration: reading.declaration)
            while let places = story.nextPlaces() { try reading.read(places) { story.take($0) } }
            let telling = StoryTelling(story, display: showValues ? .shown : .hidden)
            var similar = SimilarCustomers(
                to: id ?? customer, names: connection.names, partitionCount: reading.declaration.partitions)
            try reading.read(similar.places) { similar.take($0) }
            StandardOutput.write(json ? telling.json + similar.json : telling.lines + similar.lines)
        } catch { Connection.fail(error) }
    }

    /// What is caused before what causes it, as far as topics have such an order.
    private static let topics: [Topic] =
        Topic.allCases.filter(\.isDeadLetter) + [
            .uniqueIndex, .uniqueVerdicts, .uniqueClaims, .registrationEvents, .processOutcomes, .processCommands,
            .commandOutcomes, .customerEvents, .registrationRequests, .customerCommands,
        ]
}
