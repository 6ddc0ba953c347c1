import ArgumentParser
import EventLog
import Inquiries
import KafkaClient
import Messages
import Operations

struct EscalationsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "escalations", abstract: "Lists the registrations that need a person, and what that can do.",
        discussion: """
            A process of the process manager tells that it needs a person when its command was not answered six times, or \
            was refused for a reason that should not be. It goes on trying all the same.
            For example: soleholder escalations --all --json
            Exits 0, also when there are none.
            """)

    @OptionGroup(title: "Kafka and logging") var shared: SharedOptions

    @Flag(help: "List those too that have ended since.") var all = false
    @Flag(help: "Print one JSON object a line.") var json = false

    func run() async throws {
        StandardOutput.prepare()
        let connection = try Connection(shared)
        do throws(LogError) {
            let reading = try HistoryReading(connection, EscalationSearch.topics)
            defer { reading.close() }
            var search = EscalationSearch(names: connection.names)
            try reading.read(EscalationSearch.topics) { search.take($0) }
            let escalations = search.escalations(all ? .all : .unended)
            let list = EscalationList(escalations)
            StandardOutput.write(json ? list.json : list.lines)
            if escalations.isEmpty { tell("no escalations") }
        } catch { Connection.fail(error) }
    }
}
