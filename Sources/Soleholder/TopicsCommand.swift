import ArgumentParser
import EventLog
import KafkaClient
import Messages
import Operations

struct TopicsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "topics", abstract: "Creates the deployment's topics, or checks them.",
        subcommands: [Create.self, Check.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Creates the topics that are missing, with the settings that the guarantees need.",
            discussion: "Topics that exist are left as they are; `topics check` tells what is wrong with them.")

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
                        replicationFactor: replicationFactor, settings: topic.configuration)
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
            abstract: "Tells what is missing or set otherwise than the guarantees need. Exits 1 if anything is.")

        @OptionGroup(title: "Kafka and logging") var shared: SharedOptions

        func run() async throws {
            let connection = try Connection(shared)
            var problems = 0
            do throws(LogError) {
                let admin = try KafkaAdmin(configuration: connection.kafka)
                defer { admin.close() }
                let names = Topic.allCases.map(connection.names.name)
                let counts = try admin.partitionCounts(of: names)
                let expected = counts[connection.names.name(.customerEvents)]
                for topic in Topic.allCases {
                    let name = connection.names.name(topic)
                    var findings: [String] = []
                    if let count = counts[name] {
                        if let expected, count != expected {
                            findings.append(
                                "has \(count) partitions, but \(connection.names.name(.customerEvents)) has \(expected)"
                            )
                        }
                        let settings = try admin.settings(of: name)
                        for (setting, value) in topic.configuration.sorted(by: { $0.key < $1.key })
                        where settings[setting] != value {
                            findings.append("\(setting) is \(settings[setting] ?? "unknown"), should be \(value)")
                        }
                    } else {
                        findings.append("is missing")
                    }
                    problems += findings.count
                    print(
                        findings.isEmpty ? "ok       \(name)" : "wrong    \(name): \(findings.joined(separator: "; "))")
                }
            } catch { Connection.fail(error) }
            if problems > 0 { throw ExitCode(1) }
        }
    }
}
