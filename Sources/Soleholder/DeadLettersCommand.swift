public import ArgumentParser
public import DeadLetters
import EventLog
import Foundation
import KafkaClient
public import Messages
import Operations

struct DeadLettersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead-letters", abstract: "Lists the records that no service could take, or sends them again.",
        subcommands: [List.self, Replay.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists dead letters, the newest last; those that were put aside twice once, with a count.",
            discussion: """
                Values are personal data, and so are the keys of claims: they are shown with --show-value alone.
                For example: soleholder dead-letters list --topic customer-commands --since 2026-01-31T00:00:00Z
                Exits 0, also when there are none; 1 when the topics could not be read to their ends.
                """)

        @OptionGroup(title: "Kafka and logging") var shared: SharedOptions

        @Option(help: ArgumentHelp("Only those of this topic.", valueName: "topic")) var topic: String?
        @Option(help: ArgumentHelp("Only those with this reason.", valueName: "code")) var reason: String?
        @Option(help: ArgumentHelp("Only those put aside then or later, e.g. 2026-01-31T00:00:00Z.", valueName: "time"))
        var since: Timestamp?
        @Option(help: ArgumentHelp("Only the newest ones.", valueName: "count")) var limit: Int?
        @Flag(help: "Print one JSON object a line.") var json = false
        @Flag(help: "Print the values too, escaped, each cut after \(DeadLetterList.valueLimit) bytes.")
        var showValue = false

        func validate() throws {
            if let limit, limit < 1 { throw ValidationError("--limit must be 1 or more") }
        }

        func run() async throws {
            let connection = try Connection(shared)
            let input = try connection.deadLetterInput(named: topic)
            do throws(LogError) {
                let reading = try DeadLetterReading(connection)
                defer { reading.close() }
                var box = DeadLetterBox(
                    names: connection.names, valueLimit: showValue ? DeadLetterList.valueLimit : 0)
                let reach = try reading.readAll(of: input) { box.take($0) }
                let filter = DeadLetterFilter(input: input, reason: reason, since: since)
                var entries = box.entries.filter { filter.wants($0.letter) }
                if let limit { entries = entries.suffix(limit) }
                let list = DeadLetterList(entries, contents: showValue ? .shown : .hidden)
                print(json ? list.json : list.text, terminator: "")
                if entries.isEmpty { tell("no dead letters") }
                if reach == .cut { endProcess(1) }
            } catch { Connection.fail(error) }
        }
    }
}

extension Connection {
    /// The topic that a user names, or that whose dead letters are named.
    func deadLetterInput(named text: String?) throws -> Topic? {
        guard let text else { return nil }
        if let input = DeadLetterFilter.input(named: text, in: names) { return input }
        let known = Topic.allCases.filter { $0.deadLetter != nil }.map { names.name($0) }
        throw ValidationError("\(text) has no dead letters; these have: \(known.joined(separator: ", "))")
    }
}

extension Timestamp: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}

extension RecordPlace: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}
