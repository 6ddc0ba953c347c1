import ArgumentParser
import DeclarationFiles
import EventLog
import Foundation
import KafkaClient
import Messages
import Operations
import Processing
import TopicChecking

struct TopicsCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Declares the deployment, and creates the topics that are missing.",
        discussion: """
            What is declared (docs/declaration.md) is written first, then the topics are made with the settings that the \
            guarantees need. Topics that exist are left as they are; `topics check` tells what is wrong with them. With \
            three or more copies a write needs two of them (min.insync.replicas=2).

            Exits 0 with what counts already, and writes nothing then; 64 for what is not allowed, such as another number \
            of partitions; 1 where another operator was faster.
            """)

    @OptionGroup(title: "Kafka and logging") var shared: SharedOptions

    @Option(
        help: ArgumentHelp(
            "What is to be declared, as YAML or JSON. (default: what is, or the one attribute `document`)",
            valueName: "file"))
    var declaration: String?

    @Option(
        help: ArgumentHelp(
            "Partitions of each topic, fixed for ever. (default: the declaration's, or \(Declaration.standardPartitions))",
            valueName: "count"))
    var partitions: Int32?

    @Option(help: ArgumentHelp("Copies of each partition. (default: the broker's)", valueName: "count"))
    var replicationFactor: Int32?

    func validate() throws {
        if let partitions, !Declaration.allowedPartitions.contains(partitions) {
            throw ValidationError("--partitions must be 1 to 1000")
        }
        if let replicationFactor, replicationFactor < 1 {
            throw ValidationError("--replication-factor must be 1 or more")
        }
    }

    func run() async throws {
        let wish: DeclarationWish
        do {
            wish = DeclarationWish(
                declaration: try declaration.map { path throws(DeclarationProblem) in
                    try DeclarationFile.read(path: path)
                }, partitions: partitions)
        } catch { throw ValidationError("--declaration: \(error)") }
        let connection = try Connection(shared)
        do throws(LogError) {
            let creation = try TopicsCreation(connection, replicationFactor: replicationFactor)
            defer { creation.close() }
            let declared: Declaration
            switch try creation.declare(wish) {
            case .counts(let declaration): declared = declaration
            case .refused(let problem):
                tell(problem.description)
                endProcess(ExitStatus.usage.rawValue)
            case .otherWasFaster(let entry):
                tell(
                    "another operator was faster: revision \(entry.revision) counts, with"
                        + " \(entry.declaration.partitions) partitions, and is not what was asked for. Nothing else was made"
                )
                endProcess(1)
            }
            try creation.makeTopics(by: declared)
        } catch { Connection.fail(error) }
    }
}

/// Declares, and makes topics. Confined to one thread.
struct TopicsCreation {
    /// What became of a wish.
    enum Declaring {
        case counts(Declaration)
        case refused(DeclarationProblem)
        case otherWasFaster(DeclarationHistory.Entry)
    }

    private let connection: Connection
    private let replicationFactor: Int32?
    private let admin: KafkaAdmin
    private let reader: KafkaLogReader

    /// How long it waits until everybody can see what was made.
    private static let patience = Duration.seconds(60)

    init(_ connection: Connection, replicationFactor: Int32?) throws(LogError) {
        self.connection = connection
        self.replicationFactor = replicationFactor
        admin = try KafkaAdmin(configuration: connection.kafka)
        reader = try KafkaLogReader(configuration: connection.kafka)
    }

    func close() {
        reader.close()
        admin.close()
    }

    /// The declaration comes first: who makes topics does so by one that counts, so that two operators at once make the
    /// same ones.
    func declare(_ wish: DeclarationWish) throws(LogError) -> Declaring {
        let names = connection.names
        let counts = try DeclarationReading.partitionCounts(reader, names: names)
        let history = try DeclarationReading.read(reader, names: names) ?? DeclarationHistory()
        let use: Declaration.Use = try reader.hasRecords(names, counts) ? .inUse : .nothingWritten
        let step: DeclarationWish.Step
        do { step = try wish.step(after: history, partitionCounts: counts, use: use) } catch { return .refused(error) }
        switch step {
        case .keep(let declaration):
            print("declared \(names.name(.deployment)), revision \(history.current?.revision ?? 0), as it was")
            return .counts(declaration)
        case .write(let declared):
            try make([.deployment], partitions: declared.declaration.partitions)
            let producer = try KafkaProducer(configuration: connection.kafka)
            defer { producer.close() }
            _ = try producer.produce([
                declared.record(
                    id: UUID().uuidString.lowercased(), source: "/soleholder", time: .now, in: names)
            ])
            guard let current = try DeclarationReading.read(reader, names: names)?.current else {
                throw LogError(.other, "what was declared on \(names.name(.deployment)) can't be read back")
            }
            guard current.declaration == declared.declaration else { return .otherWasFaster(current) }
            print("declared \(names.name(.deployment)), revision \(current.revision)")
            return .counts(current.declaration)
        }
    }

    func makeTopics(by declaration: Declaration) throws(LogError) {
        try make(Topic.allCases.filter { $0 != .deployment }, partitions: declaration.partitions)
    }

    private func make(_ topics: [Topic], partitions: Int32) throws(LogError) {
        let plans = topics.map { topic in
            TopicPlan(
                name: connection.names.name(topic), partitions: topic.partitionCount(declared: partitions),
                replicationFactor: replicationFactor,
                settings: TopicSettings.creation(of: topic, replicationFactor: replicationFactor))
        }
        let results = try admin.createTopics(plans)
        var failure: LogError?
        for plan in plans {
            switch results[plan.name] {
            case .created: print("created  \(plan.name)")
            case .existedAlready: print("exists   \(plan.name)")
            case .failed(let error):
                print("failed   \(plan.name): \(error)")
                failure = error
            case nil:
                failure = LogError(.other, "the broker did not answer for \(plan.name)")
            }
        }
        if let failure { throw failure }
        try awaitTopics(plans)
    }

    /// A cluster takes a moment until each of its brokers knows of a topic, and until each partition has a leader.
    private func awaitTopics(_ plans: [TopicPlan]) throws(LogError) {
        let deadline = ContinuousClock.now + Self.patience
        for plan in plans {
            while true {
                if let shape = try admin.shape(of: plan.name) {
                    guard shape.partitions == plan.partitions else {
                        throw LogError(
                            .configuration,
                            "\(plan.name) has \(shape.partitions) partitions, not \(plan.partitions):"
                                + " somebody else made it. See `soleholder topics check`")
                    }
                    if (try? reader.watermarks([TopicPartition(topic: plan.name, partition: plan.partitions - 1)]))
                        != nil,
                        (try? admin.settings(of: plan.name)) != nil
                    {
                        break
                    }
                }
                guard ContinuousClock.now < deadline else {
                    throw LogError(.unavailable, "\(plan.name) was made, and is not there after \(Self.patience)")
                }
                _ = try? reader.poll(maxRecords: 1, timeout: .milliseconds(100))
            }
        }
    }
}

extension KafkaLogReader {
    /// Whether any topic but `deployment` was ever written to.
    func hasRecords(_ names: DeploymentNames, _ counts: [Topic: Int32]) throws(LogError) -> Bool {
        for topic in Topic.allCases where topic != .deployment {
            let places = (0..<(counts[topic] ?? 0)).map { TopicPartition(topic: names.name(topic), partition: $0) }
            if try watermarks(places).values.contains(where: { $0.high > 0 }) { return true }
        }
        return false
    }
}
