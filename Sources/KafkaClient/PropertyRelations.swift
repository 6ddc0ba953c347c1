public import EventLog

/// Relations between properties that a service rests on. Each property alone may be fine where two together are not.
///
/// What librdkafka refuses by itself is not repeated here, where it says so at the start.
public enum PropertyRelations {
    /// Two properties, and how far apart they must be. All are times in milliseconds, or sizes in bytes.
    struct Rule: Sendable {
        /// The one that must be small: it, so many times, must not be above `large`.
        var small: String
        var times: Int = 1
        var large: String
        var why: String
    }

    static let rules: [Rule] = [
        Rule(
            small: "heartbeat.interval.ms", times: 2, large: "session.timeout.ms",
            why: "one lost heartbeat would cost a member its partitions"),
        Rule(
            small: "session.timeout.ms", large: "max.poll.interval.ms",
            why: "a member would be thrown out for being busy before it could be missed"),
        Rule(
            small: "message.timeout.ms", large: "transaction.timeout.ms",
            why: "a record could be written after the broker has given its transaction up"),
        Rule(
            small: "reconnect.backoff.max.ms", times: 2, large: "message.timeout.ms",
            why: "records would time out before a broker that is back is tried again"),
        Rule(
            small: "reconnect.backoff.max.ms", times: 2, large: "session.timeout.ms",
            why: "a member would lose its partitions before a broker that is back is tried again"),
        Rule(
            small: "message.timeout.ms", times: 2, large: "max.poll.interval.ms",
            why: "a batch may wait that long for its records and once more for its offsets, and does not poll meanwhile"
        ),
        Rule(
            small: "transaction.timeout.ms", times: 4, large: "max.poll.interval.ms",
            why: "a transaction may take that long for its records, its offsets, its commit and an abort each, and its"
                + " member does not poll meanwhile"),
        Rule(
            small: "batch.size", large: "message.max.bytes",
            why: "a batch would be larger than the largest message"),
    ]

    /// Other names of the same properties, as librdkafka has them.
    private static let aliases = [
        "delivery.timeout.ms": "message.timeout.ms"
    ]

    /// - Parameters:
    ///   - properties: what the user gave.
    ///   - defaults: what counts where the user gave nothing.
    /// - Throws: `LogError(.configuration)` for the first relation, in the table's order, that does not hold.
    static func check(_ properties: [String: String], defaults: [String: String]) throws(LogError) {
        var given: [String: String] = [:]
        for name in properties.keys.sorted() { given[aliases[name] ?? name] = properties[name] }
        func value(_ name: String) -> Double? { (given[name] ?? defaults[name]).flatMap { Double($0) } }
        for rule in rules {
            // What nobody has touched is right: the defaults are tested.
            guard given[rule.small] != nil || given[rule.large] != nil, let small = value(rule.small),
                let large = value(rule.large), small * Double(rule.times) > large
            else { continue }
            let factor =
                switch rule.times {
                case 1: "at most"
                case 2: "at most half of"
                case let times: "at most 1/\(times) of"
                }
            throw LogError(
                .configuration,
                "\(rule.small) (\(shown(rule.small, given, defaults))) must be \(factor) \(rule.large)"
                    + " (\(shown(rule.large, given, defaults))): \(rule.why)")
        }
    }

    private static func shown(_ name: String, _ given: [String: String], _ defaults: [String: String]) -> String {
        given[name] ?? defaults[name].map { "\($0), the default" } ?? ""
    }
}

extension KafkaConfiguration {
    /// Refuses what a service can't be run with: everything that `validate` refuses, and properties that are wrong
    /// together. Nothing is asked of a broker.
    /// - Throws: `LogError(.configuration)` naming the properties.
    public func validateForService(_ guarantee: ServiceTransactions) throws(LogError) {
        try validate()
        try PropertyRelations.check(properties, defaults: Self.serviceDefaults(properties, guarantee))
        // librdkafka knows more relations, and tells of them when a client is made: before anything is begun, then.
        switch guarantee {
        case .used: try KafkaTransactionalProducer(configuration: self, transactionalID: "configuration-check").close()
        case .unused: try KafkaProducer(configuration: self).close()
        }
        try KafkaLogReader(configuration: self).close()
    }

    /// Whether a service works with transactions.
    public enum ServiceTransactions: Sendable { case used, unused }

    /// What counts in a service where the user says nothing: this package's defaults over librdkafka's.
    static func serviceDefaults(
        _ properties: [String: String], _ guarantee: ServiceTransactions
    ) -> [String: String] {
        var defaults = [
            "heartbeat.interval.ms": "3000", "max.poll.interval.ms": "300000",
            "session.timeout.ms": String(KafkaGroupConsumer.defaultSessionTimeout.milliseconds),
        ]
        defaults.merge(ClientHandle.defaults) { $1 }
        defaults.merge(ConsumerDefaults.values) { $1 }
        defaults.merge(ProducerCore.defaults) { $1 }
        if guarantee == .used {
            let timeout =
                properties["transaction.timeout.ms"] ?? String(KafkaTransactionalProducer.defaultTimeoutMilliseconds)
            defaults["transaction.timeout.ms"] = timeout
            defaults["message.timeout.ms"] = timeout
        }
        return defaults
    }
}
