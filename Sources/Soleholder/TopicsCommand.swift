import ArgumentParser
import EventLog
import KafkaClient
import Messages
import Operations
import Printing
import Processing
import TopicChecking

struct TopicsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "topics", abstract: "Creates the deployment's topics, or checks them.",
        subcommands: [TopicsCreateCommand.self, Check.self])

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Tells what is missing or set otherwise than the guarantees need.",
            discussion: """
                One line for each finding: what it is, why it matters, and the command that mends it. Instances of the \
                command service that have not adopted what is declared are named, too. Exits 1 if one of the findings \
                breaks a guarantee (`wrong`). Warnings alone exit 0.
                """)

        @OptionGroup(title: "Kafka and logging") var shared: SharedOptions

        func run() async throws {
            let connection = try Connection(shared)
            let findings: [Finding]
            do throws(LogError) {
                let admin = try KafkaAdmin(configuration: connection.kafka)
                defer { admin.close() }
                findings = try Self.findings(connection, admin)
            } catch { Connection.fail(error) }
            let wrong = Set(findings.map(\.subject))
            for topic in Topic.allCases where !wrong.contains(connection.names.name(topic)) {
                print("ok       \(connection.names.name(topic))")
            }
            for finding in findings { print("\(finding.severity.label)\(finding)") }
            if findings.contains(where: { $0.severity == .wrong }) { throw ExitCode(1) }
        }

        private static func findings(_ connection: Connection, _ admin: KafkaAdmin) throws(LogError) -> [Finding] {
            let check = DeploymentCheck(
                names: connection.names, bootstrapServers: connection.kafka.properties["bootstrap.servers"] ?? "")
            let reader = try KafkaLogReader(configuration: connection.kafka)
            defer { reader.close() }
            let history = try DeclarationReading.read(reader, names: connection.names) ?? DeclarationHistory()
            var topics: [TopicState] = []
            for topic in Topic.allCases {
                let name = connection.names.name(topic)
                guard let shape = try admin.shape(of: name) else { continue }
                topics.append(
                    TopicState(
                        topic: topic, name: name, partitions: shape.partitions,
                        replicationFactor: shape.replicationFactor,
                        hasRecords: try reader.hasRecords(connection.names, [topic: shape.partitions]),
                        settings: try admin.settings(of: name)))
            }
            var brokers: [BrokerState] = []
            for id in try admin.brokerIDs() {
                do throws(LogError) {
                    brokers.append(BrokerState(id: id, settings: try admin.settings(ofBroker: id)))
                } catch {
                    guard error.code == .notAuthorized else { throw error }
                    tell("broker \(id) does not tell its settings, which are left out: \(error)")
                }
            }
            let timeout =
                connection.kafka.properties["transaction.timeout.ms"].flatMap { Int64($0) }
                ?? KafkaTransactionalProducer.defaultTimeoutMilliseconds
            return check.findings(topics: topics, history: history)
                + check.findings(commandService: try marks(connection, admin, topics), history: history)
                + check.findings(brokers: brokers, topics: topics, transactionTimeout: timeout)
        }

        /// By what the command service's instances say that they decide.
        private static func marks(
            _ connection: Connection, _ admin: KafkaAdmin, _ topics: [TopicState]
        ) throws(LogError) -> [CommittedMark] {
            let group = ConsumerGroup.commandService
            let name = connection.names.name(group)
            let places = topics.filter { group.inputs.contains($0.topic) }.flatMap { state in
                (0..<state.partitions).map { TopicPartition(topic: state.name, partition: $0) }
            }
            do throws(LogError) {
                guard !places.isEmpty, try admin.hasMembers(in: name) else { return [] }
                let committed = try GroupOffsets.committed(
                    configuration: connection.kafka, group: name, partitions: places)
                return committed.map { place, offset in
                    CommittedMark(
                        partition: place.partition, metadata: PrintableText.escaped(offset.metadata, limit: 300))
                }
            } catch {
                guard error.code == .notAuthorized else { throw error }
                tell(
                    "the group \(name) can't be looked at, and who has not adopted what is declared is left out: \(error)"
                )
                return []
            }
        }
    }
}

extension Finding.Severity {
    fileprivate var label: String {
        switch self {
        case .wrong: "wrong    "
        case .warning: "warning  "
        }
    }
}
