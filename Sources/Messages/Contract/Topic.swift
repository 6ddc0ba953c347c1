/// The topics of the contract, by the names that they have without the deployment's prefix.
public enum Topic: String, Hashable, Sendable, CaseIterable {
    /// What is declared: see `DeclarationHistory`.
    case deployment

    case customerCommands = "customer-commands"
    case processCommands = "process-commands"
    case customerEvents = "customer-events"
    case commandOutcomes = "command-outcomes"
    case processOutcomes = "process-outcomes"
    case registrationRequests = "registration-requests"
    case registrationEvents = "registration-events"
    case uniqueClaims = "unique-claims"
    case uniqueVerdicts = "unique-verdicts"
    case uniqueIndex = "unique-index"

    case customerCommandsDeadLetter = "customer-commands-dead-letter"
    case processCommandsDeadLetter = "process-commands-dead-letter"
    case customerEventsDeadLetter = "customer-events-dead-letter"
    case processOutcomesDeadLetter = "process-outcomes-dead-letter"
    case registrationRequestsDeadLetter = "registration-requests-dead-letter"
    case uniqueClaimsDeadLetter = "unique-claims-dead-letter"
    case uniqueVerdictsDeadLetter = "unique-verdicts-dead-letter"

    /// Where a record of this topic goes that its reader can't take; nil for topics that no service takes work from.
    public var deadLetter: Topic? { Topic(rawValue: rawValue + "-dead-letter") }

    /// Whether this is a dead letter topic.
    public var isDeadLetter: Bool { rawValue.hasSuffix("-dead-letter") }

    /// Whether clients write to it: only there can a record be misrouted.
    public var isWrittenByClients: Bool { self == .customerCommands || self == .registrationRequests }

    /// How many partitions it has where `declared` are declared: the declaration itself has one order for all.
    public func partitionCount(declared: Int32) -> Int32 { self == .deployment ? 1 : declared }

    /// Whether its writer sends each record again until it is answered: what is trimmed away of it is not lost.
    public var isSentAgain: Bool { self == .processCommands }

    /// How the topic is kept, as Kafka's topic configuration.
    public var configuration: [String: String] {
        let day: Int64 = 86_400_000
        let mebibyte = 1_048_576
        switch self {
        case .customerCommands, .registrationRequests:
            // A client with a wrong clock, or with seconds for milliseconds, would make the broker delete what was not
            // read yet: retention goes by the records' time.
            return [
                "cleanup.policy": "delete", "retention.ms": String(7 * day), "max.message.bytes": String(mebibyte),
                "message.timestamp.type": "LogAppendTime",
            ]
        case .processCommands:
            return ["cleanup.policy": "delete", "retention.ms": String(7 * day)]
        case .deployment, .customerEvents, .commandOutcomes, .processOutcomes, .registrationEvents, .uniqueClaims,
            .uniqueVerdicts:
            return ["cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"]
        case .uniqueIndex:
            return ["cleanup.policy": "compact"]
        case .customerCommandsDeadLetter, .processCommandsDeadLetter, .customerEventsDeadLetter,
            .processOutcomesDeadLetter, .registrationRequestsDeadLetter, .uniqueClaimsDeadLetter,
            .uniqueVerdictsDeadLetter:
            return [
                "cleanup.policy": "delete", "retention.ms": String(30 * day),
                "max.message.bytes": String(2 * mebibyte),
            ]
        }
    }
}

/// The names that topics, groups and transactional ids have in one deployment.
public struct DeploymentNames: Hashable, Sendable {
    /// Put before every name; empty by default.
    public let prefix: String
    private let topics: [String: Topic]

    public init(prefix: String) {
        self.prefix = prefix
        topics = Dictionary(uniqueKeysWithValues: Topic.allCases.map { (prefix + $0.rawValue, $0) })
    }

    public func name(_ topic: Topic) -> String { prefix + topic.rawValue }
    public func name(_ group: ConsumerGroup) -> String { prefix + group.rawValue }
    /// The contract's topic behind a name of this deployment.
    public func topic(_ name: String) -> Topic? { topics[name] }

    /// Whether Kafka takes the prefix as part of a topic's name: at most 200 of `a-z A-Z 0-9 . _ -`.
    public static func isValid(prefix: String) -> Bool {
        prefix.utf8.count <= 200
            && prefix.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}

/// The groups that take work, with the topics that each of them takes.
public enum ConsumerGroup: String, Hashable, Sendable, CaseIterable {
    case commandService = "command-service"
    case projectionCustomers = "projection-customers"
    case projectionIndex = "projection-index"
    case processManager = "process-manager"

    public var inputs: [Topic] {
        switch self {
        case .commandService: [.processCommands, .customerCommands]
        case .projectionCustomers: [.customerEvents]
        case .projectionIndex: [.uniqueClaims]
        case .processManager: [.processOutcomes, .uniqueVerdicts, .customerEvents, .registrationRequests]
        }
    }
}

/// The senders that messages of the services name as their source.
public enum Source {
    public static let commandService = "/command-service"
    public static let processManager = "/process-manager"
    public static let projection = "/projection"
}
