import EventLog
import Testing

@testable import KafkaClient

/// Properties that are wrong together.
@Suite struct RelationTests {
    private static func defaults(_ properties: [String: String]) -> [String: String] {
        KafkaConfiguration.serviceDefaults(properties, .used)
    }

    private static func check(_ properties: [String: String]) throws {
        try PropertyRelations.check(properties, defaults: defaults(properties))
    }

    @Test func theDefaultsHold() throws {
        for guarantee in [KafkaConfiguration.ServiceTransactions.used, .unused] {
            let defaults = KafkaConfiguration.serviceDefaults([:], guarantee)
            // As if the user had said all of it.
            try PropertyRelations.check(defaults, defaults: [:])
            let checked = PropertyRelations.rules.filter { defaults[$0.small] != nil && defaults[$0.large] != nil }
            #expect(checked.count >= PropertyRelations.rules.count - (guarantee == .used ? 0 : 2))
        }
    }

    static let wrong: [(properties: [String: String], small: String, large: String)] = [
        (
            ["heartbeat.interval.ms": "23000"], "heartbeat.interval.ms (23000)",
            "session.timeout.ms (45000, the default)"
        ),
        (["session.timeout.ms": "5000"], "heartbeat.interval.ms (3000, the default)", "session.timeout.ms (5000)"),
        (
            ["session.timeout.ms": "400000"], "session.timeout.ms (400000)",
            "max.poll.interval.ms (300000, the default)"
        ),
        (["message.timeout.ms": "30000"], "message.timeout.ms (30000)", "transaction.timeout.ms (10000, the default)"),
        (["delivery.timeout.ms": "30000"], "message.timeout.ms (30000)", "transaction.timeout.ms"),
        (["reconnect.backoff.max.ms": "10000"], "reconnect.backoff.max.ms (10000)", "message.timeout.ms"),
        (["message.timeout.ms": "1500"], "reconnect.backoff.max.ms (1000, the default)", "message.timeout.ms (1500)"),
        (
            ["session.timeout.ms": "7000", "reconnect.backoff.max.ms": "4000"], "reconnect.backoff.max.ms (4000)",
            "session.timeout.ms (7000)"
        ),
        (["transaction.timeout.ms": "100000"], "transaction.timeout.ms (100000)", "max.poll.interval.ms"),
        (["batch.size": "3000000"], "batch.size (3000000)", "message.max.bytes (2097152, the default)"),
    ]

    @Test(arguments: wrong.indices) func whatIsWrongTogetherIsNamed(index: Int) throws {
        let (properties, small, large) = Self.wrong[index]
        let error = #expect(throws: LogError.self) { try Self.check(properties) }
        #expect(error?.code == .configuration)
        #expect(error?.detail.hasPrefix(small) == true, "\(String(describing: error))")
        #expect(error?.detail.contains(large) == true, "\(String(describing: error))")
        #expect(error?.detail.contains(": ") == true)
    }

    @Test func whatFitsIsTaken() throws {
        for properties in [
            ["session.timeout.ms": "6000", "heartbeat.interval.ms": "3000"],
            ["transaction.timeout.ms": "60000"], ["transaction.timeout.ms": "60000", "message.timeout.ms": "60000"],
            ["transaction.timeout.ms": "200000", "max.poll.interval.ms": "900000"], ["no.number": "x"],
        ] { try Self.check(properties) }
        // Without transactions a record may take longer.
        let unused = KafkaConfiguration.serviceDefaults([:], .unused)
        try PropertyRelations.check(["message.timeout.ms": "60000"], defaults: unused)
    }

    /// What librdkafka finds only when it makes a client is found before anything is begun.
    @Test func librdkafkasOwnRulesAreAskedAtTheStart() throws {
        let configuration = KafkaConfiguration(
            bootstrapServers: "127.0.0.1:1", properties: ["socket.timeout.ms": "50000"])
        try configuration.validate()
        let error = #expect(throws: LogError.self) { try configuration.validateForService(.used) }
        #expect(error?.code == .configuration && error?.detail.contains("socket.timeout.ms") == true)
        try configuration.validateForService(.unused)
    }
}
