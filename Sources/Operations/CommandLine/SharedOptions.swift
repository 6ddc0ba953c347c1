public import ArgumentParser
import Foundation

/// What every program understands that talks to a log.
public struct SharedOptions: ParsableArguments {
    @Option(
        name: .customLong("bootstrap-servers"),
        help: ArgumentHelp(
            "Where the brokers are: HOST:PORT, several separated by commas. (default: \(Self.defaultBootstrapServers))",
            discussion: "Environment: KAFKA_BOOTSTRAP_SERVERS.", valueName: "servers"))
    var bootstrapServersFlag: String?

    @Option(
        name: .customLong("kafka-property"), parsing: .singleValue,
        help: ArgumentHelp(
            "Any librdkafka property; may be repeated, the last value of a name counts.",
            discussion: "SOLEHOLDER_KAFKA_PROPERTY takes several, one a line.", valueName: "name=value"))
    var kafkaProperty: [String] = []

    @Option(
        help: ArgumentHelp(
            "A file of librdkafka properties, one NAME=VALUE a line, # begins a comment line.",
            discussion: "--kafka-property wins over the file.", valueName: "file"))
    var kafkaPropertiesFile: String?

    /// Stands before every topic, group and transactional id of the deployment; empty for none.
    @Option(
        help: ArgumentHelp(
            "Stands before every topic, group and transactional id, so that deployments can share a cluster.",
            valueName: "prefix"))
    public var topicPrefix: String = ""

    /// The least severe level that is logged.
    @Option(help: ArgumentHelp("The least severe level that is logged.", valueName: "level"))
    public var logLevel: LogLevel = .info

    /// How log lines look.
    @Option(
        help: ArgumentHelp(
            "Log lines for people (text) or for machines (json); they go to stderr.", valueName: "format"))
    public var logFormat: LogFormat = .text

    /// Where the brokers are when nothing else is said.
    public static let defaultBootstrapServers = "127.0.0.1:9092"
    private static let bootstrapProperty = "bootstrap.servers"

    public init() {}

    /// Refuses a topic prefix that can't begin a topic's name, and properties that can't be read.
    public func validate() throws {
        // A topic's name has at most 249 characters; the longest of ours leaves more than this.
        guard topicPrefix.utf8.count <= 100, topicPrefix.utf8.allSatisfy(\.isNameCharacter) else {
            throw ValidationError(
                "--topic-prefix '\(topicPrefix)' can't begin a topic's name: at most 100 of A-Z a-z 0-9 . _ - are allowed"
            )
        }
        if let bootstrapServersFlag, bootstrapServersFlag.allSatisfy(\.isWhitespace) {
            throw ValidationError("--bootstrap-servers is empty: give HOST:PORT")
        }
        do { _ = try kafkaProperties() } catch { throw ValidationError(error.description) }
    }

    /// The librdkafka properties that the user gave, `bootstrap.servers` always among them: the file's, over them those
    /// of `--kafka-property`, over them `--bootstrap-servers`.
    /// - Throws: when the file can't be read, or a property is not `NAME=VALUE`.
    public func kafkaProperties() throws(KafkaPropertyError) -> KafkaProperties {
        var properties = KafkaProperties()
        if let kafkaPropertiesFile { properties.merge(try .parse(file: kafkaPropertiesFile)) }
        properties.merge(try .parse(arguments: kafkaProperty))
        if let bootstrapServersFlag {
            properties[Self.bootstrapProperty] = bootstrapServersFlag
        } else if properties[Self.bootstrapProperty] == nil {
            properties[Self.bootstrapProperty] = Self.defaultBootstrapServers
        }
        return properties
    }

    /// These options as environment variables, for `EnvironmentArguments`.
    public static let environmentFlags = [
        EnvironmentFlag("bootstrap-servers", variables: ["KAFKA_BOOTSTRAP_SERVERS"]),
        EnvironmentFlag("kafka-property", .properties),
        EnvironmentFlag("kafka-properties-file"),
        EnvironmentFlag("topic-prefix"),
        EnvironmentFlag("log-level"),
        EnvironmentFlag("log-format"),
    ]
}

extension UInt8 {
    /// A-Z, a-z, 0-9, `.`, `_`, `-`: what names in Kafka are made of.
    var isNameCharacter: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
