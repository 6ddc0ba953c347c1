public import ArgumentParser
import EventLog
import KafkaClient
public import Messages
import Operations

struct OffsetsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "offsets", abstract: "Shows where the services' groups stand, or sets it.",
        subcommands: [Show.self, Set.self])

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows where each group stands in each of its inputs, and who committed that.",
            discussion: """
                One line for each partition: group, topic/partition, the next offset (`none` where there is none), what \
                the log has, and who committed it. Offsets that no service and no `offsets set` committed are \
                `NOT OURS`: services don't go by them.
                """)

        @OptionGroup(title: "Kafka and logging") var shared: SharedOptions

        @Option(help: ArgumentHelp("One group alone.", valueName: "group")) var group: ConsumerGroup?

        func run() async throws {
            let connection = try Connection(shared)
            do throws(LogError) {
                for group in group.map({ [$0] }) ?? ConsumerGroup.allCases {
                    let standing = try GroupStanding(connection, group, topics: group.inputs)
                    defer { standing.close() }
                    StandardOutput.write(standing.lines)
                }
            } catch { Connection.fail(error) }
        }
    }

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Sets where a group goes on, while none of its instances runs.",
            discussion: """
                Services go by offsets that they committed themselves, or that this command has set. Offsets set by \
                other tools are not trusted.

                All instances of the service must be stopped. A static member (--instance-id) is remembered by the \
                broker until its session ends (45 seconds by default): wait for that.

                Backwards is harmless: what is done again changes nothing. Forwards past records that are there leaves \
                them undone for ever, and needs --accept-loss.
                For example: soleholder offsets set --group command-service --topic customer-commands --to earliest
                Exits 0 when the offsets are set, 1 when they are not.
                """)

        @OptionGroup(title: "Kafka and logging") var shared: SharedOptions

        @Option(help: ArgumentHelp("The group.", valueName: "group")) var group: ConsumerGroup
        @Option(help: ArgumentHelp("An input of it, without prefix.", valueName: "topic")) var topic: String
        @Option(help: ArgumentHelp("One partition; may be repeated. (default: all)", valueName: "number"))
        var partition: [Int32] = []
        @Option(help: ArgumentHelp("earliest, latest or an offset.", valueName: "offset")) var to: OffsetTarget
        @Flag(help: "Pass over records that are there.") var acceptLoss = false

        func run() async throws {
            guard let input = Topic(rawValue: topic), group.inputs.contains(input) else {
                let inputs = group.inputs.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("--topic \(topic): \(group.rawValue) takes \(inputs)")
            }
            let connection = try Connection(shared)
            do throws(LogError) {
                let standing = try GroupStanding(connection, group, topics: [input])
                defer { standing.close() }
                let places = standing.places.filter { partition.isEmpty || partition.contains($0.partition) }
                guard partition.isEmpty || places.count == Swift.Set(partition).count else {
                    tell("\(connection.names.name(input)) has partitions 0 to \(standing.places.count - 1)")
                    endProcess(ExitStatus.usage.rawValue)
                }
                var wanted: [TopicPartition: Int64] = [:]
                for place in places {
                    switch standing.move(place, to: to, acceptsLoss: acceptLoss) {
                    case .success(let offset): wanted[place] = offset
                    case .failure(let refusal):
                        tell("\(place): \(refusal.text)")
                        endProcess(1)
                    }
                }
                try standing.set(wanted)
                StandardOutput.write(
                    wanted.sorted { $0.key < $1.key }.map { "\(group.rawValue) \($0.key) stands at \($0.value)" })
            } catch {
                guard error.code == .rejoin else { Connection.fail(error) }
                tell(
                    "\(group.rawValue) has members: stop all instances of the service. A static member is remembered"
                        + " until its session ends; wait for that, and try again (\(error))")
                endProcess(1)
            }
        }
    }
}

extension ConsumerGroup: ExpressibleByArgument {}

/// Where a group is to go on.
enum OffsetTarget: Hashable, ExpressibleByArgument {
    case earliest, latest
    case offset(Int64)

    init?(argument: String) {
        switch argument {
        case "earliest": self = .earliest
        case "latest": self = .latest
        default:
            guard let offset = Int64(argument), offset >= 0 else { return nil }
            self = .offset(offset)
        }
    }
}

/// Where a group stands in some of its inputs.
private struct GroupStanding {
    let group: ConsumerGroup
    private let offsets: GroupOffsets
    private let committed: [TopicPartition: GroupOffset]
    private let marks: [TopicPartition: Watermarks]

    /// Why offsets are not set.
    struct Refusal: Error { let text: String }

    init(_ connection: Connection, _ group: ConsumerGroup, topics: [Topic]) throws(LogError) {
        self.group = group
        let reader = try KafkaLogReader(configuration: connection.kafka, isolation: .readUncommitted)
        defer { reader.close() }
        var places: [TopicPartition] = []
        for topic in topics {
            let name = connection.names.name(topic)
            guard let count = try reader.partitionCount(of: name) else {
                throw LogError(.unknownTopic, "there is no topic \(name)")
            }
            places += (0..<max(0, count)).map { TopicPartition(topic: name, partition: $0) }
        }
        offsets = try GroupOffsets(configuration: connection.kafka, group: connection.names.name(group))
        committed = try offsets.committed(places)
        marks = try reader.watermarks(places)
    }

    var places: [TopicPartition] { marks.keys.sorted() }

    var lines: [String] {
        places.compactMap { place in
            guard let mark = marks[place] else { return nil }
            let said = committed[place]
            let who = said.map { OffsetMark.isOurs($0.metadata) ? $0.metadata : "NOT OURS" } ?? ""
            return "\(group.rawValue) \(place) \(said.map { String($0.next) } ?? "none")"
                + " of \(mark.low) to \(mark.high) \(who)"
        }
    }

    /// The offset that a place is to have, unless records would be passed over that nobody wants to lose.
    func move(_ place: TopicPartition, to target: OffsetTarget, acceptsLoss: Bool) -> Result<Int64, Refusal> {
        guard let mark = marks[place] else { return .failure(Refusal(text: "the log did not tell the ends")) }
        let wanted: Int64
        switch target {
        case .earliest: wanted = mark.low
        case .latest: wanted = mark.high
        case .offset(let offset): wanted = offset
        }
        guard (mark.low...mark.high).contains(wanted) else {
            return .failure(Refusal(text: "the log has \(mark.low) to \(mark.high)"))
        }
        // Somebody else's offset says nothing of what was done.
        let ours = committed[place].flatMap { OffsetMark.isOurs($0.metadata) ? $0.next : nil }
        let from = max(ours ?? mark.low, mark.low)
        if wanted > from, !acceptsLoss {
            return .failure(
                Refusal(
                    text: "offsets \(from) to \(wanted - 1) would never be processed; --accept-loss passes over them"))
        }
        return .success(wanted)
    }

    func set(_ wanted: [TopicPartition: Int64]) throws(LogError) {
        try offsets.set(wanted, metadata: OffsetMark.of("operator"))
    }

    func close() { offsets.close() }
}
