import ArgumentParser
import Operations
import Testing

struct EnvironmentArgumentsTests {
    private let flags = [
        EnvironmentFlag("topic-prefix"), EnvironmentFlag("kafka-property", .properties),
        EnvironmentFlag("advisory-check", .toggle),
        EnvironmentFlag("bootstrap-servers", variables: ["KAFKA_BOOTSTRAP_SERVERS"]),
    ]

    private func expand(_ arguments: [String], _ environment: [String: String], subcommands: [String] = []) -> [String]
    {
        EnvironmentArguments.expand(
            arguments: arguments, environment: environment, flags: flags, subcommands: subcommands)
    }

    @Test func aFlagHasItsVariable() {
        #expect(EnvironmentFlag.variable(of: "kafka-properties-file") == "SOLEHOLDER_KAFKA_PROPERTIES_FILE")
        #expect(expand(["--x"], ["SOLEHOLDER_TOPIC_PREFIX": "blue-"]) == ["--topic-prefix=blue-", "--x"])
    }

    @Test func unknownAndEmptyVariablesCountForNothing() {
        let environment = ["SOLEHOLDER_TOPIC_PREFIX": "", "SOLEHOLDER_OTHER": "1", "KAFKA_BOOTSTRAP_SERVERS": ""]
        #expect(expand(["a"], environment) == ["a"])
        #expect(expand([], ["SOLEHOLDER_KAFKA_PROPERTY": " \n\n "]).isEmpty)
    }

    @Test func brokersHaveTwoVariables() {
        let both = ["KAFKA_BOOTSTRAP_SERVERS": "a:1", "SOLEHOLDER_BOOTSTRAP_SERVERS": "b:2"]
        #expect(expand([], both) == ["--bootstrap-servers=a:1"])
        #expect(expand([], ["SOLEHOLDER_BOOTSTRAP_SERVERS": "b:2"]) == ["--bootstrap-servers=b:2"])
        let first = both.merging(["KAFKA_BOOTSTRAP_SERVERS": ""]) { _, new in new }
        #expect(expand([], first) == ["--bootstrap-servers=b:2"])
    }

    @Test func propertiesAreSplitAtLines() {
        func properties(_ value: String) -> [String] {
            expand([], ["SOLEHOLDER_KAFKA_PROPERTY": value]).map { String($0.dropFirst("--kafka-property=".count)) }
        }
        #expect(
            properties("linger.ms=1\r\n\n  acks = all\nclient.id=x=y\n")
                == ["linger.ms=1", "  acks = all", "client.id=x=y"])
        // A password may have anything in it, and a key has lines.
        #expect(
            properties("sasl.password=a;b=c;\nlinger.ms=2") == ["sasl.password=a;b=c;", "linger.ms=2"])
        let key = "ssl.key.pem=-----BEGIN KEY-----\nMIIBVAIBADANBg+/kq==\nabc=\n-----END KEY-----"
        #expect(properties(key + "\n\nssl.ca.location=/etc/ca.pem") == [key, "ssl.ca.location=/etc/ca.pem"])
        // What is no property is not lost: the parser refuses it.
        #expect(properties("nonsense") == ["nonsense"])
    }

    @Test func togglesAreOnOrOff() {
        for value in ["1", "true", "YES"] {
            #expect(expand([], ["SOLEHOLDER_ADVISORY_CHECK": value]) == ["--advisory-check"])
        }
        for value in ["0", "False", "no"] { #expect(expand([], ["SOLEHOLDER_ADVISORY_CHECK": value]).isEmpty) }
        #expect(expand([], ["SOLEHOLDER_ADVISORY_CHECK": "maybe"]) == ["--advisory-check=maybe"])
    }

    @Test func theyGoBehindTheSubcommand() {
        let environment = ["SOLEHOLDER_TOPIC_PREFIX": "p"]
        let words = ["audit", "dead-letters", "list"]
        #expect(
            expand(["audit", "--json"], environment, subcommands: words) == ["audit", "--topic-prefix=p", "--json"])
        #expect(
            expand(["dead-letters", "list", "x"], environment, subcommands: words)
                == ["dead-letters", "list", "--topic-prefix=p", "x"])
        for untouched in [[], ["--help"], ["help", "audit"], ["unknown", "audit"], ["--version"]] {
            #expect(expand(untouched, environment, subcommands: words) == untouched)
        }
    }

    @Test func aFlagWinsOverItsVariable() throws {
        let environment = ["SOLEHOLDER_TOPIC_PREFIX": "from-env", "SOLEHOLDER_LOG_LEVEL": "debug"]
        let arguments = EnvironmentArguments.expand(
            arguments: ["--topic-prefix", "from-flag"], environment: environment,
            flags: SharedOptions.environmentFlags)
        let options = try SharedOptions.parse(arguments)
        #expect(options.topicPrefix == "from-flag")
        #expect(options.logLevel == .debug)
    }

    @Test func ofARepeatableFlagBothCountAndTheFlagIsLast() throws {
        let arguments = EnvironmentArguments.expand(
            arguments: ["--kafka-property", "b.x=flag"], environment: ["SOLEHOLDER_KAFKA_PROPERTY": "a.x=env\nb.x=env"],
            flags: SharedOptions.environmentFlags)
        let properties = try SharedOptions.parse(arguments).kafkaProperties()
        #expect(properties["a.x"] == "env")
        #expect(properties["b.x"] == "flag")
    }

    @Test func aValueMayBeginWithADash() throws {
        let arguments = EnvironmentArguments.expand(
            arguments: [], environment: ["SOLEHOLDER_TOPIC_PREFIX": "-x"], flags: SharedOptions.environmentFlags)
        #expect(try SharedOptions.parse(arguments).topicPrefix == "-x")
    }

    @Test func everyFlagWithAVariableIsOne() throws {
        for flag in SharedOptions.environmentFlags { #expect(SharedOptions.helpMessage().contains("--\(flag.name)")) }
        for flag in ServiceOptions.environmentFlags { #expect(ServiceOptions.helpMessage().contains("--\(flag.name)")) }
    }
}
