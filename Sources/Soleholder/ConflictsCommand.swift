public import ArgumentParser
import EventLog
import Foundation
public import Inquiries
import KafkaClient
import Messages
import Operations

struct ConflictsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "conflicts", abstract: "Lists who lost a value against whom, when, and how that ended.",
        discussion: """
            A row for each loser, the newest last. What a loser's registration cost is told behind it: the time from the \
            later of the two registrations to the loser's unregistration.

            Values are personal data: a short hash stands for them, which tells the rows of one value apart from the \
            rest; --show-values prints them.
            For example: soleholder conflicts --since 2h --limit 20
            Exits 0, also when there are none.
            """)

    @OptionGroup(title: "Kafka and logging") var shared: SharedOptions

    @Option(help: ArgumentHelp("Only those since then: 90s, 2h, 7d ago, or 2026-01-31T00:00:00Z.", valueName: "when"))
    var since: Since?
    @Option(help: ArgumentHelp("Only the newest ones.", valueName: "count")) var limit: Int?
    @Flag(help: "Print one JSON object a line.") var json = false
    @Flag(help: "Print the values too.") var showValues = false

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit must be 1 or more") }
    }

    func run() async throws {
        StandardOutput.prepare()
        let connection = try Connection(shared)
        let since = since.map { $0.moment(now: .now) }
        do throws(LogError) {
            // What is caused before what causes it.
            let reading = try HistoryReading(connection, ConflictVerdicts.topics + ConflictEndings.topics)
            defer { reading.close() }
            var verdicts = ConflictVerdicts(
                names: connection.names, since: since, limit: limit, display: showValues ? .shown : .hidden)
            try reading.read(ConflictVerdicts.topics) { verdicts.take($0) }
            var endings = ConflictEndings(verdicts, declaration: reading.declaration)
            try reading.read(ConflictEndings.topics) { endings.take($0) }
            let conflicts = endings.conflicts()
            let list = ConflictList(conflicts)
            StandardOutput.write(json ? list.json : list.lines)
            if conflicts.isEmpty { tell("no conflicts") }
        } catch { Connection.fail(error) }
    }
}

extension Since: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}

extension Timestamp {
    /// The time by this machine's clock.
    static var now: Timestamp { Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)) }
}
