public import EventLog
public import Messages

/// Reads a deployment's topics and judges whether the contract's guarantees U1 to U7 and U9 hold.
///
/// It is an outsider: it shares the decoding of messages with the services, and none of their decisions. Every rule is
/// folded here anew, in the plainest way, so that an error in a service is not repeated in its judge.
///
/// Feed it every record of the contract's topics from the beginning, each partition in the order of its offsets, the
/// partitions in any order. It keeps facts of some hundred bytes, not the records. More records can be fed after a
/// verdict, and the verdict asked again.
public struct Auditor: Sendable {
    public let names: DeploymentNames
    public let partitionCount: Int32
    let reader: CommandReader
    /// The declared attributes by their numbers, in their order.
    let order: [Int32]
    /// Those of them that every customer has.
    let required: Set<Int32>

    var customers = Interner()
    var keys = KeyTable()
    var events: [StreamFact] = []
    var claims: [ClaimFact] = []
    var answers: [AnswerFact] = []
    var holders: [HolderFact] = []
    var commands: [CommandFact] = []
    var processCommands: [CommandFact] = []
    var requests: [CommandFact] = []
    var outcomes: [OutcomeFact] = []
    var processOutcomes: [OutcomeFact] = []
    var processes: [ProcessFact] = []
    /// By the fingerprint of the process's name.
    var processNumbers: [Fingerprint: Int32] = [:]
    var bookFaults: [BookFault] = []
    var voidBookRecords = 0
    var unreadable: [UnreadableFact] = []
    /// How many records have a type that this version does not know, by topic.
    var unknownTypes: [Topic: Int] = [:]
    /// First and last offset that was seen.
    var seen: [InputPartition: ClosedRange<Int64>] = [:]
    /// Places that a dead letter names as its origin.
    var deadLetters: Set<Origin> = []
    /// Records on their right partition that name another place as their first one.
    var moved: Set<Moved> = []

    struct InputPartition: Hashable, Sendable, Comparable {
        var topic: Topic
        var partition: Int32

        static func < (left: InputPartition, right: InputPartition) -> Bool {
            (left.topic.rawValue, left.partition) < (right.topic.rawValue, right.partition)
        }
    }

    struct Origin: Hashable, Sendable {
        var topic: Topic
        var spot: Spot
    }

    struct Moved: Hashable, Sendable {
        var origin: Origin
        /// Of key and value.
        var content: Fingerprint
    }

    /// - Parameters:
    ///   - names: the deployment's names; records of other topics are ignored.
    ///   - declaration: what is declared now.
    public init(names: DeploymentNames, declaration: Declaration) {
        self.names = names
        partitionCount = max(declaration.partitions, 1)
        reader = CommandReader(declaration)
        var (order, required): ([Int32], Set<Int32>) = ([], [])
        for attribute in declaration.attributes {
            let number = keys.attribute(named: attribute.name)
            order.append(number)
            if attribute.isRequired { required.insert(number) }
        }
        self.order = order
        self.required = required
    }

    /// Takes a record in.
    public mutating func observe(_ record: LogRecord) {
        guard let topic = names.topic(record.topic) else { return }
        let partition = InputPartition(topic: topic, partition: record.partition)
        if let range = seen[partition] {
            // Read again: a reader that went back.
            if record.offset <= range.upperBound { return }
            seen[partition] = range.lowerBound...record.offset
        } else {
            seen[partition] = record.offset...record.offset
        }
        switch topic {
        case .deployment: break
        case .customerCommands, .processCommands, .registrationRequests: observeCommand(record, topic)
        case .customerEvents: observeCustomerEvent(record)
        case .commandOutcomes, .processOutcomes: observeOutcome(record, topic)
        case .registrationEvents: observeProcess(record)
        case .uniqueClaims: observeClaim(record)
        case .uniqueVerdicts: observeAnswer(record)
        case .uniqueIndex: observeHolder(record)
        case .customerCommandsDeadLetter, .processCommandsDeadLetter, .customerEventsDeadLetter,
            .processOutcomesDeadLetter, .registrationRequestsDeadLetter, .uniqueClaimsDeadLetter,
            .uniqueVerdictsDeadLetter:
            observeDeadLetter(record)
        }
    }

    /// The offset after the last record that was taken in; nil when there was none.
    public func end(of partition: TopicPartition) -> Int64? {
        guard let topic = names.topic(partition.topic) else { return nil }
        return seen[InputPartition(topic: topic, partition: partition.partition)].map { $0.upperBound + 1 }
    }

    func isPlaced(_ key: [UInt8]?, on partition: Int32) -> Bool {
        key.map { Murmur2.partition(of: $0, count: partitionCount) == partition } ?? false
    }

    func place(_ topic: Topic, _ spot: Spot) -> AuditReport.Place {
        AuditReport.Place(topic: names.name(topic), partition: spot.partition, offset: spot.offset)
    }
}

extension LogRecord {
    var spot: Spot { Spot(partition: partition, offset: offset) }

    /// The text of the first header of this name that has one.
    func header(_ name: String) -> String? {
        for header in headers where header.name == name {
            if let value = header.value, let text = String(validating: value, as: UTF8.self) { return text }
        }
        return nil
    }
}
