public import EventLog

/// The properties that a guarantee rests on. A user may repeat their value, but not change it.
public enum ProtectedProperties {
    /// A protected property: its names, and the values that mean what the guarantee needs. None: never the user's.
    struct Rule: Sendable {
        var names: [String]
        var allowed: [String]
    }

    static let rules: [Rule] = [
        // Co-partitioned topics must fall to the same member.
        Rule(names: ["partition.assignment.strategy"], allowed: ["range"]),
        // Aborted records were never decided.
        Rule(names: ["isolation.level"], allowed: ["read_committed"]),
        // Every client must find the same partition for a key.
        Rule(names: ["partitioner"], allowed: ["murmur2_random"]),
        // An acknowledged record must survive the loss of a broker.
        Rule(names: ["acks", "request.required.acks"], allowed: ["all", "-1"]),
        // A retry must not repeat or reorder records.
        Rule(names: ["enable.idempotence"], allowed: ["true"]),
        // Positions are committed with what was made of them, never by a timer.
        Rule(names: ["enable.auto.commit", "auto.commit.enable"], allowed: ["false"]),
        // Nothing is skipped silently.
        Rule(names: ["auto.offset.reset"], allowed: ["error"]),
        // Group and transactional id fence: they follow from the service, never from a file.
        Rule(names: ["group.id"], allowed: []),
        Rule(names: ["transactional.id"], allowed: []),
    ]

    /// The names of all protected properties, aliases included.
    public static var names: [String] { rules.flatMap(\.names) }

    /// - Throws: `LogError(.configuration)` for the first property, by name, that has another value than the needed one.
    public static func check(_ properties: [String: String]) throws(LogError) {
        for name in properties.keys.sorted() {
            guard let value = properties[name], let rule = rules.first(where: { $0.names.contains(name) }) else {
                continue
            }
            if rule.allowed.isEmpty {
                throw LogError(.configuration, "property \(name) can't be set: it follows from the program's own role")
            }
            guard rule.allowed.contains(value.lowercased()) else {
                throw LogError(
                    .configuration,
                    "property \(name) must be \(rule.allowed[0]), not \(value): a guarantee rests on it")
            }
        }
    }
}
