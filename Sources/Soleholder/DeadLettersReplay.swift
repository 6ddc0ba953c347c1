import ArgumentParser
import DeadLetters
import EventLog
import KafkaClient
import Messages
import Operations

extension DeadLettersCommand {
    struct Replay: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Sends dead letters again to where they came from, e.g. after an update of the services.",
            discussion: """
                Each record is sent once, with its own key, value and headers, to its key's partition; the header `origin` \
                keeps its first place, `replayed-from` names the dead letter. Doing it twice does no harm: the services \
                know a command by its deduplication key. What can still not be taken becomes a dead letter again, which \
                stands for the older one from then on.

                What clients don't write (events, claims, commands of the process manager) is sent with --force alone.
                For example: soleholder dead-letters replay --reason malformed --dry-run
                Exits 0 when all was sent that was asked for, 1 when some was not.
                """)

        @OptionGroup(title: "Kafka and logging") var shared: SharedOptions

        @Flag(help: "All dead letters.") var all = false
        @Option(
            help: ArgumentHelp(
                "That of the record that was read there; may be repeated.", valueName: "topic/partition/offset"))
        var origin: [RecordPlace] = []
        @Option(help: ArgumentHelp("All with this reason.", valueName: "code")) var reason: String?
        @Option(help: ArgumentHelp("Of these, only those of this topic.", valueName: "topic")) var topic: String?
        @Flag(help: "Tell what would be sent, and send nothing.") var dryRun = false
        @Flag(help: "Send also to topics that services alone write to.") var force = false

        func validate() throws {
            let ways = [all, !origin.isEmpty, reason != nil].count { $0 }
            guard ways == 1 else { throw ValidationError("give one of --all, --origin and --reason") }
        }

        func run() async throws {
            let connection = try Connection(shared)
            let input = try connection.deadLetterInput(named: topic)
            let origins = try origin.map { try connection.origin($0) }
            let selection: ReplaySelection =
                if let reason { .reason(reason) } else if origins.isEmpty { .all } else { .origins(origins) }
            do throws(LogError) {
                let reading = try DeadLetterReading(connection)
                defer { reading.close() }
                var box = DeadLetterBox(names: connection.names)
                let reach = try reading.readAll(of: input) { box.take($0) }
                let plan = ReplayPlan(
                    of: box, selection, input: input, scope: force ? .allTopics : .clientTopics)
                var replaying = Replaying(connection, reading, mode: dryRun ? .tell : .send)
                try replaying.run(plan)
                if replaying.isIncomplete || reach == .cut { endProcess(1) }
            } catch { Connection.fail(error) }
        }
    }
}

extension Connection {
    /// A place as it is listed here, or as the header `origin` names it: without the deployment's prefix.
    fileprivate func origin(_ place: RecordPlace) throws -> RecordPlace {
        let name = place.topicPartition.topic
        guard let topic = names.topic(name) ?? Topic(rawValue: name), topic.deadLetter != nil else {
            throw ValidationError("--origin \(place): nothing is put aside from \(name)")
        }
        return RecordPlace(
            TopicPartition(topic: names.name(topic), partition: place.topicPartition.partition), place.offset)
    }
}

/// Carries a plan out, and tells what it does.
private struct Replaying {
    enum Mode {
        case send
        case tell
    }

    /// What became of a dead letter, as it is told.
    enum Result: String, CaseIterable {
        case sent = "sent"
        case wouldSend = "would send"
        case refused = "refused"
        case failed = "failed"
        case unknown = "unknown"
    }

    private let connection: Connection
    private let reading: DeadLetterReading
    private let mode: Mode
    private var counts: [Result: Int] = [:]

    init(_ connection: Connection, _ reading: DeadLetterReading, mode: Mode) {
        self.connection = connection
        self.reading = reading
        self.mode = mode
    }

    /// Whether something was asked for that was not done.
    var isIncomplete: Bool { [Result.refused, .failed, .unknown].contains { count($0) > 0 } }

    mutating func run(_ plan: ReplayPlan) throws(LogError) {
        for (letter, problem) in plan.refused { note(.refused, letter, "\(problem)") }
        for place in plan.unknownOrigins { note(.unknown, "\(place): there is no dead letter of it") }
        try send(plan.chosen)
        var summary = ["\(count(.sent)) sent again"]
        if mode == .tell { summary = ["\(count(.wouldSend)) would be sent again"] }
        for result in [Result.refused, .failed, .unknown] where count(result) > 0 {
            summary.append("\(count(result)) \(result.rawValue)")
        }
        if plan.backCount > 0 {
            summary.append("\(plan.backCount) left out: sent again before, and back as a newer dead letter")
        }
        print(summary.joined(separator: ", "))
    }

    /// Reads the chosen ones a second time, now with their values: all at once might be more than memory holds.
    private mutating func send(_ letters: [DeadLetter]) throws(LogError) {
        if letters.isEmpty { return }
        let reading = reading
        var wanted: [RecordPlace: DeadLetter] = [:]
        var first: [TopicPartition: Int64] = [:]
        for letter in letters {
            wanted[letter.place] = letter
            let place = letter.place.topicPartition
            first[place] = min(first[place] ?? .max, letter.place.offset)
        }
        let producer = try KafkaProducer(configuration: connection.kafka)
        defer { producer.close() }
        _ = try reading.read(from: first.mapValues { .offset($0) }) { record throws(LogError) in
            if let letter = wanted.removeValue(forKey: RecordPlace(of: record)) {
                try send(record, letter, partitionCount: reading.partitionCount, producer)
            }
            return wanted.isEmpty ? .stop : .goOn
        }
        for letter in letters where wanted[letter.place] != nil {
            note(.failed, letter, "it could not be read again")
        }
    }

    private mutating func send(
        _ record: LogRecord, _ letter: DeadLetter, partitionCount: Int32, _ producer: KafkaProducer
    ) throws(LogError) {
        let outgoing: OutgoingRecord
        do throws(ReplayProblem) {
            outgoing = try letter.replay(record, partitionCount: partitionCount)
        } catch {
            note(.refused, letter, "\(error)")
            return
        }
        switch mode {
        case .tell: note(.wouldSend, letter, "to \(outgoing.topicPartition)")
        case .send:
            do throws(LogError) {
                // One after the other: so it is known of each whether it was written.
                let offset = try producer.produce([outgoing]).first ?? -1
                note(.sent, letter, "to \(outgoing.topicPartition)/\(offset)")
            } catch {
                note(.failed, letter, "\(error)")
                switch error.code {
                // Of this record, or of its topic.
                case .recordTooLarge, .notAuthorized, .unknownTopic, .unavailable: break
                case .unreachable, .fenced, .rejoin, .offsetOutOfRange, .configuration, .other: throw error
                }
            }
        }
    }

    private func count(_ result: Result) -> Int { counts[result] ?? 0 }

    private mutating func note(_ result: Result, _ letter: DeadLetter, _ text: String) {
        note(result, "\(letter.origin.map { "\($0) " } ?? "")\(text) (dead letter \(letter.place))")
    }

    private mutating func note(_ result: Result, _ text: String) {
        counts[result, default: 0] += 1
        let width = Result.allCases.map(\.rawValue.count).max() ?? 0
        print(result.rawValue + String(repeating: " ", count: width - result.rawValue.count + 2) + text)
    }
}
