import ArgumentParser
import EventLog
import KafkaClient
import Messages
import Operations
import TopicChecking

struct TopicsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "topics", abstract: "Creates the deployment's topics, or checks them.",
        subcommands: [Create.self, Check.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Creates the topics that are missing, with the settings that the guarantees need.",
            discussion: """
                Topics that exist are left as they are; `topics check` tells what is wrong with them. With three or more \
                copies a write needs two of them (min.insync.replicas=2).
                """)

        @OptionGroup(title: "Kafka and logging") var shared: SharedOptions

        @Option(help: ArgumentHelp("Partitions of each topic, fixed for ever.", valueName: "count"))
        var partitions: Int32 = 12

        @Option(help: ArgumentHelp("Copies of each partition. (default: the broker's)", valueName: "count"))
        var replicationFactor: Int32?

        func validate() throws {
            guard (1...1_000).contains(partitions) else { throw ValidationError("--partitions must be 1 to 1000") }
            if let replicationFactor, replicationFactor < 1 {
                throw ValidationError("--replication-factor must be 1 or more")
            }
        }

        func run() async throws {
            let connection = try Connection(shared)
            do throws(LogError) {
                let admin = try KafkaAdmin(configuration: connection.kafka)
                defer { admin.close() }
                let plans = Topic.allCases.map { topic in
                    TopicPlan(
                        name: connection.names.name(topic), partitions: partitions,
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
            } catch { Connection.fail(error) }
        }
    }

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Tells what is missing or set otherwise than the guarantees need.",
            discussion: """
                One line for each finding: what it is, why it matters, and the command that mends it. Exits 1 if one of \
                them breaks a guarantee (`wrong`). Warnings alone exit 0.
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
            var topics: [TopicState] = []
            for topic in Topic.allCases {
                let name = connection.names.name(topic)
                guard let shape = try admin.shape(of: name) else { continue }
                topics.append(
                    TopicState(
                        topic: topic, name: name, partitions: shape.partitions,
                        replicationFactor: shape.replicationFactor, settings: try admin.settings(of: name)))
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
            return check.findings(topics: topics) + check.findings(brokers: brokers, transactionTimeout: timeout)
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
